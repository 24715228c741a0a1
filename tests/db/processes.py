"""The processes of an embedded server, seen from outside."""

import os
import signal
from pathlib import Path

import psutil


def processes_of(home: Path) -> list[psutil.Process]:
    """The server on `home` and its children, the server first."""
    servers = [p for p in psutil.process_iter(["cmdline"]) if _serves(p.info["cmdline"] or [], home)]
    return [process for server in servers for process in (server, *server.children(recursive=True))]


def _serves(arguments: list[str], home: Path) -> bool:
    return "-D" in arguments and any(a.startswith(f"{home}/") and a.endswith("/data") for a in arguments)


def kill_all(home: Path) -> None:
    """kill -9 to every process of the server at once, as when a container is stopped hard."""
    for process in processes_of(home):
        os.kill(process.pid, signal.SIGKILL)


def kill_server(home: Path) -> None:
    """kill -9 to the server's first process alone, as when memory runs out."""
    os.kill(processes_of(home)[0].pid, signal.SIGKILL)
