"""Slack delivers at least once; a deed is done once.

The key of a delivery is written by the first statement of the transaction that does the deed. A second
delivery finds the key, or waits for the first to commit and then finds it. A delivery whose deed failed
leaves no key, so Slack's retry is not mistaken for a repetition.
"""

import hashlib
import json
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import Any

from psycopg.errors import LockNotAvailable
from sqlalchemy import Connection, delete, event, text
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session, sessionmaker
from sqlalchemy.orm.session import SessionTransaction

from bot.models import DeliveryKey

#: Slack redelivers events for up to a day.
KEPT = timedelta(hours=26)
LONGEST_KEY = 200
#: A repetition waits this long for the first delivery to end, so that it can do the deed if that one
#: fails. Slack itself waits three seconds.
LONGEST_WAIT = "2s"

# The limit holds for the whole transaction: a deed that waits longer for a row must fail while there is
# still time to say so.
_RECORD = text(
    """
    insert into delivery_key (key, seen_at)
    select :key, :seen_at from (select set_config('lock_timeout', :wait, true)) as limited
    on conflict do nothing
    """
)


class DuplicateDelivery(Exception):
    """Slack sent this before and it has been handled: answer, and do nothing."""


def find_delivery_key(body: Mapping[str, Any]) -> str | None:
    """What makes a delivery the same as another; None for what may be asked any number of times, and for
    what lacks the parts that tell it from others."""
    if "event_id" in body:
        return _join("event", body["event_id"])
    if "command" in body:
        return _join("command", body.get("trigger_id"))
    kind = body.get("type")
    user = (body.get("user") or {}).get("id")
    if kind == "block_actions":
        return _find_click_key(body, user)
    if kind == "view_submission":
        view = body.get("view") or {}
        # With what was entered: a form refused for a mistake is sent again under the same hash.
        entered = json.dumps((view.get("state") or {}).get("values"), sort_keys=True)
        return _join(
            "view", view.get("id"), view.get("hash"), user, hashlib.sha256(entered.encode()).hexdigest()
        )
    if kind in ("shortcut", "message_action"):
        return _join("shortcut", body.get("trigger_id"))
    return None


def _find_click_key(body: Mapping[str, Any], user: str | None) -> str | None:
    actions = body.get("actions") or []
    if not actions:
        return None
    container = body.get("container") or {}
    place = container.get("message_ts") or container.get("view_id")
    return _join("click", place, actions[0].get("action_id"), user, actions[0].get("action_ts"))


def _join(*parts: str | None) -> str | None:
    """The key of these parts. One that is missing would make strangers look alike, so then there is none."""
    given = [part for part in parts if part]
    if len(given) < len(parts):
        return None
    key = ":".join(given)
    return key if len(key) <= LONGEST_KEY else hashlib.sha256(key.encode()).hexdigest()


def once(
    sessions: sessionmaker[Session], key: str | None, now: Callable[[], datetime]
) -> Callable[[], Session]:
    """A factory of sessions for one delivery, whose first transaction to commit also records its key.

    A transaction raises DuplicateDelivery at its start when another delivery recorded the key before, or
    is still at it after LONGEST_WAIT. Until the key is recorded no lock is waited for longer than that.
    """
    if key is None:
        return sessions
    delivery = _Recorder(key, now())

    def open_session() -> Session:
        session = sessions()
        event.listen(session, "after_begin", delivery.record)
        event.listen(session, "after_commit", delivery.remember)
        return session

    return open_session


class _Recorder:
    """Writes the key of one delivery, once."""

    def __init__(self, key: str, seen_at: datetime) -> None:
        self._key = key
        self._values = {"key": key, "seen_at": seen_at, "wait": LONGEST_WAIT}
        self.recorded = False

    def record(self, _session: Session, transaction: SessionTransaction, connection: Connection) -> None:
        if self.recorded or transaction.nested:
            return
        try:
            new = connection.execute(_RECORD, self._values).rowcount == 1
        except OperationalError as error:
            if isinstance(error.orig, LockNotAvailable):
                raise DuplicateDelivery(self._key) from error
            raise
        if not new:
            raise DuplicateDelivery(self._key)

    def remember(self, _session: Session) -> None:
        self.recorded = True


def prune_delivery_keys(session: Session, *, now: datetime) -> int:
    """How many keys were dropped that Slack can no longer send again."""
    result = session.execute(delete(DeliveryKey).where(DeliveryKey.seen_at < now - KEPT))
    return int(result.rowcount)  # type: ignore[attr-defined]
