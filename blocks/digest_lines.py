"""The lines of a digest."""

from collections.abc import Callable, Iterator
from datetime import date
from zoneinfo import ZoneInfo

from blocks.figures import MINUS, format_day, format_distance, format_money, format_money_with
from blocks.levels import format_color
from blocks.text import escape
from bot.reports.digest_views import AccountLine, AlertLine, Digest, Happening, Problem

_NAME = 40
_WORDS: dict[Happening, str] = {
    "opened": "opened",
    "reopened": "open again",
    "woke": "awake again",
}
#: What is waited for, after the name of the rule.
_WAITS: dict[Happening, str] = {
    "unacknowledged": "unacknowledged since {day}",
    "asked": "is its owner still on it?",
    "proposed": "seems to be over: resolve it or keep it open",
    "held": "held back by the daily cap",
}
_ENDINGS = {
    "recovered": "🟢 recovered",
    "churned": "⚫ churned",
    "fell_further": "🔻 fell further",
    "by_hand": "🟢 resolved",
}
_BREAKS = {
    "time": "the snooze is over",
    "score": "the score changed",
    "commercial": "commercial news broke the snooze",
    "unanswered": "nobody answered",
}


def format_alert(line: AlertLine, digest: Digest) -> str:
    """``🔴 *Acme* · opened: Score fell fast · score 48 · $50k at risk · Maria``."""
    title = escape(line.rule_title, 60)
    waits = _WAITS.get(line.what)
    day = format_day(line.at.astimezone(ZoneInfo(digest.zone)).date(), digest.day)
    said = f"{title}, {waits.format(day=day)}" if waits else f"{_describe(line)}: {title}"
    parts = [f"{format_color(line.color)} *{escape(line.account_name, _NAME)}* · {said}"]
    if line.score is not None:
        parts.append(f"score {line.score}")
    if digest.money and line.at_risk_cents:
        parts.append(f"{format_money(line.at_risk_cents, line.currency)} at risk")
    return " · ".join((*parts, *_owner(line, digest)))


def _describe(line: AlertLine) -> str:
    who = escape(line.who, _NAME) if line.who else ""
    if line.what == "escalated":
        return f"⏫ escalated{' to ' + who if who else ''}"
    if line.what == "resolved":
        return _ENDINGS.get(line.why or "", "🟢 resolved")
    if line.what == "dismissed":
        return f"⚫ dismissed{' (' + escape(line.why.replace('_', ' '), _NAME) + ')' if line.why else ''}"
    why = _BREAKS.get(line.why or "") if line.what in ("woke", "reopened") else None
    return _WORDS[line.what] + (f", {why}" if why else "")


def format_due(line: AlertLine, zone: ZoneInfo, today: date) -> str:
    """``14:00 *Acme* · Vera Stone is called in unless somebody acts (Score fell fast)``."""
    local = line.at.astimezone(zone)
    when = f"{local:%H:%M}" if local.date() == today else "overdue"
    who = escape(line.who, _NAME) if line.who else "the owner"
    said = _AHEAD[line.what](who)
    return f"{when} *{escape(line.account_name, _NAME)}* · {said} ({escape(line.rule_title, 60)})"


_AHEAD: dict[Happening, Callable[[str], str]] = {
    "escalate": lambda who: f"{who} is called in unless somebody acts",
    "confirm": lambda who: f"{who} is asked whether they are still on it",
    "unanswered": lambda who: f"opens again unless {who} answers",
    "wake": lambda _who: "the snooze ends",
    "close": lambda _who: "ends by itself unless somebody objects",
}


def format_move(line: AccountLine, digest: Digest) -> str:
    """``🔴 *Acme* Yellow → Red · 48 (−17) · $84k ARR · Maria``."""
    before = f"{escape(line.level_before, 30)} → " if line.level_before else ""
    moved = f"{format_color(line.color)} *{escape(line.name, _NAME)}* {before}{escape(line.level, 30)}"
    return " · ".join((moved, *_score(line), *_arr(line, digest), *_owner(line, digest)))


def format_risk(line: AccountLine, digest: Digest) -> str:
    """``🔴 *Acme* · 48 (−17 in 30 d) · $50k of $84k at risk · renews 12 Feb · Maria``."""
    parts = [f"{format_color(line.color)} *{escape(line.name, _NAME)}*", *_score(line, " in 30 d")]
    if digest.money and line.at_risk_cents is not None and line.arr_cents is not None:
        parts.append(f"{_money(line.at_risk_cents, digest)} of {_money(line.arr_cents, digest)} at risk")
    if line.renewal_on:
        parts.append(f"renews {format_day(line.renewal_on, digest.day)}")
    return " · ".join((*parts, *_owner(line, digest)))


def format_improver(line: AccountLine, digest: Digest) -> str:
    """``🟢 *Globex* · 71 (+12) · $40k ARR · Maria``."""
    name = f"{format_color(line.color)} *{escape(line.name, _NAME)}*"
    return " · ".join((name, *_score(line), *_arr(line, digest), *_owner(line, digest)))


def format_opt_out(line: AccountLine, digest: Digest) -> str:
    """``⏳ opt-out by 1 Dec (in 8 d): *Acme* · $84k ARR · 48 · renews 12 Feb``."""
    deadline = ""
    if line.opt_out_on:
        day = format_day(line.opt_out_on, digest.day)
        deadline = f"opt-out by {day} ({format_distance(line.opt_out_on, digest.day)}): "
    parts = [f"⏳ {deadline}{format_color(line.color)} *{escape(line.name, _NAME)}*"]
    if line.score is not None:
        parts.append(f"score {line.score}")
    parts += _arr(line, digest)
    if line.renewal_on:
        parts.append(f"renews {format_day(line.renewal_on, digest.day)}")
    return " · ".join((*parts, *_owner(line, digest)))


def format_renewals(digest: Digest) -> Iterator[str]:
    """One line: how many renew within 30, 60 and 90 days, and their ARR; none where nobody does."""
    if not any(bucket.accounts for bucket in digest.renewals):
        return
    parts, first = [], 0
    for bucket in digest.renewals:
        money = f", {_money(bucket.arr_cents, digest)}" if digest.money and bucket.arr_cents else ""
        accounts = "1 account" if bucket.accounts == 1 else f"{bucket.accounts:,} accounts"
        parts.append(f"{first}–{bucket.days} d: {accounts}{money}")
        first = bucket.days + 1
    yield " · ".join(parts)


def format_problem(problem: Problem, digest: Digest) -> str:
    """What is wrong, and what to do about it."""
    day = format_day(problem.day, digest.day) if problem.day else "?"
    name = escape(problem.name, _NAME)
    count = f"{problem.count:,}"
    return {
        "feed": f"⚠️ {name} has delivered nothing since {day}: import the days since",
        "scores": f"⚠️ No scores since {day}: `staysail check` says why",
        "flood": f"🚧 {count} accounts moved together on {day}: its alerts were held back, check that data",
        "messages": f"📪 {count} messages could not be shown in {name}: `staysail check` says why",
        "mail": f"📪 {count} e-mails could not be sent: `staysail check` says why",
    }[problem.kind]


def _score(line: AccountLine, over: str = "") -> list[str]:
    if line.score is None:
        return []
    if not line.delta:
        return [str(line.score)]
    sign = MINUS if line.delta < 0 else "+"
    return [f"{line.score} ({sign}{abs(line.delta)}{over})"]


def _arr(line: AccountLine, digest: Digest) -> list[str]:
    return [f"{_money(line.arr_cents, digest)} ARR"] if digest.money and line.arr_cents else []


def _owner(line: AccountLine | AlertLine, digest: Digest) -> list[str]:
    """The CSM, except in the digest of their own book, where it is always them."""
    return [escape(line.owner, _NAME)] if line.owner and line.owner != digest.book else []


def _money(cents: int | None, digest: Digest) -> str:
    return format_money_with(cents or 0, digest.money_symbol)
