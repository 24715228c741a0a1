"""The signals a scoring model may name: their parameters, units and words. What each means in SQL and
numbers stands beside its function in ``scoring.signals``; nothing here touches a database.
"""

import difflib
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
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
    """A signal of the catalogue. ``noun`` is what phrases call it: "logins", "open tickets"."""

    name: str
    title: str
    unit: Unit
    noun: str
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
    SignalSpec("sessions", "Logins", "count", "logins", _days(30)),
    SignalSpec("core_actions", "Core actions", "count", "core actions", _days(30)),
    SignalSpec("api_calls", "API calls", "count", "API calls", _days(30)),
    SignalSpec("new_users", "New users", "count", "new users", _days(30)),
    SignalSpec("features_used", "Features used", "count", "features used", _days(30)),
    SignalSpec("stickiness", "Daily active rate", "percent", "daily active users", _days(30)),
    SignalSpec("active_users", "Active users", "number", "active users a day", _days(30)),
    SignalSpec("active_days", "Days with activity", "count", "days with {metric}", _metric("logins", 30)),
    SignalSpec("usage_change", "Usage trend", "change", "{metric}", _metric("logins", 30)),
    SignalSpec(
        "days_since", "Days since last use", "days", "last {metric}", {"metric": Param("logins", METRICS)}
    ),
    SignalSpec(
        "days_since_feature", "Days since a feature was used", "days", "{feature}", {"feature": Param(None)}
    ),
    SignalSpec("seat_utilization", "Seats used", "percent", "licensed seats used", _days(30)),
    SignalSpec("plan_utilization", "Plan used", "percent", "plan limit used", _metric("api_calls", 30)),
    SignalSpec(
        "tickets",
        "Support tickets",
        "count",
        "tickets",
        {**_days(30), "severity": Param("any", SEVERITIES, many=True)},
    ),
    SignalSpec(
        "open_tickets",
        "Open tickets",
        "count",
        "open tickets",
        {"severity": Param("any", SEVERITIES, many=True)},
    ),
    SignalSpec("ticket_rating", "Ticket rating", "stars", "ticket rating", _days(90)),
    SignalSpec("nps", "NPS", "points", "NPS", _days(180)),
    SignalSpec("csat", "CSAT", "stars", "CSAT", _days(180)),
    SignalSpec("failed_payment_share", "Failed payments", "percent", "failed payments", _days(90)),
    SignalSpec("oldest_unpaid_days", "Oldest unpaid invoice", "days", "oldest unpaid invoice"),
    SignalSpec("arr_growth", "ARR growth", "percent", "ARR growth", _days(365)),
    SignalSpec("arr", "ARR", "money", "ARR"),
    SignalSpec("days_to_renewal", "Days to renewal", "days", "renewal"),
    SignalSpec("days_to_opt_out", "Days to opt-out", "days", "opt-out"),
    SignalSpec("days_since_start", "Days as a customer", "days", "customer for"),
    SignalSpec(
        "touches",
        "Touches",
        "count",
        "touches",
        {"kinds": Param(_MEETINGS, TOUCHES, many=True), **_days(90)},
    ),
    SignalSpec(
        "days_since_touch",
        "Days since last touch",
        "days",
        "last touch",
        {"kinds": Param(_MEETINGS, TOUCHES, many=True)},
    ),
    SignalSpec("contacts", "Contacts", "count", "contacts", {"role": Param("any", ROLES, many=True)}),
    SignalSpec("champion_threads", "Champion and contacts", "count", "contacts beside a champion"),
    SignalSpec("days_since_champion_left", "Champion gone", "days", "champion left"),
    SignalSpec("goals_met_share", "Goals met", "percent", "goals met"),
    SignalSpec("goals_overdue", "Goals overdue", "count", "goals overdue"),
    SignalSpec(
        "custom",
        "The team's own signal",
        "number",
        "{name}",
        {
            "name": Param(None),
            "agg": Param("last", ("last", "sum", "mean", "count", "min", "max")),
            "days": Param(90),
        },
    ),
    SignalSpec("field", "Account column", "number", "{name}", {"name": Param(None)}),
)

CATALOGUE: Mapping[str, SignalSpec] = {spec.name: spec for spec in _SPECS}


def find_nearest(word: str, known: list[str]) -> str:
    """The names most like ``word``, for an error: "did you mean a, b?", else all of them."""
    near = difflib.get_close_matches(word, known, n=3, cutoff=0.5)
    return f"did you mean {', '.join(near)}?" if near else f"known are {', '.join(sorted(known))}"


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
