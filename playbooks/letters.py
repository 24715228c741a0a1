"""Texts of plays: jinja2 templates in which nothing can stay empty by accident.

A template's file begins with header lines (``Subject: …``, and ``Needs-yes: manager`` where a manager must
agree before it goes out), then an empty line, then the text.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from jinja2 import StrictUndefined, Template, TemplateError
from jinja2.sandbox import SandboxedEnvironment

SHIPPED = Path(__file__).parent / "templates"
ENDING = ".j2"
_HEADERS = ("Subject", "Needs-yes")


class LetterError(Exception):
    """A text cannot be written: what is wrong, in words for whoever has to write it by hand."""


@dataclass(frozen=True)
class Letter:
    """A text as it goes out; ``subject`` is empty for what is no e-mail."""

    subject: str
    body: str


@dataclass(frozen=True)
class _Template:
    subject: str
    body: str
    needs_yes: bool


class Letters:
    """The shipped templates, each replaced by the team's own of the same name, and what renders them."""

    def __init__(self, folder: Path | None = None) -> None:
        self._files = {path.stem: path for path in sorted(SHIPPED.glob(f"*{ENDING}"))}
        if folder is not None:
            self._files.update(
                {path.stem: path for path in sorted((folder / "templates").glob(f"*{ENDING}"))}
            )
        self._environment = SandboxedEnvironment(
            undefined=StrictUndefined,
            finalize=_refuse_nothing,
            trim_blocks=True,
            lstrip_blocks=True,
            keep_trailing_newline=False,
            autoescape=False,
        )
        self._environment.filters["count"] = _count
        self._compiled: dict[str, Template] = {}

    @property
    def names(self) -> frozenset[str]:
        """The names of all templates."""
        return frozenset(self._files)

    def needs_yes(self, name: str) -> bool:
        """Whether a manager must agree before this goes out; False for a template that is not there."""
        template = self._templates.get(name)
        return isinstance(template, _Template) and template.needs_yes

    def write(self, name: str, context: Mapping[str, Any]) -> Letter:
        """The template filled in. Raises LetterError saying what is missing."""
        template = self._templates.get(name)
        if template is None:
            raise LetterError(f"the template {name}{ENDING} is gone")
        if isinstance(template, str):
            raise LetterError(template)
        return Letter(
            " ".join(self.write_text(template.subject, context).split()),
            self.write_text(template.body, context),
        )

    def write_text(self, text: str, context: Mapping[str, Any]) -> str:
        """A jinja2 text filled in, without more than one empty line in a row. Raises LetterError."""
        try:
            written = self._compile(text).render(context)
        except TemplateError as error:
            raise LetterError(f"the text cannot be filled in: {error.message or error}") from error
        except (TypeError, ValueError, ArithmeticError) as error:
            raise LetterError(f"the text cannot be filled in: {error}") from error
        lines = "\n".join(line.rstrip() for line in written.strip().splitlines())
        return re.sub(r"\n{3,}", "\n\n", lines)

    def _compile(self, text: str) -> Template:
        if text not in self._compiled:
            self._compiled[text] = self._environment.from_string(text)
        return self._compiled[text]

    def find_text_problem(self, text: str) -> str | None:
        """What is wrong with a jinja2 text, with its line and a remedy; None where nothing is."""
        try:
            self._environment.from_string(text)
        except TemplateError as error:
            line = getattr(error, "lineno", None)
            where = f"line {line}: " if line else ""
            return f"{where}not a jinja2 text: {error.message}; write names as {{{{ account.name }}}}"
        return None

    def find_problems(self) -> list[str]:
        """What is wrong with the templates' files, a line each."""
        found = []
        for name, template in self._templates.items():
            if isinstance(template, str):
                found.append(f"{self._files[name]}: {template}")
                continue
            for text in (template.subject, template.body):
                if problem := self.find_text_problem(text):
                    found.append(f"{self._files[name]}: {problem}")
        return found

    @cached_property
    def _templates(self) -> dict[str, _Template | str]:
        return {name: _read(path) for name, path in self._files.items()}


def _read(path: Path) -> _Template | str:
    """The template in a file, or what is wrong with it."""
    try:
        text = path.read_text(encoding="utf-8")
    except UnicodeDecodeError:
        return "not UTF-8 text; save it as UTF-8"
    head, _, body = text.partition("\n\n")
    headers = {}
    for line in head.splitlines():
        key, colon, value = line.partition(":")
        if not colon or key not in _HEADERS:
            return f"the line {line!r} is no header; begin with Subject: …, then an empty line, then the text"
        headers[key] = value.strip()
    if not headers.get("Subject"):
        return "there is no subject; begin with Subject: …, then an empty line, then the text"
    if headers.get("Needs-yes", "manager") != "manager":
        return f"Needs-yes: {headers['Needs-yes']} is not known; write Needs-yes: manager, or delete the line"
    if not body.strip():
        return "there is no text; write it after an empty line"
    return _Template(headers["Subject"], body, "Needs-yes" in headers)


def _count(number: int, thing: str) -> str:
    """So many of a thing: ``{{ days_to_renewal | count("day") }}`` is 1 day, or 30 days."""
    return f"{number:,} {thing}" if number == 1 else f"{number:,} {thing}s"


def _refuse_nothing(value: object) -> object:
    """What is not known must not be written as nothing: the template has to ask first."""
    if value is None:
        raise ValueError("a value is not known here; ask first: {% if value %}…{% endif %}")
    return value
