"""Signals in plain words with their figures: "logins 12 in 30 days (20 expected)", "logins 41 → 24"."""

from collections.abc import Callable
from dataclasses import dataclass

from scoring.catalogue import CATALOGUE, SignalKey
from scoring.model.schema import Part


@dataclass(frozen=True)
class Words:
    """``before figure after``; both take the signal's parameters in braces."""

    before: str
    figure: Callable[[float], str]
    after: str = ""


def format_count(value: float) -> str:
    """A whole number with thousands separated, or one decimal where it has any."""
    return f"{value:,.0f}" if value == int(value) else f"{value:,.1f}"


def format_percent(share: float) -> str:
    """A share of 1 as a percentage: 34 %."""
    return f"{_minus(format(100 * share, '.0f'))} %"


def format_change(ratio: float) -> str:
    """A ratio to the time before: −41 %, +12 %, ×12, unchanged."""
    if ratio >= 10:
        return f"×{ratio:,.0f}"
    percent = f"{100 * (ratio - 1):+.0f}"
    return "unchanged" if percent in ("+0", "-0") else f"{_minus(percent)} %"


def _minus(text: str) -> str:
    return text.replace("-", "−")


def _number(value: float) -> str:
    return _minus(f"{value:,.6g}")


def _whole(value: float) -> str:
    return _minus(str(round(value)))


def _stars(value: float) -> str:
    return f"{value:.1f} of 5"


def _days(value: float) -> str:
    days = int(value)
    return f"{days:,} day" if days == 1 else f"{days:,} days"


def _ago(value: float) -> str:
    return "today" if value < 1 else f"{_days(value)} ago"


def _ahead(value: float) -> str:
    if value < 0:
        return f"{_days(-value)} past"
    return "today" if value < 1 else f"in {_days(value)}"


def _unpaid(value: float) -> str:
    return "all invoices paid" if value < 1 else f"invoice unpaid for {_days(value)}"


def _threads(value: float) -> str:
    others = int(value) - 1
    if others < 0:
        return "no champion"
    return (
        f"champion and {others} other contact{'s' * (others != 1)}" if others else "champion the only contact"
    )


#: By signal, or by a signal with its parameters; one that is not here is said by its title and unit.
_WORDS: dict[str, Words] = {
    "contacts(role=champion)": Words("", lambda people: "champion in place" if people else "no champion"),
    "contacts(role=exec_sponsor)": Words(
        "", lambda people: "executive sponsor in place" if people else "no executive sponsor"
    ),
    "sessions": Words("logins", format_count, "in {days} days"),
    "core_actions": Words("core actions", format_count, "in {days} days"),
    "api_calls": Words("API calls", format_count, "in {days} days"),
    "new_users": Words("new users", format_count, "in {days} days"),
    "features_used": Words("features used", format_count, "in {days} days"),
    "stickiness": Words("users active on a day", format_percent, "over {days} days"),
    "active_users": Words("active users a day", format_count, "over {days} days"),
    "active_days": Words("days with {metric}", format_count, "of {days}"),
    "usage_change": Words("{metric}", format_change, "on the {days} days before"),
    "week_over_week": Words("{metric}", format_change, "in {days} days on the same weekdays before"),
    "days_since": Words("last {metric_one}", _ago),
    "days_since_feature": Words("{feature} last used", _ago),
    "seat_utilization": Words("seats used", format_percent),
    "plan_utilization": Words("{metric} used of the plan", format_percent, "in {days} days"),
    "tickets": Words("{severity} tickets", format_count, "in {days} days"),
    "open_tickets": Words("open {severity} tickets", format_count),
    "ticket_spike": Words("tickets", lambda times: f"×{times:,.1f}", "in {days} days, then none for {quiet}"),
    "ticket_rating": Words("ticket rating", _stars, "over {days} days"),
    "nps": Words("NPS", _whole, "over {days} days"),
    "csat": Words("CSAT", _stars, "over {days} days"),
    "failed_payment_share": Words("failed payments", format_percent, "in {days} days"),
    "failed_payments": Words("failed payments", format_count, "in {days} days"),
    "oldest_unpaid_days": Words("", _unpaid),
    "arr_growth": Words("ARR", lambda growth: format_change(1 + growth), "in {days} days"),
    # Who may not see money may see phrases: no amount in them.
    "arr": Words("ARR", lambda _: "on record"),
    "days_to_renewal": Words("renewal", _ahead),
    "days_to_opt_out": Words("last day to opt out", _ahead),
    "days_since_start": Words("customer for", _days),
    "touches": Words("{kinds}", format_count, "in {days} days"),
    "days_since_touch": Words("last of {kinds}", _ago),
    "contacts": Words("{role}", format_count),
    "champion_threads": Words("", _threads),
    "days_since_champion_left": Words("without a champion for", _days),
    "goals_met_share": Words("goals met", format_percent),
    "goals_overdue": Words("goals overdue", format_count),
    "custom": Words("{name}", _number, "{agg}"),
    "field": Words("{name}", _number),
}

_BY_UNIT: dict[str, Callable[[float], str]] = {
    "count": format_count,
    "percent": format_percent,
    "change": format_change,
    "days": _days,
    "stars": _stars,
    "money": lambda _: "on record",
}

_PARAM_WORDS: dict[str, dict[str, str]] = {
    "metric": {"api_calls": "API calls"},
    "severity": {"any": ""},
    "kinds": {
        "any": "touches",
        "call+executive+meeting+qbr": "touches",
        "call+executive+meeting": "meetings",
        "qbr": "QBRs",
        "executive+qbr": "executive touches and QBRs",
        "meeting": "meetings",
        "call": "calls",
        "email": "emails",
        "executive": "executive touches",
    },
    "agg": {
        "last": "",
        "sum": "in all",
        "mean": "on average",
        "count": "values",
        "min": "at least",
        "max": "at most",
    },
    "role": {
        "any": "contacts",
        "champion": "champions",
        "exec_sponsor": "executive sponsors",
        "admin": "admins",
        "technical_lead": "technical leads",
        "user": "users",
    },
}


def compute_phrase(part: Part, raw: float) -> str:
    """A known signal in words, with what is expected where the normalisation says so."""
    assert part.signal is not None  # only parts with a signal have a raw figure
    words = _find_words(part.signal)
    return _join(words, part.signal, words.figure(raw), _compute_expected(part))


def compute_figure_phrase(key: SignalKey, raw: float, before: float | None = None) -> str:
    """A known figure of a signal in words, after the one before it where that is given."""
    words = _find_words(key)
    figure = words.figure(raw) if before is None else f"{words.figure(before)} → {words.figure(raw)}"
    return _join(words, key, figure, "")


def compute_change_phrase(part: Part, before: float | None, now: float | None) -> str:
    """How a signal's figure changed; None for a day on which it was unknown."""
    assert part.signal is not None
    words = _find_words(part.signal)
    texts = ["no data" if raw is None else words.figure(raw) for raw in (before, now)]
    figures = f"{texts[0]} → {texts[1]}" if texts[0] != texts[1] else texts[0]
    return _join(words, part.signal, figures, "")


def _find_words(key: SignalKey) -> Words:
    spec = CATALOGUE[key.name]
    return _WORDS.get(key.text) or _WORDS.get(key.name) or Words(spec.title, _BY_UNIT.get(spec.unit, _number))


def _join(words: Words, key: SignalKey, figure: str, expected: str) -> str:
    filled = {name: _say(name, str(value)) for name, value in key.params}
    if "metric" in filled:
        filled["metric_one"] = filled["metric"].removesuffix("s")
    before, after = words.before.format(**filled), words.after.format(**filled)
    return " ".join(" ".join((before, figure, after, expected)).split())


def _say(name: str, value: str) -> str:
    known = _PARAM_WORDS.get(name, {})
    if value in known:
        return known[value]
    return " or ".join(known.get(word, word.replace("_", " ")) for word in value.split("+"))


def _compute_expected(part: Part) -> str:
    """What a full value takes: "(20 expected)"; empty where the shape names no such figure."""
    shape = part.normalise
    if part.signal is None or shape is None or shape.capped_ratio is None:
        return ""
    unit = CATALOGUE[part.signal.name].unit
    if unit not in ("count", "percent", "number"):
        return ""
    return f"({_BY_UNIT.get(unit, _number)(shape.capped_ratio)} expected)"
