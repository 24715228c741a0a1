"""The App Home tab: a reader's alerts, tasks and book, in their own time."""

from blocks.alert_buttons import build_alert_buttons
from blocks.alert_states import format_state
from blocks.alerts import build_alert_line
from blocks.elements import Block, context, divider, header, section
from blocks.portfolio import HOME_LIST, build_portfolio_body
from blocks.preferences import build_preferences_section
from blocks.text import cut, escape, sentence
from bot.alerts.views import AlertCard
from bot.reports.home import Home

_MORNING_UNTIL, _EVENING_FROM = 12, 18


def build_home(home: Home) -> Block:
    """The view for `views.publish`."""
    now = home.local_now
    blocks: list[Block] = [
        header(f"{_greet(now.hour)}, {home.name}"),
        context(f"{now:%A}, {now.day} {now:%B}, {now:%H:%M} {now:%Z}"),
    ]
    if home.portfolio.no_money_reason:
        blocks.append(section(sentence(home.portfolio.no_money_reason)))
    if home.of_team:
        blocks += [header("Open alerts"), *_build_alerts(home)]
        blocks += [
            header("Today's tasks"),
            section("There are no tasks yet: playbooks, which make them, come later."),
        ]
    blocks += [divider(), header(home.portfolio.title), *build_portfolio_body(home.portfolio, HOME_LIST)]
    if home.preferences:
        blocks += [divider(), *build_preferences_section(home.preferences)]
    return {"type": "home", "blocks": blocks}


def _greet(hour: int) -> str:
    return (
        "Good morning"
        if hour < _MORNING_UNTIL
        else "Good evening"
        if hour >= _EVENING_FROM
        else "Good afternoon"
    )


def _build_alerts(home: Home) -> list[Block]:
    """Each alert with what to do about it, and what can be pressed."""
    if not home.alerts:
        return [section("None. Alerts of your accounts show here until they are over.")]
    blocks = []
    for card in home.alerts:
        blocks += [section(_format_alert(card, home)), build_alert_buttons(card)]
    more = home.alerts_in_all - len(home.alerts)
    if more > 0:
        blocks.append(context(f"And {more:,} more: `/cs alerts` lists them all."))
    return blocks


def _format_alert(card: AlertCard, home: Home) -> str:
    state = format_state(card)
    told = [build_alert_line(card, home.local_now.date()), f"*Do:* {escape(card.next_step, 200)}"]
    return cut("\n".join((*told, *([state] if state else []))), 1000)
