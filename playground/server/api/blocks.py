"""blocks.validate: the block checks, without posting anything. It takes no token."""

from typing import Any

from playground.server.api.method import Call, invalid_arguments, method
from playground.server.blocks.check import message_problems, view_problems
from playground.server.blocks.schema import Problem
from playground.server.errors import SlackError
from playground.server.kinds import Json
from playground.server.slack import Slack


@method("blocks.validate", tier=3, token="none")
def blocks_validate(slack: Slack, call: Call) -> Json:
    """Returns nothing when all is well; raises invalid_blocks, _message or _view with `errors`."""
    given = [name for name in ("blocks", "message", "view") if call.args.get(name) is not None]
    if len(given) != 1:
        raise invalid_arguments("provide exactly one of blocks, message or view")
    kind = given[0]
    problems = _problems(kind, call.structure(kind))
    if problems:
        raise SlackError(f"invalid_{kind}", errors=[_shape(problem) for problem in problems])
    return {}


def _problems(kind: str, value: Any) -> list[Problem]:
    if kind == "view":
        return view_problems(value, "")
    if kind == "blocks":
        return message_problems(value, "")
    if not isinstance(value, dict):
        return [Problem("", "must provide an object", "invalid_type")]
    return message_problems(value.get("blocks") or [])


def _shape(problem: Problem) -> Json:
    shape: Json = {"pointer": problem.pointer, "code": problem.code, "message": problem.message}
    return shape | ({"constraint": problem.constraint} if problem.constraint else {})
