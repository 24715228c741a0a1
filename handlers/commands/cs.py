"""`/cs <verb> …`"""

from collections.abc import Callable
from typing import Any

from handlers.commands.verbs import answer, get_verb
from handlers.desk import Desk
from handlers.replies import to_asker


def handle_cs(ack: Callable[..., Any], command: dict[str, Any], desk: Desk) -> None:
    """Answer any verb, privately."""
    verb, words = get_verb(command.get("text") or "")
    ack(**to_asker(answer(verb, words, desk)))
