"""The guard against broken feeds: when too many accounts move together, the data is to blame (SPEC A6)."""

from collections import Counter
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Literal

import numpy as np
from numpy.typing import NDArray
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from bot.alerts.causes import compute_causes
from bot.alerts.movements import Movements
from bot.config import Alerts, TeamConfig
from bot.messages import want_message
from bot.models import HeldFlood
from scoring.explaining import Comparisons
from scoring.model import ScoringModel

#: A score that changed this much in a day moved (SPEC H7).
MOVED_POINTS = 5
#: Accounts that are looked into to say which signals moved.
SAMPLE = 25
MOST_SUSPECTS = 3
DAY = timedelta(days=1)


@dataclass(frozen=True)
class Flood:
    """How many accounts moved the same way on one day; ``ids`` of those that did, the farthest first."""

    direction: Literal["down", "up"]
    ids: tuple[int, ...]
    scored: int


def find_flood(movements: Movements, limits: Alerts) -> Flood | None:
    """The flood of the day, when a larger share of accounts moved the same way than the team allows.

    Only accounts with a score on both days count. A team of fewer than ``flood_minimum`` has no floods: two
    bad accounts of ten are no broken feed.
    """
    change, known = movements.compute_change(movements.as_of - DAY)
    scored = int(known.sum())
    down, up = known & (change <= -MOVED_POINTS), known & (change >= MOVED_POINTS)
    moved = down if down.sum() >= up.sum() else up
    if scored < limits.flood_minimum or int(moved.sum()) <= limits.flood_share * scored:
        return None
    return Flood("down" if moved is down else "up", _sort(movements, moved, change), scored)


def _sort(movements: Movements, moved: NDArray[np.bool_], change: NDArray[np.int64]) -> tuple[int, ...]:
    places = np.flatnonzero(moved)
    farthest = places[np.argsort(-np.abs(change[places]), kind="stable")]
    return tuple(int(account_id) for account_id in movements.ids[farthest])


def hold_alerts(
    session: Session, *, model: ScoringModel, flood: Flood, as_of: date, now: datetime, team: TeamConfig
) -> None:
    """Write the day down as held back and want the one message about it, in the alerts channel."""
    suspects, sample = _find_suspects(session, model, flood, as_of)
    facts = {
        "direction": flood.direction,
        "moved": len(flood.ids),
        "scored": flood.scored,
        "suspects": suspects,
        "sample": sample,
    }
    new = insert(HeldFlood).values(model=model.name, as_of=as_of, at=now, facts=facts)
    flood_id = session.scalar(new.on_conflict_do_nothing().returning(HeldFlood.id))
    if flood_id is not None:
        want_message(session, kind="flood", subject_id=flood_id, channel=team.alerts_channel)


def _find_suspects(
    session: Session, model: ScoringModel, flood: Flood, as_of: date
) -> tuple[list[tuple[str, int]], int]:
    """The signals that moved a sample of the accounts most, with counts, and the sample's size."""
    sample = flood.ids[:SAMPLE]
    sign = -1 if flood.direction == "down" else 1
    counted: Counter[str] = Counter()
    comparisons = Comparisons(session, model)
    for account_id in sample:
        found = comparisons.find(account_id, as_of=as_of, since=as_of - DAY)
        causes = (
            [] if found is None else [cause for cause in compute_causes(found) if cause.points * sign > 0]
        )
        if causes:
            counted[max(causes, key=lambda cause: cause.points * sign).title] += 1
    return counted.most_common(MOST_SUSPECTS), len(sample)
