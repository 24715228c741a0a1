"""Rules and what became of their fires: the table, one rule's page, its review, and the weekly message."""

from collections.abc import Iterator, Sequence
from zoneinfo import ZoneInfo

from blocks.elements import Block, Reply, actions, bullets, button, confirmed, context, header, menu, section
from blocks.figures import format_day, format_money, format_segment
from blocks.ids import Action
from blocks.rule_figures import (
    format_change,
    format_change_state,
    format_evidence,
    format_limit,
    format_reasons,
    format_record,
    format_suppressed,
)
from blocks.text import cut, escape, plain
from bot.alerts.changes import ChangeLine
from bot.alerts.shadow import SAMPLE, ShadowFire, ShadowReview
from bot.reports.rule_report import RuleLine, RulePage, RuleReport, RuleTable, ShadowPage

_STATES = {"live": "", "shadow": " · 👤 in shadow", "off": " · off"}
_ROWS = 20
_PROPOSALS = 5
_HISTORY = 10


def build_rules_answer(view: RuleTable | RulePage | ShadowPage) -> Reply:
    """The answer to `/cs rules`, whichever was asked for."""
    if isinstance(view, RuleTable):
        return build_rule_table(view)
    return build_rule_page(view) if isinstance(view, RulePage) else build_shadow_page(view)


def build_rule_table(table: RuleTable) -> Reply:
    """Every rule that fired in two lines: its state and figure, and its record; below them the others."""
    blocks = [header("Rules"), context(f"Over the last {table.days} days")]
    fired = [line for line in table.lines if line.record.fires]
    blocks += [section(_format_row(line)) for line in fired[:_ROWS]]
    if len(fired) > _ROWS:
        blocks.append(context(f"and {len(fired) - _ROWS} more: choose one below"))
    silent = [_name_silent(line) for line in table.lines if not line.record.fires]
    if silent:
        blocks.append(context(cut(f"*Never fired:* {', '.join(silent)}", 1_500)))
    for change in table.proposed[:_PROPOSALS]:
        blocks += build_proposal(change, may_decide=table.may_decide)
    options = [(plain(line.title, 70), line.name) for line in table.lines]
    if options:
        blocks.append(actions(menu(Action.RULE_OPEN, "Open a rule…", options), block_id="rules.open"))
    return Reply(f"{len(table.lines)} rules over the last {table.days} days.", tuple(blocks))


def build_rule_page(page: RulePage) -> Reply:
    """One rule: why it exists, its record in full, its changes, and its review while it is in shadow."""
    line = page.line
    limit = f" · {format_limit(line.limit)}" if line.limit else ""
    head = f"*{escape(line.title)}* `{escape(line.name)}`{_STATES[line.state] or ' · live'}{limit}"
    blocks = [section(f"{head}\n{escape(page.why, 500)}")]
    blocks.append(section(f"*Over the last {page.days} days*\n" + bullets(list(format_record(line.record)))))
    blocks += [
        context(text) for text in (format_reasons(line.record), format_suppressed(line.record)) if text
    ]
    if page.review is not None:
        blocks += [section(_format_progress(page.review, line.name)), *_build_review_entry(page)]
    zone = ZoneInfo(page.timezone)
    today = page.now.astimezone(zone).date()
    for change in page.history[:_HISTORY]:
        if change.state == "proposed":
            blocks += build_proposal(change, may_decide=page.may_decide)
        else:
            blocks.append(section(format_change_state(change, zone, today)))
    newest = next((change for change in page.history if change.state == "accepted"), None)
    if newest is not None and page.may_decide:
        blocks.append(actions(_put_back_button(newest)))
    return Reply(f"{escape(line.title)}: {line.record.fires} fires in {page.days} days.", tuple(blocks))


def build_shadow_page(page: ShadowPage) -> Reply:
    """The next fire to be judged, how far the review has come, and the verdict at its end."""
    review = page.review
    if review is None:
        said = "No rule is in shadow. `state: shadow` in a rule's file tries it without a word to anyone."
        return Reply(said, (section(said),))
    blocks = [
        section(f"*{escape(page.title)}* `{escape(review.rule)}` · 👤 in shadow"),
        context(_format_progress(review, review.rule)),
    ]
    if review.fire is not None:
        fire = review.fire
        blocks += [
            section(_format_fire(fire)),
            actions(
                button(Action.RULE_TRUE, "Would have been useful", str(fire.fire_id)),
                button(Action.RULE_FALSE, "Not useful", str(fire.fire_id)),
            ),
        ]
    return Reply(f"{escape(page.title)}: {review.reviewed} of {SAMPLE} fires reviewed.", tuple(blocks))


def build_rule_report(report: RuleReport, changes: Sequence[ChangeLine], zone: ZoneInfo) -> Reply:
    """The weekly message: the rules that fired, and the changes that are proposed, with their verdicts."""
    fires = sum(report.week.values())
    rules = "1 rule" if len(report.lines) == 1 else f"{len(report.lines)} rules"
    said = f"Rules of the week: {rules} fired {fires:,} times"
    blocks = [header("Rules of the week"), context(f"Rates over the last {report.days} days")]
    for line in report.lines[:_ROWS]:
        times = report.week.get(line.name, 0)
        blocks.append(section(_format_row(line, f"{times:,} this week")))
    for change in changes[:_PROPOSALS]:
        blocks += build_proposal(change, may_decide=True, zone=zone)
    blocks.append(context("`/cs rules` shows every rule with its history."))
    return Reply(f"{said}." if report.lines else "A change of a rule is proposed.", tuple(blocks))


def build_proposal(change: ChangeLine, *, may_decide: bool, zone: ZoneInfo | None = None) -> list[Block]:
    """A proposed change with its evidence and its two buttons; decided, the verdict in their place."""
    title = escape(str(change.evidence.get("title") or change.rule))
    said = f"📐 *{title}*: {format_change(change)}?\n{format_evidence(change.evidence)}"
    if change.state != "proposed":
        day = change.proposed_at.astimezone(zone).date() if zone else change.proposed_at.date()
        return [section(f"{said}\n{format_change_state(change, zone or ZoneInfo('UTC'), day)}")]
    if not may_decide:
        return [section(f"{said}\nA manager, an executive or an admin can accept it.")]
    value = str(change.change_id)
    accept = confirmed(
        button(Action.RULE_ACCEPT, "Accept", value, style="primary"),
        f"{format_change(change)}, from the next look on. It can be put back.",
        "Accept",
    )
    decline = confirmed(
        button(Action.RULE_DECLINE, "Decline", value),
        "The rule stays as it is. The next proposal needs as many new answers.",
        "Decline",
    )
    return [section(said), actions(accept, decline)]


def _format_row(line: RuleLine, first: str = "") -> str:
    limit = f" · {format_limit(line.limit)}" if line.limit else ""
    changed = f" (was {format_limit(line.limit, line.change.before)})" if line.limit and line.change else ""
    head = f"*{escape(line.title)}* `{escape(line.name)}`{_STATES[line.state]}{limit}{changed}"
    record = list(format_record(line.record))
    return f"{head}\n{' · '.join(([first] if first else []) + record[:4])}"


def _name_silent(line: RuleLine) -> str:
    state = {"live": "", "shadow": " (in shadow)", "off": " (off)"}[line.state]
    return f"{escape(line.title, 60)}{state}"


def _format_progress(review: ShadowReview, rule: str) -> str:
    """``12 of 20 reviewed, 3 not useful``, and what follows from it."""
    said = f"{min(review.reviewed, SAMPLE)} of {SAMPLE} fires reviewed, {review.false} not useful."
    if review.is_ready:
        return f"✅ {said} Ready to go live: set `state: live` in `rules/{escape(rule)}.yaml`."
    if review.is_done:
        return (
            f"❌ {said} More than one of five was false: make the rule stricter, which begins a new sample."
        )
    if review.fire is None:
        return f"{said} {SAMPLE - review.reviewed} more are needed; it goes on as the rule fires."
    return f"{said} {review.fires:,} fired in all."


def _build_review_entry(page: RulePage) -> Iterator[Block]:
    if page.review is not None and page.review.fire is not None:
        yield actions(button(Action.RULE_REVIEW, "Review fires", page.line.name, style="primary"))


def _format_fire(fire: ShadowFire) -> str:
    parts = [f"CSM {escape(fire.owner)}" if fire.owner else "no CSM"]
    if fire.segment:
        parts.append(format_segment(fire.segment))
    if fire.arr_cents:
        parts.append(f"{format_money(fire.arr_cents, fire.currency)} ARR")
    if fire.score is not None:
        parts.append(f"score today {fire.score}")
    said = f"\n{escape(fire.said, 400)}" if fire.said else ""
    return f"*{escape(fire.account_name)}* on {format_day(fire.as_of, fire.as_of)}{said}\n{' · '.join(parts)}"


def _put_back_button(change: ChangeLine) -> Block:
    return confirmed(
        button(Action.RULE_PUT_BACK, "Put back", str(change.change_id)),
        f"Back to {change.before:g}, as it was before {change.after:g}.",
        "Put back",
    )
