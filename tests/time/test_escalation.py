"""Who is called in when nobody acts: in working time, past whoever is away, and nobody twice."""

from datetime import date, timedelta

import pytest

from bot.alerts.views import AlertCard
from bot.config import TeamConfig
from bot.errors import UserError
from bot.holidays import Holiday
from bot.models import AlertPromise, SlackMessage
from tests.alerts.office import FACTS, VERA
from tests.time.days import Days, local, utc

DAY = timedelta(days=1)


def test_manager_and_executive_are_called_in_one_after_the_other(days: Days) -> None:
    days.open()
    days.live_until(utc("30 09:00"))
    assert days.told("escalated") == ["Wed 09:00 escalated Vera Manager", "Thu 09:00 escalated Eve Executive"]
    assert days.nudged() == ["U2", "U1"]
    assert (days.alert.escalated, days.alert.state, days.pending()) == (2, "open", {})
    lines = days.session.query(SlackMessage).filter_by(kind="alert_line").count()
    assert lines == 2, "each step is a line in the thread"
    card: AlertCard = days.card()
    assert card.escalated_to == "Eve Executive"


def test_a_weekend_stops_the_clock(days: Days) -> None:
    days.open_at(utc("27 15:00"))
    days.live_until(utc("30 23:00"))
    assert days.told("escalated") == ["Mon 15:00 escalated Vera Manager"]
    assert days.pending() == {"escalate": utc("30 15:00") + DAY}


def test_each_step_comes_in_the_hours_of_whoever_is_called(days: Days) -> None:
    days.move("Maria Lopez", zone="Europe/Berlin")
    days.move("Vera Manager", "Eve Executive", zone="America/New_York")
    days.open_at(local("Europe/Berlin", "2026-11-24T10:00"))
    days.live_until(utc("30 00:00"))
    zone = "America/New_York"
    assert days.told("escalated", zone=zone) == [
        "Wed 09:00 escalated Vera Manager",
        "Thu 09:00 escalated Eve Executive",
    ], "10:00 in Berlin is 04:00 in New York"


#: The Friday before the clocks change, in three zones.
FRIDAYS = pytest.mark.parametrize(
    ("zone", "friday"),
    [
        ("America/New_York", "2026-03-06"),
        ("America/New_York", "2026-10-30"),
        ("Europe/Berlin", "2026-03-27"),
        ("Europe/Berlin", "2026-10-23"),
        ("Australia/Lord_Howe", "2026-10-02"),
        ("Australia/Lord_Howe", "2026-04-03"),
    ],
)


@FRIDAYS
def test_daylight_saving_moves_no_step(days: Days, zone: str, friday: str) -> None:
    days.move("Maria Lopez", "Vera Manager", "Eve Executive", zone=zone)
    opened = local(zone, f"{friday}T14:00")
    days.open_at(opened)
    days.live_until(opened + 5 * DAY)
    assert days.told("escalated", zone=zone) == [
        "Mon 14:00 escalated Vera Manager",
        "Tue 14:00 escalated Eve Executive",
    ]


@FRIDAYS
def test_daylight_saving_moves_no_question(days: Days, zone: str, friday: str) -> None:
    days.move("Maria Lopez", "Vera Manager", "Eve Executive", zone=zone)
    opened = local(zone, f"{friday}T14:00")
    days.open_at(opened)
    days.act("acknowledge", now=opened + timedelta(hours=1))
    days.live_until(opened + 8 * DAY)
    assert days.told("reminded", "reopened", "escalated", zone=zone) == [
        "Wed 15:00 reminded Maria Lopez",
        "Thu 15:00 reopened unanswered",
        "Thu 15:00 escalated Vera Manager",
        "Fri 15:00 escalated Eve Executive",
    ]


def test_holidays_are_those_of_the_place(days: Days) -> None:
    days.team = TeamConfig(
        holidays=(
            Holiday(date(2026, 11, 25), "Founders' day"),
            Holiday(date(2026, 11, 26), "Thanksgiving", country="US"),
            Holiday(date(2026, 11, 27), "A feast", timezone="Europe/Berlin"),
        )
    )
    days.move("Maria Lopez", "Vera Manager", "Eve Executive", zone="America/New_York")
    days.open_at(utc("24 15:00"))
    assert days.pending() == {"escalate": utc("27 15:00")}
    days.live_until(utc("30 12:00"))
    assert days.told("escalated") == ["Fri 15:00 escalated Vera Manager"]


def test_a_rule_may_call_the_executive_alone(days: Days) -> None:
    days.open(facts={**FACTS, "escalation": {"executive": "1h"}})
    days.live_until(utc("25 00:00"))
    assert days.told("escalated") == ["Tue 10:00 escalated Eve Executive"]
    assert (days.alert.escalated, days.pending()) == (2, {})


def test_the_next_working_day_may_be_asked_for(days: Days) -> None:
    days.open_at(utc("27 11:00"), facts={**FACTS, "escalation": {"manager": "next_working_day"}})
    days.live_until(utc("30 23:00"))
    assert days.told("escalated") == ["Mon 09:00 escalated Vera Manager"]


def test_a_deputy_is_called_in_for_whoever_is_away(days: Days) -> None:
    days.set("Vera Manager", deputy_id=5, away_from=date(2026, 11, 23), away_until=date(2026, 11, 27))
    days.open()
    days.live_until(utc("25 23:00"))
    assert days.told("escalated") == ["Wed 09:00 escalated Dan Deputy"]
    assert (days.detail("escalated")["instead_of"], days.detail("escalated")["role"]) == (
        "Vera Manager",
        "manager",
    )
    assert days.nudged() == ["U5"]


def test_deputies_who_are_away_hand_on(days: Days) -> None:
    absent = {"away_from": date(2026, 11, 23), "away_until": None}
    days.set("Vera Manager", deputy_id=5, **absent)
    days.set("Dan Deputy", deputy_id=6, **absent)
    days.open()
    days.live_until(utc("25 23:00"))
    assert days.told("escalated") == ["Wed 09:00 escalated Max Manager"]


def test_a_circle_of_deputies_leads_to_the_next_in_the_chain(days: Days) -> None:
    absent = {"away_from": date(2026, 11, 23), "away_until": None}
    days.set("Vera Manager", deputy_id=5, **absent)
    days.set("Dan Deputy", deputy_id=2, **absent)
    days.open()
    days.live_until(utc("27 23:00"))
    assert days.told("escalated") == ["Wed 09:00 escalated Eve Executive"]
    assert days.detail("escalated")["note"] == "Vera Manager is away and nobody stands in."
    assert (days.alert.escalated, days.pending()) == (2, {})


def test_where_all_are_away_the_first_is_called_in_all_the_same(days: Days) -> None:
    for name in ("Vera Manager", "Eve Executive"):
        days.set(name, away_from=date(2026, 11, 23))
    days.open()
    days.live_until(utc("27 23:00"))
    assert days.told("escalated")[0] == "Wed 09:00 escalated Vera Manager"


def test_an_owner_who_is_away_is_not_waited_for(days: Days) -> None:
    days.set("Maria Lopez", away_from=date(2026, 11, 23), away_until=date(2026, 12, 11))
    days.open()
    days.live_until(utc("25 23:00"))
    assert days.told("escalated") == ["Wed 09:00 escalated Vera Manager"]


def test_a_day_off_is_waited_for(days: Days) -> None:
    days.set("Maria Lopez", away_from=date(2026, 11, 25), away_until=date(2026, 11, 25))
    days.open()
    days.live_until(utc("26 23:00"))
    assert days.told("escalated") == ["Thu 09:00 escalated Vera Manager"]


def test_time_runs_in_the_hours_of_the_owners_deputy(days: Days) -> None:
    days.set("Maria Lopez", deputy_id=5, away_from=date(2026, 11, 23), away_until=date(2026, 12, 11))
    days.set("Dan Deputy", timezone="Asia/Tokyo")
    days.team = TeamConfig(holidays=(Holiday(date(2026, 11, 25), "A day off", country="JP"),))
    days.open_at(utc("24 03:00"))
    days.live_until(utc("26 23:00"))
    assert days.told("escalated") == ["Thu 09:00 escalated Vera Manager"]


def test_a_missing_manager_is_skipped_and_the_line_says_so(days: Days) -> None:
    days.set("Maria Lopez", manager_id=None)
    days.open()
    days.live_until(utc("27 23:00"))
    assert days.told("escalated") == ["Wed 09:00 escalated Eve Executive"]
    assert days.detail("escalated")["note"] == "Maria Lopez has no manager in people.csv."


def test_without_a_csm_the_only_executive_is_called_in(days: Days) -> None:
    days.add_account(2, csm_id=None)
    days.open(2)
    days.live_until(utc("27 23:00"))
    assert days.told("escalated") == ["Wed 09:00 escalated Eve Executive"]
    assert days.detail("escalated")["note"] == "The account has no CSM."


def test_a_manager_who_is_the_only_executive_is_called_in_once(days: Days) -> None:
    days.set("Maria Lopez", manager_id=1)
    days.open()
    assert days.session.query(AlertPromise).count() == 1
    days.live_until(utc("30 23:00"))
    assert days.told("escalated") == ["Wed 09:00 escalated Eve Executive"]
    assert days.pending() == {}


def test_a_step_by_hand_takes_the_place_of_the_promised_one(days: Days) -> None:
    days.open()
    days.act("escalate")
    assert days.told("escalated") == ["Tue 10:00 escalated Vera Manager"]
    days.live_until(utc("30 23:00"))
    assert days.told("escalated")[1:] == ["Wed 10:00 escalated Eve Executive"], "the manager gets a day"
    with pytest.raises(UserError, match="went to Eve Executive already"):
        days.act("escalate")


def test_nobody_to_call_in_is_said_to_whoever_asks(days: Days) -> None:
    days.set("Maria Lopez", manager_id=None)
    days.set("Eve Executive", role="manager")
    days.open()
    with pytest.raises(UserError, match="names no manager of its owner and no executive"):
        days.act("escalate")
    days.live_until(utc("30 23:00"))
    assert (days.told("escalated"), days.pending()) == ([], {})


def test_a_paused_clock_keeps_the_working_time_that_was_left(days: Days) -> None:
    days.open()
    days.now = utc("24 15:00")
    days.act("snooze", until=utc("27 12:00"))
    assert days.pending() == {"escalate": None, "wake": utc("27 12:00")}
    days.live_until(utc("27 12:00"))
    assert days.told("woke") == ["Fri 12:00 woke time"]
    # 18 hours were left: twelve of Friday, six of Monday.
    days.live_until(utc("30 23:00"))
    assert days.told("escalated") == ["Mon 09:00 escalated Vera Manager"]


def test_whoever_was_called_in_is_not_called_in_again_after_a_reopening(days: Days) -> None:
    days.open()
    days.live_until(utc("25 10:00"))
    days.act("resolve", VERA)
    assert days.pending() == {}
    days.act("reopen", VERA)
    days.live_until(utc("30 23:00"))
    assert days.told("escalated") == ["Wed 09:00 escalated Vera Manager", "Thu 10:00 escalated Eve Executive"]


def test_after_an_outage_each_step_still_leaves_its_time(days: Days) -> None:
    days.open()
    assert days.wake_up_at(utc("27 22:00")) == 1
    assert days.told("escalated") == ["Fri 22:00 escalated Vera Manager"]
    assert days.nudged() == [], "nobody is rung up at night"
    days.live_until(utc("30 23:00"))
    assert days.nudged() == ["U2"]
    assert days.pending() == {"escalate": utc("30 09:00") + DAY}, "a day from Monday morning"


def test_what_ended_keeps_no_promise(days: Days) -> None:
    days.open()
    promised = days.session.query(AlertPromise).filter_by(step=1).one()
    days.alert.state = "resolved"
    days.session.flush()
    days.live_until(utc("30 23:00"))
    assert days.told("escalated") == []
    days.session.refresh(promised)
    assert promised.outcome == "dropped"
