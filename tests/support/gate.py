"""Requests of a browser, held for as long as a test wants."""

from __future__ import annotations

import re

from playwright.sync_api import Page, Route


class Gate:
    """Holds requests until it is opened."""

    def __init__(self, page: Page, pattern: re.Pattern[str]) -> None:
        self._held: list[Route] | None = []
        page.route(pattern, self._come)

    def _come(self, route: Route) -> None:
        if self._held is None:
            route.continue_()
        else:
            self._held.append(route)

    def open(self) -> None:
        """Let go all that came and all that comes."""
        held, self._held = self._held or [], None
        for route in held:
            route.continue_()
