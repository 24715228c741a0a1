"""An alert's message: what fell, what is at stake, why, and the one thing to do."""

from datetime import date, datetime
from zoneinfo import ZoneInfo

from blocks.elements import Block, Reply, actions, button, context, section
from blocks.figures import (
    MINUS,
    format_day,
    format_distance,
    format_money,
    format_segment,
    format_share,
)
from blocks.ids import Action
from blocks.levels import format_color
from blocks.text import escape
from bot.alerts.views import Acknowledgement, AlertCard, AlertState, End, LevelMark

#: The bar shows what is to be done, not how bad it is: that the circle says.
_COLORS: dict[AlertState, str] = {"open": "#d64545", "acknowledged": "#e0a528", "resolved": "#3b9b5f"}
#: An alert that ended without good news.
_GREY = "#8a8f98"


def build_alert(card: AlertCard) -> Reply:
    """The message in its present state: Acknowledge while it is open, afterwards who did and when.

    Its text is the headline, without money, which a phone shows on its locked screen: Slack shows it above
    the bar of colour, so the blocks beside the bar go on from there.
    """
    blocks: list[Block] = [section("\n".join(_format_lines(card)))]
    if card.state == "open":
        describe = f"Acknowledge the alert about {card.account_name}"
        acknowledge = button(Action.ALERT_ACKNOWLEDGE, "Acknowledge", str(card.alert_id), describe=describe)
        blocks.append(actions({**acknowledge, "style": "primary"}))
    else:
        blocks.append(section(_format_state(card)))
    blocks.append(context(_format_provenance(card)))
    ended_badly = card.end is not None and card.end.why != "recovered"
    return Reply(_format_headline(card), tuple(blocks), _GREY if ended_badly else _COLORS[card.state])


def build_already_acknowledged(done: Acknowledgement, zone: ZoneInfo, today: date) -> Reply:
    """What the second to click is told."""
    when = format_moment(done.at, zone, today)
    said = f"{escape(done.by)} already acknowledged the alert about *{escape(done.account_name)}*, {when}."
    return Reply(said, (section(said),))


def build_alert_line(card: AlertCard, today: date) -> str:
    """An alert in one line, for a list."""
    when = format_moment(card.opened_at, card.zone, today)
    state = f" · acknowledged by {escape(card.acknowledged_by)}" if card.acknowledged_by else ""
    return f"{_format_headline(card, briefly=True)} · {when}{state}"


def format_moment(at: datetime, zone: ZoneInfo, today: date) -> str:
    """A moment in the reader's zone: ``14:02``, or ``3 Nov, 14:02`` where it was not today."""
    local = at.astimezone(zone)
    return f"{local:%H:%M}" if local.date() == today else f"{format_day(local.date(), today)}, {local:%H:%M}"


def _format_headline(card: AlertCard, *, briefly: bool = False) -> str:
    """``🔴 *Acme* · Yellow → Red · 65 → *48* (−17 in 7 d)``; briefly without the score before."""
    before, level = _title(card.level_before), _title(card.level)
    moved = f"{before} → {level}" if before and before != level else level
    came_from = "" if briefly else f"{card.score_before} → "
    score = f"{came_from}*{card.score}* ({_format_delta(card)})"
    return " · ".join(
        part for part in (f"{_circle(card)} *{escape(card.account_name)}*", moved, score) if part
    )


def _format_delta(card: AlertCard) -> str:
    delta = card.delta
    sign = MINUS if delta < 0 else "+" if delta > 0 else "±"
    return f"{sign}{abs(delta)} in {card.over_days} d"


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


def _format_state(card: AlertCard) -> str:
    """``✅ Acknowledged by Maria, 14:02``: the name without a mention, so that nobody is called again."""
    opened = card.opened_at.astimezone(card.zone).date()
    said = []
    if card.acknowledged_by and card.acknowledged_at:
        when = format_moment(card.acknowledged_at, card.zone, opened)
        said.append(f"✅ Acknowledged by {escape(card.acknowledged_by)}, {when}")
    if card.state == "resolved":
        when = f" · {format_moment(card.resolved_at, card.zone, opened)}" if card.resolved_at else ""
        said.append(_format_end(card) + when)
    return "\n".join(said) or "Closed"


def _format_end(card: AlertCard) -> str:
    end = card.end or End("recovered")
    if end.why == "churned":
        return "⚫ Churned"
    to = " to " + ", ".join(str(part) for part in (end.score, escape(end.level)) if part) if end.level else ""
    return f"🔻 Fell further{to}: see the newer alert" if end.why == "fell_further" else f"🟢 Recovered{to}"


def _format_provenance(card: AlertCard) -> str:
    parts = [
        escape(card.rule_title),
        f"scored for {format_day(card.as_of, card.opened_at.astimezone(card.zone).date())}",
        f"coverage {format_share(card.coverage)}",
        f"model {escape(card.model)}, version {escape(card.version)[:12]}",
    ]
    if card.also:
        parts.append(f"also: {', '.join(escape(rule) for rule in card.also[:5])}")
    return " · ".join(parts)


def _circle(card: AlertCard) -> str:
    return format_color(card.level.color if card.level else None)


def _title(level: LevelMark | None) -> str:
    return escape(level.title) if level else ""
