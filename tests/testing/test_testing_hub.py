"""`hubemu.testing`: a Hub and its clients for tests without pytest."""

from __future__ import annotations

import asyncio
import json
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest

from hubemu.errors import CheckFailed, InputError
from hubemu.testing import AsyncHub, Hub
from tests.support.kept_certificates import KEPT

A, B, C = "fr.health.samuA", "fr.health.samuB", "fr.health.samuC"


@pytest.fixture(scope="module")
def the_hub(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Hub]:
    home = KEPT.given(tmp_path_factory.mktemp("testing") / "home")
    with Hub(home=home) as started:
        KEPT.keep(home)
        yield started


@pytest.fixture
def kit(the_hub: Hub) -> Iterator[Hub]:
    the_hub.reset()
    yield the_hub
    the_hub.close_clients()


def test_a_message_goes_from_one_client_to_another_and_is_acknowledged(kit: Hub) -> None:
    sender, recipient = kit.client(A), kit.client(C)
    identifier = sender.send(sender.example("RS-EDA", to=C))
    received = recipient.receive()
    assert received.distribution_id == identifier
    assert received.json["distributionID"] == identifier
    assert (received.content_type, received.queue) == ("application/json", f"{C}.message")
    assert received.headers["x-death-original-routing-key"] == A
    recipient.ack(received)
    answer = recipient.acknowledge(received)
    acknowledged = sender.receive("ack")
    assert (acknowledged.distribution_id, acknowledged.reference) == (answer, identifier)
    sender.ack(acknowledged)
    (row,) = kit.journal.messages(type="RS-EDA")
    assert (row["outcome"], row["recipient"]) == ("acknowledged", C)


def test_who_prefers_xml_gets_xml(kit: Hub) -> None:
    sender, recipient = kit.client(A), kit.client(B)
    identifier = sender.send(sender.example("RS-EDA"), to=B)
    received = recipient.receive()
    assert received.content_type == "application/xml"
    assert received.xml.tag.endswith("edxlDistribution")
    with pytest.raises(ValueError, match=r"use \.xml"):
        _ = received.json
    recipient.ack(received)
    recipient.acknowledge(received)
    assert sender.receive("ack").reference == identifier


def test_a_mistake_is_reported(kit: Hub) -> None:
    sender, recipient = kit.client(A), kit.client(C)
    identifier = sender.send(sender.example("RS-EDA", to=C), persistent=False)
    report = sender.report(100)
    assert (report.code, report.reference) == (100, identifier)
    recipient.nothing(seconds=0.2)
    sender.nothing("info", seconds=0.2)


def test_another_code_than_expected_is_told_with_its_cause_and_the_journal(kit: Hub) -> None:
    sender = kit.client(A)
    sender.send(sender.example("RS-EDA", to=C), content_type="text/plain")
    with pytest.raises(AssertionError) as failed:
        sender.report(100)
    assert "expected error 100, received 101: Unhandled Content-Type" in str(failed.value)
    assert "rejected 101 NOT_ALLOWED_CONTENT_TYPE" in str(failed.value)


def test_nothing_and_something_are_told_apart(kit: Hub) -> None:
    sender, recipient = kit.client(A), kit.client(C)
    with pytest.raises(AssertionError, match=r"nothing came on fr\.health\.samuC\.message"):
        recipient.receive(timeout=0.1)
    sender.send(sender.example("RS-EDA", to=C))
    with pytest.raises(AssertionError, match=r"received createCaseHealth fr\.health\.samuA_"):
        recipient.nothing(seconds=5)


def test_a_reject_is_a_dead_letter(kit: Hub) -> None:
    sender, recipient = kit.client(A, "15-15_v2.1"), kit.client(C, "15-15_v2.1")
    sender.send(sender.example("RS-EDA", to=C))
    recipient.reject(recipient.receive())
    assert "reason was rejected" in (sender.report(500).cause or "")


def test_the_clock_expires_messages(kit: Hub) -> None:
    sender = kit.client(A, "15-15_v2.1")
    sender.send(sender.example("RS-EDA", to=C))
    kit.journal.messages(wait=5, outcome="routed")
    kit.clock.advance(86_401)
    assert "reason was expired" in (sender.report(500).cause or "")


def test_kind_and_raw_bodies(kit: Hub) -> None:
    sender, recipient = kit.client(A), kit.client(C)
    sender.send(sender.example("RS-EDA", to=C), kind="Update")
    received = recipient.receive()
    assert received.json["distributionKind"] == "Update"
    sender.send(b"no message at all")
    assert sender.report().code == 301
    with pytest.raises(ValueError, match="only a whole message has a recipient"):
        sender.send("no message", to=C)
    with pytest.raises(ValueError, match="no queue 'messages'"):
        recipient.receive("messages")


def test_the_hub_says_where_it_is(kit: Hub) -> None:
    port = kit.endpoints["amqps"]["port"]
    assert kit.url("15-15_v2.0") == f"amqps://localhost:{port}/15-15_v2.0"
    assert kit.http == kit.endpoints["http"]
    assert (kit.certs / "passphrase.txt").is_file()
    environment = kit.environment(A, "15-15_v2.1")
    assert environment["VHOST"] == "15-15_v2.1"
    assert environment["HUBEMU_HTTP"] == kit.http


@pytest.mark.parametrize(
    ("client", "vhost", "words"),
    [("fr.health.samub", "15-15_v2.0", "fr.health.samuB"), (A, "15-15_v9", "no vHost of this Hub")],
)
def test_names_that_are_not_there_are_told(kit: Hub, client: str, vhost: str, words: str) -> None:
    with pytest.raises(InputError, match=words):
        kit.client(client, vhost)


def test_settings_that_are_not_there_are_told() -> None:
    with pytest.raises(InputError, match="engine: 'erlang': use one of embedded, rabbitmq"):
        Hub(engine="erlang")
    with pytest.raises(InputError, match="no such folder"), Hub(routing="/nowhere"):
        pass


@pytest.mark.parametrize("kind", ["quorum", "classic"])
def test_queues_are_of_the_type_asked_for(tmp_path: Path, kind: str) -> None:
    with Hub(home=KEPT.given(tmp_path / "home"), queue_type=kind) as one, one.client(C) as client:
        queue = f"{one.http}/rabbitmq/api/queues/15-15_v2.0/{client.id}.message"
        with urllib.request.urlopen(queue) as answer:
            assert json.load(answer)["type"] == kind


def test_a_scenario_is_played_from_python(kit: Hub, tmp_path: Path) -> None:
    played = kit.play("didier-morel", vhosts=("15-15_v2.0",))
    assert (played.verdict, len(played.steps)) == ("passed", 32)
    assert kit.journal.messages(type="RS-DR")


def test_the_same_awaited(tmp_path: Path) -> None:
    async def story() -> None:
        async with (
            AsyncHub(home=KEPT.given(tmp_path / "home"), seed=3) as hub,
            hub.client(A) as sender,
            hub.client(C) as recipient,
        ):
            identifier = await sender.send(await sender.example("RS-EDA", to=C))
            received = await recipient.receive()
            assert received.distribution_id == identifier
            await recipient.ack(received)
            rows = await hub.journal.messages(sender=A)
            assert [row["distributionID"] for row in rows] == [identifier]
            with pytest.raises(CheckFailed, match="advance"):
                await hub.clock.advance(-1)

    asyncio.run(story())


def test_a_snapshot_is_gone_back_to(kit: Hub) -> None:
    with kit.client(A) as sender:
        identifier = sender.send(sender.example("RS-EDA", to=C))
    kit.journal.messages(outcome="routed", wait=10)
    waiting = kit.snapshot()
    for _ in range(2):
        kit.reset()
        waiting.restore()
        with kit.client(C) as recipient:
            received = recipient.receive()
            assert received.distribution_id == identifier
            recipient.ack(received)
    assert kit.snapshot(waiting.name).name == waiting.name
    waiting.restore()
    assert [row["outcome"] for row in kit.journal.messages()] == ["acknowledged"]
    waiting.remove()
    with pytest.raises(CheckFailed, match="no snapshot is called"):
        waiting.restore()


def test_a_snapshot_awaited(tmp_path: Path) -> None:
    async def story() -> None:
        async with AsyncHub(home=KEPT.given(tmp_path / "home")) as hub:
            await hub.faults.add("drop")
            with pytest.raises(InputError, match="name"):
                await hub.snapshot("a b")
            first, second = await hub.snapshot(), await hub.snapshot()
            assert first.name != second.name
            await hub.reset()
            await first.restore()
            assert [one["effect"] for one in await hub.faults.list()] == ["drop"]
            await first.remove()

    asyncio.run(story())
