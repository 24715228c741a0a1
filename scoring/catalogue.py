"""The signals a scoring model may name: their parameters, units and words. What each means in SQL and
numbers stands beside its function in ``scoring.signals``; nothing here touches a database.
"""

import difflib
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from typing import Literal

ParamValue = int | str
Unit = Literal["count", "days", "percent", "change", "stars", "points", "money", "number"]

_CALL = re.compile(r"\s*([A-Za-z_]\w*)\s*(?:\((.*)\))?\s*", re.DOTALL)
_NAME = re.compile(r"[A-Za-z0-9_.+:/-]+")


@dataclass(frozen=True, order=True)
class SignalKey:
    """A signal with every parameter filled in: what a column of raw values is filed under."""

    name: str
    params: tuple[tuple[str, ParamValue], ...] = ()

    @property
    def text(self) -> str:
        """As a model file writes it: ``sessions(days=30)``."""
        inside = ", ".join(f"{name}={value}" for name, value in self.params)
        return f"{self.name}({inside})" if inside else self.name

    @property
    def short(self) -> str:
        """As people say it: what is left at its default is left out, but for the days."""
        defaults = CATALOGUE[self.name].params
        told = [(key, value) for key, value in self.params if key == "days" or value != defaults[key].default]
        return SignalKey(self.name, tuple(told)).text

    def get(self, param: str) -> ParamValue:
        """The value of a parameter. Raises KeyError when the signal has none of that name."""
        return dict(self.params)[param]

    def __str__(self) -> str:
        return self.text


@dataclass(frozen=True)
class Param:
    """A parameter: its default (None: it must be given) and the words allowed (empty: any name or days)."""

    default: ParamValue | None
    words: tuple[str, ...] = ()
    #: Several words may be joined by ``+``.
    many: bool = False


@dataclass(frozen=True)
class SignalSpec:
    """A signal of the catalogue; how its figure is said in words stands in ``scoring.phrases``."""

    name: str
    title: str
    unit: Unit
    params: Mapping[str, Param] = field(default_factory=dict)


METRICS = ("logins", "active_users", "core_actions", "api_calls", "new_users", "seats_used")
SEVERITIES = ("any", "low", "normal", "high", "urgent")
TOUCHES = ("any", "meeting", "qbr", "call", "email", "executive")
ROLES = ("any", "champion", "exec_sponsor", "admin", "technical_lead", "user")
_MEETINGS = "call+executive+meeting+qbr"


def _days(default: int) -> dict[str, Param]:
    return {"days": Param(default)}


def _metric(default: str, days: int) -> dict[str, Param]:
    return {"metric": Param(default, METRICS), **_days(days)}


_SPECS = (
    SignalSpec("sessions", "Logins", "count", _days(30)),
    SignalSpec("core_actions", "Core actions", "count", _days(30)),
    SignalSpec("api_calls", "API calls", "count", _days(30)),
    SignalSpec("new_users", "New users", "count", _days(30)),
    SignalSpec("features_used", "Features used", "count", _days(30)),
    SignalSpec("stickiness", "Daily active rate", "percent", _days(30)),
    SignalSpec("active_users", "Active users", "number", _days(30)),
    SignalSpec("active_days", "Days with activity", "count", _metric("logins", 30)),
    SignalSpec("usage_change", "Usage trend", "change", _metric("logins", 30)),
    SignalSpec(
        "week_over_week", "Usage on the same weekdays", "change", {**_metric("logins", 3), "weeks": Param(1)}
    ),
    SignalSpec("days_since", "Days since last use", "days", {"metric": Param("logins", METRICS)}),
    SignalSpec("days_since_feature", "Days since a feature was used", "days", {"feature": Param(None)}),
    SignalSpec("seat_utilization", "Seats used", "percent", _days(30)),
    SignalSpec("plan_utilization", "Plan used", "percent", _metric("api_calls", 30)),
    SignalSpec(
        "tickets",
        "Support tickets",
        "count",
        {**_days(30), "severity": Param("any", SEVERITIES, many=True)},
    ),
    SignalSpec(
        "open_tickets",
        "Open tickets",
        "count",
        {"severity": Param("any", SEVERITIES, many=True)},
    ),
    SignalSpec("ticket_spike", "Tickets before it went quiet", "change", {**_days(30), "quiet": Param(14)}),
    SignalSpec("ticket_rating", "Ticket rating", "stars", _days(90)),
    SignalSpec("nps", "NPS", "points", _days(180)),
    SignalSpec("csat", "CSAT", "stars", _days(180)),
    SignalSpec("failed_payment_share", "Failed payments", "percent", _days(90)),
    SignalSpec("failed_payments", "Payments that failed", "count", _days(14)),
    SignalSpec("oldest_unpaid_days", "Oldest unpaid invoice", "days"),
    SignalSpec("arr_growth", "ARR growth", "percent", _days(365)),
    SignalSpec("arr", "ARR", "money"),
    SignalSpec("days_to_renewal", "Days to renewal", "days"),
    SignalSpec("days_to_opt_out", "Days to opt-out", "days"),
    SignalSpec("days_since_start", "Days as a customer", "days"),
    SignalSpec(
        "touches",
        "Touches",
        "count",
        {"kinds": Param(_MEETINGS, TOUCHES, many=True), **_days(90)},
    ),
    SignalSpec(
        "days_since_touch",
        "Days since last touch",
        "days",
        {"kinds": Param(_MEETINGS, TOUCHES, many=True)},
    ),
    SignalSpec("contacts", "Contacts", "count", {"role": Param("any", ROLES, many=True)}),
    SignalSpec("champion_threads", "Champion and contacts", "count"),
    SignalSpec("days_since_champion_left", "Champion gone", "days"),
    SignalSpec("goals_met_share", "Goals met", "percent"),
    SignalSpec("goals_overdue", "Goals overdue", "count"),
    SignalSpec(
        "custom",
        "The team's own signal",
        "number",
        {
            "name": Param(None),
            "agg": Param("last", ("last", "sum", "mean", "count", "min", "max")),
            "days": Param(90),
        },
    ),
    SignalSpec("field", "Account column", "number", {"name": Param(None)}),
)

CATALOGUE: Mapping[str, SignalSpec] = {spec.name: spec for spec in _SPECS}


def find_nearest(word: str, known: list[str]) -> str:
    """The names most like ``word``, for an error: "did you mean a, b?", else all of them."""
    near = difflib.get_close_matches(word, known, n=3, cutoff=0.5)
    return f"did you mean {', '.join(near)}?" if near else f"known are {', '.join(sorted(known))}"


@cache
def parse_signal(text: str) -> SignalKey:
    """The key a model file's text names, defaults filled in. Raises ValueError saying what is allowed."""
    match = _CALL.fullmatch(text)
    if match is None:
        raise ValueError(f"{text!r} is no signal; write a name such as sessions or sessions(days=30)")
    name, inside = match.group(1), match.group(2) or ""
    spec = CATALOGUE.get(name)
    if spec is None:
        raise ValueError(f"no signal is called {name!r}; {find_nearest(name, list(CATALOGUE))}")
    given = dict(_split(spec, part) for part in inside.split(",") if part.strip())
    return SignalKey(name, tuple(sorted((key, _fill(spec, key, given.get(key))) for key in spec.params)))


def _split(spec: SignalSpec, part: str) -> tuple[str, str]:
    key, equals, value = (piece.strip() for piece in part.partition("="))
    if not equals or not value:
        raise ValueError(f"{spec.name}: {part.strip()!r} is no parameter; write days=30")
    if key not in spec.params:
        known = ", ".join(spec.params) or "none"
        raise ValueError(f"{spec.name} has no parameter {key!r}; it takes {known}")
    return key, value


def _fill(spec: SignalSpec, key: str, given: str | None) -> ParamValue:
    """The parameter's value, checked; its default where the file says nothing."""
    param = spec.params[key]
    if given is None:
        if param.default is None:
            raise ValueError(f"{spec.name} needs {key}=…; write {spec.name}({key}=…)")
        return param.default
    if isinstance(param.default, int):
        if not given.isdecimal() or not 1 <= int(given) <= 400:
            raise ValueError(f"{spec.name}: {key}={given} is no number of days; allowed is 1 to 400")
        return int(given)
    if not param.words:
        if not _NAME.fullmatch(given):
            raise ValueError(f"{spec.name}: {key}={given!r}; a name has letters, digits and _ . - : / only")
        return given
    words = tuple(dict.fromkeys(given.split("+") if param.many else (given,)))
    for word in words:
        if word not in param.words:
            joined = " (several joined by +)" if param.many else ""
            raise ValueError(
                f"{spec.name}: {key} cannot be {word!r}; allowed: {', '.join(param.words)}{joined}"
            )
    # One spelling for one meaning: the same words in another order are the same signal.
    return "any" if "any" in words else "+".join(sorted(words))
