"""`python -m playground`: a local Slack in the foreground, until Ctrl-C or SIGTERM."""

import argparse
import asyncio
import json
import signal
import sys
import time
from pathlib import Path

import yaml

from playground.running import PortTaken, run_until, start_server
from playground.server.errors import SlackError
from playground.server.kinds import Json
from playground.server.saving import UnreadableState
from playground.server.settings import Settings


class BadFile(Exception):
    """A file given on the command line that cannot be used; the text names it and says why."""


def build_parser() -> argparse.ArgumentParser:
    """Returns the command line's definition."""
    parser = argparse.ArgumentParser(
        prog="python -m playground",
        description="A local Slack: Web API, Socket Mode, signed HTTP and a page, on 127.0.0.1 only.",
        epilog="Tokens of the installed apps: GET /_control/apps. Stop it with Ctrl-C.",
    )
    parser.add_argument("--port", type=int, default=8910, help="port to listen on; 0 for any (8910)")
    parser.add_argument("--workspace", type=Path, metavar="FILE", help="people and channels, JSON or YAML")
    parser.add_argument(
        "--state", type=Path, metavar="FILE", help="keep the conversation here; wins over --workspace"
    )
    parser.add_argument(
        "--manifest",
        type=Path,
        metavar="FILE",
        action="append",
        default=[],
        help="install an app from its Slack manifest, JSON or YAML; may be repeated",
    )
    parser.add_argument(
        "--request-url",
        metavar="URL",
        default="",
        help="send the manifests' apps signed HTTP requests here instead of using Socket Mode",
    )
    parser.add_argument(
        "--app",
        type=Path,
        metavar="FILE",
        action="append",
        default=[],
        help="install an app as POST /_control/apps would from this JSON; may be repeated",
    )
    parser.add_argument(
        "--ahead",
        type=float,
        metavar="SECONDS",
        default=None,
        help="date messages so much later than the machine's clock says; below zero, earlier",
    )
    parser.add_argument(
        "--controls",
        metavar="URL",
        default="",
        help="show the buttons that this address offers at the top of the page (docs/playground.md)",
    )
    parser.add_argument("--no-limits", action="store_true", help="do not limit how often apps may call")
    return parser


def read_file(path: Path) -> Json:
    """Returns a JSON or YAML file's object; raises BadFile."""
    try:
        text = path.read_text()
        content = json.loads(text) if path.suffix == ".json" else yaml.safe_load(text)
    except (OSError, ValueError, yaml.YAMLError) as error:
        raise BadFile(f"{path}: {error}") from error
    if not isinstance(content, dict):
        raise BadFile(f"{path}: must hold an object")
    return content


async def serve(options: argparse.Namespace) -> None:
    """Runs the server and prints its address once it listens."""
    mode = "http" if options.request_url else ""
    running = await start_server(
        port=options.port,
        workspace=read_file(options.workspace) if options.workspace else None,
        state_file=options.state,
        settings=Settings(enforce=not options.no_limits),
        clock=time.time,
        apps=[
            {"manifest": read_file(path), "mode": mode, "request_url": options.request_url}
            for path in options.manifest
        ]
        + [read_file(path) for path in options.app],
        ahead=options.ahead,
        controls=options.controls,
    )
    stopping = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, stopping.set)
    print(f"Local Slack at {running.slack.base_url}", flush=True)  # noqa: T201 the address is the command's output
    await run_until(stopping, running)


def main() -> int:
    """Returns 0 after a clean stop, 1 when the server could not start; argparse exits with 2 on its own."""
    try:
        asyncio.run(serve(build_parser().parse_args()))
    except (BadFile, PortTaken, UnreadableState) as error:
        sys.stderr.write(f"{error}\n")
        return 1
    except SlackError as error:
        sys.stderr.write(f"{error.details.get('detail', error.code)}\n")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
