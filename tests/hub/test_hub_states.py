"""A state that cannot be had any more leaves the Hub as it is, whatever it is that fails."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import pytest

from hubemu.errors import StartError
from hubemu.hub import Hub as RunningHub
from hubemu.testing import AsyncHub
from tests.support.kept_certificates import KEPT

A, C, NEW = "fr.health.samuA", "fr.health.samuC", "fr.health.samuX"


async def seen(hub: AsyncHub) -> list[Any]:
    """What a restore would change."""
    call = hub.facts.control.get
    paths = ("messages", "routing", "phase", "faults", "clock")
    told = [await asyncio.to_thread(call, f"/api/v1/{path}") for path in paths]
    told[-1] = told[-1]["offset"]
    depths = hub.running.engine.depths("15-15_v2.0")
    return [*told, {name: depth.ready for name, depth in depths.items()}]


def fail_once(hub: RunningHub, place: str, patch: pytest.MonkeyPatch) -> None:
    """Have one part of the way fail the next time it is gone."""
    book, steps = hub.faults, hub.steps
    owner, name = {
        "rules": (book._families["dispatch"], "begin"),
        "step": (steps, "enter"),
    }[place]
    real = getattr(owner, name)

    async def failing(*given: Any, **named: Any) -> Any:
        patch.setattr(owner, name, real)
        raise StartError("not now")

    patch.setattr(owner, name, failing)


@pytest.mark.parametrize("place", ["step", "rules"])
def test_what_fails_leaves_all_as_it_was(
    place: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def story() -> None:
        async with AsyncHub(home=KEPT.given(tmp_path / "home")) as hub, hub.client(A) as sender:
            call = hub.facts.control.call
            await asyncio.to_thread(call, "PUT", f"/api/v1/clients/{NEW}", {})
            await asyncio.to_thread(call, "PUT", "/api/v1/phase", {"phase": "dual"})
            await hub.faults.add("delay", ms=1, times=5)
            state = await hub.snapshot()
            await hub.reset()
            await hub.faults.add("drop", match={"recipient": "nobody"}, seconds=1000)
            await hub.clock.advance(60)
            await sender.send(await sender.example("RS-EDA", to=C))
            await hub.journal.messages(outcome="routed", wait=10)
            before = await seen(hub)
            fail_once(hub.running, place, monkeypatch)
            with pytest.raises(StartError, match="not now"):
                await state.restore()
            assert await seen(hub) == before
            await hub.clock.advance(1000)
            while not (await hub.faults.list())[0]["ended"]:
                await asyncio.sleep(0.01)
            async with hub.client(C) as recipient:
                await recipient.ack(await recipient.receive())
                await state.restore()
                assert [one["effect"] for one in await hub.faults.list()] == ["delay"]
                assert NEW in hub.facts.clients
                await sender.send(await sender.example("RS-EDA", to=C))
                await recipient.ack(await recipient.receive())

    asyncio.run(story())
