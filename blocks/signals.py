"""Every signal of a score in a modal: a table whose points add up to the score."""

from blocks.elements import Block, context, section
from blocks.figures import compute_shown_parts, format_day, format_points, format_share
from blocks.ids import Callback
from blocks.text import MODAL_TITLE_LIMIT, cut, escape, plain
from bot.accounts.score_card import ScoreCard
from scoring.views import MICRO, ScoreExplanation, SignalPoints

_STEP = MICRO // 100
_TITLE_WIDTH = 26
_ROWS_A_BLOCK = 25


def build_signals_modal(card: ScoreCard) -> Block:
    """The view. Where there is no score it says why."""
    explanation = card.explanation
    blocks = [section(f"*{escape(card.account.name)}*")]
    if explanation is None:
        blocks.append(section(escape(card.no_score_reason, 500)))
    else:
        blocks += _build_table(explanation)
        blocks += [section(_format_signal(signal)) for signal in explanation.signals[:60]]
        version = f"{escape(card.model_title)}, version {escape(explanation.version)[:12]}"
        blocks.append(context(f"Scored for {format_day(explanation.as_of, card.today)} · model {version}"))
    return {
        "type": "modal",
        "callback_id": Callback.SCORE_SIGNALS,
        "title": {"type": "plain_text", "text": plain("All signals", MODAL_TITLE_LIMIT)},
        "close": {"type": "plain_text", "text": "Close"},
        "blocks": blocks,
    }


def _build_table(explanation: ScoreExplanation) -> list[Block]:
    """Title, value, weight and points in columns of equal width; the last row is the sum."""
    total = explanation.score_micro or 0
    shown = compute_shown_parts([signal.points_micro for signal in explanation.signals], total, _STEP)
    rows = [_row("Signal", "Value", "Weight", "Points")]
    for signal, micro in zip(explanation.signals, shown, strict=True):
        value = "–" if signal.value is None else f"{signal.value:.2f}"
        rows.append(_row(signal.title, value, format_share(signal.weight), format_points(micro, _STEP)))
    score = "none" if explanation.score_micro is None else format_points(total, _STEP)
    rows.append(_row("Score", "", format_share(sum(s.weight for s in explanation.signals)), score))
    chunks = [rows[start : start + _ROWS_A_BLOCK] for start in range(0, len(rows), _ROWS_A_BLOCK)]
    return [_preformatted("\n".join(chunk)) for chunk in chunks]


def _row(title: str, value: str, weight: str, points: str) -> str:
    return f"{cut(plain(title), _TITLE_WIDTH):<{_TITLE_WIDTH}} {value:>5} {weight:>7} {points:>7}"


def _preformatted(text: str) -> Block:
    """Text in columns, just as it is: nothing in it is markup."""
    element = {"type": "rich_text_preformatted", "elements": [{"type": "text", "text": text}]}
    return {"type": "rich_text", "elements": [element]}


def _format_signal(signal: SignalPoints) -> str:
    """What the signal is worth and what it says, in words."""
    if signal.value is None:
        return f"*{escape(signal.title)}*\nNo data: its weight is shared out over what is known."
    full = round(signal.weight * 100 * MICRO)
    worth = f"{format_points(signal.points_micro)} of {format_points(full)} points"
    return f"*{escape(signal.title)}* · {worth}\n{escape(signal.phrase, 500)}"
