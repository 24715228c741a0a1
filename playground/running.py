"""Starting and stopping the server on a loopback port."""

import asyncio
import errno
from dataclasses import dataclass
from pathlib import Path

from aiohttp import web

from playground.app import build_application
from playground.server.install import install_app
from playground.server.kinds import Clock, Json
from playground.server.saving import Saver, read_state
from playground.server.seed import DEFAULT_WORKSPACE, load_workspace
from playground.server.settings import Settings
from playground.server.slack import Slack

HOST = "127.0.0.1"


class PortTaken(Exception):
    """The port asked for is in use; the text says so, and what to do."""


@dataclass(slots=True)
class Running:
    """A server that listens. `stop` ends it within about a second."""

    slack: Slack
    runner: web.AppRunner
    saver: Saver | None

    async def stop(self) -> None:
        """Closes every connection and saves what has not been saved yet."""
        await self.slack.close()
        await self.runner.cleanup()
        if self.saver is not None:
            await self.saver.stop()


async def start_server(
    *,
    port: int,
    workspace: Json | None,
    state_file: Path | None,
    settings: Settings,
    clock: Clock,
    apps: list[Json],
    controls: str = "",
    ahead: float | None = None,
) -> Running:
    """Returns a running server on 127.0.0.1:`port` (0 for any free one), with `apps` installed.

    A state file that exists wins over the workspace. `controls` is the address of what the page's control
    bar shows and presses, `ahead` is where the clock that
    dates messages begins. Raises PortTaken, or SlackError when the workspace or
    an app's manifest is wrong.
    """
    workspace = DEFAULT_WORKSPACE if workspace is None else workspace
    saved = read_state(state_file) if state_file else None
    slack = Slack(saved or load_workspace(workspace), settings, clock)
    slack.ahead = ahead
    for app in apps:
        install_app(slack.state, slack.ids, app)
    runner = web.AppRunner(build_application(slack, workspace), access_log=None, shutdown_timeout=0.5)
    slack.base_url = await _listen(runner, port)
    saver = Saver(slack, state_file) if state_file else None
    if saver is not None:
        saver.start()
    if controls:
        slack.controls.start(controls)
    return Running(slack, runner, saver)


async def _listen(runner: web.AppRunner, port: int) -> str:
    await runner.setup()
    try:
        await web.TCPSite(runner, HOST, port).start()
    except OSError as error:
        await runner.cleanup()
        if error.errno != errno.EADDRINUSE:
            raise
        advice = "Choose another with --port, or 0 for any."
        raise PortTaken(f"Port {port} of {HOST} is taken. {advice}") from error
    return f"http://{HOST}:{runner.addresses[0][1]}"


async def run_until(stopping: asyncio.Event, running: Running) -> None:
    """Serves until the event is set, then stops."""
    try:
        await stopping.wait()
    finally:
        await running.stop()
