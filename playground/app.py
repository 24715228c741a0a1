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


async def revalidate(request: web.Request, response: web.StreamResponse) -> None:
    """Makes browsers ask whether a file changed, so that an upgrade is not mixed with old scripts."""
    response.headers.setdefault("Cache-Control", "no-cache")


def build_application(slack: Slack, workspace: Json) -> web.Application:
    """Returns the application that serves one local Slack; `workspace` is what a reset goes back to."""
    app = web.Application(middlewares=[guard, refusals], client_max_size=MOST_BODY)
    route = ApiRoute(slack).answer
    app.router.add_post("/api/{method}", route)
    app.router.add_get("/api/{method}", route)
    app.on_response_prepare.append(revalidate)
    for routes in (Links(slack), PageReads(slack), PageDeeds(slack), Control(slack, workspace)):
        routes.add_to(app)
    return app
