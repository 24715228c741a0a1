"""Serves what the local Slack's control bar shows, and takes the presses of its buttons, on loopback only."""

import json
import secrets
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from bot.errors import UserError

HOST = "127.0.0.1"
LONGEST_BODY = 10_000


class _Server(ThreadingHTTPServer):
    daemon_threads = True

    def __init__(self, describe: Callable[[], dict[str, Any]], press: Callable[[str], None]) -> None:
        super().__init__((HOST, 0), _Handler)
        self.path = f"/{secrets.token_urlsafe(24)}"
        self.describe = describe
        self.press = press


class _Handler(BaseHTTPRequestHandler):
    server: _Server
    timeout = 10

    def do_GET(self) -> None:
        if self._is_meant():
            self._say(200, self.server.describe())

    def do_POST(self) -> None:
        if not self._is_meant():
            return
        try:
            self.server.press(self._read_button())
        except UserError as error:
            self._say(409, {"error": str(error)})
        else:
            self._say(200, self.server.describe())

    def _read_button(self) -> str:
        try:
            length = min(int(self.headers.get("Content-Length") or 0), LONGEST_BODY)
            return str(json.loads(self.rfile.read(length))["button"])
        except (ValueError, KeyError, TypeError):
            return ""

    def _is_meant(self) -> bool:
        if secrets.compare_digest(self.path.encode(), self.server.path.encode()):
            return True
        self._say(404, {"error": "There is nothing here."})
        return False

    def _say(self, status: int, content: dict[str, Any]) -> None:
        body = json.dumps(content).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """The bar asks every second; nobody wants to read that."""


@contextmanager
def offered(describe: Callable[[], dict[str, Any]], press: Callable[[str], None]) -> Iterator[str]:
    """Inside the block GET tells what ``describe`` returns and POST ``{"button": id}`` calls ``press``, whose
    UserError is answered with 409. Yields the address; whoever does not know its secret gets 404."""
    with _Server(describe, press) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.1,), name="controls", daemon=True)
        thread.start()
        try:
            yield f"http://{HOST}:{server.server_address[1]}{server.path}"
        finally:
            server.shutdown()
            thread.join()
