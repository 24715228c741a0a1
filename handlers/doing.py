"""One act of a person's on an alert, and what they see of it."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from bot.accounts.asking import Asking
from bot.accounts.reader import Reader
from handlers.desk import Desk
from handlers.surfaces import load_surface

Body = dict[str, Any]
#: `ack`, and what sends later.
Send = Callable[..., Any]


@dataclass(frozen=True)
class Click:
    """A click on an alert, and the ways to answer it."""

    alert_id: int
    body: Body
    respond: Send
    publish: Send
    desk: Desk


def do(act: Callable[..., Any], click: Click, **chosen: Any) -> tuple[Any, Reader]:
    """What the act returns, and who did it. The clicker's own view is drawn again; the alert's messages are
    edited by the courier."""
    with click.desk.transaction() as (session, asking):
        done = act(session, **by(asking, click.alert_id), **chosen)
        surface = load_surface(session, asking, click.body, click.alert_id)
    surface.draw(click.publish, click.respond)
    return done, asking.reader


def by(asking: Asking, alert_id: int) -> dict[str, Any]:
    """Who acts on which alert and when, as every act takes it."""
    return {
        "alert_id": alert_id,
        "slack_user_id": asking.reader.slack_id,
        "now": asking.now,
        "team": asking.team,
    }
