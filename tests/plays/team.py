"""A small team with accounts and playbooks, in a real database."""

from collections.abc import Iterable
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import insert, select
from sqlalchemy.orm import Session

from bot.config import TeamConfig
from bot.models import ALWAYS, Account, AccountVersion, Contact, Person, PlayEvent, PlayRun, PlayStep
from bot.plays.keeping import find_next_due, keep_run, take_due_run
from bot.plays.starting import Started, start_play
from playbooks import Library, Playbook
from playbooks.letters import Letters

#: A Monday.
START = datetime(2026, 6, 1, 10, tzinfo=UTC)
DAY = timedelta(days=1)
TEAM = TeamConfig()

CSM, MANAGER, EXECUTIVE, ADMIN, OTHER = 1, 2, 3, 4, 5


def add_team(session: Session) -> None:
    people = [
        (EXECUTIVE, "Eve Executive", "executive", None),
        (MANAGER, "Mo Manager", "manager", EXECUTIVE),
        (CSM, "Cam Csm", "csm", MANAGER),
        (ADMIN, "Ada Admin", "admin", None),
        (OTHER, "Otto Other", "csm", None),
    ]
    for person_id, name, role, manager_id in people:
        email = f"{name.split()[0].lower()}@corp.example"
        session.execute(
            insert(Person).values(
                id=person_id,
                email=email,
                name=name,
                role=role,
                manager_id=manager_id,
                slack_id=f"U{person_id}",
                timezone="UTC",
            )
        )


def add_account(session: Session, account_id: int, *, contact: bool = True, **values: Any) -> None:
    values = {
        "name": f"Account {account_id}",
        "segment": "smb",
        "arr_cents": 1_200_000,
        "csm_id": CSM,
        "renewal_on": date(2026, 9, 15),
        "started_on": date(2026, 5, 1),
        **values,
    }
    session.execute(insert(Account).values(id=account_id, external_id=f"a{account_id}", **values))
    session.execute(insert(AccountVersion).values(account_id=account_id, recorded_on=ALWAYS, **values))
    if contact:
        session.execute(
            insert(Contact).values(
                account_id=account_id,
                email=f"dana@a{account_id}.example",
                name="Dana Fox",
                role="champion",
                recorded_on=ALWAYS,
            )
        )


def build_library(folder: Path, *plays: Playbook) -> Library:
    """These playbooks, with a template `letter` for their e-mails."""
    (folder / "templates").mkdir(exist_ok=True)
    text = "Subject: About {{ account.name }}\n\n{{ greeting }}\nThis is about {{ account.name }}.\n"
    (folder / "templates" / "letter.j2").write_text(text)
    return Library({play.name: play for play in plays}, Letters(folder))


def start(
    session: Session, library: Library, playbook: str = "test", account_id: int = 1, **more: Any
) -> Started:
    return start_play(
        session,
        playbook=playbook,
        account_id=account_id,
        now=more.pop("now", START),
        team=TEAM,
        why="A test.",
        library=library,
        **more,
    )


def live(session: Session, library: Library, until: datetime) -> datetime:
    """Let everything that falls due until a time be kept, each at its own moment; the last such moment."""
    last = START
    while (due := find_next_due(session)) is not None and due <= until:
        last = max(last, due)
        row = take_due_run(session, now=last)
        assert row is not None
        keep_run(session, row, now=last, team=TEAM, library=library)
        session.flush()
    return last


def run_of(session: Session, playbook: str = "test", account_id: int = 1) -> PlayRun:
    session.expire_all()
    asked = select(PlayRun).where(PlayRun.playbook == playbook, PlayRun.account_id == account_id)
    return session.scalars(asked.order_by(PlayRun.id.desc())).first()  # type: ignore[return-value]


def step_of(session: Session, name: str, run: PlayRun | None = None) -> PlayStep:
    session.expire_all()
    asked = select(PlayStep).where(PlayStep.name == name)
    if run is not None:
        asked = asked.where(PlayStep.run_id == run.id)
    return session.scalars(asked.order_by(PlayStep.id.desc())).first()  # type: ignore[return-value]


def told(session: Session, run_id: int, *kinds: str) -> list[tuple[str, str]]:
    """The run's timeline: kind and day."""
    asked: Iterable[PlayEvent] = session.scalars(
        select(PlayEvent).where(PlayEvent.run_id == run_id).order_by(PlayEvent.id)
    )
    return [(each.kind, f"{each.at:%m-%d}") for each in asked if not kinds or each.kind in kinds]
