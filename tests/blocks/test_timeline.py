from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from blocks.moments import spell_out
from blocks.nudges import build_nudge
from blocks.timeline import build_line, build_timeline_modal, format_line
from bot.alerts.views import AheadLine, AlertTimeline, TimelineLine
from tests.blocks.checks import assert_no_markup, check_reply, check_view, find_elements
from tests.blocks.test_alerts import ACKNOWLEDGED, make_alert
from tests.blocks.views import HOSTILE

MADRID = ZoneInfo("Europe/Madrid")
AT = datetime(2026, 11, 22, 13, 2, tzinfo=UTC)
UNTIL = "2026-11-26T08:00:00+00:00"
STEPS = [
    {"on": "2026-11-24", "action": "task", "title": "Call the champion", "owner": "csm", "to": "Maria"},
    {"on": "2026-11-27", "action": "email", "title": "Send the plan", "owner": "csm", "to": None},
]
#: Every kind there is: the detail, who, and what is said.
KINDS: list[tuple[str, dict[str, Any], str | None, str]] = [
    ("opened", {"rule": "score_drop"}, None, "🚨 Opened by the rule “score drop”"),
    ("also_fired", {"rule": "x", "title": "Payment failed"}, None, "➕ Also fired: Payment failed"),
    ("acknowledged", {}, "Maria", "✅ Acknowledged by Maria"),
    (
        "snoozed",
        {"until": UNTIL, "until_score": False, "reason": "legal"},
        "Maria",
        "💤 Snoozed by Maria until Thu 26 Nov, 09:00: “legal”",
    ),
    (
        "snoozed",
        {"until": None, "until_score": True, "reason": None},
        "Maria",
        "💤 Snoozed by Maria until the score changes",
    ),
    ("woke", {"why": "time"}, None, "⏰ Awake again: the snooze is over"),
    ("woke", {"why": "score"}, None, "⏰ Awake again: the score has changed"),
    (
        "woke",
        {"why": "commercial"},
        None,
        "⏰ Awake again: commercial news ends a snooze",
    ),
    ("woke", {"why": "by_hand"}, "Maria", "⏰ Woken by Maria"),
    (
        "assigned",
        {"to": "Jonas", "to_id": 2, "before": "Maria"},
        "Vera",
        "👤 Assigned to Jonas by Vera, until now Maria",
    ),
    (
        "escalated",
        {"step": 1, "to": "Vera", "to_id": 3, "role": "manager", "by_hand": False, "instead_of": None},
        None,
        "🔔 Escalated to Vera, manager: nobody acted in time",
    ),
    (
        "escalated",
        {"step": 1, "to": "Otto", "role": "manager", "by_hand": True, "instead_of": "Vera", "note": "Hm."},
        "Maria",
        "🔔 Escalated to Otto, manager, standing in for Vera, by Maria. Hm.",
    ),
    ("reminded", {"to": "Maria"}, None, "❓ Asked Maria whether it is still in hand"),
    ("confirmed", {}, "Maria", "👍 Confirmed by Maria: still in hand"),
    ("proposed", {"score": 72, "level": "Yellow"}, None, "🌤 The score is back at 72, Yellow: is it over?"),
    ("kept_open", {}, "Maria", "✋ Kept open by Maria: not over yet"),
    ("resolved", {"why": "by_hand", "level": None, "score": None}, "Maria", "🟢 Resolved by Maria"),
    ("resolved", {"why": "recovered", "level": "Yellow", "score": 43}, None, "🟢 Recovered to 43, Yellow"),
    ("resolved", {"why": "churned"}, None, "⚫ Churned"),
    ("dismissed", {"reason": "other", "words": "a test"}, "Maria", "🚫 Dismissed by Maria: other “a test”"),
    ("reopened", {"why": "by_hand"}, "Maria", "🔴 Reopened by Maria"),
    ("reopened", {"why": "unanswered"}, None, "🔴 Open again: nobody said that it is still in hand"),
    (
        "play_started",
        {"play": "at_risk", "title": "At risk", "steps": STEPS},
        "Maria",
        "▶️ Play “At risk” started by Maria",
    ),
    (
        "rerouted",
        {"channel": "#gone", "to": "#cs-alerts", "problem": "it is archived"},
        None,
        "↪️ Could not be posted in #gone, so it stands in #cs-alerts: it is archived",
    ),
    ("held", {"why": "cap"}, None, "📥 Kept for the digest: the day's number of messages was reached"),
    ("told", {"to": "Maria", "way": "email"}, None, "✉️ Told Maria by e-mail"),
    ("feedback", {"useful": True, "reason": None}, "Maria", "👍 Marked as useful by Maria"),
    (
        "feedback",
        {"useful": False, "reason": "known_already"},
        "Maria",
        "👎 Marked as not useful by Maria: known already",
    ),
    ("what_will_come", {}, "Maria", "what_will_come by Maria"),
]


@pytest.mark.parametrize(("kind", "detail", "by", "said"), KINDS)
def test_each_kind_has_a_phrase(kind: str, detail: dict[str, Any], by: str | None, said: str) -> None:
    line = TimelineLine(kind, AT, by, detail)
    assert spell_out(format_line(line, MADRID, AT.date())) == said
    reply = build_line(line, MADRID)
    assert check_reply(reply).startswith(said)
    assert_no_markup(reply)


def test_a_plan_stands_in_the_thread_with_its_days() -> None:
    line = TimelineLine("play_started", AT, "Maria", {"title": "At risk", "steps": STEPS})
    assert check_reply(build_line(line, MADRID)).splitlines() == [
        "▶️ Play “At risk” started by Maria",
        "1. Tue 24 Nov: Call the champion (Maria)",
        "2. Fri 27 Nov: Send the plan",
    ]


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_words_stay_words(name: str) -> None:
    for kind, detail, _, _ in KINDS:
        hostile = {
            key: name if isinstance(value, str) and key not in ("until", "why", "reason", "way") else value
            for key, value in detail.items()
        }
        if kind == "snoozed":
            hostile["reason"] = name
        line = TimelineLine(kind, AT, name, hostile)
        replies = [build_line(line, MADRID), build_nudge(make_alert(account_name=name), line)]
        for reply in replies:
            check_reply(reply)
            assert_no_markup(reply)


@given(st.dictionaries(st.sampled_from(["to", "title", "words", "problem", "channel", "note"]), st.text()))
def test_whatever_a_detail_holds_is_text(detail: dict[str, str]) -> None:
    for kind in {kind for kind, *_ in KINDS}:
        reply = build_line(TimelineLine(kind, AT, "Maria", detail), MADRID)
        check_reply(reply)
        assert_no_markup(reply)


def make_timeline(lines: int) -> AlertTimeline:
    past = tuple(TimelineLine("acknowledged", AT + timedelta(minutes=n), f"P{n}", {}) for n in range(lines))
    ahead = (AheadLine("confirm", AT + timedelta(days=4), "Maria"), AheadLine("escalate", None, "Vera", 1))
    return AlertTimeline(5, "Acme & <b>", past, ahead, MADRID)


def test_the_timeline_shows_what_was_and_what_comes() -> None:
    text = check_view(build_timeline_modal(make_timeline(2), AT))
    assert "14:02  ✅ Acknowledged by P0" in text
    assert "• asks Maria on Thu 26 Nov, 14:02 whether it is still in hand" in text
    assert "• calls in Vera if nobody acts, once its clock runs again" in text
    assert "Europe/Madrid" in text


def test_of_a_long_story_the_end_is_shown() -> None:
    text = check_view(build_timeline_modal(make_timeline(500), AT))
    assert "440 earlier lines are left out." in text
    assert "P499" in text
    assert "P439" not in text


def test_a_reminder_can_be_answered_where_it_is_read() -> None:
    card = make_alert(**ACKNOWLEDGED, asks_confirmation=True)
    line = TimelineLine("reminded", AT + timedelta(days=3), None, {"to": "Maria"})
    reply = build_nudge(card, line)

    assert "❓ Are you still on *Acme*? It was acknowledged 3 days ago" in check_reply(reply)
    assert [element["action_id"] for element in find_elements(reply.blocks)] == [
        "alert.confirm",
        "alert.snooze",
        "alert.resolve",
        "alert.open",
    ]
    answered = build_nudge(make_alert(**ACKNOWLEDGED), line)
    check_reply(answered)
    assert [element["action_id"] for element in find_elements(answered.blocks)] == ["alert.open"]


def test_whoever_is_called_in_can_act_there() -> None:
    line = TimelineLine("escalated", AT, None, {"to": "Otto", "instead_of": "Vera"})
    reply = build_nudge(make_alert(), line)
    said = "🔔 *Acme* is escalated to you because nobody acted in time. You stand in for Vera."
    assert said in check_reply(reply)
    assert [element["action_id"] for element in find_elements(reply.blocks)] == [
        "alert.acknowledge",
        "alert.open",
    ]
