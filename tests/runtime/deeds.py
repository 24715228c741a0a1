"""An application with a listener whose deed can be counted, made slow and made to fail.

`python -m tests.runtime.deeds` serves it over HTTP as `staysail web` serves the real one.
"""

import time
from collections.abc import Callable
from typing import Any

from slack_bolt import App
from sqlalchemy import text

from bot.app import LISTENER_POOL, Parts, build_parts, build_slack_app
from bot.config import TeamConfig, load_settings
from bot.logs import configure_logs
from bot.processes import build_door, serve_web
from bot.stopping import Stop
from bot.web import Door
from handlers.desk import Desk
from handlers.errors import Guard

DEED = text("insert into import_run (source, recorded_on, at) values (:what, current_date, now())")
COUNT = text("select count(*) from import_run where source = :what")


def handle_deed(ack: Callable[..., Any], command: dict[str, Any], desk: Desk) -> None:
    """`/deed NAME [SECONDS]`: do it, taking that long; `/deed NAME fail` does it and fails."""
    name, _, how = command["text"].partition(" ")
    with desk.sessions() as session, session.begin():
        session.execute(DEED, {"what": name})
        if how == "fail":
            raise RuntimeError("made to fail")
        time.sleep(float(how or 0))
    ack(f"did {name}")


def handle_press(ack: Callable[..., Any], action: dict[str, Any], desk: Desk) -> None:
    """A button whose value names the deed."""
    with desk.sessions() as session, session.begin():
        session.execute(DEED, {"what": action["value"]})
    ack()


def handle_form(ack: Callable[..., Any], view: dict[str, Any], desk: Desk) -> None:
    """A form whose private metadata names the deed."""
    with desk.sessions() as session, session.begin():
        session.execute(DEED, {"what": view["private_metadata"]})
    ack()


def handle_event(event: dict[str, Any], desk: Desk) -> None:
    """An event whose text names the deed."""
    with desk.sessions() as session, session.begin():
        session.execute(DEED, {"what": event["text"]})


def build_deed_app(parts: Parts) -> App:
    """The real application and the deeds."""
    app = build_slack_app(parts)
    guard = Guard(app.listener_runner.listener_executor)
    app.command("/deed")(guard(handle_deed))
    app.action("press")(guard(handle_press))
    app.view("form")(guard(handle_form))
    app.event("app_mention")(guard(handle_event))
    return app


def create_door() -> Door:
    """What the server's process loads."""
    settings = load_settings()
    assert settings.database_url
    parts = build_parts(settings, TeamConfig(), settings.database_url, pool_size=LISTENER_POOL)
    return build_door(parts, build_deed_app(parts))


if __name__ == "__main__":
    stop = Stop(7.0)
    stop.listen()
    configure_logs("console")
    serve_web(load_settings(), stop, "tests.runtime.deeds:create_door")
