"""Channels that are archived, bots that are removed, people Slack does not know: the alert goes elsewhere."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import pytest
from slack_sdk import WebClient
from sqlalchemy import insert, select, text
from sqlalchemy.orm import Session, sessionmaker

from bot.alerts import acknowledge_alert
from bot.alerts.lifecycle import add_event
from bot.alerts.telling import post_alert, tell_person
from bot.config import Route, TeamConfig
from bot.contents import build_builders, build_losses
from bot.courier.delivery import Delivery
from bot.courier.runner import run_errand
from bot.manifest import build_manifest
from bot.messages import mark_stale, revive_dead_messages, want_message
from bot.models import Account, Alert, AlertEvent, HeldFlood, Mail, Person, SlackMessage
from playground import Installed, LocalSlack
from tests.scenarios.test_kills import FACTS

NOON = datetime(2026, 11, 20, 12, tzinfo=UTC)
TEAM = TeamConfig(routes=(Route(to="#cs-smb"),))
WORKSPACE: dict[str, Any] = {
    "users": [{"id": "U1", "name": "maria"}, {"id": "U9", "name": "ada"}],
    "channels": [
        {"id": "C1", "name": "cs-alerts", "members": ["U1"]},
        {"id": "C2", "name": "cs-smb", "members": ["U1"]},
    ],
}


@dataclass
class House:
    """A team, its Slack, and the courier between the two."""

    slack: LocalSlack
    app: Installed
    client: WebClient
    sessions: sessionmaker[Session]
    team: TeamConfig = TEAM

    def open(self, *, tell: tuple[str, ...] = (), severity: str = "at_risk") -> None:
        """An alert about Acme, which is Maria's."""
        with self.sessions() as session, session.begin():
            people = (
                {"id": 9, "email": "ada@x.example", "name": "Ada", "role": "admin", "slack_id": "U9"},
                {"id": 2, "email": "vera@x.example", "name": "Vera", "role": "manager", "slack_id": "U404"},
            )
            session.execute(insert(Person), people)
            maria = {"email": "maria@x.example", "name": "Maria", "role": "csm", "slack_id": "U1"}
            session.execute(insert(Person).values(id=1, manager_id=2, **maria))
            session.execute(insert(Account).values(id=1, external_id="a1", name="Acme", csm_id=1))
            alert = Alert(
                id=1,
                account_id=1,
                rule="score_drop",
                severity=severity,
                as_of=NOON.date(),
                opened_at=NOON,
                facts={**FACTS, "class": "risk", "tell": tell},
                owner_id=1,
            )
            session.add(alert)
            session.flush()
            # Whom the channel is enough for hears nothing more here.
            wishes = text("insert into preference values (1, 'alert', 'email', 'digest')")
            session.execute(wishes)
            post_alert(session, alert, now=NOON, team=self.team)

    def act(self, kind: str, **detail: Any) -> AlertEvent:
        """Something in the alert's life, with its line in the thread."""
        with self.sessions() as session, session.begin():
            session.get_one(Alert, 1, with_for_update=True)
            line = add_event(session, 1, kind, NOON, detail=detail)
            mark_stale(session, kind="alert", subject_id=1)
            return line

    def deliver(self) -> None:
        """Errands until none is due; more than thirty for these few messages is a loop."""
        delivery = Delivery(self.client, self.sessions, build_builders(self.team))
        losses = build_losses(self.team, lambda: NOON)
        for _ in range(30):
            with self.sessions() as session, session.begin():
                session.execute(text("update slack_lane set next_at = now() - interval '1 day'"))
            if not run_errand(self.sessions, delivery, losses=losses):
                return
        raise AssertionError("the courier does not come to rest")

    def rows(self, kind: str = "alert") -> list[tuple[str, str]]:
        with self.sessions() as session:
            asked = select(SlackMessage.channel, SlackMessage.state).where(SlackMessage.kind == kind)
            return [(row[0], row[1]) for row in session.execute(asked.order_by(SlackMessage.id))]

    def events(self, kind: str = "rerouted") -> list[dict[str, Any]]:
        with self.sessions() as session:
            asked = select(AlertEvent.detail).where(AlertEvent.kind == kind).order_by(AlertEvent.id)
            return list(session.scalars(asked))

    def shown(self, channel: str) -> list[str]:
        """The alert's messages in a channel, whole."""
        found = self.slack.messages(channel)
        return [str(message) for message in found if message.get("bot_id") and "Acme" in str(message)]

    def thread(self, channel: str) -> list[str]:
        parent = next(
            each for each in self.slack.messages(channel) if each.get("bot_id") and "Acme" in str(each)
        )
        replies = self.slack.messages(channel, thread_ts=parent["ts"])
        return [each["text"] for each in replies if each["ts"] != parent["ts"]]


@pytest.fixture
def house(sessions: sessionmaker[Session]) -> Iterator[House]:
    with LocalSlack.start(WORKSPACE) as slack:
        slack.limits(posts_burst=1000)
        app = slack.install(build_manifest(), channels=["cs-alerts", "cs-smb"])
        client = WebClient(token=app.bot_token, base_url=slack.api_url, retry_handlers=[], timeout=5)
        yield House(slack, app, client, sessions)


def test_an_archived_channel_sends_its_alert_to_the_fallback_which_says_so(house: House) -> None:
    house.slack.archive("cs-smb")
    house.open()
    house.deliver()
    assert house.rows() == [("#cs-smb", "dead"), ("#cs-alerts", "live")]
    assert house.events() == [
        {"channel": "#cs-smb", "to": "#cs-alerts", "problem": "the channel #cs-smb is archived"}
    ]
    (message,) = house.shown("cs-alerts")
    assert "the channel #cs-smb is archived" in message
    assert house.thread("cs-alerts") == [
        "↪️ Could not be posted in #cs-smb, so it stands in #cs-alerts: the channel #cs-smb is archived"
    ]


def test_a_channel_archived_in_the_middle_takes_the_story_along(house: House) -> None:
    house.open()
    house.deliver()
    assert len(house.shown("cs-smb")) == 1
    house.slack.archive("cs-smb")
    with house.sessions() as session, session.begin():
        acknowledge_alert(session, alert_id=1, slack_user_id="U1", now=NOON, team=house.team)
    house.deliver()
    (message,) = house.shown("cs-alerts")
    assert "cknowledged by Maria" in message
    assert [line[:14] for line in house.thread("cs-alerts")] == ["✅ Acknowledged", "↪️ Could not b"]


def test_a_bot_that_was_removed_from_a_private_channel_finds_another(house: House) -> None:
    house.slack.stop()
    private = {
        **WORKSPACE,
        "channels": [*WORKSPACE["channels"][:1], {"id": "C2", "name": "cs-smb", "is_private": True}],
    }
    with LocalSlack.start(private) as slack:
        slack.limits(posts_burst=1000)
        app = slack.install(build_manifest(), channels=["cs-alerts", "cs-smb"])
        house.slack, house.app = slack, app
        house.client = WebClient(token=app.bot_token, base_url=slack.api_url, retry_handlers=[], timeout=5)
        house.open()
        house.deliver()
        slack.kick("cs-smb", app.bot_user_id)
        house.act("woke", why="time")
        house.deliver()
        assert house.rows()[-1] == ("#cs-alerts", "live")
        assert len(house.shown("cs-alerts")) == 1
        assert len(house.thread("cs-alerts")) == 2


def test_where_every_channel_is_gone_a_person_gets_it(house: House) -> None:
    house.slack.archive("cs-smb")
    house.slack.archive("cs-alerts")
    house.open()
    house.deliver()
    assert house.rows() == [("#cs-smb", "dead"), ("#cs-alerts", "dead"), ("U1", "live")]
    dm = house.slack.dm("U1", house.app.bot_user_id)
    assert len(house.shown(dm)) == 1
    assert house.events()[-1]["to"] == "a direct message to Maria"


@pytest.mark.parametrize(("admin", "end"), [("U9", "live"), ("U405", "dead")])
def test_and_at_last_an_admin_after_whom_it_ends(house: House, admin: str, end: str) -> None:
    house.slack.archive("cs-smb")
    house.slack.archive("cs-alerts")
    house.open()
    with house.sessions() as session, session.begin():
        session.get_one(Person, 1).slack_id = "U406"
        session.get_one(Person, 9).slack_id = admin
    house.deliver()
    assert house.rows() == [("#cs-smb", "dead"), ("#cs-alerts", "dead"), ("U406", "dead"), (admin, end)]
    house.act("woke", why="time")
    house.deliver()
    assert house.rows()[-1] == (admin, end)


def test_a_line_that_cannot_be_posted_finds_out_that_its_message_cannot_either(house: House) -> None:
    house.open()
    house.deliver()
    house.slack.archive("cs-smb")
    with house.sessions() as session, session.begin():
        add_event(session, 1, "woke", NOON, detail={"why": "time"})
    house.deliver()
    assert house.rows() == [("#cs-smb", "dead"), ("#cs-alerts", "live")]
    assert len(house.thread("cs-alerts")) == 2


def test_later_lines_go_where_the_message_went(house: House) -> None:
    house.slack.archive("cs-smb")
    house.open()
    house.deliver()
    house.act("woke", why="time")
    house.deliver()
    assert house.thread("cs-alerts")[-1].startswith("⏰ Awake again")


def test_somebody_slack_does_not_know_is_named_in_the_thread(house: House) -> None:
    house.open(tell=("manager",), severity="critical")
    house.deliver()
    (said,) = house.events()
    assert (said["person"], said["problem"]) == ("Vera", "Vera is nobody in this workspace")
    assert house.rows()[0] == ("#cs-smb", "live")
    (line,) = house.thread("cs-smb")
    assert line == "↪️ Vera could not be told in Slack: Vera is nobody in this workspace"


@pytest.mark.parametrize("kind", ["card", "nudge"])
def test_or_hears_of_it_by_e_mail(house: House, kind: str) -> None:
    house.team = house.team.model_copy(update={"mails": True})
    house.open(tell=("manager",) if kind == "card" else (), severity="critical")
    with house.sessions() as session, session.begin():
        session.execute(text("delete from mail"))
        if kind == "nudge":
            session.execute(text("insert into preference values (2, 'escalation', 'email', 'digest')"))
            line = add_event(session, 1, "escalated", NOON, detail={"to": "Vera", "to_id": 2})
            alert, vera = session.get_one(Alert, 1), session.get_one(Person, 2)
            tell_person(session, alert, vera, event="escalation", line=line, now=NOON, team=house.team)
    house.deliver()
    with house.sessions() as session:
        (mail,) = session.scalars(select(Mail)).all()
    assert mail.person_id == 2
    assert house.events() == []


def test_an_alert_that_is_over_moves_nowhere(house: House) -> None:
    house.open()
    house.deliver()
    house.slack.archive("cs-smb")
    with house.sessions() as session, session.begin():
        session.get_one(Alert, 1).state = "resolved"
        mark_stale(session, kind="alert", subject_id=1)
    house.deliver()
    assert house.rows() == [("#cs-smb", "dead")]


def test_a_notice_to_the_team_goes_to_an_admin_where_its_channel_is_gone(house: House) -> None:
    house.slack.archive("cs-alerts")
    house.open()
    with house.sessions() as session, session.begin():
        flood = {"direction": "down", "moved": 20, "scored": 100, "suspects": [], "sample": 20}
        session.add(HeldFlood(id=1, model="m", as_of=NOON.date(), at=NOON, facts=flood))
        want_message(session, kind="flood", subject_id=1, channel="#cs-alerts")
    house.deliver()
    assert house.rows("flood") == [("#cs-alerts", "dead"), ("U9", "live")]


def test_a_channel_that_is_back_shows_the_alert_again(house: House) -> None:
    house.slack.kick("cs-smb", house.app.bot_user_id)
    house.slack.archive("cs-smb")
    house.open()
    house.deliver()
    with house.sessions() as session, session.begin():
        assert revive_dead_messages(session) == 1
    house.deliver()
    assert house.rows() == [("#cs-smb", "dead"), ("#cs-alerts", "live")]
    assert len(house.events()) == 2
    assert len(house.shown("cs-alerts")) == 1
