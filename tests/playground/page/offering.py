"""A program that offers buttons for the local Slack's control bar, on a port of its own."""

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any


class Offering:
    """What the bar is to show, and the buttons pressed so far; a press is answered with `refusal` if set."""

    def __init__(self) -> None:
        self.shown: dict[str, Any] = {
            "title": "Mon 23 Nov 2026, 09:05",
            "buttons": [{"id": "next_day", "label": "Next day"}],
            "busy": False,
            "note": "",
        }
        self.pressed: list[str] = []
        self.refusal = ""
        self.url = ""


@contextmanager
def offering() -> Iterator[Offering]:
    offered = Offering()

    class Answer(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self._say(200, offered.shown)

        def do_POST(self) -> None:
            body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            if offered.refusal:
                self._say(409, {"error": offered.refusal})
                return
            offered.pressed.append(body["button"])
            offered.shown = {**offered.shown, "busy": True, "note": "Waiting for the morning"}
            self._say(200, offered.shown)

        def _say(self, status: int, content: dict[str, Any]) -> None:
            self.send_response(status)
            self.end_headers()
            self.wfile.write(json.dumps(content).encode())

        def log_message(self, *_: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Answer) as server:
        offered.url = f"http://127.0.0.1:{server.server_address[1]}/secret"
        thread = threading.Thread(target=server.serve_forever, args=(0.05,))
        thread.start()
        try:
            yield offered
        finally:
            server.shutdown()
            thread.join()
