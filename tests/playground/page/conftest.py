"""A local Slack with a real Bolt app behind it, and Chromium to use its page with."""

from collections.abc import Iterator
from concurrent.futures import Executor, ThreadPoolExecutor
from typing import Literal

import harbour_app
import pytest
from harbour_page import Harbour
from playwright.sync_api import BrowserContext, Page, expect, sync_playwright

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
Scheme = Literal["light", "dark"]


@pytest.fixture(scope="module")
def browser() -> Iterator[BrowserContext]:
    """One Chromium window for a file's tests; who a tab is, is in its address alone.

    Not for a worker's whole run: while Playwright is open its event loop counts as running in this thread,
    and tests of other files could not run one of their own.
    """
    expect.set_options(timeout=PATIENCE_MS)
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        # A zone of nobody's: what the page shows must come from the person, not from the machine.
        window = chromium.new_context(reduced_motion="reduce", timezone_id="Asia/Tokyo")
        window.set_default_timeout(PATIENCE_MS)
        yield window
        chromium.close()


@pytest.fixture(scope="session")
def closing() -> Iterator[Executor]:
    """Where apps of tests that are over are closed."""
    with ThreadPoolExecutor(4) as pool:
        yield pool


@pytest.fixture
def harbour(browser: BrowserContext, closing: Executor) -> Iterator[Harbour]:
    """A fresh workspace with the app connected, and tabs in which no script may fail."""
    pages: list[Page] = []
    thrown: list[str] = []

    def new_page(width: int = 1280, scheme: Scheme = "light") -> Page:
        page = browser.new_page()
        pages.append(page)
        page.set_viewport_size({"width": width, "height": 740})
        page.emulate_media(color_scheme=scheme)
        page.on("pageerror", lambda error: thrown.append(str(error)))
        return page

    # Tests post faster than a channel may be written to; the pace is tested elsewhere.
    quick = Settings(posts_per_second=1000.0, posts_burst=1000)
    with (
        LocalSlack.start(harbour_app.WORKSPACE, settings=quick) as slack,
        harbour_app.running(slack, closing) as app,
    ):
        yield Harbour(slack, app, new_page)
        for page in pages:
            page.close()
    assert thrown == []
