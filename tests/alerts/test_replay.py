"""A replay says what the daily looks did or would have done, and leaves no trace."""

import json
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import typer
from sqlalchemy import Engine, select, text
from sqlalchemy.orm import Session, sessionmaker
from typer.testing import CliRunner, Result

from bot.alerts.replay import Replay, compute_share, find_verdict, replay_rule
from bot.alerts.rules import load_rules
from bot.cli import rules as command
from bot.config import ConfigError
from bot.errors import NotFound
from bot.models import RuleFire
from scoring.run import score_history
from tests.alerts.book import PULSE, TEAM, Book, day, morning_after, pick_rules
from tests.alerts.test_signal_rules import add_champion, add_custom, add_logins, add_payment

Sessions = sessionmaker[Session]
DAY = timedelta(days=1)
FIRST, LAST = 8, 30


def fill(book: Book) -> None:
    """Falls, signs, payments, silence: something for every kind of rule."""
    book.add_person(1, "Maria Lopez", "U1")
    book.add(1, [80] * 12 + [60] * 5 + [35] * 5 + [15] * 5 + [80] * 10, csm_id=1)
    book.add(2, [80] * 14 + [66] * 20)
    book.add(3, [None] * 12 + [30] * 20)
    book.add(4, [80] * 40, seats=5)
    add_champion(book, 1, day(13))
    add_custom(book, 1, "data_export", 14)
    add_custom(book, 1, "billing_page_visits", 20, 3)
    add_payment(book, 2, day(16))
    add_logins(book, {4: [5] * 72 + [0] * 28}, last=39)


def replay(book: Book, name: str, first: int = FIRST, last: int = LAST) -> Replay:
    every = load_rules(None)
    rule = next(rule for rule in every if rule.name == name)
    return replay_rule(
        book.session, rule=rule, rules=every, model=book.model, first=day(first), last=day(last), team=TEAM
    )


def test_it_says_what_the_daily_looks_did(book: Book) -> None:
    book.rules = load_rules(None)
    fill(book)
    book.run_all(FIRST - 1, LAST)
    fired: dict[str, list[tuple[int, Any, str]]] = {rule.name: [] for rule in book.rules}
    for fire in book.session.scalars(select(RuleFire)):
        fired[fire.rule].append((fire.account_id, fire.as_of, fire.facts["said"]))
    for name, lived in fired.items():
        again = [(fire.account_id, fire.as_of, fire.said) for fire in replay(book, name).fires]
        assert sorted(again) == sorted(lived), name
    # Otherwise the comparison would be of nothing with nothing.
    assert {name for name, lived in fired.items() if lived} >= {
        "fell_below_level",
        "score_drop",
        "critical_or_declining",
        "score_below_20",
        "payment_failed",
        "no_login_7_days",
        "champion_left",
        "churn_risk_note",
        "churn_risk_escalation",
    }


def test_who_met_the_rule_before_the_first_day_is_no_news(book: Book) -> None:
    fill(book)
    book.run(LAST)
    assert [fire.as_of for fire in replay(book, "score_below_20", 20).fires] == [day(22)]
    assert replay(book, "score_below_20", 23).fires == ()


def test_shares_and_csms(book: Book) -> None:
    book.rules = pick_rules("fell_below_level")
    fill(book)
    book.run(LAST)
    found = replay(book, "fell_below_level")
    assert (found.accounts, found.days) == (4, 23)
    assert [(fire.name, fire.csm, fire.told) for fire in found.fires] == [
        ("Account 1", "Maria Lopez", True),
        ("Account 1", "Maria Lopez", False),
        ("Account 1", "Maria Lopez", True),
    ][: len(found.fires)]
    assert found.share == compute_share(len(found.told), 4, 23)
    assert found.count_by_csm() == {"Maria Lopez": 7 * len(found.told) / 23}


@pytest.mark.parametrize(
    ("share", "verdict"),
    [(0, "healthy"), (0.02, "healthy"), (0.021, "cheap"), (0.06, "list"), (0.16, "report")],
)
def test_the_budget(share: float, verdict: str) -> None:
    assert find_verdict(share) == verdict


def test_days_without_scores_are_counted(book: Book) -> None:
    fill(book)
    # The run scores the 30 days before the last as well, and no day after.
    book.run(20)
    assert replay(book, "fell_below_level").unscored == LAST - 20
    assert replay(book, "payment_failed").unscored == 0


@pytest.fixture
def run(database_url: str, sessions: Sessions, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Any:
    """The command on a team of its own, whose model is the book's and whose days are not scored."""
    with sessions.begin() as session:
        book = Book(session)
        fill(book)
    (tmp_path / "models").mkdir()
    (tmp_path / "models" / "pulse.yaml").write_text(PULSE)
    (tmp_path / "staysail.yaml").write_text("default_model: pulse\n")
    monkeypatch.setenv("DATABASE_URL", database_url)
    monkeypatch.setenv("STAYSAIL_CONFIG", str(tmp_path))
    app = typer.Typer()
    command.register(app)

    def invoke(*arguments: str) -> Result:
        return CliRunner().invoke(app, list(arguments))

    return invoke


def count_rows(engine: Engine) -> dict[str, int]:
    """The rows of every table."""
    with engine.connect() as connection:
        tables = connection.execute(
            text(
                "SELECT oid::regclass::text FROM pg_class WHERE relnamespace = 'public'::regnamespace "
                "AND relkind IN ('r', 'p') AND NOT relispartition"
            )
        ).scalars()
        return {
            name: connection.execute(text(f"SELECT count(*) FROM {name}")).scalar_one() for name in tables
        }


SPAN = ("--since", day(FIRST).isoformat(), "--until", day(LAST).isoformat())


def test_the_command_replays_unscored_days_and_writes_nothing(run: Any, engine: Engine) -> None:
    before = count_rows(engine)
    document = json.loads(run("--replay", "score_drop", *SPAN, "--json").stdout)
    assert count_rows(engine) == before
    assert before["score_sheet"] == 0
    assert document["alerts"] >= 2
    assert document["fires"][0]["said"].startswith("score 80 → ")
    assert document["per_csm_and_week"]["Maria Lopez"] > 0
    assert document["verdict"] == "report"


def test_a_file_that_is_not_in_force_can_be_replayed(run: Any, engine: Engine, tmp_path: Path) -> None:
    path = tmp_path / "draft.yaml"
    path.write_text("name: draft\ntitle: Draft\nwhy: Since.\nwhen: {score_fell: 40}\ncool_down_days: 30\n")
    shown = run("--replay", str(path), *SPAN)
    assert "draft from" in shown.stdout
    assert "Nothing was written and nobody was told." in shown.stdout
    path.write_text("name: draft\ntitle: Draft\nwhy: Since.\nwhen: {score_fel: 40}\n")
    assert isinstance(run("--replay", str(path), *SPAN).exception, ConfigError)
    assert isinstance(run("--replay", "score_dropp", *SPAN).exception, NotFound)
    assert run("--replay", "score_drop").exit_code == 2


def test_the_list_shows_every_rule_and_how_often_it_fires(run: Any, sessions: Sessions) -> None:
    listed = {rule["name"]: rule for rule in json.loads(run("--json").stdout)["rules"]}
    assert set(listed) == {rule.name for rule in load_rules(None)}
    assert listed["score_drop"]["when"] == "the score fell by more than 10 points in 7 days"
    assert listed["champion_left"]["state"] == "shadow"
    assert listed["payment_failed"]["tells"] == "owner; manager after 2h"
    assert listed["score_drop"]["fires_30_days"] == 0
    text_list = run().stdout
    assert all(name in text_list for name in ("score_drop", "churn_risk_note"))


def test_one_rule_is_shown_whole_with_its_reason(run: Any) -> None:
    shown = run("usage_cliff").stdout
    assert "Half of the usage gone within three days" in shown
    assert "as data arrives" in shown
    assert json.loads(run("usage_cliff", "--json").stdout)["class"] == "risk"
    assert isinstance(run("usage_clif").exception, NotFound)


def test_check(run: Any, tmp_path: Path) -> None:
    assert "All rules are sound" in run("--check").stdout
    (tmp_path / "rules").mkdir()
    (tmp_path / "rules" / "mine.yaml").write_text("name: mine\n")
    wrong = run("--check")
    assert wrong.exit_code == 1
    assert "mine.yaml: when: is missing; add it" in wrong.stderr


def test_history_scored_for_good_is_used_as_it_is(book: Book) -> None:
    fill(book)
    score_history(
        book.session,
        model=book.model,
        first=day(FIRST - 1) - 30 * DAY,
        last=day(LAST),
        now=morning_after(day(LAST)),
        zone=TEAM.zone,
    )
    assert replay(book, "score_drop").unscored == 0
