"""The modals of an alert: snooze, assign, dismiss, and why it is there."""

from collections.abc import Sequence
from datetime import date, timedelta

from blocks.alert_buttons import SNOOZES
from blocks.alert_states import DISMISS_REASONS
from blocks.alerts import build_alert_body
from blocks.elements import Block, section
from blocks.forms import build_form, choice, entry, words
from blocks.ids import Callback, Field
from blocks.score_card import build_score_modal
from blocks.text import MODAL_TITLE_LIMIT, escape, plain, sentence
from blocks.values import write_origin
from bot.accounts.score_card import ScoreCard
from bot.alerts.forms import AlertForm, Assignee
from bot.alerts.views import AlertCard

#: As many as a menu holds; a larger team chooses among everybody in the workspace.
_MENU_LIMIT = 100
_WORDS_LIMIT = 500
_TIMES = [(label, word) for word, label in SNOOZES if word != "date"]


def build_snooze_form(form: AlertForm, today: date, *, in_home: bool = False) -> Block:
    """Until a date, or for one of the usual times with a reason."""
    later = today + timedelta(days=14)
    # Not on a weekend.
    later += timedelta(days=7 - later.weekday() if later.weekday() > 4 else 0)
    return build_form(
        Callback.ALERT_SNOOZE,
        "Snooze an alert",
        "Snooze",
        [
            section(
                f"*{escape(form.account_name)}* stays silent until then; news about its contract wakes it."
            ),
            entry(Field.SNOOZE_FOR, "How long", choice([*_TIMES, ("Until the date below", "date")], "date")),
            entry(
                Field.UNTIL,
                "Until",
                {"type": "datepicker", "initial_date": later.isoformat()},
                optional=True,
                hint="Counts where “Until the date below” is chosen. It wakes that morning.",
            ),
            entry(Field.WORDS, "Reason", words(_WORDS_LIMIT, "What are you waiting for?"), optional=True),
        ],
        about=write_origin(form.alert_id, in_home=in_home),
    )


def build_assign_form(form: AlertForm, people: Sequence[Assignee], *, in_home: bool = False) -> Block:
    """Whose the alert shall be: somebody of the team."""
    owner = f"It is {escape(form.owner)}'s now." if form.owner else "Nobody owns it now."
    if len(people) <= _MENU_LIMIT:
        options = [(f"{person.name} · {person.role}", str(person.person_id)) for person in people]
        now = str(form.owner_id) if form.owner_id else None
        who = entry(Field.PERSON, "To whom", choice(options, now, "Choose a person…"))
    else:
        menu: Block = {"type": "users_select"}
        hint = "Somebody of your customer-success team"
        who = entry(Field.PERSON_BY_SLACK, "To whom", menu, hint=hint)
    return build_form(
        Callback.ALERT_ASSIGN,
        "Assign an alert",
        "Assign",
        [section(f"Who takes care of *{escape(form.account_name)}*? {owner}"), who],
        about=write_origin(form.alert_id, in_home=in_home),
    )


def build_dismiss_form(form: AlertForm, *, in_home: bool = False) -> Block:
    """Why the alert is not worth acting on."""
    reasons = [(label, reason) for reason, label in DISMISS_REASONS.items()]
    return build_form(
        Callback.ALERT_DISMISS,
        "Dismiss an alert",
        "Dismiss",
        [
            section(f"The alert about *{escape(form.account_name)}* ends, and your reason stays with it."),
            entry(Field.REASON, "Why", choice(reasons, placeholder="Choose a reason…")),
            entry(
                Field.WORDS,
                "In your words",
                words(_WORDS_LIMIT),
                optional=True,
                hint="Needed where the reason is “Other”.",
            ),
        ],
        about=write_origin(form.alert_id, in_home=in_home),
    )


def build_why_modal(card: AlertCard, score: ScoreCard) -> Block:
    """Why there is an alert: the rule in its own words, then the score explained as it is now."""
    modal = build_score_modal(score)
    rule = f"*Rule: {escape(card.rule_title)}*"
    said = f"{rule}\n{sentence(card.rule_why, 500)}" if card.rule_why else rule
    return {**modal, "callback_id": Callback.ALERT_WHY, "blocks": [section(said), *modal["blocks"]]}


def build_alert_modal(card: AlertCard) -> Block:
    """The alert to read, where no message can be sent."""
    return {
        "type": "modal",
        "callback_id": Callback.ALERT_CARD,
        "title": {"type": "plain_text", "text": plain(card.account_name, MODAL_TITLE_LIMIT)},
        "close": {"type": "plain_text", "text": "Close"},
        "blocks": build_alert_body(card),
    }
