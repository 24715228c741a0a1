"""Who is told of an alert, by which way and when; what is held back; what waits for the morning."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import insert, select
from sqlalchemy.orm import Session

from bot.alerts.lifecycle import add_event
from bot.alerts.reaching import compute_moment
from bot.alerts.telling import keep_tell, post_alert, show_held, tell_person
from bot.config import Route, TeamConfig
from bot.models import Account, Alert, AlertEvent, AlertPromise, Mail, Person, SlackMessage
from bot.preferences import NoticeEvent, Quiet, set_preference, set_quiet_hours
from bot.working_time import WorkingWeek, compute_next_working_moment
from tests.alerts.test_routing import with_routes

#: A Friday, in the hours of everybody in London.
NOON = datetime(2026, 11, 20, 12, tzinfo=UTC)
MONDAY = datetime(2026, 11, 23, 9, tzinfo=UTC)
MAILS = TeamConfig(mails=True)


@dataclass
class Team:
    """Maria (1), her manager Vera (2) and the executive Eva (3), and what is told to them."""

    session: Session
    team: TeamConfig = MAILS

    def add(self, person_id: int, name: str, **more: Any) -> None:
        values = {"slack_id": f"U{person_id}", "timezone": "UTC", "role": "csm", **more}
        address = f"{name.lower()}@corp.example"
        self.session.execute(insert(Person).values(id=person_id, name=name, email=address, **values))

    def open(self, number: int, now: datetime = NOON, severity: str = "critical", **facts: Any) -> Alert:
        account, kind = facts.pop("account", {}), facts.pop("kind", "risk")
        self.session.execute(
            insert(Account).values(
                **{
                    "id": number,
                    "external_id": f"a{number}",
                    "name": f"Acme {number}",
                    "csm_id": 1,
                    **account,
                }
            )
        )
        alert = Alert(
            id=number,
            account_id=number,
            rule="score_drop",
            severity=severity,
            as_of=now.date(),
            opened_at=now,
            facts={"class": kind, **facts},
            owner_id=account.get("csm_id", 1),
        )
        self.session.add(alert)
        self.session.flush()
        post_alert(self.session, alert, now=now, team=self.team)
        return alert

    def tell(self, alert: Alert, person_id: int, event: NoticeEvent, now: datetime, kind: str) -> AlertEvent:
        line = add_event(self.session, alert.id, kind, now)
        person = self.session.get_one(Person, person_id)
        tell_person(self.session, alert, person, event=event, line=line, now=now, team=self.team)
        return line

    def wish(self, person_id: int, event: Any, way: Any, frequency: Any) -> None:
        set_preference(self.session, person_id=person_id, event=event, way=way, frequency=frequency)

    def messages(self, kind: str = "alert") -> list[tuple[int, str]]:
        asked = select(SlackMessage.subject_id, SlackMessage.channel).where(SlackMessage.kind == kind)
        return [(row[0], row[1]) for row in self.session.execute(asked.order_by(SlackMessage.id))]

    def channels(self) -> list[str]:
        return [channel for _, channel in self.messages()]

    def mails(self) -> list[tuple[int, str]]:
        rows = self.session.execute(select(Mail.person_id, Mail.state_key).order_by(Mail.id))
        return [(row[0], row[1]) for row in rows]

    def events(self, kind: str) -> list[dict[str, Any]]:
        asked = select(AlertEvent.detail).where(AlertEvent.kind == kind).order_by(AlertEvent.id)
        return list(self.session.scalars(asked))

    def promises(self) -> list[AlertPromise]:
        asked = select(AlertPromise).where(AlertPromise.kind == "tell", AlertPromise.ended_at.is_(None))
        return list(self.session.scalars(asked.order_by(AlertPromise.id)))


@pytest.fixture
def team(session: Session) -> Team:
    team = Team(session)
    team.add(3, "Eva", role="executive")
    team.add(2, "Vera", role="manager", manager_id=3)
    team.add(1, "Maria", manager_id=2)
    return team


def test_the_owner_of_a_critical_alert_gets_a_message_and_an_e_mail(team: Team) -> None:
    team.open(1)
    assert team.channels() == ["#cs-alerts", "U1"]
    assert team.mails() == [(1, "opened")]
    assert team.events("told") == [{"to": "Maria", "way": "slack"}, {"to": "Maria", "way": "email"}]


def test_of_an_alert_that_is_not_critical_the_e_mail_is_enough(team: Team) -> None:
    team.open(1, severity="at_risk")
    assert team.channels() == ["#cs-alerts"]
    assert team.mails() == [(1, "opened")]


def test_without_e_mail_the_owner_gets_a_direct_message_instead(team: Team) -> None:
    team.team = TeamConfig()
    team.open(1, severity="at_risk")
    assert team.channels() == ["#cs-alerts", "U1"]
    assert team.mails() == []


def test_whom_a_rule_names_is_told_once(team: Team) -> None:
    team.open(1, tell=["owner", "executive", "manager", "executive"])
    assert team.channels() == ["#cs-alerts", "U1", "U3", "U2"]
    assert team.mails() == [(1, "opened"), (3, "opened"), (2, "opened")]


def test_who_stands_in_is_told_while_the_owner_is_away(team: Team) -> None:
    team.add(4, "Dana")
    maria = team.session.get_one(Person, 1)
    maria.deputy_id, maria.away_from, maria.away_until = 4, date(2026, 11, 16), date(2026, 11, 27)
    team.open(1)
    assert team.channels() == ["#cs-alerts", "U4"]
    assert team.mails() == [(4, "opened")]


@pytest.mark.parametrize(
    ("slack", "email", "channels", "mails"),
    [
        ("at_once", "never", ["#cs-alerts", "U1"], 0),
        ("never", "at_once", ["#cs-alerts"], 1),
        ("never", "never", ["#cs-alerts"], 0),
        ("digest", "digest", ["#cs-alerts"], 0),
    ],
)
def test_a_wish_is_granted(team: Team, slack: str, email: str, channels: list[str], mails: int) -> None:
    team.wish(1, "critical_alert", "slack", slack)
    team.wish(1, "critical_alert", "email", email)
    team.open(1)
    assert team.channels() == channels
    assert len(team.mails()) == mails


def test_somebody_without_slack_is_told_by_e_mail(team: Team) -> None:
    team.session.get_one(Person, 2).slack_id = None
    alert = team.open(1)
    line = team.tell(alert, 2, "reminder", NOON, "reminded")
    assert (2, f"event:{line.id}") in team.mails()
    assert team.events("rerouted") == []


@pytest.mark.parametrize("why", ["off", "refused"])
def test_of_somebody_who_cannot_be_reached_the_thread_speaks(team: Team, why: str) -> None:
    team.session.get_one(Person, 2).slack_id = None
    if why == "off":
        team.team = TeamConfig()
    else:
        team.wish(2, "escalation", "email", "never")
    alert = team.open(1)
    team.tell(alert, 2, "escalation", NOON, "escalated")
    (said,) = team.events("rerouted")
    assert said == {
        "channel": "a direct message to Vera",
        "to": "#cs-alerts",
        "problem": "Vera has no Slack id",
        "person": "Vera",
    }
    assert {channel for _, channel in team.messages("alert_line")} == {"#cs-alerts"}


def test_being_called_in_is_a_message_of_its_own(team: Team) -> None:
    alert = team.open(1)
    line = team.tell(alert, 2, "escalation", NOON, "escalated")
    assert team.messages("alert_nudge") == [(line.id, "U2")]
    assert (2, f"event:{line.id}") in team.mails()
    tell_person(
        team.session,
        alert,
        team.session.get_one(Person, 2),
        event="escalation",
        line=line,
        now=NOON,
        team=team.team,
    )
    assert team.messages("alert_nudge") == [(line.id, "U2")]
    assert len([1 for told in team.events("told") if told["to"] == "Vera"]) == 2


def test_what_happens_later_is_mailed_to_who_had_an_e_mail_but_not_to_who_did_it(team: Team) -> None:
    alert = team.open(1, tell=["manager"])
    line = add_event(team.session, alert.id, "acknowledged", NOON, person_id=1)
    assert team.mails()[2:] == [(2, f"event:{line.id}")]
    add_event(team.session, alert.id, "feedback", NOON, person_id=1, detail={"useful": True})
    assert len(team.mails()) == 3


def test_at_night_it_waits_for_the_morning_of_each(team: Team) -> None:
    team.session.get_one(Person, 2).timezone = "America/New_York"
    night = datetime(2026, 11, 20, 3, tzinfo=UTC)
    team.open(1, now=night, tell=["manager"])
    assert team.channels() == ["#cs-alerts"], "the channel is nobody's bed"
    assert team.mails() == []
    maria, vera = team.promises()
    assert (maria.person_id, maria.due_at) == (1, datetime(2026, 11, 20, 9, tzinfo=UTC))
    assert (vera.person_id, vera.due_at) == (2, datetime(2026, 11, 20, 14, tzinfo=UTC))
    assert maria.due_at is not None
    keep_tell(team.session, maria, maria.due_at, team.team)
    assert maria.outcome == "kept"
    assert team.channels() == ["#cs-alerts", "U1"]
    assert team.mails() == [(1, "opened")]


def test_quiet_hours_are_kept_even_at_work(team: Team) -> None:
    set_quiet_hours(team.session, person_id=1, starts_at=time(11, 30), ends_at=time(14))
    team.open(1)
    (promised,) = team.promises()
    assert promised.due_at == NOON.replace(hour=14)


def test_a_promise_that_comes_in_quiet_hours_again_is_made_anew(team: Team) -> None:
    team.open(1, now=NOON.replace(hour=3))
    (promised,) = team.promises()
    set_quiet_hours(team.session, person_id=1, starts_at=time(8), ends_at=time(10))
    assert promised.due_at is not None
    keep_tell(team.session, promised, promised.due_at, team.team)
    (again,) = team.promises()
    assert again.id != promised.id
    assert again.due_at == NOON.replace(hour=10)
    assert team.mails() == []


@pytest.mark.parametrize("state", ["acknowledged", "snoozed", "resolved", "dismissed"])
def test_what_was_settled_in_the_night_wakes_nobody(team: Team, state: str) -> None:
    alert = team.open(1, now=NOON.replace(hour=3))
    alert.state = state
    add_event(team.session, alert.id, state, NOON.replace(hour=4), person_id=2)
    (promised,) = team.promises()
    keep_tell(team.session, promised, NOON.replace(hour=9), team.team)
    assert promised.outcome == "dropped"
    assert team.channels() == ["#cs-alerts"]
    assert team.mails() == []


def test_the_reminder_of_somebody_who_is_on_it_is_still_told(team: Team) -> None:
    alert = team.open(1)
    alert.state = "acknowledged"
    add_event(team.session, alert.id, "acknowledged", NOON, person_id=1)
    line = team.tell(alert, 1, "reminder", NOON.replace(hour=20), "reminded")
    (promised,) = team.promises()
    assert promised.due_at == MONDAY
    keep_tell(team.session, promised, MONDAY, team.team)
    assert team.messages("alert_nudge") == [(line.id, "U1")]


def test_beyond_the_cap_what_can_wait_is_held(team: Team) -> None:
    cap = team.team.alerts.daily_cap
    for number in range(1, cap + 4):
        team.open(number, severity="at_risk")
    assert len(team.messages()) == cap
    assert team.events("held") == [{"why": "cap"}] * 3
    assert len(team.mails()) == cap
    team.open(50, severity="critical")
    team.open(51, severity="at_risk", kind="billing")
    team.open(52, severity="at_risk", kind="commercial")
    assert [subject for subject, channel in team.messages()[cap:] if channel == "#cs-alerts"] == [50, 51, 52]


def test_the_cap_is_a_csms_and_a_days(team: Team) -> None:
    team.team = team.team.model_copy(update={"alerts": team.team.alerts.model_copy(update={"daily_cap": 1})})
    team.add(4, "Dana")
    team.open(1, severity="at_risk")
    team.open(2, severity="at_risk", account={"csm_id": 4})
    team.open(3, severity="at_risk")
    team.open(4, now=NOON + timedelta(days=3), severity="at_risk")
    assert [subject for subject, _ in team.messages()] == [1, 2, 4]


def test_what_was_held_is_shown_when_somebody_is_called_in(team: Team) -> None:
    team.team = team.team.model_copy(update={"alerts": team.team.alerts.model_copy(update={"daily_cap": 1})})
    team.open(1, severity="at_risk")
    held = team.open(2, severity="at_risk")
    assert [subject for subject, _ in team.messages()] == [1]
    team.tell(held, 2, "escalation", NOON, "escalated")
    assert team.messages() == [(1, "#cs-alerts"), (2, "#cs-alerts")]
    show_held(team.session, held, now=NOON, team=team.team)
    assert team.messages() == [(1, "#cs-alerts"), (2, "#cs-alerts")]


def test_several_routes_show_an_alert_in_several_places(team: Team) -> None:
    routes: list[dict[str, Any]] = [
        {"arr_above": 100_000, "to": "#board", "also": True},
        {"csm": "Maria@corp.example", "to": "#cs-maria"},
        {"to": "#never"},
    ]
    team.team = with_routes(*routes).model_copy(update={"mails": True})
    team.open(1, severity="at_risk", account={"arr_cents": 10_000_000})
    team.open(2, severity="at_risk", account={"arr_cents": 9_999_999})
    assert team.messages() == [(1, "#cs-maria"), (1, "#board"), (2, "#cs-maria")]


def test_a_route_that_only_adds_leaves_the_alerts_channel(team: Team) -> None:
    team.team = with_routes({"to": "#board", "also": True})
    team.open(1, severity="at_risk", account={"csm_id": None})
    assert team.channels() == ["#cs-alerts", "#board"]


def test_an_alert_may_go_by_e_mail_alone(team: Team) -> None:
    routes = (Route(to="email"),)
    team.wish(1, "alert", "email", "digest")
    team.team = MAILS.model_copy(update={"routes": routes})
    team.open(1, severity="at_risk")
    assert team.messages() == []
    assert team.mails() == [(1, "opened")], "the team's route is above a person's wish"
    team.team = TeamConfig(routes=routes)
    team.open(2, severity="at_risk")
    assert (2, "#cs-alerts") in team.messages()
    (said,) = team.events("rerouted")
    assert said["problem"] == "no e-mail can be sent (SMTP_URL, MAIL_FROM)"


def test_an_owner_whom_slack_does_not_know_leaves_the_channel_and_it_says_so(team: Team) -> None:
    team.session.get_one(Person, 1).slack_id = None
    team.team = with_routes({"to": "owner"}).model_copy(update={"mails": True})
    team.open(1)
    assert team.channels() == ["#cs-alerts"]
    assert team.events("rerouted") == [
        {"channel": "a direct message to the CSM", "to": "#cs-alerts", "problem": "Maria has no Slack id"}
    ]
    assert team.mails() == [(1, "opened")]


@pytest.mark.parametrize(
    ("quiet", "at", "moment"),
    [
        (None, "2026-11-20T12:00", "2026-11-20T12:00"),
        (Quiet(time(22), time(10)), "2026-11-20T09:30", "2026-11-20T10:00"),
        (Quiet(time(22), time(10)), "2026-11-20T18:00", "2026-11-23T10:00"),
        (Quiet(time(13), time(16)), "2026-11-20T15:59", "2026-11-20T16:00"),
        (Quiet(time(13), time(17)), "2026-11-20T13:00", "2026-11-23T09:00"),
        (Quiet(time(0), time(23, 59)), "2026-11-20T12:00", "2026-11-20T12:00"),
        (Quiet(time(9), time(17)), "2026-11-20T12:00", "2026-11-20T12:00"),
    ],
)
def test_the_moment_is_at_work_and_not_in_quiet_hours(quiet: Quiet | None, at: str, moment: str) -> None:
    zone = ZoneInfo("Europe/London")
    week = WorkingWeek(zone)
    now, expected = (datetime.fromisoformat(text).replace(tzinfo=zone) for text in (at, moment))
    assert compute_moment(week, quiet, now) == expected
    assert compute_moment(week, quiet, now) >= compute_next_working_moment(week, now)
