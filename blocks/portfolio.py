"""A portfolio: totals, levels, who is at risk, who is improving."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from blocks.elements import Block, Reply, actions, button, context, header, menu, section
from blocks.figures import format_change, format_day, format_money_with, format_share
from blocks.ids import Action
from blocks.levels import format_circle
from blocks.text import cut, escape, plain, sentence
from blocks.values import write_portfolio_value, write_score_value
from bot.reports.portfolio_views import LevelShare, Portfolio, PortfolioRow
from scoring.views import MICRO

_LINES_A_BLOCK = 10
# Slack refuses a message of about 12,000 letters over all its blocks, wherever they stand.
_LINE_LIMIT = 240
_OPTION_LIMIT = 40


@dataclass(frozen=True)
class ListActions:
    """What the menu and the buttons of a list do: in a message they answer below it, in the Home tab not."""

    open: Action
    previous: Action
    next: Action


MESSAGE_LIST = ListActions(Action.SCORE_OPEN, Action.PORTFOLIO_PREVIOUS, Action.PORTFOLIO_NEXT)
HOME_LIST = ListActions(Action.HOME_SCORE, Action.HOME_PREVIOUS, Action.HOME_NEXT)


def build_portfolio(portfolio: Portfolio) -> Reply:
    """The answer to `/portfolio`."""
    blocks = [header(portfolio.title), *build_portfolio_body(portfolio)]
    if portfolio.no_money_reason:
        blocks.append(context(sentence(portfolio.no_money_reason)))
    return Reply(build_portfolio_text(portfolio), tuple(blocks))


def build_portfolio_text(portfolio: Portfolio) -> str:
    """The portfolio in a sentence, for notifications and screen readers."""
    levels = ", ".join(
        f"{share.accounts} {_level_title(share)}" for share in portfolio.shares if share.accounts
    )
    total = f"{portfolio.accounts:,} account{'' if portfolio.accounts == 1 else 's'}"
    return f"{escape(portfolio.title, 150)}: {total}{' – ' + levels if levels else ''}."


def build_portfolio_body(portfolio: Portfolio, listed: ListActions = MESSAGE_LIST) -> list[Block]:
    """Totals, lists and paging, without a heading."""
    if not portfolio.accounts:
        everyone = "" if portfolio.ask.everyone else " `/portfolio all` shows everybody's."
        return [section(f"No live accounts with a score here.{everyone}")]
    blocks = [section(_format_totals(portfolio)), section("\n".join(_format_shares(portfolio)))]
    if portfolio.at_risk:
        first = (portfolio.ask.page - 1) * 20 + 1
        counted = f"{first}–{first + len(portfolio.at_risk) - 1} of {portfolio.accounts:,}"
        blocks += _build_rows(f"*Most at risk* ({counted})", portfolio.at_risk, portfolio)
    if portfolio.improving and portfolio.ask.page == 1:
        blocks += _build_rows("*Improving most in 30 days*", portfolio.improving, portfolio)
    blocks.append(actions(*_build_controls(portfolio, listed)))
    if portfolio.as_of:
        day = format_day(portfolio.as_of, portfolio.today)
        blocks.append(context(f"Scored for {day} · model {escape(portfolio.model_title)}"))
    return blocks


def _format_totals(portfolio: Portfolio) -> str:
    parts = [f"*{portfolio.accounts:,}* account{'' if portfolio.accounts == 1 else 's'}"]
    if portfolio.arr_cents is not None:
        parts.append(f"*{_money(portfolio.arr_cents, portfolio)}* ARR")
    if portfolio.at_risk_cents is not None:
        share = portfolio.at_risk_cents / portfolio.arr_cents if portfolio.arr_cents else 0.0
        parts.append(f"*{_money(portfolio.at_risk_cents, portfolio)}* at risk ({format_share(share)})")
    if portfolio.mean_score is not None:
        parts.append(f"mean score *{portfolio.mean_score}*")
    return " · ".join(parts)


def _format_shares(portfolio: Portfolio) -> Iterable[str]:
    """A line for each level: colour, word, accounts and their part, ARR."""
    for share in portfolio.shares:
        counted = f"{share.accounts:,} ({format_share(share.accounts / portfolio.accounts)})"
        money = f" · {_money(share.arr_cents, portfolio)} ARR" if share.arr_cents is not None else ""
        yield f"{format_circle(share.level)} {_level_title(share)}: {counted}{money}"


def _level_title(share: LevelShare) -> str:
    return "without a score" if share.level is None else escape(share.level.title)


def _build_rows(title: str, rows: Sequence[PortfolioRow], portfolio: Portfolio) -> list[Block]:
    lines = [_format_row(row, portfolio) for row in rows]
    chunks = [lines[start : start + _LINES_A_BLOCK] for start in range(0, len(lines), _LINES_A_BLOCK)]
    return [section("\n".join(([title] if place == 0 else []) + chunk)) for place, chunk in enumerate(chunks)]


def _format_row(row: PortfolioRow, portfolio: Portfolio) -> str:
    """``🔴 *Acme* 38 (−17) · $50k of $84k at risk · renews 12 Feb · Maria``."""
    level = f" {escape(row.level.title, 30)}" if row.level else ""
    score = "no score" if row.score is None else f"{row.score}"
    delta = f" ({format_change(row.delta_30_micro, MICRO)})" if row.delta_30_micro else ""
    parts = [f"{format_circle(row.level)} *{escape(row.name, 60)}*{level} {score}{delta}"]
    if row.arr_cents is not None and row.at_risk_cents is not None:
        parts.append(f"{_money(row.at_risk_cents, portfolio)} of {_money(row.arr_cents, portfolio)} at risk")
    if row.renewal_on:
        parts.append(f"renews {format_day(row.renewal_on, portfolio.today)}")
    if row.owner:
        parts.append(escape(row.owner, 40))
    return cut(" · ".join(parts), _LINE_LIMIT)


def _build_controls(portfolio: Portfolio, listed: ListActions) -> Iterable[Block]:
    rows = {row.account_id: row for row in (*portfolio.at_risk, *portfolio.improving)}
    if rows:
        options = (
            (plain(row.name, _OPTION_LIMIT), write_score_value(row.account_id, portfolio.ask.model))
            for row in rows.values()
        )
        yield menu(listed.open, "Open an account…", options)
    ask = portfolio.ask
    if ask.page > 1:
        before = write_portfolio_value(replace(ask, page=ask.page - 1))
        yield button(listed.previous, "← Previous 20", before)
    if ask.page < portfolio.pages:
        after = write_portfolio_value(replace(ask, page=ask.page + 1))
        yield button(listed.next, "Next 20 →", after)


def _money(cents: int | None, portfolio: Portfolio) -> str:
    return format_money_with(cents or 0, portfolio.money_symbol)
