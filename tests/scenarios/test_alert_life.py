"""An alert's life by clicks and forms alone, over both transports, as its people see it in Slack."""

from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine, select
from sqlalchemy.orm import Session

from blocks.ids import Action
from bot.models import Account, Alert, AlertEvent, Person
from tests.blocks.checks import check_blocks, check_view, find_elements
from tests.conftest import _empty
from tests.scenarios.stage import MORNING, Stage, blocks_of, make_company, open_stage, read_people, text_of
from tests.scenarios.test_alerts import Watch, find_alert, private


@pytest.fixture(scope="module")
def company(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_company(tmp_path_factory.mktemp("company"))


@pytest.fixture(scope="module", params=["socket", "http"])
def stage(
    request: pytest.FixtureRequest, engine: Engine, database_url: str, company: Path
) -> Iterator[Stage]:
    watch = Watch()
    with open_stage(database_url, read_people(company), request.param, now=watch) as stage:
        stage.import_company(company)
        stage.run_daily()
        stage.slack.wait_for(lambda: len(stage.alerts()) == 4)
        watch.now = MORNING + timedelta(hours=3)
        yield stage
    _empty(engine)


class Life:
    """One alert and its CSM, who does everything by hand."""

    def __init__(self, stage: Stage, external_id: str) -> None:
        self.stage = stage
        with stage.sessions() as session:
            row = session.execute(
                select(Alert.id, Account.name, Person.slack_id, Person.name.label("csm"))
                .join(Account, Account.id == Alert.account_id)
                .join(Person, Person.id == Account.csm_id)
                .where(Account.external_id == external_id)
            ).one()
        self.alert_id, self.account, self.csm, self.csm_name = row
        self.ts = find_alert(stage, external_id)[1]["ts"]

    def message(self) -> dict[str, Any]:
        return next(m for m in self.stage.alerts() if m["ts"] == self.ts)

    def wait_for(self, words: str) -> dict[str, Any]:
        """The message once it says so."""
        self.stage.slack.wait_for(lambda: words in text_of(self.message()))
        check_blocks(blocks_of(self.message()))
        return self.message()

    def press(self, action: Action, user: str | None = None) -> None:
        assert self.stage.press(user or self.csm, self.message(), action)["ok"]

    def choose(self, action: Action, word: str, user: str | None = None) -> None:
        """Choose in a menu of the message, by the word in the option's value."""
        menu = next(e for e in find_elements(blocks_of(self.message())) if e["action_id"] == action)
        option = next(o for o in menu["options"] if o["value"].endswith(f"|{word}"))
        channel = self.message()["channel"]
        done = self.stage.slack.click(user or self.csm, channel, self.ts, action, selected_option=option)
        assert done["ok"], done

    def form(self) -> dict[str, Any]:
        view: dict[str, Any] = self.stage.slack.wait_for(lambda: self.stage.slack.modal(self.csm))
        check_view(
            {key: view[key] for key in ("type", "title", "submit", "close", "blocks") if view.get(key)}
        )
        return view

    def submit(self, **entered: dict[str, Any]) -> dict[str, Any]:
        values = {field: {field: value} for field, value in entered.items()}
        return self.stage.slack.submit(self.csm, values)

    def thread(self) -> list[str]:
        """What was said below the message."""
        lines = self.stage.slack.messages("cs-alerts", thread_ts=self.ts)
        return [text_of(line) for line in lines if line["ts"] != self.ts]


def option(value: str) -> dict[str, Any]:
    return {"type": "static_select", "selected_option": {"value": value}}


def test_from_acknowledge_to_reopen_by_clicks(stage: Stage) -> None:
    life = Life(stage, "A00002")
    life.press(Action.ALERT_ACKNOWLEDGE)
    life.wait_for(f"✅ Acknowledged by {life.csm_name}, 09:00 · next: asks {life.csm_name} on ")
    life.choose(Action.ALERT_SNOOZE, "score")
    life.wait_for(f"💤 Snoozed by {life.csm_name} until the score changes")
    life.press(Action.ALERT_WAKE)
    life.wait_for("Next: calls in ")
    life.choose(Action.ALERT_MORE, "resolve")
    life.wait_for(f"🟢 Resolved by {life.csm_name}")
    assert life.message()["attachments"][0]["color"].lstrip("#") == "3b9b5f"
    life.press(Action.ALERT_REOPEN)
    life.wait_for("Next: calls in ")
    stage.slack.wait_for(lambda: len(life.thread()) == 5)
    assert [line.split(" ")[0] for line in life.thread()] == ["✅", "💤", "⏰", "🟢", "🔴"]
    assert not [line for line in life.thread() if "<@" in line]


def test_forms_say_what_is_wrong_and_then_do_it(stage: Stage) -> None:
    life = Life(stage, "A00010")
    life.choose(Action.ALERT_SNOOZE, "date")
    life.form()
    past = {"type": "datepicker", "selected_date": "2026-11-20"}
    wrong = life.submit(snooze_for=option("date"), until=past)
    assert wrong == {
        "ok": False,
        "errors": {"until": "That morning has passed. Choose a day that lies ahead."},
    }
    ahead = {"type": "datepicker", "selected_date": "2026-12-01"}
    words = {"type": "plain_text_input", "value": "<!channel> wait"}
    assert life.submit(snooze_for=option("date"), until=ahead, words=words)["ok"]
    assert stage.slack.modal(life.csm) is None
    message = life.wait_for("&lt;!channel&gt; wait")
    assert "until Tue 1 Dec, " in text_of(message)

    life.press(Action.ALERT_WAKE)
    life.wait_for("Next: calls in ")
    life.choose(Action.ALERT_MORE, "assign")
    chosen = next(b for b in life.form()["blocks"] if b["block_id"] == "person")["element"]["options"][0]
    assert life.submit(person=option(chosen["value"]))["ok"]
    life.wait_for(f"CSM {chosen['text']['text'].split(' · ')[0]}")


def test_who_may_not_is_told_alone(stage: Stage) -> None:
    life = Life(stage, "A00008")
    life.press(Action.ALERT_ACKNOWLEDGE, "USTRANGER")
    stage.slack.wait_for(lambda: private(stage, "USTRANGER"))
    assert "Only people of the customer-success team" in private(stage, "USTRANGER")[-1]
    life.choose(Action.ALERT_MORE, "dismiss", "USTRANGER")
    stage.slack.wait_for(lambda: len(private(stage, "USTRANGER")) == 2)
    assert stage.slack.modal("USTRANGER") is None
    assert "Acknowledged" not in text_of(life.message())


def test_the_timeline_and_why_open_for_who_asks(stage: Stage) -> None:
    life = Life(stage, "A00005")
    life.choose(Action.ALERT_NOT_USEFUL, "known_already")
    stage.slack.wait_for(lambda: _placeholder(life.message()) == "👎 Not useful (1)…")
    life.choose(Action.ALERT_MORE, "timeline")
    view = life.form()
    assert "Marked as not useful by" in text_of(view)
    assert "What comes by itself" in text_of(view)
    stage.slack.close(life.csm)
    life.press(Action.ALERT_WHY)
    assert "Rule: " in text_of(life.form())
    stage.slack.close(life.csm)


def _placeholder(message: dict[str, Any]) -> str:
    menu = next(e for e in find_elements(blocks_of(message)) if e["action_id"] == Action.ALERT_NOT_USEFUL)
    return str(menu["placeholder"]["text"])


def test_a_private_card_works_and_is_drawn_again(stage: Stage) -> None:
    life = Life(stage, "A00008")
    listed = stage.ask(life.csm, "/cs alerts all")
    button = next(e for e in find_elements(listed["blocks"]) if e["value"] == str(life.alert_id))
    before = {m["ts"] for m in stage.slack.messages("cs-team", life.csm)}
    block = next(b["block_id"] for b in listed["blocks"] if b.get("accessory") == button)
    stage.slack.click(life.csm, "cs-team", listed["ts"], Action.ALERT_OPEN, block_id=block)

    def card() -> list[dict[str, Any]]:
        seen = stage.slack.messages("cs-team", life.csm)
        return [m for m in seen if m["ts"] not in before]

    opened = stage.slack.wait_for(card)[0]
    assert stage.press(life.csm, opened, Action.ALERT_ACKNOWLEDGE)["ok"]
    stage.slack.wait_for(lambda: "✅ Acknowledged by" in text_of(card()[0]))
    life.wait_for("✅ Acknowledged by")
    with stage.sessions() as session:
        assert _count(session, life.alert_id, "acknowledged") == 1


def _count(session: Session, alert_id: int, kind: str) -> int:
    found = select(AlertEvent.id).where(AlertEvent.alert_id == alert_id, AlertEvent.kind == kind)
    return len(session.scalars(found).all())


def test_the_home_acts_and_keeps_wishes(stage: Stage) -> None:
    life, app = Life(stage, "A00005"), stage.app.app_id
    stage.slack.open_home(life.csm, app)
    home = stage.slack.wait_for(lambda: stage.slack.home(life.csm, app))
    click = _clicker(stage, life.csm, home["id"])
    block = next(
        b for b in home["blocks"] if b.get("block_id", "").startswith(f"alert.acts.{life.alert_id}.")
    )
    click(Action.ALERT_ACKNOWLEDGE, block["block_id"], value=str(life.alert_id))
    stage.slack.wait_for(lambda: "✅ Acknowledged by" in text_of(stage.slack.home(life.csm, app) or {}))
    click(Action.HOME_PREFERENCES, "", value="preferences")
    life.form()
    times = {"quiet_from": "22:00", "quiet_until": "07:00"}
    picked = {name: {"type": "timepicker", "selected_time": at} for name, at in times.items()}
    assert life.submit(**picked, **{"alert.slack": option("at_once")})["ok"]
    stage.slack.wait_for(lambda: "from 22:00 to 07:00" in text_of(stage.slack.home(life.csm, app) or {}))


def _clicker(stage: Stage, user: str, view_id: str) -> Callable[..., None]:
    def click(action: Action, block_id: str, **chosen: Any) -> None:
        done = stage.slack.click_view(user, action, view_id=view_id, block_id=block_id, **chosen)
        assert done["ok"], done

    return click
