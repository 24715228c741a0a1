"""What the product's own feed would export: one row per account and day with any activity.

An idle day has no row, as in any export that groups events by account and day; on a day when tracking
failed nobody has one. Machines do not rest: an account with an API integration has rows on Sundays too.
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from bot.generator import settings
from bot.generator.calendar import Calendar, Floats
from bot.generator.files import Row
from bot.generator.life import Life, build_drift

#: The product's features, the most used first.
FEATURES = (
    "dashboard",
    "search",
    "shipments",
    "saved_views",
    "notifications",
    "comments",
    "reports",
    "csv_export",
    "document_vault",
    "mobile_app",
    "approvals",
    "carrier_rates",
    "calendar_sync",
    "email_to_task",
    "custom_fields",
    "automations",
    "slack_integration",
    "role_permissions",
    "sso",
    "api_keys",
    "webhooks",
    "forecasting",
    "scenario_planner",
    "audit_log",
)
_POPULARITY = -np.arange(len(FEATURES)) / 5.0
_DAILY_USE = 0.5 * np.exp(-np.arange(len(FEATURES)) / 5.0) + 0.03
_BITS = 1 << np.arange(len(FEATURES), dtype=np.int64)

Whole = npt.NDArray[np.int64]


class FeatureNames:
    """The text of a set of features, remembered because few sets are many days."""

    def __init__(self) -> None:
        self._texts = {0: ""}

    def text(self, bits: int) -> str:
        found = self._texts.get(bits)
        if found is None:
            found = ";".join(name for place, name in enumerate(FEATURES) if bits >> place & 1)
            if len(self._texts) < 200_000:
                self._texts[bits] = found
        return found


def compute_presence(life: Life, calendar: Calendar) -> tuple[int, int]:
    """First day and day after the last on which the account is a customer, as offsets into the calendar."""
    first = max(0, calendar.index(life.started_on))
    last = calendar.index(life.churned_on) if life.churned_on else calendar.days
    return first, max(first, min(last, calendar.days))


def compute_fading(life: Life, calendar: Calendar) -> Floats:
    """Share of its usual activity an account keeps on each day, after a decision to leave or in trouble."""
    days = np.arange(calendar.days, dtype=np.float64)
    kept = np.ones(calendar.days)
    if life.decided_on and life.fade_week:
        weeks = np.maximum(days - calendar.index(life.decided_on), 0) / 7
        kept = (1 - life.fade_week) ** weeks
    if life.trouble and life.effect:
        since = days - calendar.index(life.trouble.starts_on)
        weeks = np.maximum(since, 0) / 7
        lasts = since >= 0
        if life.trouble.recovers_on:
            lasts &= days < calendar.index(life.trouble.recovers_on)
        fallen = life.effect.usage_step * (1 - life.effect.usage_fade_week) ** weeks
        kept = kept * np.where(lasts, fallen, 1.0)
    return kept


@dataclass(frozen=True)
class _Days:
    """The days on which one account is a customer within the data, column by column."""

    life: Life
    first: int
    tenure: Whole
    seats: Whole
    #: Seats that have someone: new ones are filled in the weeks after they were bought, not on the day.
    filled: Whole
    health: Floats
    kept: Floats
    season: Floats


def build_usage(
    life: Life, seats_by_day: Floats, seed: int, calendar: Calendar, names: FeatureNames
) -> list[Row]:
    """Rows of usage_daily.csv for one account, oldest first."""
    first, last = compute_presence(life, calendar)
    if first == last:
        return []
    rng = np.random.default_rng([seed, 3, life.index])
    part = slice(first, last)
    seats = np.maximum(seats_by_day[part], 1).astype(np.int64)
    days = _Days(
        life=life,
        first=first,
        tenure=np.arange(first, last) - calendar.index(life.started_on),
        seats=seats,
        filled=np.rint(np.minimum(seats, _trailing_mean(seats_by_day[part], 42))).astype(np.int64),
        health=life.health[part],
        kept=compute_fading(life, calendar)[part],
        season=calendar.season[life.region][part],
    )
    people = _people(days, rng)
    api = _api_calls(days, rng)
    features = _features_used(days, people[0], rng)
    tracked = rng.random(len(seats)) < calendar.tracked[part]
    tracked &= np.arange(first, last) <= calendar.index(calendar.until)
    return _rows(days, people, api, features, tracked, calendar, names)


def _people(days: _Days, rng: np.random.Generator) -> tuple[Whole, Whole, Whole, Whole, Whole]:
    """Active users, logins, core actions, new users and seats used of each day."""
    reach = _reach(days, rng) * days.kept
    stick = 1 / (1 + np.exp(-(settings.DAILY_LEVEL + settings.DAILY_HEALTH * days.health)))
    active = rng.binomial(days.filled, np.minimum(reach * stick * days.season, 0.97)).astype(np.int64)
    known = np.rint(days.filled * _trailing_mean(reach)).astype(np.int64)
    busy = rng.gamma(settings.LOGIN_SHAPE, 1 / settings.LOGIN_SHAPE, len(active))
    logins = active + rng.poisson(active * busy * 0.6)
    core = rng.poisson(active * busy * rng.uniform(2.5, 9.0) * np.exp(0.15 * days.health))
    new = np.minimum(active, rng.poisson(_new_user_rate(days) * days.kept))
    return active, logins, core, new, np.minimum(days.seats, np.maximum(known, active))


def _rows(
    days: _Days,
    people: tuple[Whole, ...],
    api: Whole | None,
    features: Whole,
    tracked: npt.NDArray[np.bool_],
    calendar: Calendar,
    names: FeatureNames,
) -> list[Row]:
    busy = people[0] > 0 if api is None else (people[0] > 0) | (api > 0)
    shown = np.flatnonzero(tracked & busy)
    active, logins, core, new, used = (column[shown].tolist() for column in people)
    calls = [None] * len(shown) if api is None else api[shown].tolist()
    iso = [calendar.iso[days.first + place] for place in shown.tolist()]
    texts = [names.text(bits) for bits in features[shown].tolist()]
    ids = [days.life.id] * len(shown)
    return list(zip(ids, iso, active, logins, core, calls, new, used, texts, strict=True))


def _reach(days: _Days, rng: np.random.Generator) -> Floats:
    """Share of the seats that use the product within a month, before any fading."""
    count = len(days.tenure)
    weeks = count // 7 + 2
    noise = settings.USAGE_NOISE_SD * build_drift(rng, weeks, settings.USAGE_NOISE_MEMORY)
    noise = np.interp(np.arange(count), np.arange(weeks) * 7, noise)
    ramp = 1 - np.exp(-(days.tenure / 7 + 0.3) / settings.ONBOARDING_WEEKS)
    logit = settings.USAGE_LEVEL + settings.USAGE_HEALTH * days.health + noise
    reach: Floats = ramp / (1 + np.exp(-logit))
    return reach


def _trailing_mean(series: Floats, days: int = 28) -> Floats:
    total = np.concatenate(([0.0], np.cumsum(series)))
    until = np.arange(1, len(series) + 1)
    since = np.maximum(until - days, 0)
    mean: Floats = (total[until] - total[since]) / (until - since)
    return mean


def _new_user_rate(days: _Days) -> Floats:
    later = 0.021 * days.seats**0.6 * np.exp(0.4 * days.health) * days.season
    rate: Floats = later + 0.025 * days.seats * np.exp(-days.tenure / 18)
    return rate


def _api_calls(days: _Days, rng: np.random.Generator) -> Whole | None:
    """Calls of the account's integration, which goes live in the third week; None without one."""
    if rng.random() >= days.life.segment.api:
        return None
    a_seat = float(np.exp(rng.normal(3.4, 0.7)))
    weekday = (days.tenure + days.life.started_on.weekday()) % 7
    noise = np.exp(0.18 * rng.standard_normal(len(weekday)))
    mean = days.seats * a_seat * np.exp(0.3 * days.health) * np.where(weekday >= 5, 0.55, 1.0)
    calls: Whole = np.where(days.tenure >= 18, np.rint(mean * noise * days.kept**0.7), 0).astype(np.int64)
    return calls


def _features_used(days: _Days, active: Whole, rng: np.random.Generator) -> Whole:
    """Bits of the features used on each day; how many are adopted grows with tenure and health."""
    order = np.argsort(-(_POPULARITY + rng.gumbel(size=len(FEATURES))))
    taste = rng.normal(0, settings.FEATURES_TASTE_SD)
    breadth = 2.5 + 6.5 * (1 - np.exp(-days.tenure / 150)) + settings.FEATURES_HEALTH * days.health + taste
    adopted = np.clip(breadth * np.sqrt(days.kept), 1.0, len(FEATURES))
    missed = (1 - _DAILY_USE)[None, :] ** active[:, None]
    used = (rng.random(missed.shape) > missed) & (np.arange(len(FEATURES))[None, :] < adopted[:, None])
    bits: Whole = used @ _BITS[order]
    return bits
