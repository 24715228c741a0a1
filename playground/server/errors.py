"""The two ways a request to the local Slack is refused."""

from playground.server.kinds import Json


class SlackError(Exception):
    """An error an app gets, by Slack's own code; `details` are further fields of the answer."""

    def __init__(self, code: str, **details: object) -> None:
        super().__init__(code)
        self.code = code
        self.details = details

    def body(self) -> Json:
        """Returns the answer's JSON: `{"ok": false, "error": code, …}`."""
        return {"ok": False, "error": self.code, **self.details}


class Refused(Exception):
    """Something a person tried that Slack does not do; the text is the sentence they are shown."""
