"""The verbs of `/cs`, as data: what each is for, how it is written, and what answers it.

A verb is one entry here. Help, `docs/commands.md` and the nearest-verb hint follow from it.
"""

from collections.abc import Callable
from dataclasses import dataclass
from difflib import get_close_matches
from typing import Any

from blocks.alert_list import build_alert_list
from blocks.answers import build_score_answer
from blocks.digest import build_own_digest
from blocks.elements import Reply
from blocks.help import HelpLine, build_help
from blocks.portfolio import build_portfolio
from blocks.rules import build_rules_answer
from bot.accounts.asking import Asking
from bot.accounts.score_card import answer_score
from bot.errors import NotFound
from bot.reports.alert_list import load_alert_list
from bot.reports.digest import load_own_digest
from bot.reports.portfolio import load_portfolio
from bot.reports.rule_report import answer_rules
from handlers.desk import Desk
from handlers.parse import (
    parse_alerts,
    parse_help_topic,
    parse_nothing,
    parse_portfolio,
    parse_rules,
    parse_score,
)


@dataclass(frozen=True)
class Verb:
    """One verb. ``parse`` makes the words a question, ``load`` answers it, ``build`` draws the answer."""

    name: str
    usage: str
    purpose: str
    details: tuple[str, ...]
    parse: Callable[[str], Any]
    load: Callable[[Any, Any, Asking], Any]
    build: Callable[[Any], Reply]
    #: The command that does the same without `/cs`.
    shortcut: str | None = None


def answer(verb: Verb, words: str, desk: Desk) -> Reply:
    """The answer to a verb with these words after it. Raises UserError for what it cannot mean."""
    asked = verb.parse(words)
    with desk.transaction() as (session, asking):
        view = verb.load(session, asked, asking)
    return verb.build(view)


def get_verb(text: str) -> tuple[Verb, str]:
    """The verb a `/cs` text begins with, and the words after it; help where there is none.

    Raises NotFound that names the nearest verb.
    """
    word, _, rest = text.strip().partition(" ")
    if not word:
        return VERBS["help"], ""
    name = word.lower()
    if name in VERBS:
        return VERBS[name], rest.strip()
    near = get_close_matches(name, VERBS, 1, 0.5)
    hint = f"Did you mean `/cs {near[0]}`?" if near else "To ask about an account: `/cs score acme`."
    raise NotFound(
        f"I do not know `/cs {word[:40].replace('`', '')}`. {hint} `/cs help` lists what I can do."
    )


def load_help(_session: Any, topic: str, _asking: Asking) -> tuple[HelpLine, ...]:
    """A line for every verb, or the one asked about with its details."""
    if topic:
        return (_help_line(get_verb(topic)[0]),)
    return tuple(_help_line(verb, detailed=False) for verb in VERBS.values())


def _help_line(verb: Verb, *, detailed: bool = True) -> HelpLine:
    return HelpLine(verb.usage, verb.shortcut, verb.purpose, verb.details if detailed else ())


_ALL = (
    Verb(
        name="score",
        usage="/cs score <account> [day] [model=name]",
        purpose="How an account is, why, what changed, and what to do next.",
        details=(
            "The account by its name, a part of it, its domain or its id; typos are forgiven. "
            "`/cs score acme`",
            "How it was on a past day: `/cs score acme 2026-09-01`",
            "By another scoring model that runs for your team: `/cs score acme model=six_signal`",
        ),
        parse=parse_score,
        load=answer_score,
        build=build_score_answer,
        shortcut="/score <account>",
    ),
    Verb(
        name="portfolio",
        usage="/cs portfolio [all] [csm] [segment] [level] [tier] [stage]",
        purpose="A book of accounts by ARR at risk, with totals, levels, and who is improving.",
        details=(
            "Your own book; for managers and executives everybody's: `/cs portfolio`",
            "Everybody's, or somebody's: `/cs portfolio all`, `/cs portfolio csm maria`",
            "Only some: `/cs portfolio segment=enterprise level=red`, `/cs portfolio stage onboarding`",
            "`tier` is another word for `segment`.",
        ),
        parse=parse_portfolio,
        load=load_portfolio,
        build=build_portfolio,
        shortcut="/portfolio [all] [csm] [segment] [level] [tier] [stage]",
    ),
    Verb(
        name="alerts",
        usage="/cs alerts [mine|all|csm name] [state] [severity]",
        purpose="The alerts that are not over, the newest first, then by money at risk.",
        details=(
            "Of your own accounts and those given to you; for managers everybody's: `/cs alerts`",
            "Everybody's, or somebody's: `/cs alerts all`, `/cs alerts csm maria`",
            "In one state (open, acknowledged, snoozed, resolved, dismissed): `/cs alerts all snoozed`",
            "Of one severity: `/cs alerts critical`, `/cs alerts at risk`",
            "*Open* shows the whole alert for your eyes only, with buttons that work.",
        ),
        parse=parse_alerts,
        load=load_alert_list,
        build=build_alert_list,
    ),
    Verb(
        name="digest",
        usage="/cs digest",
        purpose="What changed since your last digest, what is due, and what waits on you.",
        details=(
            "Your own book, as it stands now; the whole team's for managers and executives.",
            "*Send me this every morning* sends it as a direct message on your working days, at the team's "
            "`digest_at` on your own clock, when something changed.",
        ),
        parse=parse_nothing,
        load=load_own_digest,
        build=build_own_digest,
    ),
    Verb(
        name="rules",
        usage="/cs rules [name|shadow]",
        purpose="The alert rules and what became of their alerts: how often, how useful, how soon.",
        details=(
            "Every rule with its precision, acknowledge rate and median time to acknowledge: `/cs rules`",
            "One rule: why it exists, its record, who changed it, and putting it back: "
            "`/cs rules score_drop`",
            "Judge the fires of a rule in shadow, one by one: `/cs rules shadow`, "
            "`/cs rules shadow score_drop`",
        ),
        parse=parse_rules,
        load=answer_rules,
        build=build_rules_answer,
    ),
    Verb(
        name="help",
        usage="/cs help [verb]",
        purpose="What I can do, or how one verb is used.",
        details=("How to ask for a portfolio: `/cs help portfolio`",),
        parse=parse_help_topic,
        load=load_help,
        build=build_help,
    ),
)

#: Every verb by name, in the order help lists them.
VERBS = {verb.name: verb for verb in _ALL}
