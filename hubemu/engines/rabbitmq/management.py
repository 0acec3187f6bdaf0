"""What the engine asks of RabbitMQ's management API."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from typing import Any
from urllib.parse import quote

import httpx

from hubemu.broker.core.queue import QueueDepth
from hubemu.engines.rabbitmq.definitions import Administrator

__all__ = ["Management", "ManagementError"]

_TIMEOUT = 10.0
_AT_ONCE = 16
"""Requests under way together when many are needed."""


class ManagementError(Exception):
    """The management API cannot be reached, or refuses; the text says which."""


class Management:
    """A client of one management API; `close` it.

    Args:
        url: its root, such as `http://127.0.0.1:15672`.
        administrator: who logs in.
    """

    def __init__(self, url: str, administrator: Administrator) -> None:
        self._url = url
        self._http = httpx.AsyncClient(
            base_url=url,
            auth=(administrator.name, administrator.password),
            timeout=_TIMEOUT,
            # The node is ours and near: no proxy of the environment stands between.
            trust_env=False,
        )

    async def close(self) -> None:
        """Let go of the connections."""
        await self._http.aclose()

    async def version(self) -> str:
        """RabbitMQ's version."""
        overview = await self._get("/api/overview")
        return str(overview["rabbitmq_version"])

    async def vhosts(self) -> list[str]:
        """The names of the vHosts."""
        return [row["name"] for row in await self._get("/api/vhosts?columns=name")]

    async def depths(self) -> dict[str, dict[str, QueueDepth]]:
        """The depth of every queue, by vHost and name."""
        columns = "vhost,name,messages_ready,messages_unacknowledged,consumers"
        found: dict[str, dict[str, QueueDepth]] = {}
        for row in await self._get(f"/api/queues?columns={columns}"):
            depth = QueueDepth(
                row.get("messages_ready", 0),
                row.get("messages_unacknowledged", 0),
                row.get("consumers", 0),
            )
            found.setdefault(row["vhost"], {})[row["name"]] = depth
        return found

    async def connections(self) -> list[dict[str, Any]]:
        """The open AMQP connections, as RabbitMQ tells them."""
        rows: list[dict[str, Any]] = await self._get("/api/connections")
        return rows

    async def apply(self, definitions: dict[str, Any]) -> None:
        """Import definitions; what is there already and agrees is left alone."""
        await self._send("POST", "/api/definitions", json=definitions)

    async def purge(self, queues: Iterable[tuple[str, str]]) -> None:
        """Empty queues, given as (vHost, name)."""
        turn = asyncio.Semaphore(_AT_ONCE)

        async def one(vhost: str, name: str) -> None:
            async with turn:
                await self._send("DELETE", f"/api/queues/{_part(vhost)}/{_part(name)}/contents")

        await asyncio.gather(*(one(*queue) for queue in queues))

    async def disconnect(self, names: Iterable[str]) -> int:
        """Close connections by name, as RabbitMQ does (320 CONNECTION_FORCED); how many."""
        reason = {"X-Reason": "the Hub asked for it"}
        count = 0
        for name in names:
            await self._send("DELETE", f"/api/connections/{_part(name)}", headers=reason)
            count += 1
        return count

    async def _get(self, path: str) -> Any:
        return (await self._send("GET", path)).json()

    async def _send(self, method: str, path: str, **more: Any) -> httpx.Response:
        try:
            answer = await self._http.request(method, path, **more)
        except httpx.HTTPError as error:
            raise ManagementError(f"{self._url}: {error or type(error).__name__}") from None
        if answer.status_code == httpx.codes.UNAUTHORIZED:
            raise ManagementError(f"{self._url}: the login is refused")
        if answer.is_error:
            detail = answer.text[:200]
            raise ManagementError(f"{self._url}{path}: {answer.status_code} {detail}")
        return answer


def _part(name: str) -> str:
    return quote(name, safe="")
