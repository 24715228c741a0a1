"""A local Slack with a real Bolt app behind it, and Chromium to use its page with."""

from collections.abc import Iterator
from typing import Any

import harbour_app
import pytest
from harbour_page import Harbour
from playwright.sync_api import Browser, Page, expect, sync_playwright

from playground import LocalSlack
from playground.server.settings import Settings

CHROMIUM = "/usr/bin/chromium"
FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
PATIENCE_MS = 15_000


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """One Chromium for all of a worker's tests."""
    expect.set_options(timeout=PATIENCE_MS)
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        yield chromium
        chromium.close()


@pytest.fixture
def harbour(browser: Browser) -> Iterator[Harbour]:
    """A fresh workspace with the app connected; tabs share no cookies, and no script of theirs may fail."""
    contexts, thrown = [], []

    def new_page(**options: Any) -> Page:
        # A zone of nobody's: what the page shows must come from the person, not from the machine.
        context = browser.new_context(reduced_motion="reduce", timezone_id="Asia/Tokyo", **options)
        context.set_default_timeout(PATIENCE_MS)
        contexts.append(context)
        page = context.new_page()
        page.on("pageerror", lambda error: thrown.append(str(error)))
        return page

    # Tests post faster than a channel may be written to; the pace is tested elsewhere.
    quick = Settings(posts_per_second=1000.0, posts_burst=1000)
    with LocalSlack.start(harbour_app.WORKSPACE, settings=quick) as slack:
        with harbour_app.running(slack) as app:
            yield Harbour(slack, app, new_page)
            for context in contexts:
                context.close()
    assert thrown == []
