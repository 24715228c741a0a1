"""`/score` and `/portfolio`: the verbs asked for most, without `/cs`."""

from collections.abc import Callable
from typing import Any

from handlers.commands.verbs import VERBS, answer
from handlers.desk import Desk
from handlers.replies import to_asker


def handle_score(ack: Callable[..., Any], command: dict[str, Any], desk: Desk) -> None:
    """Answer `/score <account>` as `/cs score <account>`."""
    ack(**to_asker(answer(VERBS["score"], command.get("text") or "", desk)))


def handle_portfolio(ack: Callable[..., Any], command: dict[str, Any], desk: Desk) -> None:
    """Answer `/portfolio …` as `/cs portfolio …`."""
    ack(**to_asker(answer(VERBS["portfolio"], command.get("text") or "", desk)))
