"""A Hub with its state on disk, stopped and killed (embedded engine only: it is its own store)."""

from __future__ import annotations

import os
import signal
from pathlib import Path

import pytest

from tests.support.commands import hubemu
from tests.support.live import PATIENCE, LiveHub, VHosted, live_hub
from tests.support.messages import as_bytes, envelope

A, C = "fr.health.samuA", "fr.health.samuC"
MESSAGES = 30


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("state") / "home"


def received(client: VHosted) -> list[tuple[str, bool]]:
    """Ids and redelivered marks of what is in the client's message queue until all have come."""
    found: list[tuple[str, bool]] = []
    queue = f"{client.client}.message"
    for method, _, body in client.channel.consume(queue, inactivity_timeout=PATIENCE):
        assert method is not None, f"only {len(found)} arrived"
        found.append((body.decode(), method.redelivered))
        client.channel.basic_ack(method.delivery_tag)
        if len({text for text, _ in found}) == MESSAGES:
            break
    client.channel.cancel()
    return found


def publish_all(hub: LiveHub) -> list[str]:
    """Publish, confirmed; gives the distribution ids."""
    messages = [envelope(A, C) for _ in range(MESSAGES)]
    with hub.connect(A) as sender:
        for message in messages:
            sender.publish(as_bytes(message))
    return [message["distributionID"] for message in messages]


@pytest.mark.parametrize(("before", "after"), [("classic", "quorum"), ("quorum", "classic")])
def test_queues_of_another_type_keep_what_was_in_them(home: Path, before: str, after: str) -> None:
    """A state from before the Hub's queues were quorum queues, and back."""
    with live_hub(home, "--state", "disk", "--queue-type", before) as hub:
        ids = publish_all(hub)
    for kind in (after, after):  # the second reads what the first has written
        with live_hub(home, "--state", "disk", "--queue-type", kind) as hub:
            queue = hub.http("GET", f"/rabbitmq/api/queues/15-15_v2.0/{C}.message")
            assert queue["type"] == after
            assert queue["messages"] == MESSAGES
    with live_hub(home, "--state", "disk", "--queue-type", after) as hub, hub.connect(C) as client:
        found = received(client)
    assert [next(n for n, one in enumerate(ids) if one in text) for text, _ in found] == [
        *range(MESSAGES)
    ]


@pytest.mark.parametrize("how", [signal.SIGTERM, signal.SIGKILL])
def test_what_was_confirmed_is_delivered_by_the_next_hub(home: Path, how: signal.Signals) -> None:
    with live_hub(home, "--state", "disk") as hub:
        ids = publish_all(hub)
        os.kill(hub.endpoints["pid"], how)
    (home / "endpoints.json").unlink(missing_ok=True)  # a killed Hub leaves it behind
    with live_hub(home, "--state", "disk") as hub, hub.connect(C) as recipient:
        found = received(recipient)
        assert [sum(one in text for text, _ in found) for one in ids] == [1] * MESSAGES
        if how is signal.SIGTERM:
            assert not any(mark for _, mark in found)


@pytest.mark.parametrize("how", [signal.SIGTERM, signal.SIGINT, signal.SIGKILL])
def test_what_a_rule_holds_is_delivered_by_the_next_hub(home: Path, how: signal.Signals) -> None:
    with live_hub(home, "--state", "disk", "--faults", "hub-maintenance") as hub:
        ids = publish_all(hub)
        while hub.http("GET", "/api/v1/faults")["faults"][0]["strikes"] < MESSAGES:
            pass
        os.kill(hub.endpoints["pid"], how)
    (home / "endpoints.json").unlink(missing_ok=True)
    with live_hub(home, "--state", "disk") as hub, hub.connect(C) as recipient:
        assert hub.http("GET", "/api/v1/faults")["faults"] == []
        found = received(recipient)
        assert [sum(one in text for text, _ in found) for one in ids] == [1] * MESSAGES
        assert [next(n for n, one in enumerate(ids) if one in text) for text, _ in found] == [
            *range(MESSAGES)
        ]


def test_a_damaged_state_is_refused_in_one_line(home: Path) -> None:
    file = home / "state" / "broker.sqlite"
    file.write_bytes(b"x" * 500)
    ended = hubemu("up", "--state", "disk", "--port", "0", "--http-port", "0", home=home)
    assert ended.code == 3
    assert ended.err.count("\n") == 1
    assert f"{file}: damaged" in ended.err
    assert file.read_bytes() == b"x" * 500
    file.unlink()


def test_clients_that_came_and_went_are_as_they_were_left(home: Path) -> None:
    """What was changed while the Hub was up is kept with what waits for it."""
    new = "fr.health.samuX"
    with live_hub(home, "--state", "disk") as hub:
        hub.http("PUT", f"/api/v1/clients/{new}", {"useXML": True})
        hub.http("DELETE", f"/api/v1/clients/{C}")
        with hub.connect(A) as sender:
            sender.publish(as_bytes(envelope(A, new)))
        tables = hub.http("GET", "/api/v1/routing")
        os.kill(hub.endpoints["pid"], signal.SIGKILL)
    (home / "endpoints.json").unlink(missing_ok=True)
    with live_hub(home, "--state", "disk") as hub:
        assert hub.http("GET", "/api/v1/routing") == tables
        with hub.connect(new) as client:
            assert client.take("message").properties.content_type == "application/xml"
        hub.http("POST", "/api/v1/reset")
        assert not (home / "routing.json").exists()
    with live_hub(home, "--state", "disk") as hub:
        known = [one["id"] for one in hub.http("GET", "/api/v1/clients")["clients"]]
        assert (new in known, C in known) == (False, True)


def test_what_was_restored_is_what_the_next_hub_finds(home: Path) -> None:
    with live_hub(home, "--state", "disk") as hub:
        ids = publish_all(hub)
        hub.http("GET", f"/api/v1/messages?q={ids[-1]}&outcome=routed&wait=10")
        hub.http("POST", "/api/v1/snapshots", {"name": "waiting"})
        with hub.connect(C) as client:
            for _ in range(3):
                client.take("message")
            client.hold("message")
            publish_all(hub)
            hub.http("POST", "/api/v1/snapshots/waiting/restore")
        os.kill(hub.endpoints["pid"], signal.SIGKILL)
    (home / "endpoints.json").unlink(missing_ok=True)
    with live_hub(home, "--state", "disk") as hub, hub.connect(C) as recipient:
        assert hub.http("GET", "/api/v1/snapshots") == {"snapshots": []}
        found = received(recipient)
        assert [next(n for n, one in enumerate(ids) if one in text) for text, _ in found] == [
            *range(MESSAGES)
        ]
