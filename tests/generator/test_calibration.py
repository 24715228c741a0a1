"""The data show what the settings promise, within intervals that a real change of a setting leaves.

Rates are those of published figures for B2B software; docs/generator.md has the table.
"""

from collections import Counter
from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path
from statistics import mean, median

import pytest

from bot.generator import generate
from bot.generator.calendar import Calendar, build_calendar
from bot.generator.life import Life, build_life
from tests.generator.conftest import END, read

SEED = 11


@pytest.fixture(scope="module")
def calendar() -> Calendar:
    return build_calendar(78, SEED, END)


@pytest.fixture(scope="module")
def lives(calendar: Calendar) -> list[Life]:
    return [build_life(index, SEED, calendar) for index in range(5_000)]


def of_the_last_year(lives: list[Life]) -> list[Life]:
    """Those who were customers 52 weeks before the end."""
    year = END - timedelta(weeks=52)
    return [life for life in lives if life.started_on <= year and (life.churned_on or END) > year]


@pytest.mark.parametrize(
    ("segment", "lowest", "highest"),
    [("smb", 0.193, 0.22), ("mid_market", 0.10, 0.14), ("enterprise", 0.04, 0.08)],
)
def test_annual_logo_churn(segment: str, lowest: float, highest: float, lives: list[Life]) -> None:
    cohort = [life for life in of_the_last_year(lives) if life.segment.name == segment]
    assert lowest < mean(life.churned_on is not None for life in cohort) < highest


def test_blended_churn_and_its_kinds(lives: list[Life]) -> None:
    assert 0.135 < mean(life.churned_on is not None for life in of_the_last_year(lives)) < 0.17
    kinds = Counter(life.churn_kind for life in lives if life.churn_kind)
    shares = {kind: count / kinds.total() for kind, count in kinds.items()}
    assert 0.79 < shares["decision"] < 0.88
    assert 0.08 < shares["failed_payment"] < 0.15
    assert 0.03 < shares["closure"] < 0.07


def test_two_in_five_have_decided_sixty_days_ahead_and_two_in_three_fade(lives: list[Life]) -> None:
    left = [life for life in lives if life.churn_kind == "decision" and life.contract_months > 1]
    ahead = [(life.churned_on - life.decided_on).days for life in left if life.churned_on and life.decided_on]
    assert 0.34 < mean(days >= 60 for days in ahead) < 0.46
    assert 20 <= min(ahead) <= max(ahead) <= 85
    assert 0.60 < mean(life.fade_week > 0 for life in left) < 0.70


def test_health_before_a_renewal_tells_who_leaves_but_not_surely(
    lives: list[Life], calendar: Calendar
) -> None:
    """Even true health, 60 days before, separates no better than .85: who claims more has seen the future."""
    left, stayed = [], []
    for life, place, leaves in _scored_renewals(lives, calendar):
        if life.segment.name == "smb":
            (left if leaves else stayed).append(float(life.health[place - 56 : place].mean()))
    wins = sum(mean(other > health for other in stayed) for health in left)
    assert len(left) > 60
    assert 0.70 < wins / len(left) < 0.85


def _scored_renewals(lives: list[Life], calendar: Calendar) -> Iterator[tuple[Life, int, bool]]:
    for life in lives:
        for renewal in life.renewals:
            place = calendar.index(renewal.on) - 60
            reached = renewal.on <= (life.churned_on or END)
            if life.contract_months > 1 and place >= 56 and renewal.on <= END and reached:
                yield life, place, life.churn_kind == "decision" and life.churned_on == renewal.on


@pytest.fixture(scope="module")
def written(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, int]:
    """A company of 600 over 54 weeks, and how many NPS surveys it was sent."""
    folder = tmp_path_factory.mktemp("calibration")
    return folder, generate(folder, accounts=600, weeks=54, seed=SEED, end=END).surveys_sent


def test_segments_seats_and_contract_values(written: tuple[Path, int]) -> None:
    accounts = read(written[0], "accounts")
    expected = {
        "smb": (0.50, 9, 4_600),
        "mid_market": (0.35, 40, 22_000),
        "enterprise": (0.15, 180, 109_000),
    }
    for segment, (share, seats, value) in expected.items():
        of_it = [row for row in accounts if row["segment"] == segment]
        assert len(of_it) / len(accounts) == pytest.approx(share, abs=0.05)
        assert median(int(row["seats"]) for row in of_it) == pytest.approx(seats, rel=0.18)
        assert median(int(row["arr"]) for row in of_it) == pytest.approx(value, rel=0.18)
        terms = Counter(row["contract_months"] for row in of_it)
        monthly = terms["1"] / len(of_it)
        assert monthly == (pytest.approx(0.40, abs=0.07) if segment == "smb" else 0)


def test_tickets_and_their_ratings(written: tuple[Path, int]) -> None:
    tickets = read(written[0], "tickets")
    months = 0.0
    for row in read(written[0], "accounts"):
        first = max(date.fromisoformat(row["started_on"]), END - timedelta(weeks=54))
        last = date.fromisoformat(row["churned_on"]) if row["churned_on"] else END
        months += max(0, (last - first).days) / 30.44
    assert 1.9 < len(tickets) / months < 2.35
    ratings = [int(row["rating"]) for row in tickets if row["rating"]]
    assert 0.20 < len(ratings) / len(tickets) < 0.24
    assert 3.86 < mean(ratings) < 4.06


def test_nps_answers(written: tuple[Path, int]) -> None:
    folder, sent = written
    scores = [int(row["score"]) for row in read(folder, "surveys") if row["kind"] == "nps"]
    assert 0.125 < len(scores) / sent < 0.15
    assert 7.8 < mean(scores) < 8.2


def test_late_payments(written: tuple[Path, int]) -> None:
    paid = [row for row in read(written[0], "payments") if row["status"] == "paid"]
    assert 0.10 < mean(row["paid_on"] > row["due_on"] for row in paid) < 0.137


def test_half_of_the_seats_are_in_use(written: tuple[Path, int]) -> None:
    seats = {row["id"]: int(row["seats"]) for row in read(written[0], "accounts")}
    usage = read(written[0], "usage_daily")
    weekdays = [row for row in usage if date.fromisoformat(row["day"]).weekday() < 5]
    assert 0.48 < mean(int(row["seats_used"]) / seats[row["account_id"]] for row in weekdays) < 0.53
