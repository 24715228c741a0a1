"""An alert's message: what fell, what is at stake, why, the one thing to do, and what was done about it."""

from datetime import date
from zoneinfo import ZoneInfo

from blocks.alert_buttons import build_alert_buttons, build_feedback_row
from blocks.alert_states import format_state, get_color
from blocks.elements import Block, Reply, context, section
from blocks.figures import (
    MINUS,
    format_day,
    format_distance,
    format_money,
    format_segment,
    format_share,
)
from blocks.levels import format_color
from blocks.moments import format_moment
from blocks.text import escape, sentence
from bot.alerts.views import Acknowledgement, AlertCard, LevelMark


def build_alert(card: AlertCard) -> Reply:
    """The message in its present state: what can be done about it now, afterwards who did what and when.

    Its text is the headline, without money, which a phone shows on its locked screen: Slack shows it above
    the bar of colour, so the blocks beside the bar go on from there.
    """
    return Reply(format_headline(card), (*_build_body(card), *_build_rows(card)), get_color(card))


def build_private_alert(card: AlertCard) -> Reply:
    """The same for one person's eyes, where no text stands above the blocks."""
    headline = format_headline(card)
    return Reply(headline, (section(headline), *_build_body(card), *_build_rows(card)))


def build_alert_body(card: AlertCard) -> list[Block]:
    """The alert without anything to press, for modals."""
    return [section(format_headline(card)), *_build_body(card)]


def build_already_acknowledged(done: Acknowledgement, zone: ZoneInfo, today: date) -> Reply:
    """What the second to click is told."""
    when = format_moment(done.at, zone, today)
    said = f"{escape(done.by)} already acknowledged the alert about *{escape(done.account_name)}*, {when}."
    return Reply(said, (section(said),))


def build_alert_line(card: AlertCard, today: date) -> str:
    """An alert in one line, for a list."""
    when = format_moment(card.opened_at, card.zone, today)
    at_risk = f"{format_money(card.arr_at_risk_cents, card.currency)} at risk"
    money = (at_risk,) if card.arr_at_risk_cents else ()
    return " · ".join((format_headline(card, briefly=True), *money, when))


def _build_body(card: AlertCard) -> list[Block]:
    state = format_state(card)
    lines = [*_format_lines(card), *([state] if state else [])]
    return [section("\n".join(lines)), context(*_format_provenance(card))]


def _build_rows(card: AlertCard) -> list[Block]:
    return [build_alert_buttons(card), build_feedback_row(card)]


def format_headline(card: AlertCard, *, briefly: bool = False) -> str:
    """``🔴 *Acme* · Yellow → Red · 65 → *48* (−17 in 7 d)``; briefly without the score before.

    Where the level is the same it says what happened: ``🟡 *Acme* · A payment failed · Yellow · *62*``.
    """
    before, level = _title(card.level_before), _title(card.level)
    if before and before != level and level:
        news = [f"{before} → {level}"]
    else:
        news = [escape(card.rule_title), level]
    return " · ".join(part for part in (_name(card), *news, _format_score(card, briefly=briefly)) if part)


def _format_score(card: AlertCard, *, briefly: bool) -> str:
    if card.score is None:
        return ""
    if not card.delta:
        return f"*{card.score}*"
    came_from = "" if briefly else f"{card.score_before} → "
    return f"{came_from}*{card.score}* ({_format_delta(card.delta)} in {card.over_days} d)"


def _format_delta(delta: int) -> str:
    return f"{MINUS if delta < 0 else '+'}{abs(delta)}"


def _format_lines(card: AlertCard) -> list[str]:
    lines = [" · ".join((*_format_money(card), *_format_dates(card), *_format_people(card)))]
    if card.reasons:
        said = " · ".join(escape(reason, 200) for reason in card.reasons[:3])
        lines.append(f"*{'Why' if card.reasons_are == 'fall' else 'Weighs most'}:* {said}")
    lines.append(f"*Do:* {escape(card.next_step, 300)}")
    return lines


def _format_money(card: AlertCard) -> list[str]:
    if not card.arr_cents:
        return []
    return [
        f"{format_money(card.arr_cents, card.currency)} ARR",
        f"{format_money(card.arr_at_risk_cents, card.currency)} at risk",
    ]


def _format_dates(card: AlertCard) -> list[str]:
    """The last day to give notice while it lies ahead, and the renewal."""
    opened = card.opened_at.astimezone(card.zone).date()
    dates = []
    if card.opt_out_on and card.opt_out_on >= opened:
        dates.append(("opt-out by", card.opt_out_on))
    if card.renewal_on:
        dates.append(("renewal" if card.renewal_on >= opened else "renewal was", card.renewal_on))
    return [f"{what} {format_day(day, opened)} ({format_distance(day, opened)})" for what, day in dates]


def _format_people(card: AlertCard) -> list[str]:
    owner = f"CSM {escape(card.owner)}" if card.owner else "no CSM"
    return [owner, format_segment(card.segment)] if card.segment else [owner]


def _format_provenance(card: AlertCard) -> list[str]:
    """Where it comes from, and why it stands here if it was meant for another place."""
    parts = [
        escape(card.rule_title),
        f"scored for {format_day(card.as_of, card.opened_at.astimezone(card.zone).date())}",
        f"coverage {format_share(card.coverage)}",
        f"model {escape(card.model)}, version {escape(card.version)[:12]}",
    ]
    if card.also:
        parts.append(f"also: {', '.join(escape(rule) for rule in card.also[:5])}")
    rerouted = [f"↪️ {sentence(card.rerouted, 300)}"] if card.rerouted else []
    return [*rerouted, " · ".join(parts)]


def _name(card: AlertCard) -> str:
    return f"{format_color(card.level.color if card.level else None)} *{escape(card.account_name)}*"


def _title(level: LevelMark | None) -> str:
    return escape(level.title) if level else ""
