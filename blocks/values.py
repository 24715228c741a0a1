"""What a button carries: an id and the few words needed to ask the same question again."""

from datetime import date
from urllib.parse import quote, unquote

from bot.accounts.score_card import ScoreAsk
from bot.errors import UserError
from bot.reports.portfolio_views import Filter, PortfolioAsk

_STALE = "This button is of an older message. Ask again: `/cs help` lists what I can do."


def read_id(value: str) -> int:
    """The id in a button's value. Raises UserError for what no button of ours holds."""
    if not value.isdecimal():
        raise UserError(_STALE)
    return int(value)


def write_score_value(account_id: int, model: str | None = None, as_of: date | None = None) -> str:
    """The question after one account as a button's value; `read_score_value` is its inverse."""
    return f"{account_id}|{model or ''}|{as_of.isoformat() if as_of else ''}"


def read_score_value(value: str) -> ScoreAsk:
    """The question in a button's value. Raises UserError for what no button of ours holds."""
    try:
        account_id, model, day = value.split("|")
        return ScoreAsk(
            account_id=int(account_id),
            model=model or None,
            as_of=date.fromisoformat(day) if day else None,
        )
    except ValueError as error:
        raise UserError(_STALE) from error


def write_portfolio_value(ask: PortfolioAsk) -> str:
    """The question after a page of a portfolio as a button's value; `read_portfolio_value` is its inverse."""
    filters = [f"{each.kind or ''}={quote(each.value, safe='')}" for each in ask.filters]
    return "|".join((str(ask.page), ask.model or "", "all" if ask.everyone else "", *filters))


def read_portfolio_value(value: str) -> PortfolioAsk:
    """The question in a button's value. Raises UserError for what no button of ours holds."""
    try:
        page, model, everyone, *filters = value.split("|")
        parts = (each.partition("=") for each in filters)
        return PortfolioAsk(
            filters=tuple(Filter(kind or None, unquote(text)) for kind, _, text in parts),
            everyone=everyone == "all",
            model=model or None,
            page=max(1, int(page)),
        )
    except ValueError as error:
        raise UserError(_STALE) from error
