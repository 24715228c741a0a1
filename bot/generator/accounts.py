"""The account's own row: where it is in its lifecycle, its plan, and why it left if it did."""

import random
from datetime import date

from bot.generator.calendar import Calendar
from bot.generator.files import Row
from bot.generator.life import Life
from bot.generator.money import Revenue, compute_arr, find_plan, find_seats
from bot.generator.names import Company
from bot.generator.team import Member

ONBOARDING_DAYS, ADOPTION_DAYS, RENEWAL_DAYS, EXPANSION_DAYS = 90, 270, 90, 120


def build_account(
    life: Life,
    company: Company,
    revenue: Revenue,
    owners: tuple[Member, Member],
    parent_id: str | None,
    seed: int,
    calendar: Calendar,
) -> Row:
    """The account's row of accounts.csv as it stood at the end of ``calendar.until``; an account that left
    keeps the ARR and seats it had at the end."""
    dice = random.Random(f"{seed}/{life.index}/account")
    day = calendar.until
    gone = life.is_gone(day)
    seats = find_seats(revenue, day)
    plan, limit = find_plan(seats)
    csm, account_executive = owners
    return (
        life.id,
        company.name,
        company.domain,
        life.segment.name,
        _stage(life, revenue, calendar),
        compute_arr(revenue, day),
        "USD",
        life.started_on,
        life.next_renewal(day),
        0 if life.contract_months == 1 else life.segment.notice_days,
        life.contract_months,
        seats,
        plan,
        limit,
        csm.email,
        account_executive.email,
        parent_id,
        "churned" if gone else "live",
        life.churned_on if gone else None,
        _churn_reason(life, dice) if gone else None,
    )


def _stage(life: Life, revenue: Revenue, calendar: Calendar) -> str:
    """onboarding, adoption, expansion, renewal, or value for those with nothing special ahead; churned."""
    day = calendar.until
    if life.is_gone(day):
        return "churned"
    age = (day - life.started_on).days
    if age < ONBOARDING_DAYS:
        return "onboarding"
    to_renewal = (life.next_renewal(day) - day).days
    if life.contract_months > 1 and to_renewal <= RENEWAL_DAYS:
        return "renewal"
    grown: list[date] = [on for on, kind, _, _ in revenue.movements if kind == "expansion" and on <= day]
    if grown and (day - max(grown)).days < EXPANSION_DAYS:
        return "expansion"
    return "adoption" if age < ADOPTION_DAYS else "value"


def _churn_reason(life: Life, dice: random.Random) -> str:
    """The reason a CSM would have put down, from what happened to the account before it left."""
    if life.churn_kind == "failed_payment":
        return "financial"
    if life.churn_kind == "closure":
        return "strategic"
    left = life.decided_on
    if left and life.has_budget_cut(left):
        return "financial"
    if left and any(0 <= (left - day).days <= 270 for day in life.champion_left) and dice.random() < 0.75:
        return "relationship"
    return dice.choices(
        ("value", "product", "competition", "financial", "strategic"), (0.34, 0.26, 0.22, 0.12, 0.06)
    )[0]
