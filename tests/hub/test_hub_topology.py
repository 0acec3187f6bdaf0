"""Clients and vHosts that come and go while the Hub is up, over AMQPS on both engines."""

from __future__ import annotations

import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
import pika
import pika.exceptions
import pytest

from tests.support.live import PATIENCE, LiveHub, VHosted, until
from tests.support.messages import as_bytes, envelope

A, C, NEW, OTHER = "fr.health.samuA", "fr.health.samuC", "fr.health.samuX", "fr.health.samuY"
V, NEW_V = "15-15_v2.0", "15-15_v3.0"
ROW = {"perimeter": "15-15", "model": "3.4.1"}
USER = "fr-health-samux.test.hubemu.example"


@pytest.fixture
def hub(the_hub: LiveHub) -> Iterator[LiveHub]:
    """The Hub of the suite, with the tables of its start before and after."""
    yield the_hub
    the_hub.http("POST", "/api/v1/routing/reload")


@contextmanager
def added(hub: LiveHub, name: str = NEW, **row: Any) -> Iterator[dict[str, Any]]:
    """A client that the Hub has for a while; gives what it said of it."""
    yield hub.http("PUT", f"/api/v1/clients/{name}", row)
    if any(one["id"] == name for one in hub.http("GET", "/api/v1/clients")["clients"]):
        hub.http("DELETE", f"/api/v1/clients/{name}")


def closed_with(client: VHosted) -> tuple[int, str]:
    """Why the broker closes a connection, awaited."""
    with pytest.raises(pika.exceptions.ConnectionClosedByBroker) as closed:
        client.connection.sleep(PATIENCE)
    return closed.value.reply_code, closed.value.reply_text


def exchange(hub: LiveHub, sender: str, recipient: str, vhost: str = V) -> Any:
    """A message from one to the other; what arrived."""
    message = envelope(sender, recipient)
    with hub.connect(recipient, vhost) as there, hub.connect(sender, vhost) as here:
        here.publish(as_bytes(message))
        received = there.take("message")
    assert message["distributionID"].encode() in received.body
    return received


@pytest.mark.parametrize("identity", ["igc", "legacy"])
def test_a_client_that_was_added_sends_and_receives_at_once(hub: LiveHub, identity: str) -> None:
    hub.http("PUT", "/api/v1/phase", {"phase": "dual"})
    try:
        with added(hub) as told, hub.connect(NEW, identity=identity, trust="dual") as new:
            assert told["change"]["clients"]["added"] == [NEW]
            with hub.connect(A, trust="dual") as other:
                new.publish(as_bytes(message := envelope(NEW, A)))
                assert other.take("message").json["distributionID"] == message["distributionID"]
                other.publish(as_bytes(message := envelope(A, NEW)))
                assert new.take("message").json["distributionID"] == message["distributionID"]
    finally:
        hub.http("PUT", "/api/v1/phase", {"phase": "igc"})


def test_its_files_are_those_that_every_client_has(hub: LiveHub) -> None:
    with added(hub):
        files = {path.name for path in (hub.certs / "clients" / NEW).iterdir()}
        assert files == {path.name for path in (hub.certs / "clients" / A).iterdir()}


def test_its_rights_are_its_own_queues_and_its_own_key(hub: LiveHub) -> None:
    with added(hub), hub.connect(NEW) as new:
        with pytest.raises(pika.exceptions.ChannelClosedByBroker) as refused:
            new.channel.basic_get(f"{A}.message")
        assert refused.value.reply_code == 403
        new.channel = new.connection.channel()
        new.channel.confirm_delivery()
        with pytest.raises(pika.exceptions.ChannelClosedByBroker) as refused:
            new.publish(b"{}", key=A)
        assert refused.value.reply_code == 403


def test_one_that_is_removed_is_closed_and_unknown(hub: LiveHub) -> None:
    with added(hub), hub.connect(NEW) as new, hub.connect(A) as sender:
        new.channel.basic_consume(f"{NEW}.message", lambda *_: None)
        done = hub.http("DELETE", f"/api/v1/clients/{NEW}")
        assert done["clients"]["removed"] == [NEW]
        assert done["disconnected"] == 1
        assert closed_with(new) == (320, f"CONNECTION_FORCED - user '{USER}' is deleted")
        with pytest.raises(pika.exceptions.ProbableAuthenticationError), hub.connect(NEW):
            pass
        sender.publish(as_bytes(envelope(sender.client, NEW)))
        report = sender.take("info").json["content"][0]["jsonContent"]["embeddedJsonContent"]
        error = report["message"]["error"]
        assert error["errorCode"] == {"statusCode": 501, "statusString": "UNROUTABLE_MESSAGE"}
        assert error["errorCause"] == (
            f"unable do deliver message to {NEW}.message, cause was NO_ROUTE (312)"
        )
        depths = {one["name"]: one for one in hub.http("GET", "/api/v1/hub")["vhosts"]}
        assert not any(queue.startswith(NEW) for queue in depths[V]["queues"])


def test_who_is_not_changed_keeps_connection_messages_and_place(hub: LiveHub) -> None:
    with hub.connect(C) as there, hub.connect(A) as here:
        here.publish(as_bytes(message := envelope(A, C)))
        tag = there.hold("message")
        with added(hub), added(hub, OTHER, useXML=True):
            pass
        there.channel.basic_ack(tag)
        here.publish(as_bytes(message := envelope(A, C)))
        assert there.take("message").json["distributionID"] == message["distributionID"]


def test_a_preference_acts_on_the_next_message_over_the_same_connections(hub: LiveHub) -> None:
    with added(hub), hub.connect(NEW) as new, hub.connect(A) as sender:
        for prefers, content_type in ((True, "application/xml"), (False, "application/json")):
            hub.http("PUT", f"/api/v1/clients/{NEW}", {"useXML": prefers})
            sender.publish(as_bytes(envelope(A, NEW)))
            assert new.take("message").properties.content_type == content_type


def test_messages_on_their_way_survive_changes(hub: LiveHub) -> None:
    """One sends without a pause while clients come and go: all of it arrives, in its order."""
    sent: list[str] = []
    stop = threading.Event()

    def send() -> None:
        with hub.connect(A) as here:
            while not stop.is_set():
                message = envelope(A, C)
                here.publish(as_bytes(message))
                sent.append(message["distributionID"])

    sender = threading.Thread(target=send)
    sender.start()
    try:
        for number in range(3):
            with added(hub, editor=f"{number}"):
                until(lambda: sent or None)
    finally:
        stop.set()
        sender.join(PATIENCE)
    with hub.connect(C) as there:
        assert [there.take("message").json["distributionID"] for _ in sent] == sent


def test_a_vhost_comes_with_every_clients_queues_and_goes_with_its_connections(
    hub: LiveHub,
) -> None:
    told = hub.http("PUT", f"/api/v1/vhosts/{NEW_V}", ROW)
    assert told["change"]["vhosts"]["added"] == [NEW_V]
    assert hub.http("GET", "/api/v1/hub")["vhosts"][-1]["name"] == NEW_V
    exchange(hub, A, C, NEW_V)
    with hub.connect(A, NEW_V) as here, hub.connect(A) as elsewhere:
        assert hub.http("DELETE", f"/api/v1/vhosts/{NEW_V}")["disconnected"] == 1
        code, text = closed_with(here)
        words = ("deleted",) if hub.engine == "embedded" else ("deleted", "down")  # a race of its
        assert (code, text) in [(320, f"CONNECTION_FORCED - vhost '{NEW_V}' is {w}") for w in words]
        elsewhere.publish(as_bytes(message := envelope(A, C)))
    with hub.connect(C) as there:
        assert there.take("message").json["distributionID"] == message["distributionID"]
    denied = pytest.raises(pika.exceptions.ProbableAccessDeniedError, match=r"\(530\)")
    with denied, hub.connect(A, NEW_V):
        pass


def test_another_release_judges_the_next_message(hub: LiveHub) -> None:
    hub.http("PUT", f"/api/v1/vhosts/{NEW_V}", ROW | {"model": "2.0.0"})
    before = hub.http("GET", f"/api/v1/vhosts/{NEW_V}")["types"]
    told = hub.http("PUT", f"/api/v1/vhosts/{NEW_V}", ROW)
    assert told["change"]["vhosts"]["changed"] == [NEW_V]
    assert "RS-SAS-RDV" in {*told["vhost"]["types"]} - {*before}
    exchange(hub, A, C, NEW_V)


def test_whole_tables_are_put_at_once_or_not_at_all(hub: LiveHub) -> None:
    tables = hub.http("GET", "/api/v1/routing")
    wanted = {
        **tables,
        "clients": [*tables["clients"], {"id": NEW}, {"id": OTHER}],
        "vhosts": {**tables["vhosts"], NEW_V: ROW},
    }
    done = hub.http("PUT", "/api/v1/routing", wanted)
    assert (done["clients"]["added"], done["vhosts"]["added"]) == ([NEW, OTHER], [NEW_V])
    exchange(hub, NEW, OTHER, NEW_V)
    wrong = {**tables, "clients": [*tables["clients"], {"id": "a.b"}, {"id": "A.B"}]}
    status, problem = hub.refused("PUT", "/api/v1/routing", wrong)
    assert status == 409
    assert problem["errors"][0]["pointer"] == f"#/clients/{len(tables['clients']) + 1}/id"
    exchange(hub, NEW, OTHER, NEW_V)  # nothing of the refused tables was done
    hub.http("PUT", "/api/v1/routing", tables)
    assert hub.http("GET", "/api/v1/routing") == tables


def test_tables_that_somebody_else_changed_are_not_overwritten(hub: LiveHub) -> None:
    with httpx.Client(base_url=hub.endpoints["http"], headers=hub.bearer, timeout=30) as client:
        read = client.get("/api/v1/routing")
        known = {"If-Match": read.headers["ETag"]}
        again = client.get("/api/v1/routing", headers={"If-None-Match": read.headers["ETag"]})
        assert (again.status_code, again.content) == (304, b"")
        with added(hub):
            refused = client.put("/api/v1/routing", json=read.json(), headers=known)
            assert (refused.status_code, refused.json()["title"]) == (412, "Precondition Failed")
            assert NEW in client.get("/api/v1/routing").text
        assert client.put("/api/v1/routing", json=read.json(), headers=known).status_code == 200


def test_changes_at_the_same_time_are_made_one_after_the_other(hub: LiveHub) -> None:
    ids = [f"fr.health.at-once-{number}" for number in range(4)]
    calls = [
        threading.Thread(target=hub.http, args=("PUT", f"/api/v1/clients/{one}", {})) for one in ids
    ]
    for call in calls:
        call.start()
    for call in calls:
        call.join(PATIENCE)
    assert {*ids} <= {one["id"] for one in hub.http("GET", "/api/v1/clients")["clients"]}
    exchange(hub, ids[0], ids[3])


def test_a_fault_that_is_in_force_strikes_who_comes_later(hub: LiveHub) -> None:
    rule = {"where": "broker", "effect": "deny", "parameters": {"right": "read"}}
    hub.http("POST", "/api/v1/faults", rule | {"match": {"client": NEW}})
    try:
        with added(hub), hub.connect(NEW) as new:
            with pytest.raises(pika.exceptions.ChannelClosedByBroker) as refused:
                new.channel.basic_get(f"{NEW}.message")
            assert refused.value.reply_code == 403
    finally:
        hub.http("DELETE", "/api/v1/faults")  # its client is gone by now


def test_a_name_that_is_bound_goes_with_its_client(hub: LiveHub) -> None:
    with added(hub):
        body = {"commonName": "bound.example", "clients": [NEW]}
        hub.http("POST", "/api/v1/certs/bind", body)
        users = hub.http("GET", f"/api/v1/topology?vhost={V}")["users"]
        assert {"name": "bound.example", "client": NEW} in users
    users = hub.http("GET", f"/api/v1/topology?vhost={V}")["users"]
    assert not [one for one in users if one["client"] == NEW]


def test_a_reset_brings_the_tables_of_the_start_back(hub: LiveHub) -> None:
    before = hub.http("GET", "/api/v1/routing")
    hub.http("PUT", f"/api/v1/clients/{NEW}", {})
    hub.http("DELETE", f"/api/v1/clients/{C}")
    hub.http("PUT", f"/api/v1/vhosts/{NEW_V}", ROW)
    hub.http("POST", "/api/v1/reset")
    assert hub.http("GET", "/api/v1/routing") == before
    exchange(hub, A, C)


def test_who_is_played_for_it_is_closed_too(hub: LiveHub) -> None:
    with added(hub):
        opened = hub.http("POST", "/api/v1/inboxes", {"as": NEW, "vhost": V})
        assert hub.http("DELETE", f"/api/v1/clients/{NEW}")["disconnected"] == 1

    def closed() -> str | None:
        inboxes = hub.http("GET", "/api/v1/inboxes")["inboxes"]
        (mine,) = [one for one in inboxes if one["id"] == opened["id"]]
        return None if mine["open"] else str(mine["why"])

    assert f"user '{USER}' is deleted" in until(closed)
    hub.http("DELETE", f"/api/v1/inboxes/{opened['id']}")
    assert hub.refused("POST", "/api/v1/inboxes", {"as": NEW, "vhost": V})[0] == 422


def test_it_has_the_certificates_of_every_step_of_a_migration(hub: LiveHub) -> None:
    """Of the one that the Hub is in, too."""
    hub.http("PUT", "/api/v1/phase", {"migration": "new-root", "step": "both"})
    try:
        with added(hub) as told:
            own = Path(told["client"]["certificates"])
            assert own.parents[1] == Path(hub.http("GET", "/api/v1/phase")["certs"])
            context = ssl.create_default_context(cafile=str(own.parents[1] / "truststores/igc.pem"))
            context.load_cert_chain(own / "igc.crt", own / "igc.key")
            pika.BlockingConnection(hub.parameters(V, context)).close()
    finally:
        hub.http("PUT", "/api/v1/phase", {"phase": "igc"})


REFUSED = [
    ("POST", "/api/v1/clients", {"id": A}, 409, "#/id", "already"),
    ("POST", "/api/v1/clients", {"id": "fr.health.samua"}, 409, "#/id", "but for the case"),
    ("POST", "/api/v1/clients", {"id": "a b"}, 422, "#/id", "match"),
    ("PUT", f"/api/v1/clients/{NEW}", {"id": A}, 409, "#/id", "never changed"),
    ("PUT", f"/api/v1/clients/{NEW}", {"useXML": "yes"}, 422, "#/useXML", "true or false"),
    ("PUT", f"/api/v1/clients/{NEW}", {"usesXML": True}, 422, "#/usesXML", "useXML"),
    ("PUT", f"/api/v1/clients/{NEW}", {"igc_name": A}, 409, "#/igc_name", "igc_name of its own"),
    ("PUT", "/api/v1/clients/a%20b", {}, 422, None, "is not a client id"),
    ("DELETE", "/api/v1/clients/fr.health.samuD", None, 404, None, "did you mean"),
    ("GET", "/api/v1/clients/fr.health.samuD", None, 404, None, "did you mean"),
    ("POST", "/api/v1/vhosts", {"name": V, **ROW}, 409, "#/name", "already"),
    ("PUT", "/api/v1/vhosts/x", ROW | {"perimeter": "15-16"}, 409, "#/perimeter", "15-15?"),
    ("PUT", "/api/v1/vhosts/x", ROW | {"model": "9.9"}, 409, "#/model", "'9.9' is not known here"),
    ("PUT", "/api/v1/vhosts/x", ROW | {"ttl": 0}, 422, "#/ttl", "more than 0"),
    ("DELETE", "/api/v1/vhosts/x", None, 404, None, "no vHost is called 'x'"),
    ("PUT", "/api/v1/routing", {"clients": []}, 422, "#/transverse", ""),
]


@pytest.mark.parametrize(("method", "path", "body", "status", "pointer", "text"), REFUSED)
def test_what_cannot_be_is_refused_with_its_place(
    the_hub: LiveHub,
    method: str,
    path: str,
    body: Any,
    status: int,
    pointer: str | None,
    text: str,
) -> None:
    before = the_hub.http("GET", "/api/v1/routing")
    got, problem = the_hub.refused(method, path, body)
    assert (got, text in problem["detail"]) == (status, True), problem
    assert [one["pointer"] for one in problem.get("errors", [])][:1] == ([pointer] * bool(pointer))
    assert the_hub.http("GET", "/api/v1/routing") == before
