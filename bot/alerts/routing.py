"""Where an alert goes: the first route that fits, and those before it that say ``also`` (SPEC A6)."""

from collections.abc import Iterator
from dataclasses import dataclass

from bot.config import Route, TeamConfig
from bot.models import Account, Alert, Person

#: Routes' words for a direct message and for an e-mail to the account's CSM.
OWNER = "owner"
EMAIL = "email"
_WORDS = {OWNER: "a direct message to the CSM", EMAIL: "an e-mail to the CSM"}


@dataclass(frozen=True)
class Places:
    """Where one alert is shown: channels (names, ids, people's Slack ids), the first one its main place;
    ``email`` says whether its owner gets it by e-mail whatever they prefer.

    ``problem`` says why it is not where a route meant it to be, and ``meant`` where that was; None where it
    is.
    """

    channels: tuple[str, ...]
    email: bool = False
    problem: str | None = None
    meant: str | None = None


def find_places(team: TeamConfig, *, account: Account, alert: Alert, owner: Person | None) -> Places:
    """Where the team's routes want the alert.

    A route that leads nowhere (an owner whom Slack does not know, an e-mail that cannot be sent) leaves the
    alerts channel: an alert nobody sees would be lost. An alert that goes by e-mail alone has no channel.
    """
    channels: list[str] = []
    email, problem, meant = False, None, None
    for route in _find_routes(team, account, alert, owner):
        if route.to == EMAIL and team.mails and owner is not None:
            email = True
        elif route.to == OWNER and owner is not None and owner.slack_id:
            channels.append(owner.slack_id)
        elif route.to in (OWNER, EMAIL):
            problem, meant = _explain(route.to, owner), _WORDS[route.to]
            channels.append(team.alerts_channel)
        else:
            channels.append(route.to)
    # The thread is kept where the route that decides leads, so that is posted first.
    return Places(tuple(dict.fromkeys(reversed(channels))), email, problem, meant)


def _find_routes(team: TeamConfig, account: Account, alert: Alert, owner: Person | None) -> Iterator[Route]:
    for route in team.routes:
        if _fits(route, account, alert, owner):
            yield route
            if not route.also:
                return
    yield Route(to=team.alerts_channel)


def _fits(route: Route, account: Account, alert: Alert, owner: Person | None) -> bool:
    return (
        route.segment in (None, account.segment)
        and route.severity in (None, alert.severity)
        and (route.arr_above is None or (account.arr_cents or 0) >= route.arr_above * 100)
        and (route.csm is None or (owner is not None and owner.email.lower() == route.csm))
    )


def _explain(to: str, owner: Person | None) -> str:
    if owner is None:
        return "the account has no CSM"
    return f"{owner.name} has no Slack id" if to == OWNER else "no e-mail can be sent (SMTP_URL, MAIL_FROM)"


def find_channel(team: TeamConfig, *, segment: str | None, severity: str, owner: Person | None) -> str:
    """The main place of an alert of such an account."""
    account, alert = Account(segment=segment), Alert(severity=severity)
    return (find_places(team, account=account, alert=alert, owner=owner).channels or (team.alerts_channel,))[
        0
    ]
