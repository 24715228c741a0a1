"""What happened to an alert, in words: for its thread, for the Timeline and for e-mails."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from blocks.alert_states import DISMISS_REASONS, FEEDBACK_REASONS, format_ahead, format_end, format_quote
from blocks.elements import Block, Reply, context, divider, section
from blocks.figures import format_day
from blocks.ids import Callback
from blocks.moments import format_appointment, format_moment
from blocks.text import MODAL_TITLE_LIMIT, cut, escape, plain
from bot.alerts.views import AlertTimeline, End, TimelineLine

Detail = Mapping[str, Any]
#: An alert that lived for months has a long story; the end of it matters.
_LINES_SHOWN = 60
_LINES_A_BLOCK = 10
_STEPS_SHOWN = 15
_WAYS = {"slack": "in Slack", "email": "by e-mail", "mail": "by e-mail"}


def build_line(line: TimelineLine, zone: ZoneInfo) -> Reply:
    """A reply in the alert's thread: what happened, and the plan of a play that was started.

    Names call nobody, so a thread disturbs only those who follow it.
    """
    today = line.at.astimezone(zone).date()
    said = format_line(line, zone, today)
    plan = _format_plan(line.detail.get("steps") or (), today)
    return Reply(said, (section("\n".join((said, *plan))),))


def build_timeline_modal(timeline: AlertTimeline, now: datetime) -> Block:
    """The past, the oldest first, and what comes by itself, the soonest first."""
    today = now.astimezone(timeline.zone).date()
    told = [_format_past(line, timeline.zone, today) for line in timeline.past]
    hidden = len(told) - _LINES_SHOWN
    blocks: list[Block] = [section(f"*{escape(timeline.account_name)}*")]
    if hidden > 0:
        blocks.append(context(f"{hidden} earlier lines are left out."))
    shown = told[-_LINES_SHOWN:]
    for start in range(0, len(shown), _LINES_A_BLOCK):
        blocks.append(section(cut("\n".join(shown[start : start + _LINES_A_BLOCK]), 3000)))
    ahead = [f"• {format_ahead(line, timeline.zone, today)}" for line in timeline.ahead[:10]]
    nothing = "Nothing happens by itself any more."
    blocks += [divider(), section("\n".join(("*What comes by itself*", *ahead)) if ahead else nothing)]
    blocks.append(context(f"Times are in {timeline.zone.key}."))
    return {
        "type": "modal",
        "callback_id": Callback.ALERT_TIMELINE,
        "title": {"type": "plain_text", "text": plain("Timeline", MODAL_TITLE_LIMIT)},
        "close": {"type": "plain_text", "text": "Close"},
        "blocks": blocks,
    }


def format_line(line: TimelineLine, zone: ZoneInfo, today: date) -> str:
    """What happened, as mrkdwn without the moment: ``✅ Acknowledged by Maria``.

    ``zone`` and ``today`` are the reader's, for the moments that a line speaks of. A kind that is not known
    here is said by its name.
    """
    by = f" by {escape(line.by)}" if line.by else ""
    make = _PHRASES.get(line.kind)
    return make(line.detail, by, zone, today) if make else f"{escape(line.kind)}{by}"


def _format_plan(steps: Sequence[Detail], today: date) -> Iterator[str]:
    """``1. Tue 24 Nov: Call the champion (Maria)``, a line for each step."""
    for number, step in enumerate(steps[:_STEPS_SHOWN], 1):
        on = date.fromisoformat(step["on"])
        who = f" ({escape(step['to'])})" if step.get("to") else ""
        title = escape(step.get("title") or step.get("label"), 150)
        yield f"{number}. {on:%a} {format_day(on, today)}: {title}{who}"


def _format_past(line: TimelineLine, zone: ZoneInfo, today: date) -> str:
    return f"{format_moment(line.at, zone, today)}  {format_line(line, zone, today)}"


def _opened(detail: Detail, _by: str, *_: Any) -> str:
    rule = detail.get("title") or str(detail.get("rule") or "").replace("_", " ")
    return f"🚨 Opened by the rule “{escape(rule)}”"


def _also_fired(detail: Detail, _by: str, *_: Any) -> str:
    return f"➕ Also fired: {escape(detail.get('title') or detail.get('rule'))}"


def _acknowledged(_detail: Detail, by: str, *_: Any) -> str:
    return f"✅ Acknowledged{by}"


def _snoozed(detail: Detail, by: str, zone: ZoneInfo, today: date) -> str:
    until = detail.get("until")
    till = format_appointment(datetime.fromisoformat(until), zone, today) if until else "the score changes"
    return f"💤 Snoozed{by} until {till}{format_quote(detail.get('reason'))}"


def _woke(detail: Detail, by: str, *_: Any) -> str:
    return {
        "time": "⏰ Awake again: the snooze is over",
        "score": "⏰ Awake again: the score has changed",
        "commercial": "⏰ Awake again: commercial news ends a snooze",
        "by_hand": f"⏰ Woken{by}",
    }.get(detail.get("why", ""), f"⏰ Awake again{by}")


def _assigned(detail: Detail, by: str, *_: Any) -> str:
    before = f", until now {escape(detail['before'])}" if detail.get("before") else ""
    return f"👤 Assigned to {escape(detail.get('to'))}{by}{before}"


def _escalated(detail: Detail, by: str, *_: Any) -> str:
    role = f", {escape(str(detail['role']).replace('_', ' '))}" if detail.get("role") else ""
    away = f", standing in for {escape(detail['instead_of'])}" if detail.get("instead_of") else ""
    comma = "," if away else ""
    why = f"{comma}{by}" if detail.get("by_hand") else ": nobody acted in time"
    note = f". {escape(detail['note'], 300)}" if detail.get("note") else ""
    return f"🔔 Escalated to {escape(detail.get('to'))}{role}{away}{why}{note}"


def _reminded(detail: Detail, _by: str, *_: Any) -> str:
    return f"❓ Asked {escape(detail.get('to'))} whether it is still in hand"


def _confirmed(_detail: Detail, by: str, *_: Any) -> str:
    return f"👍 Confirmed{by}: still in hand"


def _proposed(detail: Detail, _by: str, *_: Any) -> str:
    found = [part for part in (detail.get("score"), escape(detail["level"]) if detail.get("level") else None)]
    back = ", ".join(str(part) for part in found if part is not None)
    return f"🌤 The score is back{' at ' + back if back else ''}: is it over?"


def _kept_open(_detail: Detail, by: str, *_: Any) -> str:
    return f"✋ Kept open{by}: not over yet"


def _resolved(detail: Detail, by: str, *_: Any) -> str:
    end = End(detail.get("why", "recovered"), detail.get("level"), detail.get("score"))
    return f"{format_end(end)}{by if end.why == 'by_hand' else ''}"


def _dismissed(detail: Detail, by: str, *_: Any) -> str:
    reason = _find_label(DISMISS_REASONS, detail)
    words = format_quote(detail.get("words")).removeprefix(":")
    return f"🚫 Dismissed{by}{': ' + reason if reason else ''}{words}"


def _reopened(detail: Detail, by: str, *_: Any) -> str:
    return "🔴 Open again: nobody said that it is still in hand" if not by else f"🔴 Reopened{by}"


def _play_started(detail: Detail, by: str, *_: Any) -> str:
    return f"▶️ Play “{escape(detail.get('title') or detail.get('play'))}” started{by}"


def _rerouted(detail: Detail, _by: str, *_: Any) -> str:
    why = f": {escape(detail['problem'], 300)}" if detail.get("problem") else ""
    if detail.get("person"):
        return f"↪️ {escape(detail['person'])} could not be told in Slack{why}"
    place = escape(detail.get("to"))
    return f"↪️ Could not be posted in {escape(detail.get('channel'))}, so it stands in {place}{why}"


def _held(_detail: Detail, _by: str, *_: Any) -> str:
    return "📥 Kept for the digest: the day's number of messages was reached"


def _told(detail: Detail, _by: str, *_: Any) -> str:
    way = _WAYS.get(detail.get("way", ""), "")
    return f"✉️ Told {escape(detail.get('to'))}{' ' + way if way else ''}"


def _feedback(detail: Detail, by: str, *_: Any) -> str:
    if detail.get("useful"):
        return f"👍 Marked as useful{by}"
    reason = _find_label(FEEDBACK_REASONS, detail)
    return f"👎 Marked as not useful{by}{': ' + reason if reason else ''}"


def _find_label(labels: Mapping[Any, str], detail: Detail) -> str:
    return labels.get(detail.get("reason"), "").lower()


_PHRASES: dict[str, Callable[[Detail, str, ZoneInfo, date], str]] = {
    "opened": _opened,
    "also_fired": _also_fired,
    "acknowledged": _acknowledged,
    "snoozed": _snoozed,
    "woke": _woke,
    "assigned": _assigned,
    "escalated": _escalated,
    "reminded": _reminded,
    "confirmed": _confirmed,
    "proposed": _proposed,
    "kept_open": _kept_open,
    "resolved": _resolved,
    "dismissed": _dismissed,
    "reopened": _reopened,
    "play_started": _play_started,
    "rerouted": _rerouted,
    "held": _held,
    "told": _told,
    "feedback": _feedback,
}
