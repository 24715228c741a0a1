"""Reading JSON bodies, and turning refusals into answers."""

import json
from collections.abc import Awaitable, Callable

from aiohttp import web

from playground.server.errors import Refused, SlackError
from playground.server.kinds import Json

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


async def body_of(request: web.Request) -> Json:
    """Returns the request's JSON object, empty when there is no body; raises invalid_json."""
    raw = await request.read()
    if not raw.strip():
        return {}
    try:
        body = json.loads(raw)
    except ValueError:
        raise SlackError("invalid_json", detail="the body is not JSON") from None
    if not isinstance(body, dict):
        raise SlackError("invalid_json", detail="the body must be a JSON object")
    return body


@web.middleware
async def refusals(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Answers a Refused with its sentence, and a SlackError with its code, as `{"ok": false, "error": …}`."""
    try:
        return await handler(request)
    except Refused as refused:
        return web.json_response({"ok": False, "error": str(refused)})
    except SlackError as error:
        return web.json_response(error.body(), status=400)


def done(**fields: object) -> web.Response:
    """Returns `{"ok": true, …}`."""
    return web.json_response({"ok": True, **fields})
