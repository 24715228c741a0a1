"""E-mails and pages from templates; a team's own in STAYSAIL_CONFIG/templates come before those shipped."""

from functools import cache
from pathlib import Path
from typing import Any

from jinja2 import ChoiceLoader, Environment, FileSystemLoader, PackageLoader, StrictUndefined, TemplateError

from bot.errors import UserError
from bot.mail.queue import MailContent

#: What a team may replace: each kind's text and HTML.
NAMES = ("alert.txt.j2", "alert.html.j2", "layout.html.j2")
#: A subject longer than this is cut by most mail clients anyway.
SUBJECT_LIMIT = 150


class BrokenTemplate(UserError):
    """A template of the team's is wrong; the text says which and why."""


def render_mail(name: str, *, subject: str, templates: Path | None, **facts: Any) -> MailContent:
    """The e-mail ``name`` with these facts: ``name.txt.j2`` and ``name.html.j2``. Raises BrokenTemplate.

    What the HTML shows of a fact is escaped; a fact that a template names and that is not given is an error.
    """
    subject = clean_line(subject, SUBJECT_LIMIT)
    return MailContent(
        subject=subject,
        text=_render(f"{name}.txt.j2", templates, subject=subject, **facts),
        html=_render(f"{name}.html.j2", templates, subject=subject, **facts),
    )


def render_page(name: str, **facts: Any) -> str:
    """The page a browser shows about the end of a kind of e-mail: ``ask``, ``done`` or ``unknown``."""
    return _render("page.html.j2", None, page=name, **facts)


def find_broken(templates: Path | None) -> list[str]:
    """What is wrong with the team's own templates, a sentence each."""
    problems = []
    for name in NAMES:
        try:
            _get_environment(templates).get_template(name)
        except TemplateError as error:
            problems.append(_describe(name, error))
    return problems


def clean_line(text: str, limit: int) -> str:
    """The text in one line without what cannot be shown, cut to so many characters."""
    line = " ".join("".join(each if each.isprintable() else " " for each in text).split())
    return line if len(line) <= limit else line[: limit - 1].rstrip() + "…"


def _render(name: str, templates: Path | None, **facts: Any) -> str:
    try:
        return _get_environment(templates).get_template(name).render(**facts).strip() + "\n"
    except TemplateError as error:
        raise BrokenTemplate(_describe(name, error)) from error


def _describe(name: str, error: TemplateError) -> str:
    line = getattr(error, "lineno", None)
    where = f" line {line}" if line else ""
    return f"the template {name}{where} is wrong ({error.message or type(error).__name__}): correct it"


@cache
def _get_environment(templates: Path | None) -> Environment:
    shipped = PackageLoader("bot.mail")
    loaders = [FileSystemLoader(templates), shipped] if templates is not None else [shipped]
    return Environment(
        loader=ChoiceLoader(loaders),
        autoescape=lambda name: name is not None and name.endswith(".html.j2"),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
