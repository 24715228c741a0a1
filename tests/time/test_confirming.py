"""Acknowledged is not resolved: the question after some days, and what answers it."""

from datetime import date, timedelta

from sqlalchemy import update

from bot.config import Alerts, TeamConfig
from bot.models import Account, Alert
from tests.alerts.office import VERA
from tests.time.days import Days, utc

DAY = timedelta(days=1)
#: Acknowledged on Tuesday at 10:00, three working days before.
ASKED = utc("27 10:00")
KINDS = ("reminded", "confirmed", "reopened", "escalated", "resolved")


def test_silence_opens_the_alert_again_and_calls_the_manager_in(days: Days) -> None:
    days.open()
    days.act("acknowledge")
    days.live_until(ASKED)
    assert days.told(*KINDS) == ["Fri 10:00 reminded Maria Lopez"]
    assert (days.nudged(), days.card().asks_confirmation) == (["U3"], True)
    days.live_until(utc("30 23:00"))
    assert days.told(*KINDS)[1:] == ["Mon 10:00 reopened unanswered", "Mon 10:00 escalated Vera Manager"]
    assert (days.alert.state, days.alert.acknowledged_by) == ("open", None)
    assert days.pending() == {"escalate": utc("30 10:00") + DAY}
    assert not days.card().asks_confirmation


def test_an_answer_puts_the_next_question_off(days: Days) -> None:
    days.open()
    days.act("acknowledge")
    days.live_until(ASKED)
    days.act("confirm", now=utc("27 11:00"))
    days.live_until(utc("30 23:00") + 2 * DAY)
    assert days.told(*KINDS) == [
        "Fri 10:00 reminded Maria Lopez",
        "Fri 11:00 confirmed",
        "Wed 11:00 reminded Maria Lopez",
    ]
    assert days.alert.state == "acknowledged"


def test_a_touch_counts_the_days_anew(days: Days) -> None:
    days.open()
    days.act("acknowledge")
    days.touch(utc("23 12:00"))
    days.touch(utc("25 12:00"))
    days.live_until(utc("30 11:00"))
    assert days.told(*KINDS) == []
    days.live_until(utc("30 13:00"))
    assert days.told(*KINDS) == ["Mon 12:00 reminded Maria Lopez"]


def test_a_touch_after_the_question_answers_it(days: Days) -> None:
    days.open()
    days.act("acknowledge")
    days.live_until(ASKED)
    days.touch(utc("27 15:00"))
    days.live_until(utc("30 23:00"))
    assert days.told(*KINDS) == ["Fri 10:00 reminded Maria Lopez"]
    assert days.alert.state == "acknowledged"
    assert days.pending()["confirm"] == utc("27 15:00") + 5 * DAY


def test_a_touch_logged_with_its_day_alone_answers_on_that_day(days: Days) -> None:
    days.open()
    days.act("acknowledge")
    days.live_until(ASKED)
    days.touch(utc("27 00:00"))
    days.live_until(utc("30 23:00"))
    assert days.told(*KINDS) == ["Fri 10:00 reminded Maria Lopez"]


def test_another_accounts_touch_says_nothing(days: Days) -> None:
    days.add_account(2)
    days.open()
    days.act("acknowledge")
    days.touch(utc("25 12:00"), account_id=2)
    days.live_until(ASKED)
    assert days.told(*KINDS) == ["Fri 10:00 reminded Maria Lopez"]


def test_the_team_says_after_how_many_days(days: Days) -> None:
    days.team = TeamConfig(alerts=Alerts(confirm_after_days=1, confirm_within_days=2))
    days.open()
    days.act("acknowledge")
    days.live_until(utc("30 00:00"))
    assert days.told(*KINDS)[:2] == ["Wed 10:00 reminded Maria Lopez", "Fri 10:00 reopened unanswered"]


def test_the_new_owner_is_asked(days: Days) -> None:
    days.open()
    days.act("acknowledge")
    days.act("assign", VERA)
    days.live_until(ASKED)
    assert days.told("reminded") == ["Fri 10:00 reminded Otto Weber"]


def test_whoever_gets_the_alert_after_the_question_is_asked_too(days: Days) -> None:
    days.open()
    days.act("acknowledge")
    days.live_until(ASKED)
    days.act("assign", VERA, now=utc("27 11:00"))
    days.live_until(utc("30 23:00") + DAY)
    assert days.told(*KINDS) == [
        "Fri 10:00 reminded Maria Lopez",
        "Mon 10:00 reminded Otto Weber",
        "Tue 10:00 reopened unanswered",
        "Tue 10:00 escalated Max Manager",
    ]


def test_without_an_owner_whoever_acknowledged_is_asked(days: Days) -> None:
    days.open()
    days.act("acknowledge", VERA)
    days.session.execute(update(Account).values(csm_id=None))
    days.session.execute(update(Alert).values(owner_id=None))
    days.session.expire_all()
    days.live_until(ASKED)
    assert days.told("reminded") == ["Fri 10:00 reminded Vera Manager"]


def test_a_deputy_is_asked_while_the_owner_is_away(days: Days) -> None:
    days.open()
    days.act("acknowledge")
    days.set("Maria Lopez", deputy_id=5, away_from=date(2026, 11, 26), away_until=date(2026, 12, 4))
    days.live_until(ASKED)
    assert days.told("reminded") == ["Fri 10:00 reminded Dan Deputy"]


def test_where_nobody_is_there_to_be_asked_the_manager_hears_at_once(days: Days) -> None:
    days.open()
    days.act("acknowledge")
    days.set("Maria Lopez", away_from=date(2026, 11, 26), away_until=date(2026, 12, 24))
    days.live_until(ASKED)
    assert days.told(*KINDS) == ["Fri 10:00 reopened unanswered", "Fri 10:00 escalated Vera Manager"]


def test_whoever_was_called_in_already_is_not_called_again(days: Days) -> None:
    days.open()
    days.act("escalate")
    days.act("escalate", now=utc("24 11:00"))
    days.act("acknowledge", VERA)
    days.live_until(utc("30 23:00") + 5 * DAY)
    assert days.told("reopened", "escalated") == [
        "Tue 10:00 escalated Vera Manager",
        "Tue 11:00 escalated Eve Executive",
        "Mon 10:00 reopened unanswered",
    ]
    assert (days.alert.state, days.pending()) == ("open", {})


def test_a_proposed_end_comes_when_nobody_objects(days: Days) -> None:
    days.open()
    days.propose()
    assert days.pending() == {"escalate": None, "close": utc("27 10:00")}
    days.live_until(utc("30 23:00"))
    assert days.told(*KINDS) == ["Fri 10:00 resolved recovered"]
    assert (days.detail("resolved")["score"], days.detail("resolved")["level"]) == (66, "Green")


def test_an_objection_lets_the_escalation_go_on(days: Days) -> None:
    days.open()
    days.propose()
    days.act("keep_open", now=utc("26 10:00"))
    days.live_until(utc("30 23:00"))
    assert days.told(*KINDS) == ["Fri 09:00 escalated Vera Manager", "Mon 09:00 escalated Eve Executive"]
