"""What one person is told directly about an alert: that they are waited for, or were called in."""

from blocks.alert_buttons import build_snooze_menu
from blocks.alert_states import format_state
from blocks.alerts import format_headline
from blocks.elements import Block, Reply, actions, button, section
from blocks.ids import Action
from blocks.text import escape
from blocks.timeline import format_line
from bot.alerts.views import AlertCard, TimelineLine


def build_nudge(card: AlertCard, line: TimelineLine) -> Reply:
    """A direct message about one thing that happened to an alert, with what to do about it now.

    Once the alert has moved on its buttons are gone, and it says how things stand.
    """
    said = _SENTENCES.get(line.kind, _tell)(card, line)
    blocks = [section(f"{said}\n{format_headline(card)}"), *_build_answer(card, line)]
    return Reply(said, tuple(blocks))


def _ask(card: AlertCard, line: TimelineLine) -> str:
    since = ""
    if card.acknowledged_at is not None and card.acknowledged_at < line.at:
        days = (line.at - card.acknowledged_at).days
        ago = f"{days} days ago" if days > 1 else "a day ago" if days else "earlier today"
        since = f" It was acknowledged {ago}, and no touch is logged since."
    return f"❓ Are you still on *{escape(card.account_name)}*?{since}"


def _call_in(card: AlertCard, line: TimelineLine) -> str:
    by = f"by {escape(line.by)}" if line.by else "because nobody acted in time"
    away = line.detail.get("instead_of")
    stand_in = f" You stand in for {escape(away)}." if away else ""
    return f"🔔 *{escape(card.account_name)}* is escalated to you {by}.{stand_in}"


def _assign(card: AlertCard, line: TimelineLine) -> str:
    by = f" by {escape(line.by)}" if line.by else ""
    return f"👤 The alert about *{escape(card.account_name)}* was given to you{by}."


def _tell(card: AlertCard, line: TimelineLine) -> str:
    today = line.at.astimezone(card.zone).date()
    return f"*{escape(card.account_name)}*: {format_line(line, card.zone, today)}"


_SENTENCES = {"reminded": _ask, "escalated": _call_in, "assigned": _assign}


def _build_answer(card: AlertCard, line: TimelineLine) -> list[Block]:
    open_card = _press(card, Action.ALERT_OPEN, "Open alert")
    if line.kind == "reminded" and card.asks_confirmation:
        confirm = {**_press(card, Action.ALERT_CONFIRM, "Still on it"), "style": "primary"}
        resolve = _press(card, Action.ALERT_RESOLVE, "Resolve")
        return [actions(confirm, build_snooze_menu(card), resolve, open_card)]
    if line.kind != "reminded" and card.state == "open":
        acknowledge = {**_press(card, Action.ALERT_ACKNOWLEDGE, "Acknowledge"), "style": "primary"}
        return [actions(acknowledge, open_card)]
    state = format_state(card)
    return [*([section(state)] if state else []), actions(open_card)]


def _press(card: AlertCard, action: Action, label: str) -> Block:
    return button(action, label, str(card.alert_id), describe=f"{label}: {card.account_name}")
