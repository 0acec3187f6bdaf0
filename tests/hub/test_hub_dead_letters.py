"""Dead letters of client queues (facts: hub 5).

Time is moved where the engine's clock can be; RabbitMQ's is waited for, on a vHost where messages
wait two seconds.
"""

from __future__ import annotations

from typing import Any

from tests.support.live import LiveHub, until
from tests.support.messages import as_bytes, envelope, reference

A, C = "fr.health.samuA", "fr.health.samuC"
USUAL, SHORT = "15-15_v2.0", "15-gps_v1.3"


def send(hub: LiveHub, vhost: str = USUAL, **message: Any) -> str:
    sent = envelope(A, C, **message)
    with hub.connect(A, vhost) as sender:
        sender.publish(as_bytes(sent))
    hub.http("GET", "/api/v1/messages?outcome=routed&wait=10")
    identifier: str = sent["distributionID"]
    return identifier


def dead_letter_report(hub: LiveHub, vhost: str = USUAL) -> tuple[int, str]:
    with hub.connect(A, vhost) as sender:
        report = sender.take("info").json
    error = report["content"][0]["jsonContent"]["embeddedJsonContent"]["message"]["error"]
    return error["errorCode"]["statusCode"], error["errorCause"]


def test_the_time_to_live_of_the_queue(hub: LiveHub) -> None:
    identifier = send(hub, SHORT, expires_in=200_000)
    hub.pass_time(2)
    assert dead_letter_report(hub, SHORT) == (
        500,
        f"Message {identifier} has been read from dead-letter-queue; reason was expired",
    )


def test_the_expiry_of_the_message_itself(hub: LiveHub) -> None:
    identifier = send(hub, expires_in=5)
    hub.pass_time(5)
    code, cause = dead_letter_report(hub)
    assert code == 500
    assert identifier in cause


def test_a_message_still_in_time_stays(hub: LiveHub) -> None:
    send(hub, expires_in=200_000)
    hub.pass_time(2)
    with hub.connect(C) as recipient:
        until(lambda: recipient.depth("message") == 1)


def test_a_client_rejects_without_requeue(hub: LiveHub) -> None:
    identifier = send(hub)
    with hub.connect(C) as recipient:
        recipient.channel.basic_reject(recipient.hold("message"), requeue=False)
        assert dead_letter_report(hub) == (
            500,
            f"Message {identifier} has been read from dead-letter-queue; reason was rejected",
        )


def test_a_dead_letter_that_forwarding_made_invalid_is_told_to_nobody(hub: LiveHub) -> None:
    """Quirk `silent-dead-letter`: model 2.0.0 prints UTC as Z, which its own schemas refuse."""
    broken = reference(A, C, f"{C}_1")
    good = reference(A, C, f"{C}_2")
    for part in message_of(broken), message_of(good):
        assert part["sentAt"].endswith("+00:00")
    message_of(good)["sentAt"] = message_of(good)["sentAt"].replace("+00:00", "+01:00")
    with hub.connect(A) as sender, hub.connect(C) as recipient:
        for message in broken, good:
            sender.publish(as_bytes(message))
            path = f"/api/v1/messages?outcome=routed&q={message['distributionID']}&wait=10"
            hub.http("GET", path)
            recipient.channel.basic_reject(recipient.hold("ack"), requeue=False)
    assert dead_letter_report(hub) == (
        500,
        f"Message {good['distributionID']} has been read from dead-letter-queue; "
        "reason was rejected",
    )


def message_of(tree: dict[str, Any]) -> dict[str, Any]:
    message: dict[str, Any] = tree["content"][0]["jsonContent"]["embeddedJsonContent"]["message"]
    return message


def test_a_dead_letter_of_an_info_queue_ends_there(hub: LiveHub) -> None:
    with hub.connect(A, SHORT) as sender:
        sender.publish(as_bytes(envelope(A, "fr.health.nobody")))
        sender.take("info")
        sender.publish(as_bytes(envelope(A, "fr.health.nobody")))
        hub.http("GET", f"/api/v1/messages?sender={A}&outcome=rejected&wait=10")
        hub.pass_time(2.5)
        assert sender.depth("info") == 0


def test_the_journal_shows_the_dead_letter(hub: LiveHub) -> None:
    identifier = send(hub, expires_in=5)
    hub.pass_time(5)
    found = hub.http("GET", "/api/v1/messages?outcome=dead-lettered&wait=10")["messages"]
    assert [row["distributionID"] for row in found] == [identifier]
    assert found[0]["errorCode"] == {"statusCode": 500, "statusString": "DEAD_LETTER_QUEUED"}
