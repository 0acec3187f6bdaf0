"""The control API over a fake Hub, called in-process."""

from __future__ import annotations

import asyncio
from typing import Any

import httpx
import pytest

from hubemu.control.app import build_app
from hubemu.control.context import Context
from hubemu.control.guard import HostNames
from hubemu.control.routes import ENDPOINTS
from tests.support.fake_hub import FakeHub


class Api:
    """One call a time, without sockets; a bug in the application reaches the client as a 500."""

    def __init__(self, hub: FakeHub) -> None:
        self.hub = hub

    def __call__(self, method: str, path: str, **options: Any) -> httpx.Response:
        return asyncio.run(self._call(method, path, options))

    async def _call(self, method: str, path: str, options: dict[str, Any]) -> httpx.Response:
        context = Context(self.hub.hub, asyncio.Event(), ENDPOINTS)
        app = build_app(context, HostNames("127.0.0.1", self.hub.settings.sans))
        transport = httpx.ASGITransport(app, raise_app_exceptions=False)
        async with httpx.AsyncClient(transport=transport, base_url="http://localhost") as client:
            return await client.request(method, path, **options)

    def refused(self, status: int, method: str, path: str, **options: Any) -> dict[str, Any]:
        """The problem that a call is refused with."""
        answer = self(method, path, **options)
        assert answer.status_code == status, answer.text
        assert answer.headers["content-type"] == "application/problem+json"
        problem: dict[str, Any] = answer.json()
        assert problem["status"] == status
        return problem


@pytest.fixture
def hub() -> FakeHub:
    return FakeHub("hub.example.test")


@pytest.fixture
def api(hub: FakeHub) -> Api:
    return Api(hub)
