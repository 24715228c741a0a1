"""A large file is read in bounded memory, whatever it says."""

import os
import subprocess
import sys
from pathlib import Path

from sqlalchemy import create_engine, text

from bot.db.engine import normalise_url

#: Reports by how many megabytes the process grew at most, beyond what small files had made of it.
SCRIPT = """
import resource, sys
from datetime import UTC, date, datetime
from pathlib import Path
from zoneinfo import ZoneInfo
from bot.db.engine import create_engine, create_sessions
from bot.sources.importing import import_path

def peak():
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024

with create_sessions(create_engine(sys.argv[1]))() as session:
    for name in sys.argv[2:]:
        before = peak()
        import_path(session, Path(name), recorded_on=date(2026, 3, 10), now=datetime.now(UTC),
                    zone=ZoneInfo("UTC"), rejects=Path(name).parent, skip_bad=True)
    session.commit()
    print(peak() - before)
"""


def test_memory_does_not_grow_with_the_file(fresh_database: str, tmp_path: Path) -> None:
    accounts = tmp_path / "accounts.csv"
    accounts.write_text("id,name\nA1,Acme\n")
    header = "account_id,kind,at,by_email,note\n"
    note = "x" * 1000

    def write(path: Path, rows: int) -> None:
        with path.open("w") as stream:
            stream.write(header)
            # Every cell is new, and every fifth row is bad: nothing can be remembered for good.
            for i in range(rows):
                at = f"2026-01-{1 + i % 28:02}T{i // 3600 % 24:02}:{i // 60 % 60:02}:{i % 60:02}.{i:06}Z"
                kind = "call" if i % 5 else f"shout{i % 9000}"
                stream.write(f"A1,{kind},{at},u{i}@x.example,{note} {i}\n")

    small, large = tmp_path / "touches_1.csv", tmp_path / "touches_2.csv"
    write(small, 10_000)
    write(large, 25_000)
    assert large.stat().st_size > 25_000_000
    done = subprocess.run(
        [sys.executable, "-c", SCRIPT, fresh_database, accounts, small, large],
        capture_output=True,
        text=True,
        check=True,
        env={**os.environ, "PYTHONPATH": str(Path(__file__).parents[2])},
    )
    assert float(done.stdout) < 12
    engine = create_engine(normalise_url(fresh_database))
    with engine.connect() as connection:
        assert connection.scalar(text("select count(*) from touch")) == 20_000
    engine.dispose()
