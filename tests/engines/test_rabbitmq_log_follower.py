"""The log of a node, followed while it is written."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from pathlib import Path

import pytest

from hubemu.clock import Clock
from hubemu.engines.rabbitmq.log_follower import LogFollower
from hubemu.events import ConnectionLog, Directory, EventLog
from hubemu.supervision import Supervision
from hubemu.topology import Topology

_PREFIX = "2026-11-28 12:09:10.345000+00:00 [warning] <0.5.0> "
HEAD = f"{_PREFIX}closing AMQP connection <0.5.0> (127.0.0.1:4 -> 127.0.0.1:5671):\n"
REST = f"{_PREFIX}client unexpectedly closed TCP connection\n"


@pytest.mark.parametrize("cut", [len(HEAD) - 40, len(HEAD), len(HEAD) + 40])
def test_an_entry_that_is_written_in_two_parts_is_told_whole(
    cut: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    entry = HEAD + REST
    parts: Iterator[str] = iter([entry[:cut], entry[cut:], "", ""])
    file = tmp_path / "rabbitmq.log"
    file.touch()
    clock = Clock()
    log = ConnectionLog(EventLog(clock), Directory(users={}, ids={}, vhosts=()))
    ended = asyncio.Event()
    sleep = asyncio.sleep

    async def look_again(seconds: float) -> None:
        """The writer goes on while the follower sleeps."""
        await sleep(0)
        if not seconds:
            return
        part = next(parts, None)
        if part is None:
            ended.set()
            await asyncio.Event().wait()
        else:
            with file.open("a") as written:
                written.write(part)

    monkeypatch.setattr("hubemu.engines.rabbitmq.log_follower.asyncio.sleep", look_again)

    async def scene() -> None:
        follower = LogFollower(file, Topology(vhosts={}, users={}), clock, log, Supervision())
        follower.start()
        await ended.wait()
        await follower.stop()

    asyncio.run(scene())
    [told] = log.refusals()
    assert (told["scope"], told["text"]) == ("login", "client unexpectedly closed TCP connection")
