"""The load and what it measures; no figure is judged, for they are the machine's."""

from __future__ import annotations

import asyncio
import os
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

import hubemu.bench.idle as idle_module
from hubemu.amqp.address import LinkError
from hubemu.amqp.link import Link
from hubemu.bench import FurtherRows, Load, Plan, compare, hub_process, measure, measure_all
from hubemu.bench.consumption import processor_seconds, resident_octets
from hubemu.bench.idle import measure_idle
from hubemu.bench.routes import ROUTES
from hubemu.bench.starts import _command
from hubemu.bench.tables import tables
from hubemu.client.facts import HubFacts
from hubemu.errors import CheckFailed, InputError, StartError
from hubemu.messages import MessageError, example_message, load_release
from tests.support.commands import hubemu, hubemu_here

A, C = "fr.health.samuA", "fr.health.samuC"
VHOST = "15-15_v2.0"
PLAN = Plan(vhost=VHOST, type="RS-EDA", count=100, window=10, rate=100, rounds=1)


def test_every_message_arrives_as_fast_as_confirmed_and_at_a_rate() -> None:
    body = example_message("RS-EDA", "2.0.0", sender=A, recipient=C)
    load = Load(
        vhost=VHOST, client=A, reader=C, queue=f"{C}.message", body=body, count=250, window=20
    )

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
    monkeypatch.setattr("hubemu.bench.publishing._SILENCE", 0.5)

    async def scene() -> None:
        async with hub_process([]) as facts:
            rejected = Load(
                vhost=VHOST, client=A, reader=C, queue=f"{C}.message", body=b"{}", count=3, window=1
            )
            with pytest.raises(CheckFailed, match="0 of 3 messages arrived"):
                await measure(facts, rejected)


def test_a_connection_that_breaks_fails_the_run_at_once() -> None:
    body = example_message("RS-EDA", "2.0.0", sender=A, recipient=C)
    load = Load(
        vhost=VHOST, client=A, reader=C, queue=f"{C}.message", body=body, count=10_000, rate=100
    )

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
    assert told.json["ratios"] == {}
    if sys.platform == "linux":
        assert isinstance(row["processorMicroseconds"], int)


def test_every_route_has_a_row(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("hubemu.bench.comparison._STEADY_SECONDS", 1)
    monkeypatch.setattr("hubemu.bench.comparison._WARM_UP", 1)
    plan = replace(PLAN, count=20, rate=20, routes=tuple(ROUTES))
    told = asyncio.run(compare(plan, {"embedded": []}, lambda _: None))
    assert [row["route"] for row in told["hubs"]] == list(ROUTES)
    assert all(row["perSecond"] > 0 for row in told["hubs"])


@pytest.fixture
def short(monkeypatch: pytest.MonkeyPatch) -> None:
    """Runs of one second, and little that is watched or settles."""
    for name in ("comparison._STEADY_SECONDS", "idle._SETTLE_SECONDS", "idle._WATCHED_SECONDS"):
        monkeypatch.setattr(f"hubemu.bench.{name}", 1)


@pytest.mark.usefixtures("short")
def test_idle_clients_waiting_messages_and_state_on_disk_have_rows() -> None:
    plan = replace(PLAN, rate=50)
    further = FurtherRows(on_disk={"kept": ["--state", "disk"]}, idle=30, waiting=1_000)
    told = asyncio.run(measure_all(plan, {"embedded": []}, further, lambda _: None))
    assert [row["hub"] for row in told["hubs"]] == ["embedded", "kept"]
    [idle], [waiting] = told["idle"], told["waiting"]
    assert (idle["clients"], idle["rate"]) == (30, 50)
    assert all(0 < idle[how]["p50"] <= idle[how]["p99"] for how in ("alone", "beside"))
    assert (waiting["messages"], waiting["bytes"]) == (1_000, told["hubs"][0]["bytes"])
    for what in ("routedPerSecond", "readPerSecond"):
        assert all(waiting[what][which] > 0 for which in ("first", "last"))
    if sys.platform == "linux":
        assert waiting["memoryOctetsEach"] > waiting["bytes"]  # its body at least
        assert idle["kibibytesEach"] > 0
        assert idle["openingMilliseconds"] > 0
    assert "| 30, embedded |" in tables(told)
    assert f"| 1,000 of {waiting['bytes']:,} octets, embedded |" in tables(told)


def test_more_idle_clients_than_files_are_refused_first(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("hubemu.bench.idle.allowed_open_files", lambda: 1_024)
    begun: list[str] = []
    with pytest.raises(InputError, match="1,024 files"):
        asyncio.run(measure_idle("embedded", [], PLAN, 1_000, begun.append))
    assert not begun


@pytest.mark.usefixtures("short")
def test_idle_clients_that_the_hub_does_not_take_are_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("hubemu.bench.idle._AT_ONCE", 1)
    taken = 0
    open_one = idle_module._consumer

    async def third_is_refused(facts: HubFacts, load: Load) -> Link:
        nonlocal taken
        taken += 1
        if taken == 3:
            raise LinkError("530 NOT_ALLOWED")
        return await open_one(facts, load)

    monkeypatch.setattr("hubemu.bench.idle._consumer", third_is_refused)
    with pytest.raises(StartError, match="after 2 idle clients: 530 NOT_ALLOWED"):
        asyncio.run(measure_idle("embedded", [], replace(PLAN, rate=20), 3, lambda _: None))


def test_everything_is_every_row(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[tuple[Plan, FurtherRows]] = []

    async def measured(
        plan: Plan, _hubs: object, further: FurtherRows, _say: object
    ) -> dict[str, Any]:
        asked.append((plan, further))
        return {"hubs": [], "ratios": {}}

    monkeypatch.setattr("hubemu.bench.measure_all", measured)
    monkeypatch.setattr("hubemu.bench.starts.measure_starts", lambda *_: [])
    assert hubemu_here("bench", "--everything", "--idle", "7").code == 0
    [(plan, further)] = asked
    assert plan.routes == tuple(ROUTES)
    assert (list(further.on_disk), further.idle, further.waiting) == (
        ["embedded, on disk"],
        7,
        100_000,
    )
    assert further.on_disk["embedded, on disk"][-2:] == ["--state", "disk"]
    assert hubemu_here("bench", "--disk", "--state", "disk").code == 0
    assert asked[1][1] == FurtherRows()  # it is on disk anyway


def test_a_refusal_is_measured_of_messages_that_are_refused() -> None:
    release = load_release("2.0.0")
    for route in ROUTES.values():
        body = route.body("RS-EDA", "2.0.0")
        assert (body[:1] == b"<") is (route.sent == "xml")
        assert (b"NOWHERE" in body) is route.refused
        assert route.queue.startswith(route.reader)
        if route.refused:
            with pytest.raises(MessageError):
                release.validate(body, route.sent)
        else:
            release.validate(body, route.sent)
    with pytest.raises(InputError, match="RC-REF has no code to spoil"):
        ROUTES["refused-json"].body("RC-REF", "2.0.0")


def test_the_tables_tell_ratios_and_starts() -> None:
    row = {"hub": "a", "route": "json-json", "perSecond": 12_345, "rate": 500}
    row |= {"processorMicroseconds": None, "p50": 0.3, "p99": 0.7}
    starts = [
        {"what": "--help", "seconds": 0.1, "processorSeconds": None},
        {"what": "run", "seconds": 0.5, "processorSeconds": 0.75},
    ]
    told = {"hubs": [row], "ratios": {"json-json": 2.04}, "starts": starts}
    assert tables(told).splitlines() == [
        "|  | messages | processor time a message | p50, p99 at 500/s |",
        "| --- | --- | --- | --- |",
        "| json-json, a | 12,345/s |  | 0.3 ms, 0.7 ms |",
        "",
        "|  | times the other's rate |",
        "| --- | --- |",
        "| json-json | 2.04 |",
        "",
        "| start | time | processor time |",
        "| --- | --- | --- |",
        "| `--help` | 0.10 s |  |",
        "| `run` | 0.50 s | 0.75 s |",
    ]


def test_a_command_that_fails_is_no_figure(tmp_path: Path) -> None:
    found = _command(("--version",), tmp_path)
    assert found.seconds > 0
    with pytest.raises(StartError, match="`hubemu check` ended with 2"):
        _command(("check", "no-such-file", "--vhost", VHOST), tmp_path)


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
    assert round(after - before, 2) >= 0.3  # told in hundredths
    assert processor_seconds(2**30) is None


@pytest.mark.skipif(sys.platform != "linux", reason="told by /proc")
def test_memory_is_that_of_the_process_and_those_it_started() -> None:
    with subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE) as child:
        alone = resident_octets(os.getpid(), alone=True)
        both = resident_octets(os.getpid())
        child.communicate(b"\n")
    assert alone is not None
    assert both is not None
    assert both > alone > 2**20
    assert resident_octets(2**30) is None


def test_a_vhost_that_is_not_there_is_told_by_the_command() -> None:
    assert hubemu("bench", "--vhost", "15-15_v2").code == 2
