"""Which earlier days a day's scores are held against, after an outage and after a broken feed too.

Each day that was looked at leaves a mark on its run. Normally that is yesterday. After an outage it is
the day before the outage, so that what fell meanwhile is not missed. Days whose alerts were held back are
not believed: once their accounts are back where they were, the last day before counts again; if they stay
where they are, that is the new normal, and only later falls are news.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta

import numpy as np
from sqlalchemy import literal, select, update
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Session

from bot.alerts.floods import MOVED_POINTS
from bot.alerts.movements import Movements
from bot.models import HeldFlood, ScoreRun
from scoring.model import ScoringModel
from scoring.stored import find_version_id

DAY = timedelta(days=1)
#: An earlier look than this says nothing of today any more.
LONGEST_OUTAGE = timedelta(days=14)
#: For so long after a held-back day its accounts are watched for coming back.
DOUBT = timedelta(days=7)
_MARK = "alerts_looked"
#: Beside it the versions of the rules that looked, by name.
_RULES = "rules"


@dataclass(frozen=True)
class History:
    """The day of the last look, and the days since the longest window whose alerts were held back."""

    as_of: date
    last_look: date | None
    held: tuple[date, ...]

    @property
    def days(self) -> tuple[date, ...]:
        """The days whose scores are needed to judge by."""
        looked = (self.last_look,) if self.last_look else ()
        return (self.as_of - DAY, *looked, *self.held, *(day - DAY for day in self.held))


def load_history(session: Session, *, model: ScoringModel, as_of: date, window: timedelta) -> History:
    """What was looked at before ``as_of``; held-back days as far back as ``window`` or the last look."""
    since = as_of - max(window, LONGEST_OUTAGE)
    look = session.scalar(
        select(ScoreRun.as_of)
        .where(
            ScoreRun.model_version_id == find_version_id(session, model),
            ScoreRun.as_of < as_of,
            ScoreRun.as_of >= as_of - LONGEST_OUTAGE,
            ScoreRun.notes.has_key(_MARK),
        )
        .order_by(ScoreRun.as_of.desc())
        .limit(1)
    )
    held = session.scalars(
        select(HeldFlood.as_of)
        .where(HeldFlood.model == model.name, HeldFlood.as_of >= since, HeldFlood.as_of < as_of)
        .order_by(HeldFlood.as_of)
    )
    return History(as_of, look, tuple(held))


def mark_looked(session: Session, *, model: ScoringModel, as_of: date) -> None:
    """Remember that the day was looked at and believed."""
    session.execute(
        update(ScoreRun)
        .where(ScoreRun.model_version_id == find_version_id(session, model), ScoreRun.as_of == as_of)
        .values(notes=ScoreRun.notes.op("||")(literal({_MARK: True}, JSONB)))
    )


def mark_rules(session: Session, *, model: ScoringModel, as_of: date, versions: Mapping[str, str]) -> None:
    """Remember which rules looked at the day, believed or not."""
    session.execute(
        update(ScoreRun)
        .where(ScoreRun.model_version_id == find_version_id(session, model), ScoreRun.as_of == as_of)
        .values(notes=ScoreRun.notes.op("||")(literal({_RULES: dict(versions)}, JSONB)))
    )


def load_rule_marks(session: Session, *, model: str, as_of: date) -> dict[str, str]:
    """The versions of the rules that took part in the newest look until ``as_of``, by name."""
    found = session.scalar(
        select(ScoreRun.notes[_RULES])
        .where(ScoreRun.model == model, ScoreRun.as_of <= as_of, ScoreRun.notes.has_key(_RULES))
        .order_by(ScoreRun.as_of.desc(), ScoreRun.id.desc())
        .limit(1)
    )
    return dict(found or {})


@dataclass(frozen=True)
class Grounds:
    """The days to hold ``as_of`` against."""

    history: History
    movements: Movements

    @property
    def is_believed(self) -> bool:
        """Whether no day was held back lately, or its accounts are back where they were."""
        return self._is_over(self._held_since(self.history.as_of - DOUBT))

    @property
    def level_days(self) -> tuple[date, ...]:
        """Yesterday, and the day of the last look where that was earlier and can be compared with."""
        history, yesterday = self.history, self.history.as_of - DAY
        look = history.last_look
        if look is None or look >= yesterday or not self._is_over(self._held_since(look + DAY)):
            return (yesterday,)
        return (yesterday, look)

    def find_drop_day(self, over_days: int) -> date:
        """The day a drop is measured from: ``over_days`` ago, but never a day that was not believed."""
        as_of = self.history.as_of
        wanted = as_of - over_days * DAY
        held = self._held_since(wanted)
        if not held:
            return wanted
        return min(wanted, held[0] - DAY) if self._is_over(held) else as_of - DAY

    def _held_since(self, day: date) -> tuple[date, ...]:
        return tuple(held for held in self.history.held if held >= day)

    def _is_over(self, held: Iterable[date]) -> bool:
        """Whether most of the accounts that moved on the first held-back day are back where they were."""
        first = min(held, default=None)
        if first is None:
            return True
        moved, known = self.movements.compute_change(first - DAY, first)
        away, still_known = self.movements.compute_change(first - DAY)
        # Whichever direction more of them took is the flood's.
        down, up = known & (moved <= -MOVED_POINTS), known & (moved >= MOVED_POINTS)
        flood = (down if down.sum() >= up.sum() else up) & still_known
        back = flood & (np.abs(away) < MOVED_POINTS)
        return bool(flood.any() and 2 * back.sum() > flood.sum())
