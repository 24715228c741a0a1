"""Keeps other web sites out: this server trusts whoever reaches it, so only this machine's own pages may."""

from collections.abc import Awaitable, Callable

from aiohttp import web

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]
LOCAL_NAMES = frozenset({"127.0.0.1", "localhost", "[::1]"})
MOST_BODY = 50 * 1024 * 1024


@web.middleware
async def guard(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Answers 403 to a foreign Host (a name rebound to 127.0.0.1) and to requests other sites' pages make."""
    if _name(request.headers.get("Host", "")) not in LOCAL_NAMES:
        return web.Response(status=403, text="This server answers only at 127.0.0.1 or localhost.\n")
    origin = request.headers.get("Origin")
    if origin is not None and origin != f"http://{request.headers['Host']}":
        return web.Response(status=403, text=f"Pages of {origin} may not use this server.\n")
    # A link on another site may lead here, but nothing it embeds or fetches may.
    foreign = request.headers.get("Sec-Fetch-Site") in ("cross-site", "same-site")
    if foreign and request.headers.get("Sec-Fetch-Mode") != "navigate":
        return web.Response(status=403, text="Other sites may not use this server.\n")
    return await handler(request)


def _name(host: str) -> str:
    name, colon, port = host.rpartition(":")
    return name if colon and port.isdigit() else host
