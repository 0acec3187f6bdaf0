"""A Hub whose disk is full says so while it lasts."""

from __future__ import annotations

import asyncio
import sqlite3
from pathlib import Path

import httpx
import pytest

from hubemu.broker.store.statefile import StateFile
from hubemu.properties import PERSISTENT, Properties
from hubemu.service import serve
from hubemu.settings import Persistence, Settings

A, VHOST = "fr.health.samuA", "15-15_v2.0"


async def _until(client: httpx.AsyncClient, status: int) -> httpx.Response:
    async with asyncio.timeout(20):
        while (answer := await client.get("/ready")).status_code != status:
            await asyncio.sleep(0.01)
    return answer


def test_a_full_disk_is_told_until_it_is_over(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("hubemu.broker.store.committer._RETRY_SECONDS", 0.01)

    async def scenario() -> None:
        settings = Settings(home=tmp_path / "home", port=0, http_port=0, state=Persistence.DISK)
        async with (
            serve(settings) as hub,
            httpx.AsyncClient(base_url=hub.endpoints()["http"], trust_env=False) as client,
        ):
            await _until(client, 200)
            with monkeypatch.context() as full:

                def fails(_: StateFile) -> None:
                    raise sqlite3.OperationalError("database or disk is full")

                full.setattr(StateFile, "commit", fails)
                properties = Properties(delivery_mode=PERSISTENT)
                publishing = asyncio.create_task(
                    hub.engine.publish(A, VHOST, b"m", properties, "token")
                )
                told = await _until(client, 503)
                assert "database or disk is full" in told.json()["reasons"][0]
                health = await client.get("/health")
                assert health.status_code == 503
                assert health.json()["components"]["broker"]["status"] == "DOWN"
                assert not publishing.done()
            await _until(client, 200)
            await publishing

    asyncio.run(scenario())
