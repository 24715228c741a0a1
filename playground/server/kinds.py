"""Names for the shapes that travel through the server."""

from collections.abc import Callable
from typing import Any

# JSON as apps and pages send it: checked where it enters, not by the type checker.
Json = dict[str, Any]

# Seconds since the epoch. Injected so that a test can decide what time it is.
Clock = Callable[[], float]
