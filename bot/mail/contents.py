"""What each kind of e-mail says, with the words that Slack's messages use."""

import html
import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date

from sqlalchemy.orm import Session

from blocks.alert_states import format_state, get_color
from blocks.alerts import format_headline
from blocks.figures import format_day, format_distance, format_money, format_segment
from blocks.moments import spell_out
from blocks.timeline import format_line
from bot.alerts import load_alert_card
from bot.alerts.timeline import load_line
from bot.alerts.views import AlertCard
from bot.alerts.wording import get_zone
from bot.config import TeamConfig
from bot.mail.queue import MailContent
from bot.mail.rendering import render_mail
from bot.mail.setup import MailSetup
from bot.models import Mail, Person
from bot.preferences import TITLES

#: A mark of mrkdwn's bold; the stars of a name stand within a word or beside a joiner.
_BOLD = re.compile("(?<![\\w\u2060])\\*(?=\\S)|(?<=\\S)\\*(?![\\w\u2060])")
_WORD_JOINER = "\u2060"


@dataclass(frozen=True)
class Writing:
    """One e-mail that is being written: to whom, and the link that ends its kind."""

    mail: Mail
    person: Person
    unsubscribe_url: str | None


#: Loads a subject in its present state and writes the e-mail; None when there is nothing to tell any more.
Writer = Callable[[Session, Writing], MailContent | None]


def build_writers(team: TeamConfig, setup: MailSetup) -> dict[str, Writer]:
    """The writers by kind of e-mail (``bot.mail.queue``). Times are the reader's own."""

    def write_alert(session: Session, writing: Writing) -> MailContent | None:
        card = load_alert_card(session, writing.mail.subject_id, zone=get_zone(writing.person, team))
        return None if card is None else _write_alert(session, writing, card, setup)

    return {"alert": write_alert}


def _write_alert(session: Session, writing: Writing, card: AlertCard, setup: MailSetup) -> MailContent:
    title = TITLES.get(writing.mail.event, writing.mail.event)  # type: ignore[call-overload]
    return render_mail(
        "alert",
        subject=to_words(format_headline(card)),
        templates=setup.templates,
        lead=_find_lead(session, writing.mail, card),
        headline=to_words(format_headline(card)),
        color=get_color(card),
        facts=_build_facts(card),
        reasons=list(card.reasons[:3]),
        reasons_title="Why" if card.reasons_are == "fall" else "What weighs most",
        next_step=card.next_step or "Look at the account.",
        state=to_words(format_state(card)),
        provenance=f"{card.rule_title} · scored for {_format_day(card.as_of, card)}",
        because=_explain(writing.person, card),
        what=title,
        unsubscribe_url=writing.unsubscribe_url,
        card=card,
    )


def to_words(mrkdwn: str) -> str:
    """What a line of mrkdwn reads like: without its marks, dates, escapes and joiners."""
    return html.unescape(_BOLD.sub("", spell_out(mrkdwn)).replace(_WORD_JOINER, ""))


def _find_lead(session: Session, mail: Mail, card: AlertCard) -> str:
    """What this e-mail is about: that the alert was opened, or the line of its story that was queued."""
    if not mail.state_key.startswith("event:"):
        return "A critical alert was opened." if card.severity == "critical" else "An alert was opened."
    found = load_line(session, int(mail.state_key.removeprefix("event:")))
    if found is None:
        return "The alert has changed."
    line = found[0]
    return to_words(format_line(line, card.zone, line.at.astimezone(card.zone).date())) + "."


def _build_facts(card: AlertCard) -> list[dict[str, str]]:
    named: list[tuple[str, str]] = []
    if card.arr_cents:
        money = format_money(card.arr_cents, card.currency)
        at_risk = format_money(card.arr_at_risk_cents, card.currency)
        named.append(("Annual revenue", f"{money}, {at_risk} of it at risk"))
    opened = card.opened_at.astimezone(card.zone).date()
    if card.opt_out_on and card.opt_out_on >= opened:
        named.append(("Opt-out by", _format_date(card.opt_out_on, opened)))
    if card.renewal_on:
        named.append(("Renewal", _format_date(card.renewal_on, opened)))
    named.append(("CSM", card.owner or "nobody"))
    if card.segment:
        named.append(("Segment", format_segment(card.segment)))
    return [{"name": name, "value": value} for name, value in named]


def _format_date(day: date, opened: date) -> str:
    return f"{format_day(day, opened)} ({format_distance(day, opened)})"


def _format_day(day: date, card: AlertCard) -> str:
    return format_day(day, card.opened_at.astimezone(card.zone).date())


def _explain(person: Person, card: AlertCard) -> str:
    if person.name == card.owner:
        return f"You get this because {card.account_name} is yours."
    return f"You get this because you were told of the alert about {card.account_name}."
