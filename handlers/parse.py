"""What people type after a command, as questions. Pure."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import TypeVar

from bot.accounts.score_card import ScoreAsk
from bot.alerts.views import AlertState
from bot.errors import UserError
from bot.reports.alert_list import STATES, AlertAsk
from bot.reports.portfolio_filters import KINDS
from bot.reports.portfolio_views import Filter, PortfolioAsk
from bot.reports.rule_report import RulesAsk

# Slack writes an address it recognises as <http://acme.com|acme.com>, and a person as <@U123|maria>.
_LINK = re.compile(r"<[^<>|]*\|([^<>]*)>|<([^<>|]*)>")
_DATE = re.compile(r"\d{4}-\d{1,2}-\d{1,2}")
_NAMED = re.compile(r"(\w+)=(.+)")
_QUOTES = str.maketrans({"“": '"', "”": '"', "„": '"', "‘": "'", "’": "'", "\u00a0": " "})
_ENTITIES = (("&lt;", "<"), ("&gt;", ">"), ("&amp;", "&"))
#: Other words for the kinds of filters. A tier is what the segment says.
_KIND_WORDS = {"tier": "segment", "owner": "csm", "tag": "stage", **{kind: kind for kind in KINDS}}
_EVERYONE = frozenset({"all", "team", "everyone", "everybody"})
Known = TypeVar("Known", bound=str)
_OWN = frozenset({"me", "my", "mine"})


#: Other words for the states of an alert.
_STATE_WORDS: dict[str, AlertState] = {
    "acked": "acknowledged",
    "ack": "acknowledged",
    "asleep": "snoozed",
    **{state: state for state in STATES},
}
_SEVERITY_WORDS = {"critical": "critical", "at_risk": "at_risk", "at-risk": "at_risk"}


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


def parse_alerts(text: str) -> AlertAsk:
    """``mine``, ``all snoozed``, ``csm maria critical``, ``state=open``. Raises UserError."""
    words = read_words(re.sub(r"\bat risk\b", "at_risk", text, flags=re.IGNORECASE))
    _refuse_unknown(words, {"csm", "owner", "state", "severity"}, "`/cs alerts csm=maria state=snoozed`")
    state = _find_word(words.named.get("state"), _STATE_WORDS, "state")
    severity = _find_word(words.named.get("severity"), _SEVERITY_WORDS, "severity")
    csm, everyone, called = words.named.get("csm") or words.named.get("owner"), False, list[str]()
    for word in words.alone:
        lower = word.lower()
        if lower in _STATE_WORDS:
            state = _STATE_WORDS[lower]
        elif lower in _SEVERITY_WORDS:
            severity = _SEVERITY_WORDS[lower]
        elif lower in _EVERYONE:
            everyone = True
        elif lower in _OWN:
            csm = "me"
        elif lower not in ("csm", "owner", "of"):
            called.append(word)
    return AlertAsk(csm=" ".join(called) or csm, everyone=everyone, state=state, severity=severity)


def parse_rules(text: str) -> RulesAsk:
    """Nothing, ``score_drop``, ``shadow``, ``shadow score_drop``."""
    words = read_words(text)
    _refuse_unknown(words, set(), "`/cs rules score_drop`")
    shadow = bool(words.alone) and words.alone[0].lower() == "shadow"
    name = " ".join(words.alone[1:] if shadow else words.alone)
    return RulesAsk(name or None, shadow=shadow)


def parse_nothing(text: str) -> None:
    """Nothing. Raises UserError for words, which would be thought to mean something."""
    if text.strip():
        raise UserError("This takes no words after it: leave them out. `/cs help` shows what I can do.")


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


def _find_word(word: str | None, known: Mapping[str, Known], kind: str) -> Known | None:
    """What the word after ``state=`` or ``severity=`` means. Raises UserError naming those there are."""
    if word is None:
        return None
    if word.lower() not in known:
        raise UserError(
            f"I know no {kind} called “{word[:40]}”. There is {', '.join(dict.fromkeys(known.values()))}."
        )
    return known[word.lower()]


def _refuse_unknown(words: Words, known: set[str], example: str) -> None:
    unknown = sorted(set(words.named) - known)
    if unknown:
        raise UserError(f"I do not know “{unknown[0][:40]}=”. Ask like this: {example}.")
