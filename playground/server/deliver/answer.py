"""What became of one delivery to an app."""

from dataclasses import dataclass

from playground.server.kinds import Json


@dataclass(frozen=True, slots=True)
class Answer:
    """`error` is empty when the app acknowledged in time; `payload` is what it acknowledged with.

    `reason` is Slack's word for the failure in retry headers; `final` says that the app asked for no retry.
    """

    error: str = ""
    payload: Json | str | None = None
    reason: str = ""
    final: bool = False

    @property
    def acked(self) -> bool:
        """Returns whether the app acknowledged in time."""
        return not self.error
