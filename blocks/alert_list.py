"""Alerts as a list: the answer to `/cs alerts`."""

from collections.abc import Iterator
from dataclasses import replace

from blocks.elements import Block, Reply, actions, button, context, section
from blocks.figures import MINUS, format_money
from blocks.ids import Action
from blocks.levels import format_color
from blocks.moments import format_moment
from blocks.text import cut, escape, sentence
from blocks.values import write_alerts_value
from bot.reports.alert_list import AlertList, AlertRow

# Slack refuses a message of about 12,000 letters over all its blocks.
_LINE_LIMIT = 400
_SEVERITIES = {"critical": "critical", "at_risk": "at risk"}


def build_alert_list(found: AlertList) -> Reply:
    """A line for each alert, with a button that opens it for those who may act."""
    title = _format_title(found)
    blocks: list[Block] = [section(f"*{title}*")]
    blocks += [_build_row(row, found) for row in found.rows]
    turns = list(_build_turns(found))
    if turns:
        blocks.append(actions(*turns))
    if not found.rows:
        blocks.append(section(_suggest(found)))
    if found.no_money_reason:
        blocks.append(context(sentence(found.no_money_reason)))
    return Reply(title, tuple(blocks))


def _format_title(found: AlertList) -> str:
    ask = found.ask
    kind = " ".join(part for part in (_SEVERITIES.get(ask.severity or "", ""), ask.state or "live") if part)
    whose = "" if found.whose is None else " of yours" if found.is_own else f" of {escape(found.whose)}"
    many = "" if found.total == 1 else "s"
    page = f", page {ask.page} of {found.pages}" if found.pages > 1 else ""
    return f"{found.total:,} {kind} alert{many}{whose}{page}"


def _suggest(found: AlertList) -> str:
    if found.whose is not None:
        return "Nothing waits here. `/cs alerts all` shows everybody's."
    return "Nothing waits here. `/cs alerts resolved` shows what is over."


def _build_row(row: AlertRow, found: AlertList) -> Block:
    block = section(cut("\n".join(_format_row(row, found)), _LINE_LIMIT))
    if not found.of_team:
        return block
    open_it = button(Action.ALERT_OPEN, "Open", str(row.alert_id), describe=f"Open {row.account_name}")
    return {**block, "accessory": open_it}


def _format_row(row: AlertRow, found: AlertList) -> tuple[str, str]:
    """``🔴 *Acme* · Red · *48* (−17) · $50.4k at risk`` and below what it is and who has it."""
    first = [f"{format_color(row.level.color if row.level else None)} *{escape(row.account_name, 60)}*"]
    if row.level:
        first.append(escape(row.level.title, 30))
    moved = f" ({MINUS if row.delta < 0 else '+'}{abs(row.delta)})" if row.delta else ""
    first.append("no score" if row.score is None else f"*{row.score}*{moved}")
    if row.at_risk_cents:
        first.append(f"{format_money(row.at_risk_cents, row.currency)} at risk")
    second = [escape(row.rule_title, 60), _describe_state(row)]
    second.append(format_moment(row.opened_at, found.zone, found.today))
    second.append(escape(row.owner, 40) if row.owner else "no owner")
    return " · ".join(first), " · ".join(second)


def _describe_state(row: AlertRow) -> str:
    if row.state == "acknowledged" and row.acknowledged_by:
        return f"acknowledged by {escape(row.acknowledged_by, 40)}"
    return row.state


def _build_turns(found: AlertList) -> Iterator[Block]:
    ask = found.ask
    if ask.page > 1:
        before = write_alerts_value(replace(ask, page=ask.page - 1))
        yield button(Action.ALERTS_PREVIOUS, "← Previous", before)
    if ask.page < found.pages:
        after = write_alerts_value(replace(ask, page=ask.page + 1))
        yield button(Action.ALERTS_NEXT, "Next →", after)
