"""Builds the local Slack's web application: every route in one place."""

from aiohttp import web

from playground.server import api
from playground.server.api.route import ApiRoute
from playground.server.kinds import Json
from playground.server.slack import Slack
from playground.server.web.answers import refusals
from playground.server.web.control import Control
from playground.server.web.deeds import PageDeeds
from playground.server.web.guard import MOST_BODY, guard
from playground.server.web.links import Links
from playground.server.web.page import PageReads

# Importing the package is what registers the Web API's methods.
METHOD_MODULES = api.__all__


async def add_headers(request: web.Request, response: web.StreamResponse) -> None:
    """Makes browsers ask whether a file changed, take types as told, and show the page in no other page."""
    # Otherwise an upgrade is mixed with old scripts, and another site could lay a frame under a click.
    response.headers.setdefault("Cache-Control", "no-cache")
    response.headers.setdefault("X-Content-Type-Options", "nosniff")
    response.headers.setdefault("X-Frame-Options", "DENY")


def build_application(slack: Slack, workspace: Json) -> web.Application:
    """Returns the application that serves one local Slack; `workspace` is what a reset goes back to."""
    app = web.Application(middlewares=[guard, refusals], client_max_size=MOST_BODY)
    route = ApiRoute(slack).answer
    app.router.add_post("/api/{method}", route)
    app.router.add_get("/api/{method}", route)
    app.on_response_prepare.append(add_headers)
    for routes in (Links(slack), PageReads(slack), PageDeeds(slack), Control(slack, workspace)):
        routes.add_to(app)
    return app
