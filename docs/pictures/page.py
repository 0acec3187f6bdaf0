"""Makes the pictures of the page from a running one: python docs/pictures/page.py

A Hub of its own, an exchange and a refusal in its test LRM, by clicking; needs Chromium.
"""

from __future__ import annotations

import os
import shutil
import sys
import tempfile
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[2]))

from playwright.sync_api import Browser, sync_playwright

from tests.support.live import LiveHub, live_hub

FOLDER = Path(__file__).parent
SIZE = {"width": 1280, "height": 800}


def picture(browser: Browser, hub: LiveHub) -> None:
    """A message that was refused, opened."""
    text, send, why = "Text", "Send", "See why"
    context = browser.new_context(base_url=hub.endpoints["http"], locale="en-GB", viewport=SIZE)
    page = context.new_page()
    page.goto("/#/lrm?type=RS-SR")
    page.locator(".verdict.good").wait_for()
    page.get_by_role("button", name=send, exact=True).click()
    page.locator(".sent .routed").wait_for()
    area = page.get_by_label(text, exact=True)
    area.fill(
        area.input_value().replace('"status": "', '"status": "X', 1).replace("caseId", "casId")
    )
    page.locator(".verdict.bad").wait_for()
    page.screenshot(path=FOLDER / "page-lrm.png")
    page.get_by_role("button", name=send, exact=True).click()
    page.get_by_role("link", name=why).click()
    page.locator(".tree").first.wait_for()
    page.locator(".notice[data-shown]").wait_for(state="hidden")
    page.screenshot(path=FOLDER / "page-message.png")
    context.close()


def main() -> None:
    """On a Hub of its own."""
    program = shutil.which("chromium")
    options = ["--no-sandbox"] if os.geteuid() == 0 else []
    with (
        tempfile.TemporaryDirectory() as folder,
        live_hub(Path(folder) / "home") as hub,
        sync_playwright() as driver,
    ):
        browser = driver.chromium.launch(executable_path=program, args=options)
        picture(browser, hub)
        browser.close()


if __name__ == "__main__":
    main()
