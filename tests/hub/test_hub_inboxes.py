"""Clients that the control API plays: real connections, with the rights and rivals of any other."""

from __future__ import annotations

from typing import Any

import pytest

from tests.support.live import LiveHub
from tests.support.messages import as_bytes, envelope

INBOXES, VHOST = "/api/v1/inboxes", "15-15_v2.0"
A, C = "fr.health.samuA", "fr.health.samuC"


def opened(hub: LiveHub, client: str) -> dict[str, Any]:
    inbox: dict[str, Any] = hub.http("POST", INBOXES, {"as": client, "vhost": VHOST})
    return inbox


def sent(hub: LiveHub) -> str:
    body = as_bytes(envelope(A, C)).decode()
    message: dict[str, str] = hub.http(
        "POST", "/api/v1/messages", {"as": A, "vhost": VHOST, "body": body}
    )
    return message["id"]


def came(hub: LiveHub, queue: str) -> dict[str, Any]:
    """The first delivery from a queue, awaited."""
    after = 0
    while True:
        changes = hub.http("GET", f"{INBOXES}?after={after}&wait=30")
        for one in changes["deliveries"]:
            if one["queue"] == queue:
                delivery: dict[str, Any] = one
                return delivery
        assert changes["next"] > after, f"nothing came from {queue}"
        after = changes["next"]


def settle(hub: LiveHub, delivery: dict[str, Any], action: str) -> dict[str, Any]:
    path = f"{INBOXES}/{delivery['inbox']}/deliveries/{delivery['number']}"
    settled: dict[str, Any] = hub.http("POST", path, {"action": action})
    return settled


@pytest.fixture(autouse=True)
def nobody(hub: LiveHub) -> None:
    for inbox in hub.http("GET", INBOXES)["inboxes"]:
        hub.http("DELETE", f"{INBOXES}/{inbox['id']}")


def test_an_acknowledged_message_earns_its_sender_an_rc_ref(hub: LiveHub) -> None:
    opened(hub, A), opened(hub, C)
    sent(hub)
    delivery = came(hub, f"{C}.message")
    assert delivery["sender"] == A
    assert settle(hub, delivery, "acknowledge")["state"] == "acknowledged"
    assert came(hub, f"{A}.ack")["reference"] == delivery["distributionID"]


def test_a_refused_one_is_a_dead_letter_told_to_its_sender(hub: LiveHub) -> None:
    opened(hub, A), opened(hub, C)
    sent(hub)
    settle(hub, came(hub, f"{C}.message"), "refuse")
    report = came(hub, f"{A}.info")
    assert report["errorCode"]["statusCode"] == 500


def test_nothing_is_done_twice(hub: LiveHub) -> None:
    opened(hub, C)
    sent(hub)
    delivery = came(hub, f"{C}.message")
    settle(hub, delivery, "ack")
    path = f"{INBOXES}/{delivery['inbox']}/deliveries/{delivery['number']}"
    status, problem = hub.refused("POST", path, {"action": "refuse"})
    assert (status, "acknowledged already" in problem["detail"]) == (409, True)


def test_who_leaves_gives_back_what_it_held(hub: LiveHub) -> None:
    inbox = opened(hub, C)
    sent(hub)
    came(hub, f"{C}.message")
    hub.http("DELETE", f"{INBOXES}/{inbox['id']}")
    with hub.connect(C) as client:
        assert client.take("message").json["senderID"] == A


def test_the_same_client_is_one_inbox(hub: LiveHub) -> None:
    assert opened(hub, C)["id"] == opened(hub, C)["id"]
    assert len(hub.http("GET", INBOXES)["inboxes"]) == 1


def test_automatic_acknowledgement(hub: LiveHub) -> None:
    opened(hub, A)
    inbox = opened(hub, C)
    assert hub.http("PUT", f"{INBOXES}/{inbox['id']}", {"auto": True})["auto"] is True
    sent(hub)
    came(hub, f"{A}.ack")


@pytest.mark.parametrize(
    ("wanted", "code"),
    [({"as": "fr.health.nobody", "vhost": VHOST}, 422), ({"as": A, "vhost": "nope"}, 422)],
)
def test_who_is_not_there_is_named(hub: LiveHub, wanted: dict[str, str], code: int) -> None:
    assert hub.refused("POST", INBOXES, wanted)[0] == code


def test_an_inbox_that_is_not_there_is_404(hub: LiveHub) -> None:
    for method, path in (("DELETE", "/x"), ("POST", "/x/deliveries/1")):
        asked = {"action": "ack"} if method == "POST" else None
        assert hub.refused(method, f"{INBOXES}{path}", asked)[0] == 404
