"""A score card: how an account is, why, since when, and what to do."""

from blocks.changes import build_change_lines
from blocks.chart import build_trend_chart
from blocks.elements import Block, Reply, actions, bullets, button, context, section
from blocks.figures import (
    format_change,
    format_day,
    format_distance,
    format_money,
    format_points,
    format_segment,
    format_share,
    format_sparkline,
)
from blocks.ids import Action, Callback
from blocks.levels import format_circle, format_trend
from blocks.text import MODAL_TITLE_LIMIT, escape, plain, sentence
from blocks.values import write_score_value
from bot.accounts.advice import compute_lost_micro
from bot.accounts.score_card import ScoreCard
from scoring.views import MICRO, ScoreExplanation, SignalPoints

_PULLS_SHOWN, _HOLDS_SHOWN = 3, 3
# Less than this is not worth a line: half a point of a hundred.
_WORTH_SAYING = MICRO // 2


def build_score_card(card: ScoreCard) -> Reply:
    """The card with its buttons, for the one who asked."""
    value = write_score_value(card.account.account_id, card.model, card.as_of)
    name = card.account.name
    buttons = [button(Action.SCORE_SHARE, "Share in channel", value, describe=f"Share {name} in channel")]
    if card.explanation:
        signals = button(Action.SCORE_SIGNALS, "All signals", value, describe=f"All signals of {name}")
        buttons.append(signals)
    blocks = [*_build_body(card), actions(*buttons)]
    if card.no_money_reason:
        blocks.append(context(sentence(card.no_money_reason)))
    return Reply(build_score_text(card), tuple(blocks))


def build_shared_card(card: ScoreCard, shared_by: str) -> Reply:
    """The card for a channel: the same without buttons, and who shared it without calling them."""
    blocks = (*_build_body(card), context(f"Shared by {escape(shared_by)} from `/cs score`"))
    return Reply(build_score_text(card), blocks)


def build_score_modal(card: ScoreCard) -> Block:
    """The card as a modal, for the Home tab. Charts are for messages, so the trend is a row of bars here."""
    blocks = [block for block in _build_body(card) if block["type"] != "data_visualization"]
    if len(card.trend) > 1:
        blocks.append(context(f"Last 90 days {format_sparkline(card.trend[::7])}"))
    if card.no_money_reason:
        blocks.append(context(sentence(card.no_money_reason)))
    return {
        "type": "modal",
        "callback_id": Callback.SCORE,
        "title": {"type": "plain_text", "text": plain(card.account.name, MODAL_TITLE_LIMIT)},
        "close": {"type": "plain_text", "text": "Close"},
        "blocks": blocks,
    }


def build_score_text(card: ScoreCard) -> str:
    """The card in a sentence or two, for notifications and screen readers."""
    name, explanation = escape(card.account.name), card.explanation
    if explanation is None:
        return f"{name}: no score. {sentence(card.no_score_reason or '')}"
    pulls = [escape(signal.phrase, 200) for signal in find_pulls(explanation)]
    parts = [f"{name}: {_format_score(explanation)}."]
    if pulls:
        parts.append(f"Pulled down by {', '.join(pulls)}.")
    if len(card.trend) > 1:
        parts.append(f"90 days: {format_sparkline(card.trend[::7])}")
    return " ".join(parts)


def find_pulls(explanation: ScoreExplanation) -> list[SignalPoints]:
    """The signals that cost most points, the heaviest first; a default for missing data is no driver."""
    known = (signal for signal in explanation.signals if signal.raw is not None)
    weighing = [signal for signal in known if compute_lost_micro(signal) >= _WORTH_SAYING]
    return sorted(weighing, key=compute_lost_micro, reverse=True)[:_PULLS_SHOWN]


def find_holds(explanation: ScoreExplanation) -> list[SignalPoints]:
    """The signals that give most points, of those that give most of what they can."""
    giving = [
        signal
        for signal in explanation.signals
        if signal.raw is not None
        and signal.points_micro >= _WORTH_SAYING
        and signal.points_micro > compute_lost_micro(signal)
    ]
    return sorted(giving, key=lambda signal: signal.points_micro, reverse=True)[:_HOLDS_SHOWN]


def _build_body(card: ScoreCard) -> list[Block]:
    blocks = []
    if card.understood_from is not None:
        blocks.append(context(f"Nearest to “{escape(card.understood_from)}”"))
    explanation = card.explanation
    blocks.append(section("\n".join((_format_headline(card), *_format_facts(card)))))
    if explanation is None:
        blocks.append(section(sentence(card.no_score_reason or "")))
        return blocks
    blocks += _build_drivers(explanation)
    changes = build_change_lines(explanation)
    if changes:
        blocks.append(section("*What changed*\n" + bullets(changes)))
    chart = build_trend_chart(card.trend, card.today)
    if chart:
        blocks.append(chart)
    if card.advice:
        blocks.append(section(f"*Next:* {sentence(card.advice)}"))
    blocks.append(context(_format_provenance(card, explanation)))
    return blocks


def _format_headline(card: ScoreCard) -> str:
    explanation = card.explanation
    name = escape(card.account.name)
    when = f" · as of {format_day(card.as_of, card.today)}" if card.as_of else ""
    if explanation is None:
        return f"{format_circle(None)} *{name}* · no score{when}"
    trend = format_trend(explanation.trend)
    return (
        f"{format_circle(explanation.level)} *{name}* · {_format_score(explanation, bold='*')}"
        f"{' · ' + trend if trend else ''}{when}"
    )


def _format_score(explanation: ScoreExplanation, bold: str = "") -> str:
    """``Red, 48 (−17 in 30 d)``."""
    if explanation.score is None:
        return "too little data for a score"
    level = f"{escape(explanation.level.title)} · " if explanation.level else ""
    change = explanation.change_30 or explanation.change_7
    moved = f" ({format_change(change.delta_micro, MICRO)} in {change.days} d)" if change else ""
    return f"{level}{bold}{explanation.score}{bold}{moved}"


def _format_facts(card: ScoreCard) -> list[str]:
    account, today = card.account, card.today
    lines = []
    if card.money:
        money = card.money
        at_risk = (
            f" · {format_money(money.at_risk_cents, money.currency)} of it at risk"
            if money.at_risk_cents
            else ""
        )
        lines.append(f"{format_money(money.arr_cents, money.currency)} ARR{at_risk}")
    dates = []
    for what, day in (("opt-out by", account.opt_out_on), ("renewal", account.renewal_on)):
        if day:
            dates.append(f"{what} {format_day(day, today)} ({format_distance(day, today)})")
    if account.churned_on:
        dates.append(f"churned {format_day(account.churned_on, today)}")
    if dates:
        lines.append(" · ".join(dates))
    who = [f"CSM {escape(account.owner)}" if account.owner else "no CSM"]
    if account.segment:
        who.append(format_segment(account.segment))
    if account.stage:
        who.append(escape(account.stage.replace("_", " ")))
    return [*lines, " · ".join(who)]


def _build_drivers(explanation: ScoreExplanation) -> list[Block]:
    blocks = []
    if explanation.caps:
        blocks.append(section(bullets([f"⚠️ {escape(cap, 300)}" for cap in explanation.caps])))
    pulls, holds = find_pulls(explanation), find_holds(explanation)
    if pulls:
        lines = [
            f"{_describe(signal)}: costs {format_points(compute_lost_micro(signal))}" for signal in pulls
        ]
        blocks.append(section("*Pulls it down* (points lost)\n" + bullets(lines)))
    if holds:
        lines = [f"{_describe(signal)}: {format_change(signal.points_micro)}" for signal in holds]
        blocks.append(section("*Holds it up* (points)\n" + bullets(lines)))
    return blocks


def _describe(signal: SignalPoints) -> str:
    return escape(signal.phrase or signal.title, 200)


def _format_provenance(card: ScoreCard, explanation: ScoreExplanation) -> str:
    """Where the figures come from: day, coverage, freshness, model and its version."""
    known = [day for day in explanation.fresh_to.values() if day is not None]
    parts = [
        f"Scored for {format_day(explanation.as_of, card.today)}",
        f"coverage {format_share(explanation.coverage)}",
    ]
    if known:
        stalest = min(explanation.fresh_to.items(), key=lambda feed: feed[1] or explanation.as_of)
        parts.append(f"data to {format_day(max(known), card.today)}")
        if stalest[1] is not None and (max(known) - stalest[1]).days > 7:
            parts.append(f"{escape(stalest[0])} only to {format_day(stalest[1], card.today)}")
    return " · ".join(
        (*parts, f"model {escape(card.model_title)}, version {escape(explanation.version)[:12]}")
    )
