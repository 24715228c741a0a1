"""The App Home tab: a reader's alerts, tasks and book, in their own time."""

from blocks.alerts import build_alert_line
from blocks.elements import Block, bullets, context, divider, header, section
from blocks.portfolio import HOME_LIST, build_portfolio_body
from blocks.text import sentence
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
        blocks += [header("Open alerts"), section(_format_alerts(home))]
        blocks += [
            header("Today's tasks"),
            section("There are no tasks yet: playbooks, which make them, come later."),
        ]
    blocks += [divider(), header(home.portfolio.title), *build_portfolio_body(home.portfolio, HOME_LIST)]
    return {"type": "home", "blocks": blocks}


def _greet(hour: int) -> str:
    return (
        "Good morning"
        if hour < _MORNING_UNTIL
        else "Good evening"
        if hour >= _EVENING_FROM
        else "Good afternoon"
    )


def _format_alerts(home: Home) -> str:
    if not home.alerts:
        return "None. Alerts of your accounts show here until they have recovered."
    return bullets([build_alert_line(card, home.local_now.date()) for card in home.alerts])
