"""The load and what it measures; no figure is judged, for they are the machine's."""

from __future__ import annotations

import asyncio
import os
import subprocess
import sys
import time
from dataclasses import replace

import pytest

from hubemu.bench import Load, Plan, compare, hub_process, measure
from hubemu.bench.processor import processor_seconds
from hubemu.errors import CheckFailed, InputError, StartError
from hubemu.messages import example_message
from tests.support.commands import hubemu

A, C = "fr.health.samuA", "fr.health.samuC"
VHOST = "15-15_v2.0"
PLAN = Plan(vhost=VHOST, type="RS-EDA", count=100, window=10, rate=100, rounds=1)


def test_every_message_arrives_as_fast_as_confirmed_and_at_a_rate() -> None:
    body = example_message("RS-EDA", "2.0.0", sender=A, recipient=C)
    load = Load(vhost=VHOST, client=A, recipient=C, body=body, count=250, window=20)

    async def scene() -> None:
        async with hub_process([]) as facts:
            fast = await measure(facts, load)
            assert fast.messages == 250
            assert 0 < fast.p50 <= fast.p99
            steady = await measure(facts, replace(load, count=40, rate=400))
            assert steady.per_second < 450  # not faster than asked for, but for the first
            status, page = await asyncio.to_thread(
                facts.control.call, "GET", "/api/v1/messages?outcome=acknowledged&limit=1000"
            )
            assert status == 200
            assert len(page["messages"]) == 290

    asyncio.run(scene())


def test_messages_that_do_not_arrive_fail_the_run(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("hubemu.bench.load._SILENCE", 0.5)

    async def scene() -> None:
        async with hub_process([]) as facts:
            rejected = Load(vhost=VHOST, client=A, recipient=C, body=b"{}", count=3, window=1)
            with pytest.raises(CheckFailed, match="0 of 3 messages arrived"):
                await measure(facts, rejected)


def test_a_connection_that_breaks_fails_the_run_at_once() -> None:
    body = example_message("RS-EDA", "2.0.0", sender=A, recipient=C)
    load = Load(vhost=VHOST, client=A, recipient=C, body=body, count=10_000, rate=100)

    async def scene() -> None:
        async with hub_process([]) as facts:
            run = asyncio.create_task(measure(facts, load))
            path = "/api/v1/messages?outcome=acknowledged&wait=20"
            status, _ = await asyncio.to_thread(facts.control.call, "GET", path, timeout=30)
            assert status == 200
            await asyncio.to_thread(
                facts.control.call, "PUT", "/api/v1/phase", {"phase": "dual", "disconnect": True}
            )
            with pytest.raises(StartError, match="CONNECTION_FORCED"):
                await run

    asyncio.run(scene())


def test_a_hub_that_does_not_start_says_why() -> None:
    async def scene() -> None:
        async with hub_process(["--phase", "never"]):
            pass

    with pytest.raises(StartError, match="never"):
        asyncio.run(scene())


def test_a_type_that_is_not_there_is_told() -> None:
    said: list[str] = []
    with pytest.raises(InputError, match="RS-EDB"):
        asyncio.run(compare(replace(PLAN, type="RS-EDB"), {"embedded": []}, said.append))


def test_the_command_prints_what_it_measured() -> None:
    small = ("--count", "100", "--rounds", "1", "--rate", "50")
    told = hubemu("bench", *small, "--json")
    assert told.code == 0, told.err
    [row] = told.json["hubs"]
    assert (row["hub"], row["messages"], row["rate"]) == ("embedded", 100, 50)
    assert row["perSecond"] > 0
    assert told.json["ratio"] is None
    if sys.platform == "linux":
        assert isinstance(row["processorMicroseconds"], int)


@pytest.mark.skipif(sys.platform != "linux", reason="told by /proc")
def test_processor_time_is_that_of_the_process_and_those_it_started() -> None:
    before = processor_seconds(os.getpid())
    busy = "import time\nwhile time.process_time() < 0.6: pass\ninput()"
    with subprocess.Popen(
        [sys.executable, "-c", busy], stdin=subprocess.PIPE, stdout=subprocess.DEVNULL
    ) as child:
        own = processor_seconds(child.pid)
        while own is not None and own < 0.3:
            time.sleep(0.01)
            own = processor_seconds(child.pid)
        after = processor_seconds(os.getpid())
        child.communicate(b"\n")
    assert before is not None
    assert after is not None
    assert after - before >= 0.3
    assert processor_seconds(2**30) is None


def test_a_vhost_that_is_not_there_is_told_by_the_command() -> None:
    assert hubemu("bench", "--vhost", "15-15_v2").code == 2
