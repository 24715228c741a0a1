"""What a button carries: an id and the few words needed to ask the same question again."""

from datetime import date
from urllib.parse import quote, unquote

from bot.accounts.score_card import ScoreAsk
from bot.errors import UserError
from bot.reports.alert_list import STATES, AlertAsk
from bot.reports.portfolio_views import Filter, PortfolioAsk

_STALE = "This button is of an older message. Ask again: `/cs help` lists what I can do."


def read_id(value: str) -> int:
    """The id in a button's value. Raises UserError for what no button of ours holds."""
    if not (value.isascii() and value.isdecimal()) or len(value) > 18:
        raise UserError(_STALE)
    return int(value)


def write_choice(alert_id: int, word: str) -> str:
    """A choice in a menu of an alert; `read_choice` is its inverse."""
    return f"{alert_id}|{word}"


def read_choice(value: str) -> tuple[int, str]:
    """The alert and the word chosen for it. Raises UserError for what no menu of ours holds."""
    alert_id, _, word = value.partition("|")
    if not word:
        raise UserError(_STALE)
    return read_id(alert_id), word


def write_origin(alert_id: int, *, in_home: bool = False) -> str:
    """What a form of an alert carries: the alert, and whether it was opened in the Home tab, which then
    has to be drawn again. `read_origin` is its inverse."""
    return f"{alert_id}|home" if in_home else str(alert_id)


def read_origin(value: str) -> tuple[int, bool]:
    """The alert a form is about, and whether it was opened in the Home tab. Raises UserError."""
    alert_id, _, place = value.partition("|")
    return read_id(alert_id), place == "home"


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


def write_alerts_value(ask: AlertAsk) -> str:
    """The question after a page of alerts as a button's value; `read_alerts_value` is its inverse.

    ``ask`` is resolved: its CSM is an id.
    """
    whose = "all" if ask.everyone else ask.csm or ""
    return "|".join((str(ask.page), whose, ask.state or "", ask.severity or ""))


def read_alerts_value(value: str) -> AlertAsk:
    """The question in a button's value. Raises UserError for what no button of ours holds."""
    page, _, rest = value.partition("|")
    whose, _, rest = rest.partition("|")
    state, _, severity = rest.partition("|")
    known = next((each for each in STATES if each == state), None)
    if not page.isdecimal() or value.count("|") != 3 or bool(state) != bool(known):
        raise UserError(_STALE)
    return AlertAsk(
        csm=whose if whose.startswith("#") else None,
        everyone=whose == "all",
        state=known,
        severity=severity or None,
        page=int(page[:4]),
    )
