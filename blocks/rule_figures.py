"""A rule's figures in words."""

from collections.abc import Iterator, Mapping
from datetime import date
from typing import Any
from zoneinfo import ZoneInfo

from blocks.figures import format_share
from blocks.moments import format_moment
from blocks.text import escape
from bot.alerts.changes import ChangeLine
from bot.alerts.limits import Limit
from bot.alerts.precision import RuleRecord

MINUTE, HOUR, DAY = 60, 3600, 86_400
#: Units that are kept as a part of one.
_SHARES = ("percent", "change")
#: Rates over these shares of the accounts in 30 days are no alerts any more.
_LIST, _REPORT = 0.05, 0.15


def format_limit(limit: Limit, value: float | None = None) -> str:
    """The figure a rule fires at: ``above 10 points``, ``at least 2``; with ``value`` that one in
    its place."""
    word = {"above": "at least", "below": "at most"}[limit.fires] if limit.inclusive else limit.fires
    return f"{word} {format_figure(limit.value if value is None else value, limit.unit)}"


def format_figure(value: float, unit: str) -> str:
    """``14 points``, ``30 %``, ``7 days``, ``3``."""
    if unit in _SHARES:
        return format_share(value)
    word = {"points": " points", "days": " days", "stars": " stars"}.get(unit, "")
    return f"{value:g}{word}"


def format_change(change: ChangeLine) -> str:
    """``10 → 14 points``, ``30 % → 45 %``."""
    unit = str(change.evidence.get("unit") or "")
    before = f"{change.before:g}" if unit not in _SHARES else format_share(change.before)
    return f"{before} → {format_figure(change.after, unit)}"


def format_record(record: RuleRecord) -> Iterator[str]:
    """Fires and their rate, precision, acknowledgements, fires per CSM and week: each with its counts."""
    rate = ""
    if record.account_share is not None:
        verdict = (
            ", a report rather than alerts"
            if record.account_share > _REPORT
            else ", a list rather than alerts"
            if record.account_share > _LIST
            else ""
        )
        rate = f" ({format_share(round(record.account_share, 3))} of accounts in 30 d{verdict})"
    yield f"{record.fires:,} fires{rate}" if record.fires != 1 else f"1 fire{rate}"
    yield _format_precision(record)
    if record.alerts:
        share = format_share(round(record.acknowledge_rate or 0.0, 2))
        yield f"acknowledged {share} ({record.acknowledged:,} of {record.alerts:,})"
    if record.median_seconds is not None:
        yield f"median {format_duration(record.median_seconds)} to acknowledge"
    if record.fires and record.fires_per_csm_week is not None:
        shown = f"{record.fires_per_csm_week:.1f}" if record.fires_per_csm_week >= 0.05 else "under 0.1"
        yield f"{shown} per CSM and week"


def _format_precision(record: RuleRecord) -> str:
    if record.precision is None or record.interval is None:
        return "no answers yet"
    low, high = record.interval
    counts = f"{record.useful:,} of {record.answers:,}, likely {low * 100:.0f}–{high * 100:.0f} %"
    return f"useful {record.precision * 100:.0f} % ({counts})"


def format_duration(seconds: float) -> str:
    """``25 min``, ``3.5 h``, ``2.1 d``."""
    if seconds < HOUR:
        return f"{max(1, round(seconds / MINUTE))} min"
    size, unit = (HOUR, "h") if seconds < 2 * DAY else (DAY, "d")
    return f"{seconds / size:.1f}".removesuffix(".0") + f" {unit}"


def format_reasons(record: RuleRecord) -> str:
    """Why alerts were not useful, the most frequent reason first; empty where nobody said."""
    said = _format_counts(record.reasons)
    return f"Not useful because: {said}" if said else ""


def format_suppressed(record: RuleRecord) -> str:
    """Fires that nothing came of, by reason; empty where there were none."""
    said = _format_counts({reason or "no reason given": count for reason, count in record.suppressed.items()})
    return f"Suppressed: {said}" if said else ""


def _format_counts(counts: Mapping[str, int]) -> str:
    ordered = sorted(counts.items(), key=lambda each: (-each[1], each[0]))[:8]
    return ", ".join(f"{escape(name.replace('_', ' '), 40)} {count:,}" for name, count in ordered)


def format_evidence(evidence: Mapping[str, Any]) -> str:
    """What a proposal rests on and what it would have done, each with its counts."""
    useful, answers = int(evidence.get("useful", 0)), int(evidence.get("answers", 0))
    share = f"{100 * useful / answers:.0f} %" if answers else "none"
    lines = [f"Useful {share} ({useful} of {answers} answers)"]
    reasons = evidence.get("reasons") or {}
    if reasons:
        lines[0] += f", mostly {_format_counts(dict(list(reasons.items())[:2]))}"
    if "judged_useful" in evidence:
        kept, dropped = evidence["useful_kept"], evidence["not_useful_dropped"]
        lines.append(
            f"It would have kept {kept} of the {evidence['judged_useful']} useful ones and spared "
            f"{dropped} of the {evidence['judged_not_useful']} others"
        )
    if evidence.get("fires"):
        left, fires = evidence["fires_left"], evidence["fires"]
        lines.append(f"{left} of the {fires} fires of the last {evidence['days']} days would be left")
    return " · ".join(lines)


def format_change_state(change: ChangeLine, zone: ZoneInfo, today: date) -> str:
    """``✅ 10 → 14 points, accepted by Vera Stone, 3 Nov, 14:02``."""
    said = format_change(change)
    if change.state in ("accepted", "declined", "put_back") and change.decided_at is not None:
        mark = "❎" if change.state == "declined" else "✅"
        verb = "declined" if change.state == "declined" else "accepted"
        by = escape(change.by) if change.by else "somebody"
        said = f"{mark} {said}, {verb} by {by}, {format_moment(change.decided_at, zone, today)}"
    if change.state == "put_back" and change.put_back_at is not None:
        by = escape(change.put_back_by) if change.put_back_by else "the command line"
        said += f" · ↩️ put back by {by}, {format_moment(change.put_back_at, zone, today)}"
    return said
