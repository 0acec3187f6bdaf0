"""Snapshots: a Hub brought into a state once, and back to it as often as wanted."""

from __future__ import annotations

import ssl
from collections.abc import Iterator
from typing import Any

import pytest

from tests.support.live import LiveHub, until
from tests.support.messages import as_bytes, envelope

A, B, C = "fr.health.samuA", "fr.health.samuB", "fr.health.samuC"
NEW = "fr.health.samuX"
V = "15-15_v2.0"
SNAPSHOTS = "/api/v1/snapshots"


@pytest.fixture
def hub(hub: LiveHub) -> Iterator[LiveHub]:
    """One whose messages can be put back, without a snapshot; RabbitMQ has its own test."""
    if hub.engine != "embedded":
        pytest.skip("the messages in RabbitMQ cannot be put back")
    yield hub
    for one in hub.http("GET", SNAPSHOTS)["snapshots"]:
        hub.http("DELETE", f"{SNAPSHOTS}/{one['name']}")
    hub.http("POST", "/api/v1/reset")


def send(hub: LiveHub, count: int = 1, to: str = C) -> list[str]:
    """Messages that wait for their recipient; their ids, in order."""
    messages = [envelope(A, to) for _ in range(count)]
    with hub.connect(A) as sender:
        for message in messages:
            sender.publish(as_bytes(message))
    ids = [message["distributionID"] for message in messages]
    hub.http("GET", f"/api/v1/messages?q={ids[-1]}&outcome=routed&wait=10")
    return ids


def take(hub: LiveHub, name: str = "waiting", **more: Any) -> dict[str, Any]:
    taken: dict[str, Any] = hub.http("POST", SNAPSHOTS, {"name": name, **more})
    return taken


def restore(hub: LiveHub, name: str = "waiting") -> dict[str, Any]:
    restored: dict[str, Any] = hub.http("POST", f"{SNAPSHOTS}/{name}/restore")
    return restored


def journal(hub: LiveHub) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = hub.http("GET", "/api/v1/messages")["messages"]
    return rows


def ids_of(bodies: list[bytes], ids: list[str]) -> list[int]:
    return [next(n for n, one in enumerate(ids) if one.encode() in body) for body in bodies]


def test_rabbitmq_says_why_it_cannot(the_hub: LiveHub) -> None:
    if the_hub.engine == "embedded":
        pytest.skip("the embedded engine can")
    status, problem = the_hub.refused("POST", SNAPSHOTS, {"name": "waiting"})
    assert status == 409
    assert "cannot be put back as they were" in problem["detail"]
    assert "use POST /api/v1/reset" in problem["detail"]
    assert the_hub.http("GET", SNAPSHOTS) == {"snapshots": []}
    assert the_hub.refused("POST", f"{SNAPSHOTS}/waiting/restore")[0] == 404


def test_messages_wait_again_in_their_order_as_often_as_wanted(hub: LiveHub) -> None:
    ids = send(hub, 5)
    rows = journal(hub)
    assert take(hub)["messages"] == 5
    for _ in range(2):
        with hub.connect(C) as client:
            bodies = [client.take("message").body for _ in ids]
        assert ids_of(bodies, ids) == [*range(5)]
        send(hub, 1)
        assert restore(hub)["messages"] == 5
        assert journal(hub) == rows
        queue = hub.http("GET", f"/rabbitmq/api/queues/{V}/{C}.message")
        assert (queue["messages_ready"], queue["messages_unacknowledged"]) == (5, 0)


def test_the_journal_follows_what_was_put_back(hub: LiveHub) -> None:
    (identifier,) = send(hub)
    take(hub)
    with hub.connect(C) as client:
        client.take("message")
    restore(hub)
    assert journal(hub)[0]["outcome"] == "routed"
    with hub.connect(C) as client:
        client.take("message")
    found = hub.http("GET", f"/api/v1/messages?q={identifier}&outcome=acknowledged&wait=10")
    assert len(found["messages"]) == 1
    assert hub.http("GET", "/api/v1/faults/report")["lost"] == 0


def test_a_message_that_is_held_waits_again_and_comes_back_once(hub: LiveHub) -> None:
    ids = send(hub, 2)
    with hub.connect(C) as client:
        client.hold("message")
        assert take(hub)["messages"] == 2
        restore(hub)
        assert client.depth("message") == 2
    with hub.connect(C) as again:
        until(lambda: again.depth("message") == 2)
        method, _, body = again.channel.basic_get(f"{C}.message", auto_ack=True)
        assert method.redelivered
        assert ids_of([body], ids) == [0]
        method, _, body = again.channel.basic_get(f"{C}.message", auto_ack=True)
        assert not method.redelivered
        assert again.depth("message") == 0


def test_who_consumes_gets_what_is_put_back_at_once(hub: LiveHub) -> None:
    (identifier,) = send(hub)
    take(hub)
    hub.http("POST", "/api/v1/reset")
    with hub.connect(C) as client:
        waiting = client.channel.consume(f"{C}.message", inactivity_timeout=10)
        assert client.channel.connection.is_open
        client.channel.connection.call_later(0, lambda: restore(hub))
        _, _, body = next(waiting)
        client.channel.cancel()
        assert body is not None
        assert identifier.encode() in body


def test_messages_that_no_dispatcher_has_treated_are_treated_then(hub: LiveHub) -> None:
    hub.http("POST", "/api/v1/faults", {"effect": "pause"})
    message = envelope(A, C)
    with hub.connect(A) as sender:
        sender.publish(as_bytes(message))
    hub.http("GET", "/api/v1/messages?outcome=held&wait=10")
    taken = take(hub)
    assert (taken["messages"], taken["journal"], taken["faults"]) == (1, 0, 1)
    hub.http("DELETE", "/api/v1/faults")
    with hub.connect(C) as client:
        client.take("message")
        restore(hub)
        assert len(hub.http("GET", "/api/v1/messages?outcome=held&wait=10")["messages"]) == 1
        assert client.depth("message") == 0
        hub.http("DELETE", "/api/v1/faults")
        assert message["distributionID"].encode() in client.take("message").body
    assert len(journal(hub)) == 1


def test_fault_rules_count_on_from_where_they_were(hub: LiveHub) -> None:
    rule = {"effect": "reject", "parameters": {"code": 300, "cause": "x"}, "times": 2, "after": 1}
    hub.http("POST", "/api/v1/faults", {**rule, "seconds": 1000, "match": {"recipient": C}})
    with hub.connect(A) as sender:
        for _ in range(2):
            sender.publish(as_bytes(envelope(A, C)))
    hub.http("GET", "/api/v1/messages?outcome=rejected&wait=10")
    before = hub.http("GET", "/api/v1/faults")
    log = hub.http("GET", "/api/v1/faults/log")
    take(hub)
    hub.http("POST", "/api/v1/clock", {"advance": 2000})
    assert until(lambda: hub.http("GET", "/api/v1/faults")["faults"][0]["ended"]) == "seconds"
    restore(hub)
    assert hub.http("GET", "/api/v1/faults") == before
    assert hub.http("GET", "/api/v1/faults/log") == log
    with hub.connect(A) as sender:
        sender.publish(as_bytes(envelope(A, C)))
    until(lambda: len(journal(hub)) == 3)
    assert hub.http("GET", "/api/v1/faults")["faults"][0]["strikes"] == 2
    restore(hub)
    hub.http("POST", "/api/v1/clock", {"advance": 990})
    assert hub.http("GET", "/api/v1/faults")["faults"][0]["ended"] is None
    hub.http("POST", "/api/v1/clock", {"advance": 20})
    assert until(lambda: hub.http("GET", "/api/v1/faults")["faults"][0]["ended"]) == "seconds"


def test_rules_of_every_family_are_in_force_again(hub: LiveHub) -> None:
    of_nobody = {"client": "fr.health.nobody"}
    rules: list[dict[str, Any]] = [
        {"where": "dispatch", "effect": "drop", "match": {"recipient": C}},
        {"where": "converter", "effect": "down"},
        {"where": "network", "effect": "latency", "parameters": {"ms": 1}},
        {"where": "network", "effect": "refuse", "match": of_nobody},
        {"where": "broker", "effect": "nack", "match": of_nobody},
        {"where": "certificates", "effect": "present", "parameters": {"profile": "expired"}},
    ]
    for rule in rules:
        hub.http("POST", "/api/v1/faults", rule)
    before = hub.http("GET", "/api/v1/faults")
    take(hub)
    for _ in range(2):  # from none, and from the same
        restore(hub)
        assert hub.http("GET", "/api/v1/faults") == before
        with pytest.raises(ssl.SSLError, match="has expired"), hub.connect(A):
            pass
        hub.http("DELETE", f"/api/v1/faults/{before['faults'][-1]['id']}")
        with hub.connect(A) as sender:
            sender.publish(as_bytes(envelope(A, C)))
        hub.http("GET", "/api/v1/messages?outcome=dropped&wait=10")
        assert [row["outcome"] for row in journal(hub)] == ["dropped"]
        hub.http("POST", "/api/v1/reset")
        with hub.connect(A):
            pass


def test_time_to_live_goes_on_where_it_was(hub: LiveHub) -> None:
    send(hub)
    hub.http("POST", "/api/v1/clock", {"advance": 3_000})
    offset = take(hub)["offset"]
    assert offset == pytest.approx(3_000)
    hub.http("POST", "/api/v1/reset")
    restore(hub)
    assert hub.http("GET", "/api/v1/clock")["offset"] == pytest.approx(offset)
    hub.http("POST", "/api/v1/clock", {"advance": 500})
    assert journal(hub)[0]["outcome"] == "routed"
    hub.http("POST", "/api/v1/clock", {"advance": 200})
    assert journal(hub)[0]["outcome"] == "dead-lettered"


def test_phase_and_lists_are_as_they_were(hub: LiveHub) -> None:
    hub.http("PUT", "/api/v1/phase", {"migration": "renewal", "step": "renewed"})
    hub.http("PUT", "/api/v1/certs/crl", {"state": "stale"})
    at = hub.http("GET", "/api/v1/phase")
    assert take(hub)["phase"] == "renewed"
    hub.http("POST", "/api/v1/reset")
    restore(hub)
    assert hub.http("GET", "/api/v1/phase") == at
    assert set(hub.http("GET", "/api/v1/certs/crl").values()) == {"stale"}
    hub.http("POST", "/api/v1/reset")
    assert hub.http("GET", "/api/v1/phase")["step"] == "igc"


def test_clients_that_came_are_there_again_with_what_waits_for_them(hub: LiveHub) -> None:
    hub.http("PUT", f"/api/v1/clients/{NEW}", {})
    hub.http("DELETE", f"/api/v1/clients/{B}")
    send(hub, 2, to=NEW)
    tables = hub.http("GET", "/api/v1/routing")
    take(hub)
    hub.http("POST", "/api/v1/reset")
    assert NEW not in [one["id"] for one in hub.http("GET", "/api/v1/clients")["clients"]]
    restore(hub)
    assert hub.http("GET", "/api/v1/routing") == tables
    with hub.connect(NEW) as client:
        assert client.depth("message") == 2


def test_it_is_wholly_or_not_at_all(hub: LiveHub) -> None:
    """A client of the snapshot whose certificates cannot be had any more."""
    hub.http("PUT", f"/api/v1/clients/{NEW}", {})
    hub.http("POST", "/api/v1/faults", {"effect": "drop", "name": "kept"})
    take(hub)
    hub.http("POST", "/api/v1/reset")
    send(hub, 2)
    hub.http("PUT", "/api/v1/phase", {"phase": "dual"})
    before = [
        hub.http("GET", f"/api/v1/{path}") for path in ("messages", "routing", "phase", "faults")
    ]
    certs = hub.certs / "clients" / NEW
    moved = certs.with_name("elsewhere")
    certs.rename(moved)
    certs.write_text("in the way")
    try:
        status, problem = hub.refused("POST", f"{SNAPSHOTS}/waiting/restore")
    finally:
        certs.unlink()
        moved.rename(certs)
    assert status == 409
    assert "cannot keep certificates here" in problem["detail"]
    assert before == [
        hub.http("GET", f"/api/v1/{path}") for path in ("messages", "routing", "phase", "faults")
    ]
    with hub.connect(C) as client:
        assert client.depth("message") == 2
    assert restore(hub)["clients"] == len(hub.http("GET", "/api/v1/clients")["clients"])


def test_names_and_numbers_have_limits(hub: LiveHub) -> None:
    status, problem = hub.refused("POST", SNAPSHOTS, {"name": "../x"})
    assert status == 422
    take(hub)
    status, problem = hub.refused("POST", SNAPSHOTS, {"name": "waiting"})
    assert (status, "there is a snapshot 'waiting'" in problem["detail"]) == (409, True)
    send(hub)
    assert take(hub, replace=True)["messages"] == 1
    for number in range(49):
        take(hub, f"s{number}")
    status, problem = hub.refused("POST", SNAPSHOTS, {"name": "more"})
    assert (status, "there are 50 snapshots already" in problem["detail"]) == (409, True)
    take(hub, replace=True)
    hub.http("DELETE", f"{SNAPSHOTS}/s0")
    take(hub, "more")
    status, problem = hub.refused("POST", f"{SNAPSHOTS}/S1x/restore")
    assert (status, "no snapshot is called 'S1x'" in problem["detail"]) == (404, True)
    assert hub.refused("DELETE", f"{SNAPSHOTS}/s0")[0] == 404


def test_a_reset_leaves_them(hub: LiveHub) -> None:
    taken = take(hub)
    hub.http("POST", "/api/v1/reset")
    assert hub.http("GET", SNAPSHOTS) == {"snapshots": [taken]}


def test_it_is_told_as_an_event(hub: LiveHub) -> None:
    send(hub)
    take(hub)
    restore(hub)
    told = hub.http("GET", "/api/v1/events")["events"]
    (event,) = [one for one in told if one["kind"] == "restored"][-1:]
    assert (event["name"], event["messages"]) == ("waiting", 1)
