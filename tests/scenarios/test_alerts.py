"""From a folder of data to an acknowledged alert, over both transports at the same handlers."""

import re
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import Engine, delete, insert, select, text
from sqlalchemy.orm import Session, sessionmaker

from blocks.ids import Action
from blocks.moments import spell_out
from bot.models import Account, AccountScore, Alert, AlertEvent, Person
from scoring.views import compute_rounded
from tests.blocks.checks import check_blocks, find_elements
from tests.conftest import _empty
from tests.scenarios.stage import (
    HOSTILE,
    MORNING,
    TROUBLED,
    Stage,
    blocks_of,
    make_company,
    open_stage,
    read_people,
    text_of,
)

ZONES = ("America/New_York", "Europe/Berlin", "Asia/Tokyo", "Australia/Sydney")
CLICKED = datetime(2026, 11, 22, 14, 2, tzinfo=UTC)
CROWD = [f"UCROWD{number:03}" for number in range(200)]


class Watch:
    """The application's clock."""

    def __init__(self) -> None:
        self.now = MORNING

    def __call__(self) -> datetime:
        return self.now


@pytest.fixture(scope="module")
def company(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_company(tmp_path_factory.mktemp("company"))


@pytest.fixture(scope="module", params=["socket", "http"])
def stage(
    request: pytest.FixtureRequest, engine: Engine, database_url: str, company: Path
) -> Iterator[Stage]:
    """The morning after four accounts collapsed: imported, scored, posted. One for all tests here."""
    people = read_people(company)
    crowd = [{"slack_id": user, "email": f"{user.lower()}@crowd.example", "role": "x"} for user in CROWD]
    watch = Watch()
    with open_stage(database_url, [*crowd, *people], request.param, now=watch) as stage:
        stage.import_company(company)
        with stage.sessions.begin() as session:
            session.execute(insert(Person), [_crowd_person(number) for number in range(len(CROWD))])
        # Two workers at once: one opens the alerts, the other finds it done.
        with ThreadPoolExecutor(2) as pool:
            runs = [pool.submit(stage.run_daily) for _ in range(2)]
            assert sorted(run.result() for run in runs) == [0, len(TROUBLED)]
        stage.slack.wait_for(lambda: len(stage.alerts()) == len(TROUBLED))
        # Two in the afternoon: what people see is the time of their click.
        watch.now = CLICKED
        yield stage
    _empty(engine)


def _crowd_person(number: int) -> dict[str, Any]:
    return {
        "email": f"{CROWD[number].lower()}@crowd.example",
        "name": f"Crowd {number}",
        # Who may act on any alert.
        "role": "admin",
        "slack_id": CROWD[number],
        "timezone": ZONES[number % len(ZONES)],
    }


def find_alert(stage: Stage, external_id: str) -> tuple[Alert, dict[str, Any]]:
    """An account's alert and the message that shows it."""
    with stage.sessions() as session:
        found = select(Alert).join(Account, Account.id == Alert.account_id)
        alert = session.scalars(found.where(Account.external_id == external_id)).one()
    message = next(m for m in stage.alerts() if _shows(m, external_id, stage.sessions))
    return alert, message


def _shows(message: dict[str, Any], external_id: str, sessions: sessionmaker[Session]) -> bool:
    with sessions() as session:
        name = session.scalars(select(Account.name).where(Account.external_id == external_id)).one()
    return name.split()[0].replace("<", "&lt;").replace(">", "&gt;") in message["text"]


def test_a_second_daily_run_adds_nothing(stage: Stage) -> None:
    before = [(m["ts"], m["text"]) for m in stage.alerts()]
    with ThreadPoolExecutor(2) as pool:
        assert [run.result() for run in [pool.submit(stage.run_daily) for _ in range(2)]] == [0, 0]
    assert [(m["ts"], m["text"]) for m in stage.alerts()] == before


def test_names_from_hell_are_only_text(stage: Stage) -> None:
    said = "\n".join(text_of(message) + message["text"] for message in stage.alerts())
    assert "<!channel>" not in said
    assert "<@U0KW7CRSRMA>" not in said
    assert "&lt;!channel&gt; &amp; " in said
    assert "Endless Endless" in said
    for message in stage.alerts():
        check_blocks(blocks_of(message))
        assert len(text_of(message)) < 3000
    card = text_of(stage.ask(stage.people["manager"], "/cs score channel bold söhne"))
    assert "&lt;!channel&gt;" in card
    assert "<!channel>" not in card
    assert HOSTILE["A00005"] not in card


def test_a_typo_is_understood_and_the_figures_are_right(stage: Stage) -> None:
    manager = stage.people["manager"]
    card = stage.ask(manager, "/cs score acme robotcs")
    assert card["ephemeral"]
    text = text_of(card)
    with stage.sessions() as session:
        row = session.execute(
            select(AccountScore, Account.arr_cents)
            .join(Account, Account.id == AccountScore.account_id)
            .where(Account.external_id == "A00002", AccountScore.model == "four_dimension")
        ).one()
    assert "*Acme Robotics*" in text
    assert f"*{compute_rounded(row.AccountScore.score_micro)}*" in text
    assert f"${row.arr_cents / 100_000:.0f}k ARR" in text

    assert stage.press(manager, card, Action.SCORE_SHARE)["ok"]
    shared = stage.slack.wait_for(
        lambda: [m for m in stage.slack.messages("cs-team") if "Shared by" in text_of(m)]
    )
    assert "*Acme Robotics*" in text_of(shared[0])


def test_the_portfolio_turns_its_pages(stage: Stage) -> None:
    manager = stage.people["manager"]
    first = stage.ask(manager, "/portfolio")
    assert "*39* accounts" in text_of(first)
    assert stage.press(manager, first, Action.PORTFOLIO_NEXT)["ok"]

    def turned() -> list[dict[str, Any]]:
        seen = stage.slack.messages("cs-team", manager)
        return [m for m in seen if m["ts"] == first["ts"] and text_of(m) != text_of(first)]

    second = stage.slack.wait_for(turned)[0]
    # Both pages also offer those that improve most.
    assert len(names_in(second) - names_in(first)) >= 10
    assert len(names_in(first) - names_in(second)) >= 10


def names_in(message: dict[str, Any]) -> set[str]:
    """The accounts of a page, by the values of the menu that opens them."""
    menu = next(
        found for found in find_elements(message["blocks"]) if found["action_id"] == Action.SCORE_OPEN
    )
    return {option["value"] for option in menu["options"]}


def test_the_home_shows_the_open_alerts(stage: Stage) -> None:
    executive = stage.people["executive"]
    stage.slack.open_home(executive, stage.app.app_id)
    home = stage.slack.wait_for(lambda: stage.slack.home(executive, stage.app.app_id))
    assert home is not None
    text = "\n".join(text_of({"blocks": home["blocks"]}).splitlines())
    assert "Acme Robotics" in text
    assert re.search(r"→ Red · \*\d+\* \(−\d+ in 7 d\)", text)


def test_a_stranger_is_refused_with_a_sentence(stage: Stage) -> None:
    alert, message = find_alert(stage, "A00010")
    assert stage.press("USTRANGER", message, Action.ALERT_ACKNOWLEDGE)["ok"]
    told = stage.slack.wait_for(lambda: private(stage, "USTRANGER"))
    assert "Only people of the customer-success team can act on alerts" in told[0]
    with stage.sessions() as session:
        assert session.get_one(Alert, alert.id).state == "open"


def test_of_two_hundred_clicks_at_once_one_counts(stage: Stage) -> None:
    alert, message = find_alert(stage, "A00002")

    def click(user: str) -> dict[str, Any]:
        return stage.press(user, message, Action.ALERT_ACKNOWLEDGE)

    # Whether it was in time depends on what else the machine does; that it was answered does not.
    stage.slack.limits(ack_seconds=60.0)
    # Slack's edit takes a while to reach two hundred screens: until then all show the button.
    hold(stage, "1 hour")
    with ThreadPoolExecutor(len(CROWD)) as pool:
        answers = list(pool.map(click, CROWD))
    hold(stage, "0")
    stage.slack.limits(ack_seconds=3.0)
    assert [answer for answer in answers if not answer["ok"]] == []
    with stage.sessions() as session:
        kept = session.get_one(Alert, alert.id)
        winner = session.get_one(Person, kept.acknowledged_by)
        deeds = session.scalars(
            select(AlertEvent.kind).where(AlertEvent.alert_id == alert.id, AlertEvent.kind == "acknowledged")
        ).all()
    assert (kept.state, len(deeds)) == ("acknowledged", 1)
    others = [user for user in CROWD if user != winner.slack_id]
    stage.slack.wait_for(lambda: all(private(stage, user) for user in others), timeout=60)
    assert private(stage, winner.slack_id or "") == []
    for number, user in enumerate(CROWD):
        if user != winner.slack_id:
            at = CLICKED.astimezone(ZoneInfo(ZONES[number % len(ZONES)]))
            (told,) = private(stage, user)
            # Past midnight in Sydney it is the 23rd, so the time there is of that very day.
            said = f"{winner.name} already acknowledged the alert about *Acme Robotics*, {at:%H:%M}."
            assert said in spell_out(told)

    def edited() -> bool:
        now = next(m for m in stage.alerts() if m["ts"] == message["ts"])
        buttons = {found["action_id"] for found in find_elements(blocks_of(now))}
        return (
            f"✅ Acknowledged by {winner.name}, 14:02" in text_of(now)
            and Action.ALERT_ACKNOWLEDGE not in buttons
            and Action.ALERT_RESOLVE in buttons
        )

    stage.slack.wait_for(edited)
    assert len(stage.alerts()) == len(TROUBLED)


def hold(stage: Stage, rest: str) -> None:
    """Let the courier rest for so long from now on."""
    with stage.sessions.begin() as session:
        asked = text("update slack_lane set next_at = clock_timestamp() + cast(:rest as interval)")
        session.execute(asked, {"rest": rest})


def private(stage: Stage, user: str) -> list[str]:
    """What only this person sees in #cs-alerts."""
    return [m["text"] for m in stage.slack.messages("cs-alerts", user) if m.get("ephemeral")]


def test_a_click_on_what_is_over_or_gone_is_answered(stage: Stage) -> None:
    manager = stage.people["manager"]
    over, message = find_alert(stage, "A00010")
    gone, other = find_alert(stage, "A00008")
    with stage.sessions.begin() as session:
        session.get_one(Alert, over.id).state = "resolved"
        session.execute(delete(Alert).where(Alert.id == gone.id))
    assert stage.press(manager, message, Action.ALERT_ACKNOWLEDGE)["ok"]
    assert stage.press(manager, other, Action.ALERT_ACKNOWLEDGE)["ok"]
    stage.slack.wait_for(lambda: len(private(stage, manager)) == 2)
    told = private(stage, manager)
    assert any("has recovered since" in text and "nothing left to acknowledge" in text for text in told)
    assert any("This alert no longer exists" in text for text in told)
