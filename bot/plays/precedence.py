"""Which of several plays an account has: one at a time, the one whose class comes first."""

from datetime import datetime

from sqlalchemy.orm import Session

from bot.models import PlayRun
from bot.plays.recording import add_event
from bot.plays.state import Deed
from bot.plays.store import find_living, go_on, load_play, load_run, save_run, stand_still
from playbooks import PRECEDENCE, Playbook


def find_holder(
    session: Session, account_id: int, play: Playbook, *, but: int | None = None
) -> PlayRun | None:
    """The run that this play has to wait for; None where none is in its way.

    One that itself waits for another is in nobody's way.
    """
    for row in find_living(session, account_id):
        if row.id != but and row.held_by is None and is_held_by(play, load_play(session, row.version_id)):
            return row
    return None


def find_rival(session: Session, account_id: int, play: Playbook) -> PlayRun | None:
    """A run of the same class, beside which this play does not start by itself."""
    if play.beside:
        return None
    for row in find_living(session, account_id):
        if row.play_class != play.play_class or row.playbook in play.replaces:
            continue
        if not load_play(session, row.version_id).beside:
            return row
    return None


def is_held_by(play: Playbook, other: Playbook) -> bool:
    """Whether a play may not run while the other does."""
    if play.beside or other.beside or play.name == other.name:
        return False
    if other.holds is not None:
        return play.play_class in other.holds
    return PRECEDENCE.index(other.play_class) < PRECEDENCE.index(play.play_class)


def hold_lower(session: Session, row: PlayRun, play: Playbook, now: datetime) -> None:
    """Let the runs that the play takes precedence over stand still until it ends."""
    for other in find_living(session, row.account_id):
        theirs = load_play(session, other.version_id)
        if other.id == row.id or other.state != "active" or not is_held_by(theirs, play):
            continue
        reason = f"“{play.title}” comes first; this goes on when that is over."
        save_run(session, other, stand_still(load_run(session, other), now, reason), theirs)
        other.held_by = row.id
        add_event(session, other.id, "held_by", now, detail={"play": play.name, "title": play.title})


def release_held(session: Session, ended: PlayRun, now: datetime) -> None:
    """Let the runs that waited for an ended one go on, or wait for the next that is in their way."""
    waiting = [row for row in find_living(session, ended.account_id) if row.held_by == ended.id]
    for row in sorted(waiting, key=lambda row: (PRECEDENCE.index(row.play_class), row.id)):
        play = load_play(session, row.version_id)
        holder = find_holder(session, row.account_id, play, but=row.id)
        row.held_by = holder.id if holder else None
        if holder is None:
            save_run(session, row, go_on(load_run(session, row), now), play)
            add_event(session, row.id, "released", now, detail={"play": ended.playbook})
    session.flush()


def has_ended(deeds: tuple[Deed, ...]) -> bool:
    """Whether a move ended the run."""
    return any(deed.kind == "ended" for deed in deeds)
