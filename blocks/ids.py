"""The names by which Slack tells us what was clicked: made here once, for blocks and handlers alike."""

from enum import StrEnum


class Action(StrEnum):
    """Buttons and menus."""

    ALERT_ACKNOWLEDGE = "alert.acknowledge"
    PORTFOLIO_PAGE = "portfolio.page"
    PORTFOLIO_NEXT = "portfolio.next"
    SCORE_CHOOSE = "score.choose"
    SCORE_OPEN = "score.open"
    SCORE_SHARE = "score.share"
    SCORE_SIGNALS = "score.signals"


class Callback(StrEnum):
    """Modals."""

    SCORE_SIGNALS = "score.signals"
