"""The names by which Slack tells us what was clicked: made here once, for blocks and handlers alike."""

from enum import StrEnum


class Action(StrEnum):
    """Buttons and menus."""

    ALERT_ACKNOWLEDGE = "alert.acknowledge"
    HOME_NEXT = "home.next"
    HOME_PREVIOUS = "home.previous"
    HOME_SCORE = "home.score"
    PORTFOLIO_NEXT = "portfolio.next"
    PORTFOLIO_PREVIOUS = "portfolio.previous"
    SCORE_CHOOSE = "score.choose"
    SCORE_OPEN = "score.open"
    SCORE_SHARE = "score.share"
    SCORE_SIGNALS = "score.signals"


class Callback(StrEnum):
    """Modals. None of them is submitted; the names are for logs."""

    NOTICE = "notice"
    SCORE = "score"
    SCORE_SIGNALS = "score.signals"
