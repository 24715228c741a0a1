"""A demo's clock: moved by a file, for all processes at once, and never back."""

import os
import subprocess
import sys
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from bot.app import build_clock
from bot.config import load_settings
from bot.errors import UserError
from bot.moved_clock import MovedClock, read_ahead, write_ahead

NOW = datetime(2026, 11, 23, 9, 5, tzinfo=UTC)
DAY = timedelta(days=1)


def test_it_follows_the_file_forward_and_never_back(tmp_path: Path) -> None:
    file = tmp_path / "clock.json"
    write_ahead(file, -3 * DAY)
    clock = MovedClock(file, lambda: NOW)
    seen = [clock()]
    for ahead in (timedelta(0), DAY, timedelta(hours=5), 2 * DAY):
        write_ahead(file, ahead)
        seen.append(clock())
    assert seen == [NOW - 3 * DAY, NOW, NOW + DAY, NOW + DAY, NOW + 2 * DAY]
    assert read_ahead(file) == 2 * DAY


def test_a_file_that_goes_away_or_is_spoilt_changes_nothing(tmp_path: Path) -> None:
    file = tmp_path / "clock.json"
    write_ahead(file, DAY)
    clock = MovedClock(file, lambda: NOW)
    file.write_text("{")
    assert clock() == NOW + DAY
    file.unlink()
    assert clock() == NOW + DAY
    write_ahead(file, 2 * DAY)
    assert clock() == NOW + 2 * DAY


@pytest.mark.parametrize("content", [None, "", "[]", '{"ahead_seconds": "soon"}'])
def test_a_clock_that_cannot_be_read_is_refused_in_a_sentence(content: str | None, tmp_path: Path) -> None:
    file = tmp_path / "clock.json"
    if content is not None:
        file.write_text(content)
    with pytest.raises(UserError, match=r"STAYSAIL_CLOCK: .* is no clock's file .*Unset the variable"):
        MovedClock(file)


def test_the_application_goes_by_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = tmp_path / "clock.json"
    write_ahead(file, 30 * DAY)
    monkeypatch.setenv("STAYSAIL_CLOCK", str(file))
    clock = build_clock(load_settings())
    assert abs(clock() - datetime.now(UTC) - 30 * DAY) < timedelta(minutes=1)
    monkeypatch.delenv("STAYSAIL_CLOCK")
    assert abs(build_clock(load_settings())() - datetime.now(UTC)) < timedelta(minutes=1)


READER = """
import sys
from pathlib import Path
from bot.moved_clock import MovedClock
clock = MovedClock(Path(sys.argv[1]))
print(clock().isoformat(), flush=True)
for _ in sys.stdin:
    print(clock().isoformat(), flush=True)
"""


def test_another_process_is_moved_at_once(tmp_path: Path) -> None:
    file = tmp_path / "clock.json"
    write_ahead(file, DAY)
    with subprocess.Popen(
        [sys.executable, "-c", READER, str(file)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        env={**os.environ, "TZ": "Asia/Tokyo"},
    ) as reader:
        assert reader.stdin is not None
        assert reader.stdout is not None
        first = datetime.fromisoformat(reader.stdout.readline().strip())
        write_ahead(file, 5 * DAY)
        reader.stdin.write("\n")
        reader.stdin.flush()
        second = datetime.fromisoformat(reader.stdout.readline().strip())
        reader.stdin.close()
    assert second - first > 4 * DAY - timedelta(seconds=1)
    assert abs(second.timestamp() - time.time() - 5 * DAY.total_seconds()) < 60
