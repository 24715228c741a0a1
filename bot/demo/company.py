"""The made-up company of a demo: its history, and a future that is told a day at a time."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path

#: Days that a demo can be moved on.
DAYS_AHEAD = 63
#: Another number makes the demos of an older version anew, whose days to come are not these.
STORY = 9


@dataclass(frozen=True)
class Company:
    """What the company is to be. ``told_on`` is the last day of its history."""

    accounts: int
    weeks: int
    seed: int
    told_on: date

    @property
    def ends_on(self) -> date:
        """The last day there is anything to tell of."""
        return self.told_on + timedelta(days=DAYS_AHEAD)

    def write(
        self,
        out: Path,
        *,
        until: date,
        since: date | None = None,
        progress: Callable[[int, int], None] | None = None,
    ) -> None:
        """Write its CSV folder as exported at the end of ``until``; with ``since`` what is new since then."""
        # Imported here: a demo that was prepared before starts without it.
        from bot.generator import generate

        generate(
            out,
            accounts=self.accounts,
            weeks=self.weeks + DAYS_AHEAD // 7,
            seed=self.seed,
            end=self.ends_on,
            told_on=self.told_on,
            until=until,
            since=since,
            progress=progress,
        )


def describe_company(accounts: int, weeks: int, seed: int) -> str:
    """What tells a made-up company from another."""
    return f"{accounts} accounts, {weeks} weeks, seed {seed}, story {STORY}"
