"""holidays.csv: whose day off a date is, and what is said about a wrong line."""

from datetime import date
from pathlib import Path

import pytest

from bot.alerts.people import load_team_week
from bot.config import ConfigError, load_team_config

HOLIDAYS = """\
date,name,country,timezone
2026-12-25,Christmas,,
2026-11-26,"Thanksgiving, and the day before",us,

2026-10-03,Day of unity,DE,
2026-08-05,Picnic day,,Australia/Darwin
"""


def write(folder: Path, text: str | bytes) -> Path:
    path = folder / "holidays.csv"
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return folder


@pytest.mark.parametrize(
    ("zone", "days"),
    [
        ("Europe/Berlin", {date(2026, 12, 25), date(2026, 10, 3)}),
        ("Europe/Copenhagen", {date(2026, 12, 25)}),
        ("America/Chicago", {date(2026, 12, 25), date(2026, 11, 26)}),
        ("US/Pacific", {date(2026, 12, 25), date(2026, 11, 26)}),
        ("Australia/Darwin", {date(2026, 12, 25), date(2026, 8, 5)}),
        ("UTC", {date(2026, 12, 25)}),
    ],
)
def test_a_holiday_is_kept_by_those_who_live_there(tmp_path: Path, zone: str, days: set[date]) -> None:
    team = load_team_config(write(tmp_path, HOLIDAYS))
    assert load_team_week(team, zone).holidays == days


def test_a_folder_without_the_file_has_no_holidays(tmp_path: Path) -> None:
    assert load_team_config(tmp_path).holidays == ()


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (
            "date,name\n24.12.2026,Eve\n",
            "holidays.csv line 2: date: '24.12.2026' is no date; write it as 2026-12-25",
        ),
        ("date,name\n2026-12-24,Eve\n2026-12-25,\n", "line 3: name is empty"),
        (
            "date,name,country\n2026-12-24,Eve,Germany\n",
            "line 2: 'GERMANY' is no country; use its two letters",
        ),
        ("date,name,timezone\n2026-12-24,Eve,Berlin\n", "line 2: 'Berlin' is no time zone"),
        ("date,name,timezone,country\n2026-12-24,Eve,UTC,DE\n", "line 2: timezone and country are both set"),
        ("date,name\n2026-12-24,Eve, a half day\n", "line 2: 3 cells under 2 columns"),
        ("day,name\n2026-12-24,Eve\n", "line 1: the columns are day, name; write date,name"),
        ("", "line 1: the columns are missing; write date,name"),
        (b"date,name\n2026-12-24,\xe9\n", "not UTF-8 text"),
    ],
)
def test_a_wrong_line_is_named_with_its_remedy(tmp_path: Path, text: str | bytes, said: str) -> None:
    with pytest.raises(ConfigError) as caught:
        load_team_config(write(tmp_path, text))
    assert said in str(caught.value)


def test_holidays_do_not_belong_in_the_teams_file(tmp_path: Path) -> None:
    (tmp_path / "staysail.yaml").write_text("holidays: [2026-12-25]\n")
    with pytest.raises(ConfigError, match=r"write them into holidays\.csv"):
        load_team_config(tmp_path)
