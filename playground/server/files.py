"""Files: announced first, then filled with bytes; kept in the state like everything else."""

import base64
import mimetypes

from playground.server.slack import Slack
from playground.server.state import App, File


def announce(slack: Slack, name: str, length: int, user: str, app: App | None = None) -> File:
    """Returns a new file that still waits for its bytes."""
    file = File(
        id=slack.ids.next_id("F"),
        name=name,
        user=user,
        app_id=app.id if app else "",
        mimetype=mimetypes.guess_type(name)[0] or "application/octet-stream",
        length=length,
        created=int(slack.clock()),
    )
    slack.state.files[file.id] = file
    return file


def fill(slack: Slack, file: File, data: bytes) -> None:
    """Gives a file its bytes."""
    file.data = base64.b64encode(data).decode()
    file.length = len(data)
    slack.live.touch()


def keep(slack: Slack, name: str, user: str, data: bytes) -> File:
    """Returns a new file that holds these bytes."""
    file = announce(slack, name, len(data), user)
    fill(slack, file, data)
    return file
