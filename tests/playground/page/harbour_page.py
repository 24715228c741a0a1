"""What a test holds: the local Slack, its app, and tabs to look at both as somebody."""

from collections.abc import Callable
from typing import Any

from harbour_app import Running
from playwright.sync_api import Locator, Page

from playground import LocalSlack


class Harbour:
    """The local Slack, its app, and a way to look at both as somebody."""

    def __init__(self, slack: LocalSlack, app: Running, new_page: Callable[..., Page]) -> None:
        self.slack = slack
        self.app = app
        self.new_page = new_page

    def visit(self, where: str = "", **options: Any) -> Page:
        """Opens a tab of its own at "U1/C1" or the like; the first screen when nothing is named."""
        page = self.new_page(**options)
        page.goto(f"{self.slack.url}/#/{where}" if where else self.slack.url)
        return page

    def texts(self, channel: str, reader: str | None = None, thread_ts: str = "") -> list[str]:
        """Returns the texts of a channel (or thread) as the server holds them."""
        return [m["text"] for m in self.slack.messages(channel, as_=reader, thread_ts=thread_ts)]


def composer(page: Page) -> Locator:
    """Returns where a channel's messages are written."""
    return page.get_by_role("textbox", name="Message")


def message(page: Page, text: str) -> Locator:
    """Returns the newest message that shows a text."""
    return page.locator(".msg").filter(has_text=text).last
