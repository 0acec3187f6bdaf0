"""A real browser on a Hub of its own: Debian's Chromium, driven by Playwright."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect, sync_playwright

from tests.conftest import missing
from tests.support.live import LiveHub, live_hub

expect.set_options(timeout=60_000)
"""A busy machine may take longer than the five seconds that are Playwright's own."""

NO_NAMES = "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1, EXCLUDE localhost"
"""Have Chromium look for nothing of its maker's; where nothing answers it waits for the answer."""


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """The machine's Chromium; none is downloaded.

    Of a module only: while it runs, Playwright's event loop counts as running in this thread, and
    no other test could run one of its own.
    """
    named = os.environ.get("HUBEMU_BROWSER")
    program = named or next(filter(None, map(shutil.which, ("chromium", "chromium-browser"))), None)
    if program is None:
        missing("browser", "no chromium is installed here (HUBEMU_BROWSER names another)")
    options = [NO_NAMES] + (["--no-sandbox"] if os.geteuid() == 0 else [])
    with sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=program, args=options)
        yield browser
        browser.close()


@pytest.fixture(scope="session")
def the_hub(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LiveHub]:
    """One Hub for all tests of the page."""
    with live_hub(tmp_path_factory.mktemp("page") / "home") as hub:
        yield hub


@pytest.fixture
def hub(the_hub: LiveHub) -> LiveHub:
    """The Hub, as at its start."""
    for inbox in the_hub.http("GET", "/api/v1/inboxes")["inboxes"]:
        the_hub.http("DELETE", f"/api/v1/inboxes/{inbox['id']}")
    the_hub.http("POST", "/api/v1/reset")
    return the_hub


@pytest.fixture
def page(browser: Browser, hub: LiveHub) -> Iterator[Page]:
    """A page in English that has not been there before; its errors fail the test."""
    context = browser.new_context(base_url=hub.endpoints["http"], locale="en-GB")
    context.set_default_timeout(60_000)
    page = context.new_page()
    errors: list[str] = []
    page.on("pageerror", lambda error: errors.append(str(error)))
    page.on("console", lambda told: errors.append(told.text) if "Policy" in told.text else None)
    yield page
    context.close()
    assert errors == []


@pytest.fixture(scope="session")
def axe(amqplib: Path) -> str:
    """The source of axe-core, from the tests' own node_modules."""
    return (amqplib / "axe-core" / "axe.min.js").read_text()
