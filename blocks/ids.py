"""The names by which Slack tells us what was clicked: made here once, for blocks and handlers alike."""

from enum import StrEnum


class Action(StrEnum):
    """Buttons and menus."""

    ALERT_ACKNOWLEDGE = "alert.acknowledge"
    ALERT_CONFIRM = "alert.confirm"
    ALERT_KEEP_OPEN = "alert.keep_open"
    ALERTS_NEXT = "alerts.next"
    ALERTS_PREVIOUS = "alerts.previous"
    ALERT_MORE = "alert.more"
    ALERT_NOT_USEFUL = "alert.not_useful"
    ALERT_OPEN = "alert.open"
    ALERT_PLAY = "alert.play"
    ALERT_REOPEN = "alert.reopen"
    ALERT_RESOLVE = "alert.resolve"
    ALERT_SNOOZE = "alert.snooze"
    ALERT_TIMELINE = "alert.timeline"
    ALERT_USEFUL = "alert.useful"
    ALERT_WAKE = "alert.wake"
    ALERT_WHY = "alert.why"
    DIGEST_ORDER = "digest.order"
    DIGEST_PORTFOLIO = "digest.portfolio"
    DIGEST_STOP = "digest.stop"
    HOME_NEXT = "home.next"
    HOME_PREFERENCES = "home.preferences"
    HOME_PREVIOUS = "home.previous"
    HOME_SCORE = "home.score"
    PORTFOLIO_NEXT = "portfolio.next"
    PORTFOLIO_PREVIOUS = "portfolio.previous"
    RULE_ACCEPT = "rule.accept"
    RULE_DECLINE = "rule.decline"
    RULE_FALSE = "rule.false"
    RULE_OPEN = "rule.open"
    RULE_PUT_BACK = "rule.put_back"
    RULE_REVIEW = "rule.review"
    RULE_TRUE = "rule.true"
    SCORE_CHOOSE = "score.choose"
    SCORE_OPEN = "score.open"
    SCORE_SHARE = "score.share"
    SCORE_SIGNALS = "score.signals"


class Callback(StrEnum):
    """Modals: those that are submitted (SUBMITTED), and those whose names are for logs."""

    ALERT_ASSIGN = "alert.assign"
    ALERT_CARD = "alert.card"
    ALERT_DISMISS = "alert.dismiss"
    ALERT_SNOOZE = "alert.snooze"
    ALERT_TIMELINE = "alert.timeline"
    ALERT_WHY = "alert.why"
    NOTICE = "notice"
    PREFERENCES = "preferences"
    SCORE = "score"
    SCORE_SIGNALS = "score.signals"


SUBMITTED = frozenset(
    {Callback.ALERT_ASSIGN, Callback.ALERT_DISMISS, Callback.ALERT_SNOOZE, Callback.PREFERENCES}
)


class Field(StrEnum):
    """Entries of forms; the block and its element are called the same."""

    PERSON = "person"
    PERSON_BY_SLACK = "person_by_slack"
    QUIET_FROM = "quiet_from"
    QUIET_UNTIL = "quiet_until"
    REASON = "reason"
    SNOOZE_FOR = "snooze_for"
    UNTIL = "until"
    WORDS = "words"
