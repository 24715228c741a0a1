"""One account's life: who it is, how healthy it is week by week, and whether and why it leaves.

Health comes first and everything else follows from it: the signals with noise, and the decision to leave.
Nobody is marked to churn in advance; that would make the signals cleaner than they are anywhere.
"""

import calendar as months
import math
import random
from dataclasses import dataclass, replace
from datetime import date, timedelta

import numpy as np

from bot.generator import settings
from bot.generator.calendar import BURN_IN_WEEKS, Calendar, Floats
from bot.generator.settings import SEGMENTS, Segment
from bot.generator.troubles import EFFECTS, Trouble, TroubleEffect

#: An account put in trouble is at least this old by then, so that there is something to fall from.
SETTLED_DAYS = 120
#: Health beyond what it was, of those whose trouble was taken care of.
RELIEF = 0.8


@dataclass(frozen=True)
class Renewal:
    """The end of a term; ``first`` is the first of the account, ``price_rise`` came with the new offer."""

    on: date
    first: bool
    price_rise: bool


@dataclass(frozen=True)
class Life:
    """Everything about an account that its signals and files are derived from."""

    index: int
    id: str
    segment: Segment
    region: str
    seats: int
    seat_price: float
    contract_months: int
    started_on: date
    #: Latent health of each day of the calendar.
    health: Floats
    #: Days on which the true champion left, seen by the CSM or not.
    champion_left: tuple[date, ...]
    budget_cut_on: date | None
    renewals: tuple[Renewal, ...]
    #: When the account decided not to renew, and the share of its use that fades each week from then on.
    decided_on: date | None = None
    fade_week: float = 0.0
    churned_on: date | None = None
    #: decision, failed_payment or closure.
    churn_kind: str | None = None
    trouble: Trouble | None = None

    @property
    def effect(self) -> TroubleEffect | None:
        return EFFECTS[self.trouble.kind] if self.trouble else None

    def is_gone(self, day: date) -> bool:
        """Whether it has left by the end of that day."""
        return self.churned_on is not None and self.churned_on <= day

    def is_troubled(self, day: date) -> bool:
        return self.trouble is not None and self.trouble.is_on(day)

    def next_renewal(self, day: date) -> date:
        """The first renewal after ``day`` as it stood then, or the day of leaving."""
        if self.churned_on and self.is_gone(day):
            return self.churned_on
        ahead = (renewal.on for renewal in self.renewals if renewal.on > day)
        return next(ahead, self.churned_on or self.renewals[-1].on)

    def has_budget_cut(self, day: date) -> bool:
        cut = self.budget_cut_on
        return cut is not None and cut <= day < cut + timedelta(weeks=settings.BUDGET_LASTS_WEEKS)


def sigmoid(logit: float) -> float:
    return 1.0 / (1.0 + math.exp(-logit))


def add_months(day: date, count: int) -> date:
    """The same day ``count`` months later, or the last of a shorter month."""
    year, month = divmod(day.year * 12 + day.month - 1 + count, 12)
    return date(year, month + 1, min(day.day, months.monthrange(year, month + 1)[1]))


def pick(dice: random.Random, shares: tuple[tuple[int, float], ...]) -> int:
    """One of the values, by its share."""
    return dice.choices([value for value, _ in shares], [share for _, share in shares])[0]


def build_life(index: int, seed: int, calendar: Calendar, planned: Trouble | None = None) -> Life:
    """The life of the account at ``index``; one with ``planned`` trouble is settled by then and stays."""
    dice = random.Random(f"{seed}/{index}/life")
    segment = dice.choices(SEGMENTS, [segment.share for segment in SEGMENTS])[0]
    region = dice.choices([name for name, _ in settings.REGIONS], [share for _, share in settings.REGIONS])[0]
    contract = pick(dice, segment.contracts)
    started_on = _started_on(calendar, dice, planned)
    champion_left = _champion_left(started_on, calendar, dice)
    life = Life(
        index=index,
        id=f"A{index + 1:05d}",
        segment=segment,
        region=region,
        seats=max(3, round(segment.seats_median * math.exp(dice.gauss(0, segment.seats_sigma)))),
        seat_price=segment.seat_price_median * math.exp(dice.gauss(0, 0.30)),
        contract_months=contract,
        started_on=started_on,
        health=np.zeros(0),
        champion_left=champion_left,
        budget_cut_on=_budget_cut(calendar, dice),
        renewals=_renewals(started_on, contract, calendar, dice),
    )
    weekly = _weekly_health(life, seed, calendar)
    centres = (np.arange(len(weekly)) - BURN_IN_WEEKS) * 7 + 3
    life = replace(life, health=np.interp(np.arange(calendar.days), centres, weekly))
    if planned:
        return with_trouble(life, planned, calendar)
    return _leave(life, weekly, calendar, dice)


def with_trouble(life: Life, trouble: Trouble, calendar: Calendar) -> Life:
    """The same account, whose health takes the blow of ``trouble`` from its first day on."""
    health = life.health.copy()
    effect = EFFECTS[trouble.kind]
    health[max(0, calendar.index(trouble.starts_on)) :] += effect.health
    if trouble.recovers_on:
        health[max(0, calendar.index(trouble.recovers_on)) :] += RELIEF - effect.health
    left = (*life.champion_left, trouble.starts_on) if effect.champion_leaves else life.champion_left
    return replace(life, trouble=trouble, health=health, champion_left=left)


def _started_on(calendar: Calendar, dice: random.Random, planned: Trouble | None) -> date:
    """Seven in ten were customers before the data begin; the others join week by week until near the end."""
    age, position = dice.expovariate(1 / 730), dice.random()
    if dice.random() < max(0.3, 1 - calendar.weeks * 0.0038):
        started_on = calendar.start - timedelta(days=1 + round(min(age, 2000)))
    else:
        started_on = calendar.start + timedelta(days=int(position * max(1, calendar.days - 14)))
    if planned is None:
        return started_on
    if planned.kind == "onboarding_stalled":
        return planned.starts_on - timedelta(days=30)
    return min(started_on, planned.starts_on - timedelta(days=SETTLED_DAYS))


def _champion_left(started_on: date, calendar: Calendar, dice: random.Random) -> tuple[date, ...]:
    day = max(started_on, calendar.start - timedelta(weeks=BURN_IN_WEEKS))
    left = []
    while (day := day + timedelta(days=1 + dice.expovariate(settings.CHAMPION_LEAVES / 365))) <= calendar.end:
        left.append(day)
    return tuple(left)


def _budget_cut(calendar: Calendar, dice: random.Random) -> date | None:
    first = calendar.start - timedelta(weeks=settings.BUDGET_LASTS_WEEKS)
    day = first + timedelta(days=min(dice.expovariate(settings.BUDGET_SHOCK / 365), 40_000))
    return day if day <= calendar.end else None


def _renewals(
    started_on: date, contract: int, calendar: Calendar, dice: random.Random
) -> tuple[Renewal, ...]:
    """All renewals from the start of the data to the first one that no decision within the data can touch."""
    last = calendar.end + timedelta(weeks=settings.DECISION_WEEKS[1] + 1)
    renewals: list[Renewal] = []
    term = 1
    while not renewals or renewals[-1].on <= last:
        on = add_months(started_on, term * contract)
        if on > calendar.start:
            renewals.append(Renewal(on, term == 1, dice.random() < settings.PRICE_RISE))
        term += 1
    return tuple(renewals)


def _weekly_health(life: Life, seed: int, calendar: Calendar) -> Floats:
    rng = np.random.default_rng([seed, 2, life.index])
    weeks = calendar.weeks + BURN_IN_WEEKS
    health = settings.HEALTH_ACCOUNT_SD * rng.standard_normal() + settings.HEALTH_WEEK_SD * build_drift(
        rng, weeks, settings.HEALTH_WEEK_MEMORY
    )
    health = health + calendar.incident_health
    for day in life.champion_left:
        ages = np.arange(weeks) - ((day - calendar.start).days // 7 + BURN_IN_WEEKS)
        shock = settings.CHAMPION_SHOCK * (1 - settings.CHAMPION_RECOVERY_WEEK) ** np.maximum(ages, 0)
        health = health + np.where(ages >= 0, shock, 0.0)
    return health


def build_drift(rng: np.random.Generator, steps: int, memory: float) -> Floats:
    """A stationary AR(1) series of unit variance."""
    noise = rng.standard_normal(steps)
    noise[1:] *= math.sqrt(1 - memory**2)
    for step in range(1, steps):
        noise[step] += memory * noise[step - 1]
    return noise


def _leave(life: Life, weekly: Floats, calendar: Calendar, dice: random.Random) -> Life:
    """The account with its decision and its end, where it has one."""
    decided = _decide(life, weekly, calendar, dice)
    kind, on = _involuntary_end(life, calendar, dice)
    voluntary = decided.renewals[-1].on if decided.decided_on else None
    if on and (voluntary is None or on < voluntary):
        keeps = decided.decided_on is not None and decided.decided_on < on
        return replace(decided if keeps else life, renewals=life.renewals, churned_on=on, churn_kind=kind)
    if voluntary and voluntary <= calendar.end:
        return replace(decided, churned_on=voluntary, churn_kind="decision")
    return replace(decided, renewals=life.renewals)


def _decide(life: Life, weekly: Floats, calendar: Calendar, dice: random.Random) -> Life:
    """The account with its first decision not to renew, and its renewals cut at the one it will not make."""
    monthly = life.contract_months == 1
    weeks = settings.DECISION_WEEKS_MONTHLY if monthly else settings.DECISION_WEEKS
    for position, renewal in enumerate(life.renewals):
        on = renewal.on - timedelta(days=round(7 * dice.uniform(*weeks)))
        luck, fades, rate = dice.random(), dice.random() < settings.FADERS, dice.uniform(*settings.FADE_WEEK)
        if on > calendar.end or on < life.started_on:
            continue
        week = calendar.week(on)
        mood = float(weekly[max(0, week - settings.DECISION_MEMORY_WEEKS) : week + 1].mean())
        logit = (
            (life.segment.leave_monthly if monthly else life.segment.leave)
            + settings.DECISION_HEALTH * mood
            + settings.DECISION_BUDGET * life.has_budget_cut(on)
            + settings.DECISION_FIRST * renewal.first
            + settings.DECISION_PRICE_RISE * renewal.price_rise
        )
        if luck < sigmoid(logit):
            made = life.renewals[: position + 1]
            return replace(life, decided_on=on, fade_week=rate if fades else 0.0, renewals=made)
    return life


def _involuntary_end(life: Life, calendar: Calendar, dice: random.Random) -> tuple[str | None, date | None]:
    first = max(life.started_on + timedelta(days=60), calendar.start)
    ends = []
    for kind, rate in (
        ("failed_payment", settings.FAILED_PAYMENT_CHURN),
        ("closure", settings.CLOSURE_CHURN),
    ):
        days = dice.expovariate(rate * life.segment.involuntary / 365)
        ends.append((first + timedelta(days=1 + min(days, 40_000)), kind))
    on, kind = min(ends)
    return (kind, on) if on <= calendar.end else (None, None)
