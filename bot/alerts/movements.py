"""Every account's score and level on a day and on the earlier days it is held against, as columns."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import select
from sqlalchemy.orm import Session

from bot.models import AccountScore
from scoring.levels import compute_rounded_points
from scoring.model import ScoringModel
from scoring.packing import NOT_SCORED
from scoring.sheets import BLOCK_BITS, BLOCK_SIZE
from scoring.stored import find_version_id, load_scores

Ints = NDArray[np.int64]


@dataclass(frozen=True)
class Day:
    """Scores of one day in the order of ``Movements.ids``.

    ``points`` are the whole points people see, negative where there is no score; ``ranks`` count from 0, the
    worst level, and are −1 where there is none.
    """

    points: Ints
    ranks: Ints


@dataclass(frozen=True)
class Movements:
    """The accounts on the lists of ``as_of``, and their scores on that day and some before it."""

    as_of: date
    ids: Ints
    days: Mapping[date, Day]

    @property
    def now(self) -> Day:
        return self.days[self.as_of]

    def find_place(self, account_id: int) -> int | None:
        """Where an account stands in the columns; None where it is not on the lists."""
        place = int(self.ids.searchsorted(account_id))
        return place if place < len(self.ids) and self.ids[place] == account_id else None

    def compute_change(self, since: date, until: date | None = None) -> tuple[Ints, NDArray[np.bool_]]:
        """Points gained between two days (by default until ``as_of``), and which accounts have both."""
        before, after = self.days[since].points, self.days[until or self.as_of].points
        return after - before, (before >= 0) & (after >= 0)


def load_movements(
    session: Session, *, model: ScoringModel, as_of: date, days: Iterable[date]
) -> Movements | None:
    """The stored scores of ``as_of`` and ``days``; None unless ``as_of`` is the newest day on the lists."""
    listed = select(AccountScore.account_id).where(
        AccountScore.model == model.name, AccountScore.as_of == as_of
    )
    ids = np.array(session.scalars(listed.order_by(AccountScore.account_id)).all(), dtype=np.int64)
    version_id = find_version_id(session, model)
    if not len(ids) or version_id is None:
        return None
    wanted = {as_of, *days}
    micro = {day: np.full(len(ids), NOT_SCORED, dtype=np.int64) for day in wanted}
    ranks = {day: np.full(len(ids), -1, dtype=np.int64) for day in wanted}
    blocks = ids >> BLOCK_BITS
    for block in np.unique(blocks):
        mine = np.flatnonzero(blocks == block)
        slots = ids[mine] & (BLOCK_SIZE - 1)
        for day, scores in load_scores(session, version_id, int(block), slots, sorted(wanted)).items():
            micro[day][mine], ranks[day][mine] = scores.score_micro, scores.levels
    found = {day: Day(compute_rounded_points(np.maximum(micro[day], -1)), ranks[day]) for day in wanted}
    return Movements(as_of, ids, found)
