"""People ask in a local Slack, over Socket Mode, of the whole application on a real database."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest
from sqlalchemy import Engine, select
from sqlalchemy.orm import Session, sessionmaker

from bot.app import build_parts, build_slack_app
from bot.config import Settings
from bot.db.engine import create_sessions
from bot.manifest import build_manifest
from bot.models import Person
from bot.socket import Socket
from playground import Installed, LocalSlack
from tests.blocks.checks import check_blocks, find_elements
from tests.conftest import _empty
from tests.handlers.company import JONAS, MARIA, NOW, STRANGER, TEAM, VERA, make_company

WORKSPACE = {
    "users": [
        {"id": MARIA, "name": "maria", "email": "maria@corp.example"},
        {"id": JONAS, "name": "jonas", "email": "jonas@corp.example", "tz": "Europe/Berlin"},
        {"id": VERA, "name": "vera", "email": "vera@corp.example"},
        {"id": STRANGER, "name": "bob", "real_name": "Bob", "email": "bob@else.example"},
        {"id": "UNEW", "name": "kim", "email": "kim@corp.example"},
        {"id": "UGUEST", "name": "eve", "email": "jonas@corp.example", "is_external": True},
    ],
    "channels": [
        {"id": "CTALK", "name": "talk", "members": [MARIA, JONAS, VERA, STRANGER, "UNEW", "UGUEST"]},
        {"id": "CALERTS", "name": "cs-alerts", "members": [MARIA]},
    ],
}


@dataclass(frozen=True)
class Scene:
    """A local Slack with the application connected to it."""

    slack: LocalSlack
    app: Installed
    sessions: sessionmaker[Session]

    def ask(self, user: str, text: str, channel: str = "talk") -> dict[str, Any]:
        """The answer to a command, once it is there."""
        before = len(self.slack.messages(channel, user))
        assert self.slack.command(user, channel, text) == {"ok": True, "ts": None}
        return self.slack.wait_for(lambda: self.slack.messages(channel, user)[before:])[-1]

    def click(self, user: str, message: dict[str, Any], action_id: str, **chosen: Any) -> None:
        done = self.slack.click(user, message["channel"], message["ts"], action_id, **chosen)
        assert done["ok"], done


@pytest.fixture(scope="module")
def scene(engine: Engine, database_url: str) -> Iterator[Scene]:
    """One for all tests here, since Slack's library takes three seconds to hang up. What a test asks is
    asked by somebody of whom no other test expects silence."""
    sessions = create_sessions(engine)
    with sessions.begin() as session:
        make_company(session)
    with LocalSlack.start(WORKSPACE) as slack:
        app = slack.install(build_manifest(), channels=["cs-alerts"])
        settings = Settings(slack_bot_token=app.bot_token, slack_api_base_url=slack.api_url)
        parts = build_parts(settings, TEAM, database_url, pool_size=4, now=lambda: NOW)
        bolt = build_slack_app(parts)
        socket = Socket(bolt, app.app_token)
        socket.connect()
        slack.wait_for(lambda: slack.connected(app.app_id))
        yield Scene(slack, app, sessions)
        socket.stop()
        bolt.listener_runner.listener_executor.shutdown()
        parts.engine.dispose()
    _empty(engine)


def buttons(message: dict[str, Any]) -> dict[str, dict[str, Any]]:
    """The buttons and menus of a message by action_id."""
    return {element["action_id"]: element for element in find_elements(message["blocks"])}


def test_a_csm_asks_looks_closer_and_shares(scene: Scene) -> None:
    card = scene.ask(MARIA, "/cs score acm")
    assert card["ephemeral"]
    assert "*Acme Corp*" in check_blocks(card["blocks"])

    scene.click(MARIA, card, "score.signals", value=buttons(card)["score.signals"]["value"])
    modal = scene.slack.wait_for(lambda: scene.slack.modal(MARIA))
    assert "logins 80 in 30 days" in str(modal["blocks"])

    scene.click(MARIA, card, "score.share", value=buttons(card)["score.share"]["value"])
    shared = scene.slack.wait_for(
        lambda: [m for m in scene.slack.messages("talk", JONAS) if "Acme" in m["text"]]
    )
    assert "$" not in check_blocks(shared[0]["blocks"])
    assert "Shared by Maria Lopez" in check_blocks(shared[0]["blocks"])


def test_a_menu_becomes_the_card_and_a_page_the_next(scene: Scene) -> None:
    choice = scene.ask(MARIA, "/score northwind")
    options = buttons(choice)["score.choose"]["options"]
    scene.click(MARIA, choice, "score.choose", selected_option=options[1])
    replaced = scene.slack.wait_for(
        lambda: [m for m in scene.slack.messages("talk", MARIA) if "Logistics" in m["text"]]
    )
    assert replaced[0]["ts"] == choice["ts"]

    book = scene.ask(MARIA, "/portfolio")
    scene.click(MARIA, book, "score.open", selected_option=buttons(book)["score.open"]["options"][0])
    scene.slack.wait_for(
        lambda: [m for m in scene.slack.messages("talk", MARIA) if "Acme Corp: " in m["text"]]
    )


def test_someone_seen_for_the_first_time_is_looked_up_once(scene: Scene) -> None:
    first = scene.ask(JONAS, "/cs portfolio")
    assert "Your book: 3 accounts" in first["text"]
    assert "$" in check_blocks(first["blocks"])
    scene.ask(JONAS, "/cs score globex")
    asked = [call for call in scene.slack.journal("users.info") if call["args"]["user"] == JONAS]
    assert len(asked) == 1
    with scene.sessions() as session:
        assert session.scalars(select(Person.slack_id).where(Person.name == "Jonas Weber")).one() == JONAS


def test_those_not_of_the_team_see_no_money_and_why(scene: Scene) -> None:
    bob = check_blocks(scene.ask(STRANGER, "/cs score acme")["blocks"])
    assert "you (bob@else.example) are not on the team's list of people" in bob
    assert "$" not in bob

    eve = check_blocks(scene.ask("UGUEST", "/cs score acme")["blocks"])
    assert "another workspace" in eve
    assert "$" not in eve


def test_when_slack_will_not_say_who_asks_the_answer_still_comes(scene: Scene) -> None:
    scene.slack.faults("status", method="users.info", status=500, times=1)
    text = check_blocks(scene.ask("UNEW", "/cs score acme")["blocks"])
    assert "*Acme Corp*" in text
    assert "Slack did not say who you are" in text or "Slack would not say who you are" in text


def test_mistakes_get_one_helpful_sentence_each(scene: Scene) -> None:
    sentences = {
        "/cs scroe acme": "Did you mean `/cs score`?",
        "/cs score": "Which account?",
        "/cs score acme 2026-13-45": "Write it as 2026-09-01.",
        "/portfolio segment=huge": "I know no segment",
        "/cs score acme colour=red": "I do not know “colour=”",
    }
    for command, sentence in sentences.items():
        answer = scene.ask(MARIA, command)
        assert answer["ephemeral"]
        assert sentence in answer["text"]


def test_the_home_tab_shows_the_reader_their_book(scene: Scene) -> None:
    scene.slack.open_home(MARIA, scene.app.app_id)
    home = scene.slack.wait_for(lambda: scene.slack.home(MARIA, scene.app.app_id))
    text = check_blocks(home["blocks"])
    assert "Good morning, Maria Lopez" in text
    assert "Your book" in text

    options = buttons(home)["home.score"]["options"]
    done = scene.slack.click_view(MARIA, "home.score", view_id=home["id"], selected_option=options[0])
    assert done["ok"], done
    modal = scene.slack.wait_for(lambda: scene.slack.modal(MARIA))
    assert modal["title"]["text"] == "Acme Corp"
