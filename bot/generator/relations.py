"""The people at the customer, and what the team did with them: contacts, touches, goals."""

import random
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from bot.generator import settings
from bot.generator.calendar import Calendar, draw_business_time, format_utc
from bot.generator.files import Row
from bot.generator.life import Life, sigmoid
from bot.generator.names import Company, PersonNames

TITLES = {
    "champion": ("Head of Operations", "Logistics Manager", "Operations Lead", "Supply Chain Manager"),
    "exec_sponsor": ("COO", "CFO", "VP Operations", "Managing Director", "VP Supply Chain"),
    "admin": ("Systems Administrator", "Business Systems Analyst", "Operations Analyst"),
    "technical_lead": ("Integration Engineer", "IT Lead", "Data Engineer", "Solutions Architect"),
    "user": ("Planner", "Dispatcher", "Warehouse Supervisor", "Customer Service Lead", "Buyer", "Controller"),
}
OTHER_ROLES = ("admin", "technical_lead", "user", "user", "user")


@dataclass(frozen=True)
class Contact:
    """A contact as the CSM knows them: ``left_on`` is the day the CSM learnt of it, if ever."""

    email: str
    name: str
    title: str
    role: str
    since: date
    left_on: date | None = None
    #: How much better or worse than the account this person feels, in NPS points.
    mood: float = 0.0

    def row(self, account_id: str, until: date) -> Row:
        """The contact's row of contacts.csv as it stood at the end of ``until``."""
        left_on = self.left_on if self.left_on and self.left_on <= until else None
        return (account_id, self.email, self.name, self.title, self.role, self.since, left_on)

    def is_present(self, day: date) -> bool:
        return self.since <= day and (self.left_on is None or self.left_on > day)


@dataclass(frozen=True)
class Known:
    """What the team knows of an account's people, for those who survey and meet them."""

    contacts: tuple[Contact, ...]
    reviews_held: tuple[date, ...] = ()

    def present(self, day: date) -> list[str]:
        """Addresses of those who have not left, as far as known on that day."""
        return [contact.email for contact in self.contacts if contact.is_present(day)]

    def mood(self, email: str) -> float:
        return next(contact.mood for contact in self.contacts if contact.email == email)


def build_contacts(
    life: Life, company: Company, seed: int, calendar: Calendar, people: PersonNames
) -> tuple[Contact, ...]:
    """The contacts of one account; each champion who leaves is followed by another, later or never."""
    dice = random.Random(f"{seed}/{life.index}/contacts")
    taken: set[str] = set()

    def new(role: str, since: date, left_on: date | None = None) -> Contact:
        name, local = people.draw(dice, life.region, taken)
        email = f"{local}@{company.domain}"
        return Contact(email, name, dice.choice(TITLES[role]), role, since, left_on, dice.gauss(0, 0.9))

    contacts = list(_champions(life, calendar, dice, new))
    if dice.random() < life.segment.sponsor:
        contacts.append(new("exec_sponsor", life.started_on + timedelta(days=dice.randrange(60))))
    wanted = dice.randint(*life.segment.contacts)
    for number in range(max(1, wanted - len(contacts))):
        role = OTHER_ROLES[number] if number < len(OTHER_ROLES) else "user"
        since = life.started_on + timedelta(days=dice.choice((0, 0, 3, 12, 40, 150)))
        contacts.append(new(role, since))
    until = min(calendar.end, life.churned_on or calendar.end)
    return tuple(contact for contact in contacts if contact.since <= until)


def _champions(
    life: Life, calendar: Calendar, dice: random.Random, new: Callable[..., Contact]
) -> Iterator[Contact]:
    since = life.started_on
    until = min(calendar.end, life.churned_on or calendar.end)
    for left in sorted(life.champion_left):
        trouble = life.trouble if life.trouble and left == life.trouble.starts_on else None
        seen, late = dice.random() < settings.CHAMPION_SEEN, dice.randint(*settings.CHAMPION_SEEN_LATE_DAYS)
        successor, gap = dice.random() < 0.75, dice.randrange(20, 100)
        if trouble:
            seen, late, successor = True, 0 if trouble.kind == "collapse" else 3, False
        learnt = left + timedelta(days=late)
        if not seen or learnt > until or learnt <= since:
            continue
        yield new("champion", since, learnt)
        if trouble and trouble.recovers_on:
            successor, gap = True, (trouble.recovers_on - learnt).days
        if not successor:
            return
        since = learnt + timedelta(days=gap)
    yield new("champion", since)


def build_touches(
    life: Life, contacts: tuple[Contact, ...], csm_email: str, seed: int, calendar: Calendar
) -> tuple[list[Row], Known]:
    """Rows of touches.csv for one account, oldest first, and the known people with the reviews held."""
    dice = random.Random(f"{seed}/{life.index}/touches")
    first = max(calendar.start, life.started_on)
    until = min(calendar.end, (life.churned_on or calendar.end + timedelta(days=1)) - timedelta(days=1))
    touches: list[tuple[datetime, str, str]] = []
    reviews: list[date] = []
    for on, kind in _planned(life, first, until, dice):
        if _is_stopped(life, on, kind):
            continue
        health = float(life.health[calendar.index(on)])
        attended = dice.random() < sigmoid(settings.ATTEND + settings.ATTEND_HEALTH * health)
        note = _note(kind, attended, dice)
        if attended or kind == "email":
            touches.append((draw_business_time(on, life.region, dice), kind, note))
            if kind == "qbr":
                reviews.append(on)
        else:
            touches.append((draw_business_time(on, life.region, dice), "note", note))
    touches.extend(_trouble_notes(life, until, dice))
    unique = {(at, kind): note for at, kind, note in sorted(touches)}
    told = datetime.combine(calendar.until + timedelta(days=1), time())
    rows: list[Row] = [
        (life.id, kind, format_utc(at), csm_email, note) for (at, kind), note in unique.items() if at < told
    ]
    return rows, Known(contacts, tuple(sorted(reviews)))


def _planned(life: Life, first: date, until: date, dice: random.Random) -> Iterator[tuple[date, str]]:
    """Touches as the cadence of the segment plans them, met or not."""
    segment = life.segment
    kickoff = life.started_on + timedelta(days=dice.randrange(2, 10))
    if first <= kickoff <= until:
        yield _weekday(kickoff, first), "meeting"
    day = first + timedelta(days=dice.expovariate(segment.touches_a_week / 7))
    while day <= until:
        yield _weekday(day, first), dice.choices(("call", "email", "meeting"), (0.3, 0.4, 0.3))[0]
        day += timedelta(days=1 + dice.expovariate(segment.touches_a_week / 7))
    for every, kind in ((segment.qbr_every_weeks, "qbr"), (segment.executive_every_weeks, "executive")):
        day = first + timedelta(days=dice.randrange(max(1, every * 7)))
        while every and day <= until:
            if (day - life.started_on).days > 60:
                yield _weekday(day, first), kind
            day += timedelta(days=every * 7 + dice.randint(-6, 6))


def _is_stopped(life: Life, on: date, kind: str) -> bool:
    if not (life.effect and life.is_troubled(on)):
        return False
    return life.effect.silence or (life.effect.meetings_stop and kind != "email")


def _weekday(day: date, first: date) -> date:
    """The day, or the Friday before it, so that no touch is after the end; never before ``first``."""
    return max(first, day - timedelta(days=max(0, day.weekday() - 4)))


NOTES = {
    "meeting": ("Monthly sync. Went through open points.", "Planned the rollout to the next team.", "Sync."),
    "call": (
        "Short call about reports.",
        "Called to see how the new planner works for them.",
        "Check-in call.",
    ),
    "email": (
        "Sent the release notes that concern them.",
        "Asked for feedback on the new planner.",
        "Follow-up.",
    ),
    "qbr": ("Business review with the champion and their team.", "Business review: goals and next quarter."),
    "executive": ("Executive check-in.", "Our VP spoke with their sponsor."),
}
MISSED = {
    "meeting": "Meeting planned; nobody from their side joined.",
    "call": "Called, no answer.",
    "qbr": "Business review cancelled by the customer.",
    "executive": "Executive check-in declined.",
}


def _note(kind: str, attended: bool, dice: random.Random) -> str:
    words = dice.choice(NOTES[kind])
    return words if attended or kind == "email" else MISSED[kind]


RECOVERED = (
    "Went through it with them: all sites are back at work, and they know whom to call.",
    "First meeting with whoever stands for us now.",
)


def _trouble_notes(life: Life, until: date, dice: random.Random) -> Iterator[tuple[datetime, str, str]]:
    if not (life.trouble and life.effect):
        return
    for number, note in enumerate(life.effect.notes):
        on = life.trouble.starts_on + timedelta(days=9 * number + (0 if life.effect.told_days[0] == 0 else 4))
        if on <= until and life.is_troubled(on):
            yield draw_business_time(on, life.region, dice), "note", note
    over = life.trouble.recovers_on
    for number, words in enumerate(RECOVERED):
        if over and over + timedelta(days=number) <= until:
            yield draw_business_time(over + timedelta(days=number), life.region, dice), "meeting", words


GOALS = (
    ("Cut manual order entry", "orders keyed by hand a week", 400, 0.4),
    ("Answer shipment questions faster", "minutes to answer", 45, 0.4),
    ("Plan with one tool on every site", "sites live", 1, 5.0),
    ("Fewer late deliveries", "late deliveries a month", 120, 0.6),
    ("Automate carrier invoices", "share of invoices matched (%)", 20, 4.0),
    ("Shorten month-end reporting", "days to close", 9, 0.5),
    ("Bring the whole team on board", "weekly active users (%)", 30, 2.3),
    ("Forecast demand every week", "forecasts a month", 1, 4.0),
)


#: The goal of those who then see no value, and how long before it is due it is set.
BOARD_GOAL, BOARD_GOAL_DAYS = "Show the return to the board", 90


def build_goals(life: Life, seed: int, calendar: Calendar) -> list[Row]:
    """Rows of goals.csv for one account: what it wants from the product, and whether it got it."""
    dice = random.Random(f"{seed}/{life.index}/goals")
    count = dice.choices((0, 1, 2, 3), (0.25, 0.35, 0.28, 0.12))[0] + (life.segment.name == "enterprise")
    until = min(calendar.until, life.churned_on or calendar.until)
    rows: list[Row] = []
    for objective, metric, baseline, factor in dice.sample(GOALS, count):
        set_on = max(life.started_on, calendar.start) + timedelta(days=dice.randrange(20, 400))
        due_on = set_on + timedelta(days=dice.choice((90, 120, 180)))
        luck, early = dice.random(), dice.randrange(0, 40)
        if set_on > until:
            continue
        status, met_on = "open", None
        if due_on <= until:
            health = float(life.health[max(0, calendar.index(due_on))])
            failed = bool(life.effect and life.effect.goals_missed)
            met = luck < sigmoid(0.5 + 0.9 * health) and not failed
            status, met_on = ("met", due_on - timedelta(days=early)) if met else ("missed", None)
        target = round(baseline * factor)
        rows.append((life.id, objective, metric, baseline, target, due_on, status, met_on))
    if life.trouble and life.effect and life.effect.goals_missed:
        due_on = life.trouble.starts_on + timedelta(days=3)
        status = "missed" if due_on <= until else "open"
        if due_on - timedelta(days=BOARD_GOAL_DAYS) <= until:
            rows.append((life.id, BOARD_GOAL, "report accepted", 0, 1, due_on, status, None))
    return rows
