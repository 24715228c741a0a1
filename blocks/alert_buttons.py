"""What can be pressed on an alert, by its state."""

import hashlib
from collections.abc import Iterable, Iterator

from blocks.alert_states import FEEDBACK_REASONS
from blocks.elements import Block, actions, button, menu, overflow
from blocks.ids import Action
from blocks.values import write_choice
from bot.alerts.views import AlertCard

#: Words of the Snooze menu; `handlers.actions.alerts` turns them into moments.
SNOOZES = (
    ("day", "1 day"),
    ("three_days", "3 days"),
    ("week", "1 week"),
    ("score", "Until the score changes"),
    ("date", "Until a date, or with a reason…"),
)
#: What stands under the three dots, at most five of Slack's making.
_MORE = {
    "assign": "Assign…",
    "timeline": "Timeline",
    "escalate": "Escalate",
    "resolve": "Resolve",
    "reopen": "Reopen",
    "dismiss": "Dismiss…",
}
_MORE_BY_STATE = {
    "open": ("assign", "timeline", "escalate", "resolve", "dismiss"),
    "acknowledged": ("assign", "timeline", "escalate", "reopen", "dismiss"),
    "snoozed": ("assign", "timeline", "escalate", "dismiss"),
}


def build_alert_buttons(card: AlertCard) -> Block:
    """The row of buttons that the alert's state allows; the likeliest first, and only that one stands out."""
    makers = {
        "open": _open,
        "acknowledged": _acknowledged,
        "snoozed": _snoozed,
        "resolved": _ended,
        "dismissed": _ended,
    }
    first, *others = makers[card.state](card)
    leading = first if card.state in ("resolved", "dismissed") else {**first, "style": "primary"}
    return actions(leading, *others, block_id=_name(card, "acts"))


def build_feedback_row(card: AlertCard) -> Block:
    """Was it useful? One click, or one choice of why not."""
    useful = f"👍 Useful{_count(card.useful)}"
    options = [(label, write_choice(card.alert_id, reason)) for reason, label in FEEDBACK_REASONS.items()]
    return actions(
        _press(card, Action.ALERT_USEFUL, useful, "Mark as useful the alert about"),
        menu(Action.ALERT_NOT_USEFUL, f"👎 Not useful{_count(card.not_useful)}…", options),
        block_id=_name(card, "feedback"),
    )


def build_snooze_menu(card: AlertCard) -> Block:
    """How long; the last choice opens a form."""
    return menu(
        Action.ALERT_SNOOZE,
        "Snooze…",
        ((label, write_choice(card.alert_id, word)) for word, label in SNOOZES),
    )


def build_more(card: AlertCard) -> Block:
    """The rest, under three dots."""
    words = _MORE_BY_STATE[card.state]
    return overflow(Action.ALERT_MORE, ((_MORE[word], write_choice(card.alert_id, word)) for word in words))


def _open(card: AlertCard) -> Iterator[Block]:
    if card.proposes_end:
        yield from _over(card)
    yield _press(card, Action.ALERT_ACKNOWLEDGE, "Acknowledge", "Acknowledge the alert about")
    yield build_snooze_menu(card)
    yield from _play(card)
    yield _why(card)
    yield build_more(card)


def _acknowledged(card: AlertCard) -> Iterator[Block]:
    if card.asks_confirmation:
        yield _press(card, Action.ALERT_CONFIRM, "Still on it", "Still on it:")
    if card.proposes_end:
        yield from _over(card)
    else:
        yield _resolve(card)
    yield build_snooze_menu(card)
    yield from _play(card)
    yield _why(card)
    yield build_more(card)


def _snoozed(card: AlertCard) -> Iterator[Block]:
    yield _press(card, Action.ALERT_WAKE, "Wake", "End the snooze of the alert about")
    yield _resolve(card)
    yield _why(card)
    yield build_more(card)


def _ended(card: AlertCard) -> Iterator[Block]:
    yield _press(card, Action.ALERT_REOPEN, "Reopen", "Reopen the alert about")
    yield _why(card)
    yield _press(card, Action.ALERT_TIMELINE, "Timeline", "Timeline of the alert about")


def _over(card: AlertCard) -> Iterable[Block]:
    return (
        _resolve(card),
        _press(card, Action.ALERT_KEEP_OPEN, "Not over yet", "Not over yet: the alert about"),
    )


def _resolve(card: AlertCard) -> Block:
    return _press(card, Action.ALERT_RESOLVE, "Resolve", "Resolve the alert about")


def _play(card: AlertCard) -> Iterator[Block]:
    if card.play and not card.play_started:
        yield _press(card, Action.ALERT_PLAY, "Start play", f"Start the play {card.play} for")


def _why(card: AlertCard) -> Block:
    return _press(card, Action.ALERT_WHY, "Why", "Why there is an alert about")


def _press(card: AlertCard, action: Action, label: str, describe: str) -> Block:
    return button(action, label, str(card.alert_id), describe=f"{describe} {card.account_name}")


def _count(answers: int) -> str:
    return f" ({answers})" if answers else ""


def _name(card: AlertCard, row: str) -> str:
    """A block's id that is another whenever what it is about is: Slack then forgets what was chosen."""
    seen = (card.state, card.ahead, card.snooze, card.useful, card.not_useful, card.owner, card.escalated_to)
    digest = hashlib.sha256(repr(seen).encode()).hexdigest()[:12]
    return f"alert.{row}.{card.alert_id}.{digest}"
