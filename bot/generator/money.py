"""What an account pays: its revenue and seats over time, its invoices, its plan."""

import random
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta

import numpy as np

from bot.generator import settings
from bot.generator.calendar import Calendar, Floats
from bot.generator.files import Row
from bot.generator.life import Life, Renewal, add_months, pick, sigmoid

#: Most seats of each plan; above the last one there is no limit to a plan.
PLANS = (("Starter", 10), ("Team", 25), ("Business", 100), ("Enterprise", 1000))


@dataclass
class Revenue:
    """ARR and seats of an account; ``movements`` are (day, kind, amount, seats after)."""

    arr: int
    seats: int
    movements: list[tuple[date, str, int, int]]

    def move(self, on: date, kind: str, share: float, seats_share: float | None = None) -> None:
        """Add a movement of ``share`` of the ARR, unless one of the same kind is on that day already."""
        amount = round(self.arr * share)
        if amount < 1 or any(on == day and kind == other for day, other, _, _ in self.movements):
            return
        sign = 1 if kind == "expansion" else -1
        moved = self.seats * (share if seats_share is None else seats_share)
        self.arr += sign * amount
        self.seats = max(2, self.seats + sign * round(moved))
        self.movements.append((on, kind, amount, self.seats))


def build_revenue(life: Life, seed: int, calendar: Calendar) -> Revenue:
    """How the account's ARR grew and shrank from its first day to the end of the data."""
    dice = random.Random(f"{seed}/{life.index}/revenue")
    arr = max(900, round(life.seats * life.seat_price / 60) * 60)
    revenue = Revenue(arr, life.seats, [(life.started_on, "new", arr, life.seats)])
    for on in _anniversaries(life.started_on, calendar.start):
        if dice.random() < 0.35:
            revenue.move(on, "expansion", dice.uniform(0.05, 0.20))
    occasions = [*_occasions(life, calendar, dice), *_returns(life, calendar)]
    for on, occasion in sorted(occasions, key=lambda each: each[0]):
        if isinstance(occasion, Renewal):
            _renew(revenue, life, occasion, float(life.health[calendar.index(on)]), dice)
        elif occasion is None:
            revenue.move(on, "expansion", dice.uniform(0.08, 0.30))
        else:
            revenue.move(on, "contraction", occasion)
    if life.churned_on:
        revenue.movements.append((life.churned_on, "churn", revenue.arr, revenue.seats))
    return revenue


def _anniversaries(started_on: date, until: date) -> Iterator[date]:
    on = add_months(started_on, 12)
    while on <= until:
        yield on
        on = add_months(on, 12)


def _occasions(life: Life, calendar: Calendar, dice: random.Random) -> list[tuple[date, Renewal | None]]:
    """Days on which revenue may move: renewals, and growth between them (None)."""
    until = min(calendar.end, (life.churned_on or calendar.end) - timedelta(days=1))
    occasions: list[tuple[date, Renewal | None]] = [(r.on, r) for r in life.renewals if r.on <= until]
    day = max(life.started_on + timedelta(days=45), calendar.start)
    while (day := day + timedelta(days=1 + dice.expovariate(settings.EXPAND_BETWEEN / 365))) <= until:
        grows = dice.random() < min(1.0, 0.6 * np.exp(0.5 * life.health[calendar.index(day)]))
        if grows and (life.decided_on is None or day < life.decided_on):
            occasions.append((day, None))
    return occasions


def _renew(revenue: Revenue, life: Life, renewal: Renewal, health: float, dice: random.Random) -> None:
    # A monthly term ends twelve times a year; its chances of growing are spread over them.
    often = 12 / life.contract_months if life.contract_months < 12 else 1
    luck, size = dice.random(), dice.random()
    if luck < sigmoid(settings.EXPAND_AT_RENEWAL + settings.EXPAND_HEALTH * health) / often:
        revenue.move(renewal.on, "expansion", 0.06 + 0.24 * size)
    elif luck > 1 - sigmoid(settings.CONTRACT_AT_RENEWAL - settings.EXPAND_HEALTH * health) / often:
        revenue.move(renewal.on, "contraction", 0.08 + 0.22 * size)
    elif renewal.price_rise and often == 1:
        revenue.move(renewal.on, "expansion", 0.04 + 0.05 * size, seats_share=0.0)


def _returns(life: Life, calendar: Calendar) -> Iterator[tuple[date, float]]:
    """The share of the seats that an account in a trouble of that kind gives back."""
    if not (life.trouble and life.effect and life.effect.seats_returned):
        return
    on = life.trouble.starts_on + timedelta(days=5)
    if on <= calendar.end:
        yield on, life.effect.seats_returned


def compute_seats_by_day(revenue: Revenue, calendar: Calendar) -> Floats:
    """Seats paid for on each day of the calendar."""
    seats = np.zeros(calendar.days)
    for on, _, _, after in sorted(revenue.movements, key=lambda movement: movement[0]):
        seats[max(0, calendar.index(on)) :] = after
    return seats


def find_plan(seats: int) -> tuple[str, int]:
    """The plan that fits so many seats, and the most users it admits."""
    for plan, limit in PLANS:
        if seats <= limit:
            return plan, limit
    return "Enterprise", 5000


def build_payments(life: Life, revenue: Revenue, seed: int, calendar: Calendar) -> list[Row]:
    """Invoices due within the data, with failed attempts as rows of their own."""
    dice = random.Random(f"{seed}/{life.index}/payments")
    every = life.contract_months if life.contract_months == 1 else pick(dice, life.segment.invoice_months)
    habit = dice.gauss(0, settings.LATE_HABIT_SD)
    rows: list[tuple[date, date | None, str, str]] = []
    for due in _due_days(life, every, calendar):
        amount = f"{compute_arr(revenue, due) * every / 12:.2f}"
        health = float(life.health[calendar.index(due)])
        rows.extend(_settle(due, amount, health, habit, life.has_budget_cut(due), dice))
    rows.extend(_failing(life, f"{revenue.arr * every / 12:.2f}", calendar))
    return [
        (f"inv-{life.id}-{number:03d}", life.id, due, *_known(due, paid, status, calendar), amount)
        for number, (due, paid, status, amount) in enumerate(sorted(rows, key=lambda row: row[0]), start=1)
        if calendar.start <= due <= calendar.until
    ]


def _due_days(life: Life, every: int, calendar: Calendar) -> Iterator[date]:
    until = (life.churned_on or calendar.end + timedelta(days=1)) - timedelta(days=1)
    if life.churn_kind == "failed_payment":
        until -= timedelta(days=45)
    fail = bool(life.effect and life.effect.payments_fail)
    term = 0
    while (due := add_months(life.started_on, term * every)) <= until:
        if due >= calendar.start and not (fail and life.is_troubled(due)):
            yield due
        term += 1


def _settle(
    due: date, amount: str, health: float, habit: float, budget_cut: bool, dice: random.Random
) -> Iterator[tuple[date, date | None, str, str]]:
    late = sigmoid(settings.LATE + settings.LATE_HEALTH * health + habit + settings.LATE_BUDGET * budget_cut)
    if dice.random() < sigmoid(settings.FAILED_ATTEMPT + settings.LATE_HEALTH * health + 0.5 * habit):
        yield due, None, "failed", amount
        due += timedelta(days=dice.randrange(3, 9))
    if dice.random() < late:
        yield due, due + timedelta(days=3 + round(dice.expovariate(1 / 11))), "paid", amount
    else:
        yield due, due - timedelta(days=dice.choice((0, 0, 0, 1, 2, 4, 6))), "paid", amount


def _failing(life: Life, amount: str, calendar: Calendar) -> Iterator[tuple[date, date | None, str, str]]:
    """Attempts that fail one after another: before an end by failed payment, and in trouble of that kind."""
    if life.churn_kind == "failed_payment" and life.churned_on:
        for days in (44, 30, 16, 2):
            yield max(life.started_on, life.churned_on - timedelta(days=days)), None, "failed", amount
    if life.trouble and life.effect and life.effect.payments_fail:
        due = life.trouble.starts_on
        while due <= calendar.end and life.trouble.is_on(due):
            yield due, None, "failed", amount
            due += timedelta(days=14)
        if life.trouble.recovers_on:
            yield life.trouble.recovers_on, life.trouble.recovers_on, "paid", amount


def _known(due: date, paid: date | None, status: str, calendar: Calendar) -> tuple[date | None, str]:
    """Payment day and status as known at the end of the last day told."""
    return (None, "open") if paid and paid > calendar.until else (paid, status)


def find_seats(revenue: Revenue, day: date) -> int:
    """Seats as of that day; those of the first day before it."""
    seats = revenue.movements[0][3]
    for on, _, _, after in revenue.movements:
        if on <= day:
            seats = after
    return seats


def compute_arr(revenue: Revenue, day: date) -> int:
    """ARR as of that day; of an account that left, what it was at the end."""
    arr = 0
    for on, kind, amount, _ in revenue.movements:
        if on <= day and kind != "churn":
            arr += -amount if kind == "contraction" else amount
    return arr
