"""The same seed, clock and input: the same journal and the same reports, byte for byte.

Each run is a Hub of its own, so only the embedded engine's whole story is told here; of RabbitMQ
what it does not do, and the ids of its reports.
"""

from __future__ import annotations

import asyncio
import json
import shutil
from collections.abc import Callable, Coroutine
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from hubemu.errors import InputError
from hubemu.scenarios.peer import RunningPeer
from hubemu.testing import AsyncHub, Hub
from tests.conftest import missing
from tests.support.commands import hubemu
from tests.support.kept_certificates import KEPT
from tests.support.live import live_hub

A, C = "fr.health.samuA", "fr.health.samuC"
BEGIN = "2026-01-01T12:00:00Z"
STORY = 7
V = "15-15_v2.0"
Told = tuple[list[dict[str, Any]], list[bytes]]


@pytest.fixture(scope="module", autouse=True)
def _certificates(tmp_path_factory: pytest.TempPathFactory) -> None:
    """Made once for all homes here, as of now."""
    home = KEPT.given(tmp_path_factory.mktemp("kept") / "home")
    with Hub(home=home):
        KEPT.keep(home)


async def story(hub: AsyncHub) -> Told:
    """Messages of several fates; the journal with traces, and all that the two clients get."""
    got: list[bytes] = []
    async with hub.client(A) as sender, hub.client(C) as recipient:
        await sender.send(await sender.example("RS-EDA", to=C))
        received = await recipient.receive()
        await recipient.ack(received)
        await recipient.acknowledge(received)
        for wrong in (b"{", b"<a>", await sender.example("RS-EDA", to="fr.health.nobody")):
            await sender.send(wrong)
            report = await sender.receive("info")
            await sender.ack(report)
            got.append(report.body)
        await sender.send(await sender.example("RS-EDA", to=C))
        await recipient.reject(await recipient.receive())
        got += [received.body, (await sender.receive("ack")).body]
        got.append((await sender.receive("info")).body)
        rows = await hub.journal.messages()
        return [await hub.journal.message(row["id"]) for row in rows], got


def told(**options: Any) -> Told:
    async def run() -> Told:
        async with AsyncHub(**options) as hub:
            return await story(hub)

    return asyncio.run(run())


def homes(folder: Path) -> Callable[[], Path]:
    """Homes with certificates that hold, each of its own."""
    made = iter(range(100))
    with Hub(home=KEPT.given(folder / "first"), now=BEGIN):
        pass

    def another() -> Path:
        home = folder / str(next(made))
        shutil.copytree(folder / "first" / "certs", home / "certs")
        return home

    return another


def test_two_runs_of_the_same_input_are_the_same(tmp_path: Path) -> None:
    home = homes(tmp_path)
    first, again = (told(home=home(), seed=STORY, now=BEGIN) for _ in range(2))
    assert first == again
    journal, got = first
    assert [one["outcome"] for one in journal].count("rejected") == 3
    assert {step["at"] for one in journal for step in one["trace"]} == {"2026-01-01T12:00:00.000Z"}
    reports = [json.loads(body)["distributionID"] for body in (*got[:3], got[-1])]
    assert len(set(reports)) == 4
    other, _ = told(home=home(), seed=STORY + 1, now=BEGIN)
    assert other != journal


async def by_the_page(hub: AsyncHub) -> None:
    """C acknowledges as one of the page's inboxes."""
    call = hub.facts.control.call
    _, inbox = await asyncio.to_thread(call, "POST", "/api/v1/inboxes", {"as": C, "vhost": V})
    path = f"/api/v1/inboxes/{inbox['id']}"
    assert (await asyncio.to_thread(call, "PUT", path, {"auto": True}))[0] == 200


async def by_a_peer(hub: AsyncHub) -> None:
    """C acknowledges as `hubemu peer` does."""
    peer = RunningPeer(client=C, manner="ack", after=0, show=lambda _row: None)
    await peer.run(hub.facts, [V])


@pytest.mark.parametrize("answers", [by_the_page, by_a_peer])
def test_who_is_played_answers_with_the_same_ids(
    answers: Callable[[AsyncHub], Coroutine[Any, Any, None]], tmp_path: Path
) -> None:
    async def answered(home: Path) -> list[bytes]:
        async with AsyncHub(home=home, seed=STORY, now=BEGIN) as hub, hub.client(A) as sender:
            answering = asyncio.create_task(answers(hub))
            if answers is by_the_page:
                await answering  # what comes before is not answered by itself
            got = []
            for _ in range(2):
                await sender.send(await sender.example("RS-EDA", to=C))
                acknowledged = await sender.receive("ack", timeout=30)
                await sender.ack(acknowledged)
                got.append(acknowledged.body)
            answering.cancel()
            await asyncio.wait({answering})
            return got

    home = homes(tmp_path)
    first, again = (asyncio.run(answered(home())) for _ in range(2))
    assert first == again
    assert first[0] != first[1]


def test_after_a_snapshot_the_same_follows_but_for_ids(tmp_path: Path) -> None:
    async def run() -> tuple[list[str], list[str]]:
        async with AsyncHub(home=KEPT.given(tmp_path / "home"), seed=STORY, now=BEGIN) as hub:
            empty = await hub.snapshot()
            first, _ = await story(hub)
            await hub.clock.advance(3600)
            await empty.restore()
            assert hub.running.clock.datetime() == datetime(2026, 1, 1, 12, tzinfo=UTC)
            again, _ = await story(hub)
            ids = {one["distributionID"] for one in first} & {
                one["distributionID"] for one in again
            }
            assert ids <= {None}
            return [one["outcome"] for one in first], [one["outcome"] for one in again]

    first, again = asyncio.run(run())
    assert first == again


@pytest.mark.parametrize("begin", ["1995-06-01T00:00:00Z", BEGIN, "2050-06-01T00:00:00+02:00"])
def test_certificates_hold_by_the_clock_and_by_real_time(begin: str, tmp_path: Path) -> None:
    home = KEPT.given(tmp_path / "home")
    for _ in range(2):  # one that is there is seen to, and then stays as it is
        before = (home / "certs/clients" / A / "igc.crt").read_bytes()
        with Hub(home=home, now=begin) as hub, hub.client(A) as client, hub.client(C) as other:
            client.send(client.example("RS-EDA", to=C))
            other.receive()
            assert hub.snapshot()
    assert (home / "certs/clients" / A / "igc.crt").read_bytes() == before
    with Hub(home=home) as hub, hub.client(A):
        pass


def test_a_clock_that_stands_goes_on_when_it_is_moved(tmp_path: Path) -> None:
    with live_hub(
        tmp_path / "home", "--now", BEGIN, "--phase", "legacy", "--phase-at", "dual=60"
    ) as hub:
        told = hub.http("GET", "/api/v1/clock")
        assert told | {"offset": 0} == {
            "now": "2026-01-01T12:00:00.000Z",
            "offset": 0,
            "stands": True,
            "begins": "2026-01-01T12:00:00.000Z",
        }
        moved = hub.http("POST", "/api/v1/clock", {"advance": 59})
        assert moved["now"] == "2026-01-01T12:00:59.000Z"
        assert hub.http("GET", "/api/v1/phase")["phase"] == "legacy"
        hub.http("POST", "/api/v1/clock", {"advance": 1})
        while hub.http("GET", "/api/v1/phase")["phase"] == "legacy":
            pass
        hub.http("POST", "/api/v1/reset")
        assert hub.http("GET", "/api/v1/clock")["now"] == "2026-01-01T12:00:00.000Z"
        assert hub.http("GET", "/api/v1/phase")["phase"] == "legacy"
        assert hub.http("GET", "/api/v1/hub")["clock"]["stands"] is True
        status = hubemu("status", home=tmp_path / "home").out
        assert "clock stands until it is moved, begun at 2026-01-01T12:00:00.000Z" in status


def test_a_clock_that_was_begun_may_run(tmp_path: Path) -> None:
    with live_hub(tmp_path / "home", "--now", BEGIN, "--clock", "runs") as hub:
        first = hub.http("GET", "/api/v1/clock")
        assert (first["stands"], first["now"][:16]) == (False, "2026-01-01T12:00")
        while hub.http("GET", "/api/v1/clock")["now"] == first["now"]:
            pass
        hub.http("POST", "/api/v1/clock", {"advance": 86400})
        assert hub.http("POST", "/api/v1/reset") == b""
        assert hub.http("GET", "/api/v1/clock")["now"][:15] == "2026-01-01T12:0"


def test_an_id_does_not_come_again_after_a_restart(tmp_path: Path) -> None:
    home, seen = KEPT.given(tmp_path / "home"), []
    for _ in range(2):
        with (
            Hub(home=home, seed=STORY, now=BEGIN, state="disk") as hub,
            hub.client(A) as sender,
        ):
            sender.send(b"{")
            report = sender.receive("info")
            sender.ack(report)
            seen += [report.distribution_id, hub._hub.running.conversions.seed]
    assert len(set(seen)) == 4


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({"now": "yesterday"}, "no instant"),
        ({"now": "2026-01-01T12:00:00"}, "does not say its zone"),
        ({"now": "1789-07-14T00:00:00Z"}, "between 1990 and 2100"),
        ({"clock": "walks"}, "use one of runs, stands"),
    ],
)
def test_what_is_no_instant_is_refused(given: dict[str, Any], words: str) -> None:
    with pytest.raises(InputError, match=words):
        Hub(**given)


@pytest.mark.parametrize("options", [("--now", BEGIN), ("--clock", "stands")])
def test_rabbitmq_has_a_clock_of_its_own(options: tuple[str, ...], tmp_path: Path) -> None:
    ended = hubemu("up", "--engine", "rabbitmq", *options, home=tmp_path / "home")
    assert ended.code == 2
    assert ended.err.count("\n") == 1
    assert "the clock of RabbitMQ cannot be moved or stopped" in ended.err


def test_ids_come_from_the_seed_on_rabbitmq_too(tmp_path: Path) -> None:
    if shutil.which("rabbitmq-server") is None:
        missing("rabbitmq", "no rabbitmq-server is installed here")
    seen = []
    for number in range(2):
        with (
            Hub(home=KEPT.given(tmp_path / f"home{number}"), seed=STORY, engine="rabbitmq") as hub,
            hub.client(A) as sender,
        ):
            sender.send(b"{")
            seen.append(sender.report().distribution_id)
    assert seen[0] == seen[1]
