"""What people type after a command, as questions. Pure."""

import re
from dataclasses import dataclass
from datetime import date

from bot.accounts.score_card import ScoreAsk
from bot.errors import UserError
from bot.reports.portfolio_filters import KINDS
from bot.reports.portfolio_views import Filter, PortfolioAsk

# Slack writes an address it recognises as <http://acme.com|acme.com>, and a person as <@U123|maria>.
_LINK = re.compile(r"<[^<>|]*\|([^<>]*)>|<([^<>|]*)>")
_DATE = re.compile(r"\d{4}-\d{1,2}-\d{1,2}")
_NAMED = re.compile(r"(\w+)=(.+)")
_QUOTES = str.maketrans({"“": '"', "”": '"', "„": '"', "‘": "'", "’": "'", "\u00a0": " "})
_ENTITIES = (("&lt;", "<"), ("&gt;", ">"), ("&amp;", "&"))
#: Other words for the kinds of filters. A tier is what the segment says.
_KIND_WORDS = {"tier": "segment", "owner": "csm", "tag": "stage", **{kind: kind for kind in KINDS}}
_EVERYONE = frozenset({"all", "team", "everyone", "everybody"})
_OWN = frozenset({"me", "my", "mine"})


@dataclass(frozen=True)
class Words:
    """The words of a command: those that stand alone, and those given as name=value."""

    alone: tuple[str, ...]
    named: dict[str, str]


def read_words(text: str) -> Words:
    """The words, without Slack's mark-up. ``model = x`` counts as ``model=x``."""
    plain = _LINK.sub(lambda link: link.group(1) or link.group(2), text)
    for entity, letter in _ENTITIES:
        plain = plain.replace(entity, letter)
    plain = re.sub(r"\s*=\s*", "=", plain.translate(_QUOTES)).replace('"', " ")
    alone: list[str] = []
    named: dict[str, str] = {}
    for word in plain.split():
        match = _NAMED.fullmatch(word)
        if match:
            named[match.group(1).lower()] = match.group(2)
        else:
            alone.append(word)
    return Words(tuple(alone), named)


def parse_score(text: str) -> ScoreAsk:
    """``acme``, ``acme 2026-09-01``, ``acme model=six_signal``. Raises UserError for what it cannot mean."""
    words = read_words(text)
    _refuse_unknown(words, {"model", "date", "day"}, "`/cs score acme 2026-09-01 model=six_signal`")
    alone = list(words.alone)
    day = words.named.get("date") or words.named.get("day")
    if day is None and len(alone) > 1 and _DATE.fullmatch(alone[-1]):
        day = alone.pop()
    return ScoreAsk(
        called=" ".join(alone),
        model=words.named.get("model"),
        as_of=None if day is None else parse_day(day),
    )


def parse_portfolio(text: str) -> PortfolioAsk:
    """``all``, ``csm maria``, ``segment=smb level red``, ``enterprise``. Raises UserError."""
    words = read_words(text)
    _refuse_unknown(words, {*_KIND_WORDS, "model", "page"}, "`/portfolio segment=smb level=red`")
    filters = [Filter(_KIND_WORDS[name], value) for name, value in words.named.items() if name in _KIND_WORDS]
    everyone, loose = False, list[str]()
    kind: str | None = None
    for word in (*words.alone, ""):
        lower = word.lower()
        if lower in _KIND_WORDS or not word:
            filters += [Filter(kind, " ".join(loose))] if loose else []
            loose, kind = [], _KIND_WORDS.get(lower)
        elif lower in _EVERYONE and (kind is None or loose):
            everyone = True
        elif lower in _OWN and kind is None and not loose:
            filters.append(Filter("csm", "me"))
        else:
            loose.append(word)
    page = words.named.get("page", "1")
    return PortfolioAsk(
        filters=tuple(filters),
        everyone=everyone,
        model=words.named.get("model"),
        page=max(1, int(page)) if page.isdecimal() and len(page) < 6 else 1,
    )


def parse_help_topic(text: str) -> str:
    """The verb that help is wanted for; empty for all of them."""
    words = [word.lower() for word in read_words(text).alone if word.lower() not in ("cs", "/cs")]
    return words[0].removeprefix("/") if words else ""


def parse_day(text: str) -> date:
    """A day as 2026-09-01. Raises UserError that says how to write it."""
    try:
        year, month, day = (int(part) for part in text.split("-"))
        return date(year, month, day)
    except ValueError as error:
        raise UserError(f"“{text[:40]}” is no day I know. Write it as 2026-09-01.") from error


def _refuse_unknown(words: Words, known: set[str], example: str) -> None:
    unknown = sorted(set(words.named) - known)
    if unknown:
        raise UserError(f"I do not know “{unknown[0][:40]}=”. Ask like this: {example}.")
