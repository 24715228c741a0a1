"""The state of an alert in words: who did what and when, and what it does next by itself."""

from datetime import date
from zoneinfo import ZoneInfo

from blocks.moments import format_appointment, format_moment
from blocks.text import escape
from bot.alerts.views import (
    AheadLine,
    AlertCard,
    AlertState,
    Dismissal,
    DismissReason,
    End,
    FeedbackReason,
    Snooze,
)

_GREY = "#8a8f98"
#: The bar shows what is to be done, not how bad it is: that the circle says.
_COLORS: dict[AlertState, str] = {
    "open": "#d64545",
    "acknowledged": "#e0a528",
    "snoozed": _GREY,
    "resolved": "#3b9b5f",
    "dismissed": _GREY,
}
#: What people wrote themselves is cut here: the message is no place for a letter.
_WORDS_LIMIT = 200

DISMISS_REASONS: dict[DismissReason, str] = {
    "known_already": "Known already",
    "wrong_data": "Wrong data",
    "duplicate": "Duplicate",
    "expected": "Expected",
    "not_worth_it": "Not worth it",
    "other": "Other",
}
FEEDBACK_REASONS: dict[FeedbackReason, str] = {
    "known_already": "Known already",
    "wrong_data": "Wrong data",
    "duplicate": "Duplicate",
    "too_late": "Too late",
    "not_my_account": "Not my account",
}


def get_color(card: AlertCard) -> str:
    """The colour of the bar beside the message; grey for an end without good news."""
    badly = card.end is not None and card.end.why in ("churned", "fell_further")
    return _GREY if badly else _COLORS[card.state]


def format_state(card: AlertCard) -> str:
    """What was done and what comes next, in a line; empty for an untouched alert that does nothing more."""
    today = card.opened_at.astimezone(card.zone).date()
    parts = [*_describe_state(card, today), *_describe_help(card), *_describe_next(card, today)]
    line = " · ".join(parts)
    return line[:1].upper() + line[1:]


def format_ahead(ahead: AheadLine, zone: ZoneInfo, today: date) -> str:
    """What an alert will do by itself and when: ``calls in Vera on Mon 23 Nov, 15:00 if nobody acts``."""
    to = escape(ahead.to) if ahead.to else "the next in line"
    before, after = {
        "escalate": (f"calls in {to}", " if nobody acts"),
        "confirm": (f"asks {to}", " whether it is still in hand"),
        "unanswered": ("opens again", " if nobody answers"),
        "wake": ("wakes", ""),
        "close": ("ends by itself", " unless somebody objects"),
        "tell": (f"tells {to}", " when their quiet hours are over"),
    }[ahead.kind]
    if ahead.at is None and ahead.kind == "wake":
        return "wakes when the score changes"
    if ahead.at is None:
        return f"{before}{after}, once its clock runs again"
    return f"{before} on {format_appointment(ahead.at, zone, today)}{after}"


def format_snooze(snooze: Snooze, zone: ZoneInfo, today: date) -> str:
    """``Snoozed by Maria until Thu 26 Nov, 09:00: “waiting for legal”``."""
    by = f" by {escape(snooze.by)}" if snooze.by else ""
    until = (
        "until the score changes"
        if snooze.until is None
        else f"until {format_appointment(snooze.until, zone, today)}"
    )
    return f"Snoozed{by} {until}{format_quote(snooze.reason)}"


def format_end(end: End) -> str:
    """How an alert ended: ``🟢 Recovered to 43, Yellow``."""
    if end.why == "churned":
        return "⚫ Churned"
    if end.why == "by_hand":
        return f"🟢 Resolved{' by ' + escape(end.by) if end.by else ''}"
    to = " to " + ", ".join(str(part) for part in (end.score, escape(end.level)) if part) if end.level else ""
    return f"🔻 Fell further{to}: see the newer alert" if end.why == "fell_further" else f"🟢 Recovered{to}"


def format_quote(words: str | None) -> str:
    """``: “what they wrote”``, or nothing."""
    return f": “{escape(words, _WORDS_LIMIT)}”" if words and words.strip() else ""


def _describe_state(card: AlertCard, today: date) -> list[str]:
    if card.state == "snoozed" and card.snooze:
        return [f"💤 {format_snooze(card.snooze, card.zone, today)}"]
    if card.state == "dismissed" and card.dismissal:
        return [_format_dismissal(card.dismissal, card.zone, today)]
    said = []
    if card.state == "resolved":
        when = f" · {format_moment(card.resolved_at, card.zone, today)}" if card.resolved_at else ""
        said.append(format_end(card.end or End("recovered")) + when)
    if card.state in ("acknowledged", "resolved") and card.acknowledged_by and card.acknowledged_at:
        mark = "✅ A" if card.state == "acknowledged" else "a"
        when = format_moment(card.acknowledged_at, card.zone, today)
        said.append(f"{mark}cknowledged by {escape(card.acknowledged_by)}, {when}")
    return said


def _format_dismissal(dismissal: Dismissal, zone: ZoneInfo, today: date) -> str:
    when = format_moment(dismissal.at, zone, today)
    reason = DISMISS_REASONS[dismissal.reason].lower()
    words = format_quote(dismissal.words).removeprefix(":")
    return f"🚫 Dismissed by {escape(dismissal.by)}, {when}: {reason}{words}"


def _describe_help(card: AlertCard) -> list[str]:
    """Who was called in, and the play that runs."""
    parts = []
    if card.escalated_to:
        begin = "🔔 E" if card.state == "open" else "e"
        parts.append(f"{begin}scalated to {escape(card.escalated_to)}")
    if card.play_started:
        parts.append(f"play “{escape(card.play_started)}” started")
    return parts


def _describe_next(card: AlertCard, today: date) -> list[str]:
    ahead = card.ahead
    if card.state in ("resolved", "dismissed"):
        return []
    asked = "❓\u00a0is it over?" if card.proposes_end else "❓\u00a0is it still in hand?"
    question = [asked] if card.proposes_end or card.asks_confirmation else []
    # A snooze says until when itself.
    if ahead is None or (card.state == "snoozed" and ahead.kind == "wake"):
        return question
    said = format_ahead(ahead, card.zone, today)
    return [*question, said if question else f"next: {said}"]
