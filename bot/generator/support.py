"""Tickets with their ratings, and surveys: what the customer says, when they say anything."""

import random
from collections.abc import Iterator
from datetime import datetime, time, timedelta

import numpy as np

from bot.generator import settings
from bot.generator.calendar import Calendar, Floats, draw_business_time, format_utc
from bot.generator.files import Row
from bot.generator.life import Life, sigmoid
from bot.generator.relations import Known
from bot.generator.usage import compute_fading, compute_presence

SEVERITIES = ("low", "normal", "high", "urgent")
HOURS_TO_CLOSE = {"low": 60.0, "normal": 30.0, "high": 14.0, "urgent": 6.0}

PROMOTER_WORDS = (
    "Saves our planners hours every week.",
    "The reports are what our board looks at now.",
    "Support is quick and knows the product.",
    "Rolled out to a second site without any trouble.",
    "Easy to explain to new colleagues.",
)
PASSIVE_WORDS = (
    "Good, but the mobile app is slow.",
    "Does what it should. Reporting could be more flexible.",
    "Works well for our team; others have not picked it up.",
    "Fine so far, prices are going up though.",
)
DETRACTOR_WORDS = (
    "We still do half of it in spreadsheets.",
    "Nobody here could tell you what we gain from it.",
    "Tickets take too long and come back with links to the manual.",
    "The import keeps failing and no one owns it.",
    "We are looking at alternatives.",
)


RELIEVED_WORDS = (
    "You fixed it within days. That is how it should be.",
    "A hard week, and then a very good one.",
    "Back at work with it, all sites.",
)


def build_tickets(life: Life, seats_by_day: Floats, seed: int, calendar: Calendar) -> list[Row]:
    """Rows of tickets.csv for one account, oldest first."""
    first, last = compute_presence(life, calendar)
    if first == last:
        return []
    dice = random.Random(f"{seed}/{life.index}/tickets")
    rng = np.random.default_rng([seed, 4, life.index])
    counts = rng.poisson(_ticket_rate(life, seats_by_day, calendar)[first:last])
    opened = [
        (first + int(place), False) for place in np.flatnonzero(counts) for _ in range(int(counts[place]))
    ]
    opened += [(place, True) for place in _burst(life, calendar)]
    rows = [
        _ticket(life, calendar, place, burst, dice)
        for place, burst in sorted(opened, key=lambda ticket: ticket[0])
    ]
    told = (calendar.until + timedelta(days=1)).isoformat()
    return [
        (f"T-{life.id}-{number:04d}", *row) for number, row in enumerate(rows, start=1) if str(row[1]) < told
    ]


def _ticket_rate(life: Life, seats_by_day: Floats, calendar: Calendar) -> Floats:
    """Tickets expected on each day: more while new and when unhappy, fewer from those who have given up."""
    days = np.arange(calendar.days)
    tenure = np.maximum(days - calendar.index(life.started_on), 0)
    season = calendar.season[life.region]
    a_day = settings.TICKETS_WEEK / 5.05 * seats_by_day**settings.TICKETS_SEATS
    rate: Floats = a_day * season * np.exp(settings.TICKETS_HEALTH * life.health)
    rate = rate * (1 + settings.TICKETS_ONBOARDING * np.exp(-tenure / 30))
    for incident in calendar.incidents:
        rate[incident : incident + 2] *= 2.5
    rate = rate * compute_fading(life, calendar)
    if life.decided_on:
        rate[max(0, calendar.index(life.decided_on)) :] *= settings.TICKETS_AFTER_DECISION
    if life.trouble and life.effect:
        begun = max(0, calendar.index(life.trouble.starts_on))
        over = calendar.index(life.trouble.recovers_on) if life.trouble.recovers_on else None
        rate[begun + life.effect.ticket_days : over] *= life.effect.tickets_after
    return rate


def _burst(life: Life, calendar: Calendar) -> Iterator[int]:
    if not (life.trouble and life.effect):
        return
    begun = calendar.index(life.trouble.starts_on)
    for number in range(life.effect.tickets):
        place = begun + number * life.effect.ticket_days // life.effect.tickets
        if 0 <= place < calendar.days:
            yield place


def _ticket(life: Life, calendar: Calendar, place: int, burst: bool, dice: random.Random) -> Row:
    health = float(life.health[place])
    bad = max(0.4, 1 - 0.35 * health)
    severity = dice.choices(SEVERITIES, (0.30, 0.48, 0.17 * bad, 0.05 * bad))[0]
    if burst:
        severity = dice.choice(("high", "urgent", "urgent"))
    opened = draw_business_time(calendar.day(place), life.region, dice)
    hours = HOURS_TO_CLOSE[severity] * dice.lognormvariate(0, 0.8) * (1.5 if burst else 1.0)
    closed = opened + timedelta(hours=hours)
    known_until = datetime.combine(calendar.until, time(23, 59, 59))
    leaves = datetime.combine(life.churned_on, time()) if life.churned_on else known_until
    answered = dice.random() < (0.7 if burst else settings.RATING_ANSWERED)
    score = settings.RATING_MEAN + settings.RATING_HEALTH * health + settings.RATING_SEVERITY[severity]
    rating = min(5, max(1, round(dice.gauss(score, settings.RATING_SD))))
    if burst:
        # Angry customers rate while the ticket is still open.
        rating = dice.choice((1, 1, 2))
    is_closed = closed <= min(known_until, leaves)
    return (
        life.id,
        format_utc(opened),
        format_utc(closed) if is_closed else None,
        severity,
        rating if answered and (is_closed or burst) else None,
    )


def build_surveys(life: Life, known: Known, seed: int, calendar: Calendar) -> tuple[list[Row], int]:
    """Rows of surveys.csv for one account, oldest first, and how many NPS surveys it was sent."""
    first, last = compute_presence(life, calendar)
    dice = random.Random(f"{seed}/{life.index}/surveys")
    answers: list[tuple[datetime, str, int, str, str | None]] = []
    asked = 0
    phase = dice.randrange(settings.NPS_EVERY_DAYS)
    for place in range(phase, last, settings.NPS_EVERY_DAYS):
        if place < max(first, calendar.index(life.started_on) + 60):
            continue
        present = known.present(calendar.day(place))[: settings.NPS_ASKED_MOST]
        asked += len(present) if calendar.day(place) <= calendar.until else 0
        for email in present:
            answers.extend(_nps_answer(life, calendar, place, last, email, known.mood(email), dice))
    answers.extend(_detractors(life, known, calendar, dice))
    answers.extend(_csat_answers(life, known, calendar, last, dice))
    answers.extend(_relieved(life, known, calendar, dice))
    told = datetime.combine(calendar.until + timedelta(days=1), time())
    unique = {
        (kind, format_utc(at), email): (score, words)
        for at, kind, score, email, words in answers
        if at < told
    }
    rows = [
        (life.id, kind, score, at, email, words)
        for (kind, at, email), (score, words) in sorted(unique.items(), key=lambda answer: answer[0][1])
    ]
    return list(rows), asked


Answer = tuple[datetime, str, int, str, str | None]


def _nps_answer(
    life: Life,
    calendar: Calendar,
    place: int,
    last: int,
    email: str,
    mood: float,
    dice: random.Random,
) -> Iterator[Answer]:
    """The answer of one contact, if there is one: the unhappy answer less often (missing not at random)."""
    health = float(life.health[place])
    luck, days = dice.random(), min(12, int(dice.expovariate(1 / 2.5)))
    noise = dice.gauss(0, settings.NPS_SD)
    if luck >= sigmoid(settings.NPS_ANSWER + settings.NPS_ANSWER_HEALTH * health) or place + days >= last:
        return
    score = min(10, max(0, round(settings.NPS_MEAN + settings.NPS_HEALTH * health + mood + noise)))
    at = draw_business_time(calendar.day(place + days), life.region, dice)
    yield at, "nps", score, email, _words(score, dice)


def _words(score: int, dice: random.Random) -> str | None:
    words = PROMOTER_WORDS if score >= 9 else PASSIVE_WORDS if score >= 7 else DETRACTOR_WORDS
    chosen = dice.choice(words)
    return chosen if dice.random() < 0.45 else None


def _detractors(life: Life, known: Known, calendar: Calendar, dice: random.Random) -> Iterator[Answer]:
    if not (life.trouble and life.effect):
        return
    day = life.trouble.starts_on
    for number, email in enumerate(known.present(day)[: life.effect.detractors]):
        # A collapse is felt on its first day; other troubles take a survey's time to be told.
        on = (
            day
            if life.effect.ticket_days == 1 and life.effect.tickets
            else day + timedelta(days=4 + 3 * number)
        )
        if on <= calendar.end:
            at = draw_business_time(on, life.region, dice)
            yield at, "nps", dice.choice((1, 2, 3, 4)), email, dice.choice(DETRACTOR_WORDS)


def _relieved(life: Life, known: Known, calendar: Calendar, dice: random.Random) -> Iterator[Answer]:
    """Everybody there is asked when their trouble is over and again days later, where some had been angry."""
    if not (life.trouble and life.effect and life.effect.detractors and life.trouble.recovers_on):
        return
    day = life.trouble.recovers_on
    present = known.present(day)[: settings.NPS_ASKED_MOST]
    for number, email in enumerate((*present, *present)):
        on = day + timedelta(days=number % 2 if number < len(present) else 2 + number % 2)
        if on <= calendar.end:
            at = draw_business_time(on, life.region, dice)
            yield at, "nps", dice.choice((9, 9, 10)), email, dice.choice(RELIEVED_WORDS)


def _csat_answers(
    life: Life, known: Known, calendar: Calendar, last: int, dice: random.Random
) -> Iterator[Answer]:
    """CSAT after the onboarding and after business reviews; ticket ratings are with the tickets."""
    onboarded = calendar.index(life.started_on) + 45
    occasions = [(onboarded, 0.40), *((calendar.index(day), 0.25) for day in known.reviews_held)]
    for place, chance in occasions:
        luck, noise = dice.random(), dice.gauss(0, 0.9)
        if not 0 <= place < last or luck >= chance:
            continue
        present = known.present(calendar.day(place))
        if present:
            score = min(5, max(1, round(4.15 + 0.4 * float(life.health[place]) + noise)))
            at = draw_business_time(calendar.day(place), life.region, dice)
            yield at, "csat", score, dice.choice(present), None
