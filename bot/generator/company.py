"""The whole company: every account's life turned into rows, one account at a time."""

import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path

from bot.generator.accounts import build_account
from bot.generator.calendar import Calendar, build_calendar
from bot.generator.casting import Casting
from bot.generator.files import CompanyFiles
from bot.generator.life import Life, build_life, with_trouble
from bot.generator.money import build_payments, build_revenue, compute_seats_by_day
from bot.generator.names import Company, CompanyNames, PersonNames
from bot.generator.relations import build_contacts, build_goals, build_touches
from bot.generator.support import build_surveys, build_tickets
from bot.generator.team import Team, build_team
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
    parents: list[tuple[str, Company]] = field(default_factory=list)
    live: int = 0
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
) -> GeneratedCompany:
    """Write a synthetic company's ten CSV files to ``out`` and say what is in them.

    The same arguments give the same bytes. ``accounts`` counts all rows of accounts.csv, those that left
    included; data cover the ``weeks`` weeks that end on ``end``. Without ``troubles`` about one live account
    in twelve is in trouble at the end; with a list exactly those are, and each stays a customer.
    ``progress`` is called with (accounts done, accounts in all). Raises ValueError for sizes below 1
    and troubles that cannot be.
    """
    _check(accounts, weeks, troubles)
    calendar = build_calendar(weeks, seed, end)
    with CompanyFiles(out) as files:
        stage = _Stage(seed, calendar, build_team(accounts, seed), files, Casting(seed, calendar, troubles))
        files.write("people", [member.row() for member in stage.team.members])
        for index in range(accounts):
            _write_account(index, stage)
            if progress and ((index + 1) % max(1, accounts // 100) == 0 or index + 1 == accounts):
                progress(index + 1, accounts)
    return GeneratedCompany(
        folder=out,
        start=calendar.start,
        end=end,
        live=stage.live,
        churned=accounts - stage.live,
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


def _write_account(index: int, stage: _Stage) -> None:
    seed, calendar, files = stage.seed, stage.calendar, stage.files
    life = build_life(index, seed, calendar, stage.casting.find_planned(index))
    if life.trouble is None and (trouble := stage.casting.find_trouble(life)):
        life = with_trouble(life, trouble, calendar)
    if life.trouble:
        stage.troubles.append((life.id, life.trouble))
    stage.live += life.churned_on is None
    dice = random.Random(f"{seed}/{index}/names")
    company, parent_id = _name(life, stage, dice)
    owners = stage.team.assign(life, dice)
    revenue = build_revenue(life, seed, calendar)
    seats_by_day = compute_seats_by_day(revenue, calendar)
    files.write("accounts", [build_account(life, company, revenue, owners, parent_id, seed, calendar)])
    files.write("usage_daily", build_usage(life, seats_by_day, seed, calendar, stage.features))
    files.write("tickets", build_tickets(life, seats_by_day, seed, calendar))
    files.write("payments", build_payments(life, revenue, seed, calendar))
    files.write("goals", build_goals(life, seed, calendar))
    files.write("arr_movements", [(life.id, on, kind, amount) for on, kind, amount, _ in revenue.movements])
    _write_relations(life, company, owners[0].email, stage)


def _write_relations(life: Life, company: Company, csm_email: str, stage: _Stage) -> None:
    contacts = build_contacts(life, company, stage.seed, stage.calendar, stage.people)
    touches, known = build_touches(life, contacts, csm_email, stage.seed, stage.calendar)
    surveys, asked = build_surveys(life, known, stage.seed, stage.calendar)
    stage.surveys_sent += asked
    stage.files.write("contacts", [contact.row(life.id) for contact in contacts])
    stage.files.write("touches", touches)
    stage.files.write("surveys", surveys)


def _name(life: Life, stage: _Stage, dice: random.Random) -> tuple[Company, str | None]:
    """The company's name, and the id of its parent for the few that are units of a larger customer.

    The first account that collapses is called Acme, the name everybody tries first.
    """
    if life.segment.name != "enterprise" and stage.parents and dice.random() < CHILDREN:
        parent_id, parent = dice.choice(stage.parents)
        return stage.companies.draw_unit(parent, dice), parent_id
    company = stage.companies.draw(dice)
    if life.trouble is not None and life.trouble.kind == "collapse":
        company = stage.companies.give_acme() or company
    if life.segment.name == "enterprise" and len(stage.parents) < MOST_PARENTS:
        stage.parents.append((life.id, company))
    return company, None
