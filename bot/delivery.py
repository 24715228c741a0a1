"""Slack delivers at least once; a deed is done once.

The key of a delivery is written by the first statement of the transaction that does the deed. A second
delivery finds the key, or waits for the first to commit and then finds it. A delivery whose deed failed
leaves no key, so Slack's retry is not mistaken for a repetition.
"""

import hashlib
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, delete, event
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session, sessionmaker
from sqlalchemy.orm.session import SessionTransaction

from bot.models import DeliveryKey

#: Slack redelivers events for up to a day.
KEPT = timedelta(hours=26)


class DuplicateDelivery(Exception):
    """Slack sent this before and it has been handled: answer, and do nothing."""


def find_delivery_key(body: Mapping[str, Any]) -> str | None:
    """What makes a delivery the same as another; None for what may be asked any number of times."""
    if "event_id" in body:
        return f"event:{body['event_id']}"
    if "command" in body:
        return f"command:{body.get('trigger_id')}"
    kind = body.get("type")
    user = (body.get("user") or {}).get("id")
    if kind == "block_actions":
        return _find_click_key(body, user)
    if kind == "view_submission":
        view = body["view"]
        return f"view:{view['id']}:{view.get('hash')}:{user}"
    if kind in ("shortcut", "message_action"):
        return f"shortcut:{body.get('trigger_id')}"
    return None


def _find_click_key(body: Mapping[str, Any], user: str | None) -> str | None:
    actions = body.get("actions") or []
    if not actions:
        return None
    container = body.get("container") or {}
    place = container.get("message_ts") or container.get("view_id")
    return f"click:{place}:{actions[0].get('action_id')}:{user}:{actions[0].get('action_ts')}"


def once(
    sessions: sessionmaker[Session], key: str | None, now: Callable[[], datetime]
) -> Callable[[], Session]:
    """A factory of sessions whose first transaction also records the key.

    That transaction raises DuplicateDelivery at its start when the key was recorded before.
    """
    if key is None:
        return sessions
    digest = key if len(key) <= 200 else hashlib.sha256(key.encode()).hexdigest()

    def open_session() -> Session:
        session = sessions()
        event.listen(session, "after_begin", _recorder(digest, now()), once=True)
        return session

    return open_session


def _recorder(key: str, seen_at: datetime) -> Callable[[Session, SessionTransaction, Connection], None]:
    def record(_session: Session, _transaction: SessionTransaction, connection: Connection) -> None:
        statement = insert(DeliveryKey).values(key=key, seen_at=seen_at).on_conflict_do_nothing()
        if connection.execute(statement).rowcount == 0:
            raise DuplicateDelivery(key)

    return record


def prune_delivery_keys(session: Session, *, now: datetime) -> int:
    """How many keys were dropped that Slack can no longer send again."""
    result = session.execute(delete(DeliveryKey).where(DeliveryKey.seen_at < now - KEPT))
    return int(result.rowcount)  # type: ignore[attr-defined]
