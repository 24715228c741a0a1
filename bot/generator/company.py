"""The whole company: every account's life turned into rows, one account at a time."""

import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from pathlib import Path

from bot.generator.accounts import build_account
from bot.generator.ahead import plan_ahead
from bot.generator.calendar import Calendar, Floats, build_calendar
from bot.generator.casting import Casting
from bot.generator.files import COLUMNS, CompanyFiles, Row
from bot.generator.life import Life, build_life, with_trouble
from bot.generator.money import Revenue, build_payments, build_revenue, compute_seats_by_day
from bot.generator.names import Company, CompanyNames, PersonNames
from bot.generator.relations import build_contacts, build_goals, build_touches
from bot.generator.support import build_surveys, build_tickets
from bot.generator.team import Member, Team, build_team
from bot.generator.troubles import EFFECTS, Trouble
from bot.generator.usage import FeatureNames, build_usage

#: Share of smaller accounts that are units of an enterprise account, and how many parents are remembered.
CHILDREN = 0.06
MOST_PARENTS = 500


@dataclass(frozen=True)
class GeneratedCompany:
    """What was written: where, over which days, how much, and what the data alone do not tell."""

    folder: Path
    start: date
    end: date
    live: int
    churned: int
    #: Rows of each file, without the header.
    rows: dict[str, int]
    #: NPS surveys sent; surveys.csv has only those that came back.
    surveys_sent: int
    #: Days on which usage tracking failed for all or nearly all accounts.
    outages: tuple[date, ...]
    #: Account id and trouble, for every account that was put in trouble on purpose.
    troubles: tuple[tuple[str, Trouble], ...]


@dataclass
class _Stage:
    """What is carried from account to account while a company is written."""

    seed: int
    calendar: Calendar
    team: Team
    files: CompanyFiles
    casting: Casting
    companies: CompanyNames = field(default_factory=CompanyNames)
    people: PersonNames = field(default_factory=PersonNames)
    features: FeatureNames = field(default_factory=FeatureNames)
    #: Enterprise accounts others may be units of, with the day each became a customer.
    parents: list[tuple[str, Company, date]] = field(default_factory=list)
    #: Rows that were known on this day are left out; None to leave out none.
    since: date | None = None
    live: int = 0
    churned: int = 0
    surveys_sent: int = 0
    troubles: list[tuple[str, Trouble]] = field(default_factory=list)


def generate(
    out: Path,
    *,
    accounts: int,
    weeks: int,
    seed: int,
    end: date,
    progress: Callable[[int, int], None] | None = None,
    troubles: Sequence[Trouble] | None = None,
    until: date | None = None,
    since: date | None = None,
    told_on: date | None = None,
) -> GeneratedCompany:
    """Write a synthetic company's ten CSV files to ``out`` and say what is in them.

    The same arguments give the same bytes. ``accounts`` counts all accounts there ever are, those that left
    included; the company lives the ``weeks`` weeks that end on ``end``. Without ``troubles`` about one live
    account in twelve is in trouble on ``told_on`` (the end, unless given), and after that day some get into
    trouble every few days, one of them a sudden fall on the very next; with a list exactly those are, and
    each stays a customer.

    With ``until`` only what was known by the end of that day is written: what a team would have exported
    then. With ``since`` too, of that only the rows that are new or read otherwise than on that day.
    ``progress`` is called with (accounts done, accounts in all). Raises ValueError for sizes below 1, days
    in the wrong order, and troubles that cannot be.
    """
    _check(accounts, weeks, troubles)
    calendar = build_calendar(weeks, seed, end, until, told_on)
    _check_days(calendar, since)
    with CompanyFiles(out) as files:
        ahead = plan_ahead(accounts, seed, calendar) if troubles is None else {}
        casting = Casting(seed, calendar, troubles, ahead)
        stage = _Stage(seed, calendar, build_team(accounts, seed), files, casting, since=since)
        if since is None:
            files.write("people", [member.row() for member in stage.team.members])
        for index in range(accounts):
            _write_account(index, stage)
            if progress and ((index + 1) % max(1, accounts // 100) == 0 or index + 1 == accounts):
                progress(index + 1, accounts)
    return GeneratedCompany(
        folder=out,
        start=calendar.start,
        end=calendar.until,
        live=stage.live,
        churned=stage.churned,
        rows=dict(files.rows),
        surveys_sent=stage.surveys_sent,
        outages=calendar.outages,
        troubles=tuple(stage.troubles),
    )


def _check(accounts: int, weeks: int, troubles: Sequence[Trouble] | None) -> None:
    if accounts < 1 or weeks < 1:
        raise ValueError(f"{accounts} accounts and {weeks} weeks: a company needs at least one of each")
    for trouble in troubles or ():
        if trouble.kind not in EFFECTS:
            raise ValueError(f"{trouble.kind!r} is no kind of trouble; choose one of {', '.join(EFFECTS)}")
        if not 0 <= trouble.account_index < accounts:
            raise ValueError(
                f"trouble for account_index {trouble.account_index}, but accounts are 0 to {accounts - 1}"
            )


def _check_days(calendar: Calendar, since: date | None) -> None:
    start, until, end = calendar.start, calendar.until, calendar.end
    if not start <= until <= end:
        raise ValueError(f"until {until} is not within the company's days, {start} to {end}")
    if not start <= calendar.told_on <= end:
        raise ValueError(f"told_on {calendar.told_on} is not within the company's days, {start} to {end}")
    if since is not None and not start <= since < until:
        raise ValueError(f"since {since} is not between the first day, {start}, and until, {until}")


def _write_account(index: int, stage: _Stage) -> None:
    seed, calendar, files = stage.seed, stage.calendar, stage.files
    life = build_life(index, seed, calendar, stage.casting.find_planned(index))
    if life.trouble is None and (trouble := stage.casting.find_trouble(life)):
        life = with_trouble(life, trouble, calendar)
    dice = random.Random(f"{seed}/{index}/names")
    company, parent = _name(life, stage, dice)
    owners = stage.team.assign(life, dice)
    if life.started_on > calendar.until:
        return
    if life.trouble and life.trouble.starts_on <= calendar.until:
        stage.troubles.append((life.id, life.trouble))
    gone = life.is_gone(calendar.until)
    stage.churned += gone
    stage.live += not gone
    revenue = build_revenue(life, seed, calendar)
    seats_by_day = compute_seats_by_day(revenue, calendar)
    known = _Known(life, company, parent, owners, revenue, seats_by_day)
    told, asked = _build_rows(known, stage, calendar)
    stage.surveys_sent += asked
    usage = build_usage(life, seats_by_day, seed, calendar, stage.features)
    if stage.since is not None:
        before, _ = _build_rows(known, stage, replace(calendar, until=stage.since))
        told = {name: _leave_out(rows, before[name]) for name, rows in told.items()}
        since = stage.since.isoformat()
        usage = [row for row in usage if str(row[1]) > since]
    files.write("usage_daily", usage)
    for name, rows in told.items():
        files.write(name, rows)


@dataclass(frozen=True)
class _Known:
    """An account's life and what follows from it, whatever the day it is looked at."""

    life: Life
    company: Company
    parent: tuple[str, date] | None
    owners: tuple[Member, Member]
    revenue: Revenue
    seats_by_day: Floats


def _build_rows(known: _Known, stage: _Stage, calendar: Calendar) -> tuple[dict[str, list[Row]], int]:
    """The account's rows of every file but usage as of ``calendar.until``, and the NPS surveys sent."""
    life, seed, until = known.life, stage.seed, calendar.until
    if life.started_on > until:
        return {name: [] for name in COLUMNS}, 0
    # Of a unit whose parent becomes a customer later nobody knows yet.
    parent_id = known.parent[0] if known.parent and known.parent[1] <= until else None
    account = build_account(life, known.company, known.revenue, known.owners, parent_id, seed, calendar)
    contacts = build_contacts(life, known.company, seed, calendar, stage.people)
    touches, people = build_touches(life, contacts, known.owners[0].email, seed, calendar)
    surveys, asked = build_surveys(life, people, seed, calendar)
    moved = known.revenue.movements
    rows: dict[str, list[Row]] = {
        "accounts": [account],
        "contacts": [contact.row(life.id, until) for contact in contacts if contact.since <= until],
        "tickets": build_tickets(life, known.seats_by_day, seed, calendar),
        "surveys": surveys,
        "payments": build_payments(life, known.revenue, seed, calendar),
        "touches": touches,
        "goals": build_goals(life, seed, calendar),
        "arr_movements": [(life.id, on, kind, amount) for on, kind, amount, _ in moved if on <= until],
    }
    return rows, asked


def _leave_out(rows: list[Row], known: list[Row]) -> list[Row]:
    before = set(known)
    return [row for row in rows if row not in before]


def _name(life: Life, stage: _Stage, dice: random.Random) -> tuple[Company, tuple[str, date] | None]:
    """The company's name; and, for the few that are units of a larger customer, that one's id and first day.

    The account whose fall the story follows is called Acme, the name everybody tries first.
    """
    acme = stage.companies.give_acme() if stage.casting.is_story(life) else None
    is_unit = life.segment.name != "enterprise" and stage.parents and dice.random() < CHILDREN
    if is_unit and acme is None:
        parent_id, parent, since = dice.choice(stage.parents)
        return stage.companies.draw_unit(parent, dice), (parent_id, since)
    company = acme or stage.companies.draw(dice)
    if life.segment.name == "enterprise" and len(stage.parents) < MOST_PARENTS:
        stage.parents.append((life.id, company, life.started_on))
    return company, None
