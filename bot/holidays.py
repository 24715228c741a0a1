"""Days on which nobody works: ``holidays.csv`` beside the team's ``staysail.yaml``."""

import csv
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from functools import cache
from importlib import resources
from pathlib import Path
from zoneinfo import available_timezones

COLUMNS = ("date", "name", "timezone", "country")
REQUIRED = ("date", "name")


@dataclass(frozen=True)
class Holiday:
    """A day off: everybody's, or of those who live in a time zone or a country (ISO code, such as DE)."""

    day: date
    name: str
    timezone: str | None = None
    country: str | None = None

    def is_kept_in(self, timezone: str) -> bool:
        """Whether people of this time zone have the day off."""
        if self.timezone is not None:
            return self.timezone == timezone
        return self.country is None or self.country in load_countries().get(timezone, frozenset())


def find_holidays(holidays: Iterable[Holiday], timezone: str) -> frozenset[date]:
    """The days off of people of this time zone."""
    return frozenset(holiday.day for holiday in holidays if holiday.is_kept_in(timezone))


def read_holidays(path: Path) -> tuple[Holiday, ...]:
    """The file's holidays in its order. Raises ValueError with file, line, what is wrong and what to do."""
    try:
        lines = path.read_text(encoding="utf-8-sig").splitlines()
    except UnicodeDecodeError as error:
        raise ValueError(f"{path}: not UTF-8 text ({error.reason}); save it as UTF-8") from error
    rows = csv.reader(lines)
    header = [cell.strip().lower() for cell in next(rows, [])]
    _check_header(path, header)
    return tuple(_read_rows(path, header, rows))


def _check_header(path: Path, header: list[str]) -> None:
    missing = [name for name in REQUIRED if name not in header]
    unknown = [name for name in header if name not in COLUMNS]
    if missing or unknown or len(set(header)) < len(header):
        raise ValueError(
            f"{path} line 1: the columns are {', '.join(header) or 'missing'}; write date,name and, where a "
            "day is not everybody's, timezone or country"
        )


def _read_rows(path: Path, header: list[str], rows: Iterator[list[str]]) -> Iterator[Holiday]:
    # A cell may hold a line break, so the reader is asked for the line.
    for line, row in enumerate(rows, 2):
        cells = [cell.strip() for cell in row]
        if not any(cells):
            continue
        try:
            if len(cells) > len(header):
                raise ValueError(f"{len(cells)} cells under {len(header)} columns; quote a name with a comma")
            yield _read_row(dict(zip(header, cells, strict=False)))
        except ValueError as error:
            raise ValueError(f"{path} line {line}: {error}") from error


def _read_row(cells: Mapping[str, str]) -> Holiday:
    timezone, country = cells.get("timezone") or None, (cells.get("country") or "").upper() or None
    if not cells.get("name"):
        raise ValueError("name is empty; write what the holiday is called")
    if timezone and country:
        raise ValueError("timezone and country are both set; keep one of them")
    if timezone and timezone not in available_timezones():
        raise ValueError(f"{timezone!r} is no time zone; use a name such as Europe/Berlin")
    if country and not any(country in countries for countries in load_countries().values()):
        raise ValueError(f"{country!r} is no country; use its two letters such as DE")
    return Holiday(_read_day(cells.get("date", "")), cells["name"], timezone, country)


def _read_day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError as error:
        raise ValueError(f"date: {text!r} is no date; write it as 2026-12-25") from error


@cache
def load_countries() -> Mapping[str, frozenset[str]]:
    """The countries (ISO codes) that each time zone's name stands for."""
    found: dict[str, set[str]] = {}
    for table in ("zone1970.tab", "zone.tab"):
        for line in _read_lines(table):
            if line and not line.startswith("#"):
                codes, _place, zone = line.split("\t")[:3]
                # The first country is where the zone's city lies; the others only keep the same time.
                found.setdefault(zone, set()).add(codes.split(",")[0])
    for line in _read_lines("tzdata.zi"):
        if line.startswith("L "):
            _, zone, other = line.split(" ")
            found.setdefault(other, found.get(zone, set()))
    return {zone: frozenset(codes) for zone, codes in found.items()}


def _read_lines(table: str) -> list[str]:
    return (resources.files("tzdata") / "zoneinfo" / table).read_text(encoding="utf-8").splitlines()
