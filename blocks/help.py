"""What can be asked."""

from collections.abc import Sequence
from dataclasses import dataclass

from blocks.elements import Reply, bullets, section
from blocks.text import sentence


@dataclass(frozen=True)
class HelpLine:
    """A verb: how it is written, what it is for, and how in detail."""

    usage: str
    shortcut: str | None
    purpose: str
    details: tuple[str, ...]


def build_help(lines: Sequence[HelpLine]) -> Reply:
    """The verbs, each with its purpose; details where they are given."""
    parts = [_format(line) for line in lines]
    return Reply("\n".join(sentence(line.usage) for line in lines), tuple(section(part) for part in parts))


def _format(line: HelpLine) -> str:
    short = f" or `{sentence(line.shortcut)}`" if line.shortcut else ""
    head = f"`{sentence(line.usage)}`{short}\n{sentence(line.purpose)}"
    return "\n".join((head, bullets([sentence(detail) for detail in line.details]))) if line.details else head
