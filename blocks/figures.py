"""Figures in words: points, money, days, and rounding whose parts still add up."""

from collections.abc import Sequence
from datetime import date

from blocks.text import escape
from scoring.views import MICRO, TrendPoint, compute_rounded

_SYMBOLS = {"USD": "$", "EUR": "€", "GBP": "£", "JPY": "¥", "INR": "₹"}
_SEGMENTS = {"mid_market": "Mid-market", "smb": "SMB", "self_serve": "Self-serve", "enterprise": "Enterprise"}
_BARS = "▁▂▃▄▅▆▇█"
MINUS = "−"


def format_points(micro: int, step: int = MICRO // 10) -> str:
    """Points to the step, a tenth by default: ``12.5``."""
    whole = _round_half_up(micro, step)
    digits = 0 if step >= MICRO else len(str(MICRO // step)) - 1
    sign = MINUS if whole < 0 else ""
    return f"{sign}{abs(whole) * step / MICRO:.{digits}f}"


def format_change(micro: int, step: int = MICRO // 10) -> str:
    """A difference with its sign: ``+2.5``, ``−17.0``, ``±0.0``."""
    whole = _round_half_up(micro, step)
    text = format_points(micro, step)
    return f"+{text}" if whole > 0 else text if whole < 0 else f"±{text}"


def compute_shown_parts(parts: Sequence[int], total: int, step: int = MICRO // 10) -> list[int]:
    """The parts rounded to the step so that they add up to the rounded total: what is shown can be checked.

    Those cut most get the rest (largest remainder). ``parts`` must add up to ``total``.
    """
    wanted = _round_half_up(total, step)
    floors = [part // step for part in parts]
    by_remainder = sorted(range(len(parts)), key=lambda place: (-(parts[place] % step), place))
    shown = list(floors)
    for place in by_remainder[: max(0, wanted - sum(floors))]:
        shown[place] += 1
    return [part * step for part in shown]


def format_money(cents: int, currency: str = "USD") -> str:
    """Money for a glance: ``$950``, ``$84k``, ``$1.2M``, ``CHF 3.4M``."""
    symbol = _SYMBOLS.get(currency, "" if not currency else f"{currency} ")
    return format_money_with(cents, symbol)


def format_money_with(cents: int, symbol: str) -> str:
    """Money for a glance, with the team's own symbol."""
    units = abs(cents) / 100
    sign = MINUS if cents < 0 else ""
    for size, letter in ((1e9, "B"), (1e6, "M"), (1e3, "k")):
        # 999,950 would be shown as 1000k.
        if units >= size * 0.9995:
            scaled = units / size
            shown = f"{scaled:.1f}".removesuffix(".0") if scaled < 99.95 else f"{scaled:.0f}"
            return f"{sign}{symbol}{shown}{letter}"
    return f"{sign}{symbol}{units:.0f}"


def format_day(day: date, today: date) -> str:
    """``12 Feb``, with the year where it is not this one."""
    return f"{day.day} {day:%b}" if day.year == today.year else f"{day.day} {day:%b} {day.year}"


def format_distance(day: date, today: date) -> str:
    """How far a day is: ``in 41 d``, ``today``, ``3 d ago``."""
    days = (day - today).days
    return "today" if days == 0 else f"in {days} d" if days > 0 else f"{-days} d ago"


def format_share(value: float) -> str:
    """A share as per cent, whole ones without decimals: ``15 %``, ``12.5 %``."""
    return f"{value * 100:.1f}".removesuffix(".0") + " %"


def format_segment(segment: str) -> str:
    """A segment in words, as mrkdwn: ``Mid-market``."""
    return _SEGMENTS.get(segment) or escape(segment)


def format_sparkline(points: Sequence[TrendPoint]) -> str:
    """Scores as a row of bars from 0 to 100, for where no chart is drawn: ``▅▅▄▃``."""
    return "".join(_BARS[min(7, max(0, compute_rounded(point.score_micro) * 8 // 101))] for point in points)


def _round_half_up(micro: int, step: int) -> int:
    return (micro + step // 2) // step
