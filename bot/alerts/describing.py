"""A rule's condition in words, for people who do not read its file. Pure."""

from typing import Any

from bot.alerts.conditions import (
    All,
    AnyOf,
    AtLeast,
    EventIs,
    Level,
    RuleMet,
    ScoreBelow,
    ScoreFell,
    SignalIs,
    TrendIs,
)
from bot.alerts.rules import Rule

_WORDS = {"above": "above", "below": "below", "at_least": "at least", "at_most": "at most"}
_EVENTS = {"payment_failed": "a payment failed", "urgent_ticket": "an urgent ticket was opened"}
_CLASSES = {"worst": "the worst", "second_worst": "the second worst"}


def describe_condition(condition: Any) -> str:
    """``the score fell by more than 10 points in 7 days``."""
    match condition:
        case All(all=parts):
            return ", and ".join(_inside(part) for part in parts)
        case AnyOf(any=parts):
            return ", or ".join(_inside(part) for part in parts)
        case AtLeast(at_least=counted):
            inside = ", ".join(_inside(part) for part in counted.of)
            return f"{counted.count} or more of: {inside}"
        case RuleMet(rule=name):
            return name
        case EventIs(event=event, within_days=days):
            return f"{_EVENTS[event]} in the last {days} days"
        case SignalIs():
            return _describe_signal(condition)
        case _:
            return _describe_score(condition)


def _inside(condition: Any) -> str:
    words = describe_condition(condition)
    return f"({words})" if isinstance(condition, All | AnyOf | AtLeast) else words


def _describe_signal(leaf: SignalIs) -> str:
    name, figure = leaf.signal.text, f"{leaf.figure:g}"
    if leaf.is_change:
        return f"{name} {leaf.comparison} by {figure} or more in {leaf.over_days} days"
    return f"{name} {_WORDS[leaf.comparison]} {figure}{_describe_clears(leaf.clears_at)}"


def _describe_score(leaf: Any) -> str:
    match leaf:
        case Level(is_fall=True):
            return "the level is worse than at the last look"
        case Level(names=names):
            said = [_CLASSES.get(name, name) for name in names]
            return f"the level is {' or '.join(said)}"
        case ScoreBelow(score_below=figure, clears_at=clears):
            return f"the score is below {figure:g}{_describe_clears(clears)}"
        case ScoreFell(score_fell=figure, over_days=days, clears_at=clears):
            return f"the score fell by more than {figure:g} points in {_days(days)}{_describe_clears(clears)}"
        case TrendIs(trend=trend, over_days=days):
            against = "the previous score" if days == 1 else f"{days} days ago"
            return f"the score is {trend} against {against}"
    raise TypeError(f"{leaf!r} is no condition")


def _days(days: int) -> str:
    return "a day" if days == 1 else f"{days} days"


def _describe_clears(clears_at: float | None) -> str:
    return "" if clears_at is None else f" (until {clears_at:g})"


def describe_telling(rule: Rule) -> str:
    """Who is told at once and who is called in when nobody acts."""
    told = ", ".join(word.replace("_", " ") for word in rule.tell) or "the channel"
    chain = rule.escalation
    if chain is None:
        return f"{told}; escalation by severity"
    steps = [("manager", chain.manager), ("executive", chain.executive)]
    later = ", ".join(f"{who} after {str(span).replace('_', ' ')}" for who, span in steps if span is not None)
    return f"{told}; {later}" if later else told
