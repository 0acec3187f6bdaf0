"""Faults of the broker as clients see them; what RabbitMQ cannot do is refused with the reason."""

from __future__ import annotations

from typing import Any

import pika
import pika.exceptions
import pytest

from tests.support.faulty_hub import fault
from tests.support.lingering import closed_but_not_hung_up
from tests.support.live import LiveHub, VHosted, until
from tests.support.messages import as_bytes, envelope

A, B, C = "fr.health.samuA", "fr.health.samuB", "fr.health.samuC"
V = "15-15_v2.0"
OF_A = {"client": A}
TEXT = "CONNECTION_FORCED - so we say"


@pytest.fixture
def embedded(hub: LiveHub) -> LiveHub:
    """The Hub, if its broker is the embedded one."""
    if hub.engine != "embedded":
        pytest.skip("RabbitMQ refuses it: test_what_rabbitmq_cannot_do_is_refused_with_the_reason")
    return hub


def connections_of(hub: LiveHub, client: str) -> list[dict[str, Any]]:
    """Its connections as the Hub lists them."""
    rows = hub.http("GET", "/api/v1/connections")["connections"]
    return [row for row in rows if row["client"] == client]


def test_a_connection_is_closed_and_others_stay(hub: LiveHub) -> None:
    with hub.connect(A) as one, hub.connect(B) as other:
        rule: dict[str, Any] = {"match": OF_A, "parameters": {"text": TEXT}}
        assert len(connections_of(hub, A)) == 1
        with fault(hub, "close-connection", "broker", **rule) as force:
            with pytest.raises(pika.exceptions.ConnectionClosedByBroker) as closed:
                until(lambda: one.publish(b"{}"))
            assert (closed.value.reply_code, closed.value.reply_text) == (320, TEXT)
            other.publish(b"{}")
            assert force.strikes == 1
        with hub.connect(A) as again:
            again.publish(b"{}")


def test_a_listener_that_says_nothing_is_closed_too(hub: LiveHub) -> None:
    with hub.connect(A) as one:
        one.channel.basic_consume(f"{A}.message", lambda *_: None)
        rule: dict[str, Any] = {"match": OF_A, "parameters": {"text": TEXT}, "times": 1}
        # A RabbitMQ that is known by its statistics only lists closed connections for a while.
        until(lambda: len(connections_of(hub, A)) == 1)
        with fault(hub, "close-connection", "broker", **rule):
            with pytest.raises(pika.exceptions.ConnectionClosedByBroker):
                until(lambda: one.connection.process_data_events(0.1))
            with hub.connect(A) as again:
                again.publish(b"{}")


def test_no_strike_is_spent_on_a_connection_that_is_closed_already(hub: LiveHub) -> None:
    if not hub.node_is_ours:
        pytest.skip("statistics are all that another's RabbitMQ tells of its connections")
    with closed_but_not_hung_up(hub, A), hub.connect(A) as one, hub.connect(A) as other:
        assert len(connections_of(hub, A)) == 2
        rule: dict[str, Any] = {"match": OF_A, "times": 2}
        with fault(hub, "close-connection", "broker", **rule) as force:
            with pytest.raises(pika.exceptions.ConnectionClosedByBroker):
                until(lambda: one.connection.process_data_events(0.1))
            with pytest.raises(pika.exceptions.ConnectionClosedByBroker):
                until(lambda: other.connection.process_data_events(0.1))
            assert force.strikes == 2
            with hub.connect(A) as again:
                again.publish(b"{}")


@pytest.mark.parametrize(("code", "name"), [(406, "PRECONDITION_FAILED"), (404, "NOT_FOUND")])
def test_a_channel_is_closed_at_a_method(embedded: LiveHub, code: int, name: str) -> None:
    with embedded.connect(A) as one, embedded.connect(B) as other:
        rule: dict[str, Any] = {"match": OF_A, "parameters": {"code": code}, "after": 1, "times": 1}
        with fault(embedded, "close-channel", "broker", **rule) as force:
            one.publish(b"{}")
            with pytest.raises(pika.exceptions.ChannelClosedByBroker) as closed:
                one.publish(b"{}")
            assert closed.value.reply_code == code
            assert closed.value.reply_text.startswith(name)
            assert whys(embedded)[-1] == f"fault rule {force.id} strikes"
            other.publish(b"{}")
            assert force.strikes == 1
            channel = one.connection.channel()
            channel.basic_publish("hubsante", A, b"{}")
            assert channel.is_open


def test_a_message_is_not_taken(hub: LiveHub) -> None:
    match = OF_A if hub.engine == "embedded" else {"vhost": V}
    with hub.connect(A) as one, hub.connect(B, "15-15_v1.5") as other:
        with fault(hub, "nack", "broker", match=match) as force:
            with pytest.raises(pika.exceptions.NackError):
                one.publish(as_bytes(envelope(A, C)))
            other.publish(as_bytes(envelope(B, C)))
            assert force.strikes == 1
            rows = hub.http("GET", "/api/v1/connections")["connections"]
            told = {row["client"] for row in rows if row["faults"] == [force.id]}
            assert told == ({A} if hub.engine == "embedded" else set())
        until(lambda: len(hub.http("GET", "/api/v1/messages")["messages"]) == 1)
        one.publish(as_bytes(envelope(A, C)))


def test_a_confirm_comes_when_it_is_over(embedded: LiveHub) -> None:
    hub = embedded
    with hub.connect(A) as one, hub.connect(C) as recipient, hub.connect(B) as other:
        confirms: list[int] = []
        channel = one.connection.channel()
        # pika's blocking channel waits for confirms: they are seen one level below.
        channel._impl.confirm_delivery(lambda frame: confirms.append(frame.method.delivery_tag))
        one.connection.process_data_events(0.1)
        with fault(hub, "withhold-confirms", "broker", match=OF_A) as force:
            for _ in range(3):
                properties = pika.BasicProperties(content_type="application/json", delivery_mode=2)
                body = as_bytes(envelope(A, C))
                channel._impl.basic_publish("hubsante", A, body, properties)
            for _ in range(3):
                one.connection.process_data_events(0.05)
                recipient.take("message")
            assert confirms == []
            other.publish(b"{}")
            assert force.strikes == 3
        until(lambda: one.connection.process_data_events(0.05) or confirms)
        assert confirms[-1] == 3


@pytest.mark.parametrize(
    ("effect", "parameters", "reason"),
    [("block", {"reason": "low on patience"}, "low on patience"), ("disk-alarm", {}, "disk")],
)
def test_a_publisher_is_told_that_it_must_wait(
    hub: LiveHub, effect: str, parameters: dict[str, Any], reason: str
) -> None:
    if hub.engine == "rabbitmq" and effect == "block":
        pytest.skip("RabbitMQ refuses it")
    match = OF_A if hub.engine == "embedded" else {}
    with hub.connect(A) as one, hub.connect(B) as other:
        told: list[str] = []
        one.connection.add_on_connection_blocked_callback(
            lambda _, frame: told.append(frame.method.reason)
        )
        one.connection.add_on_connection_unblocked_callback(lambda *_: told.append("unblocked"))
        channel = one.connection.channel()
        with fault(hub, effect, "broker", match=match, parameters=parameters) as force:
            channel.basic_publish("hubsante", A, b"{}")
            until(lambda: one.connection.process_data_events(0.05) or told)
            assert reason in told[0]
            assert force.strikes >= 1
            if match:
                other.publish(b"{}")
        until(lambda: one.connection.process_data_events(0.05) or "unblocked" in told)
        one.publish(b"{}")
        assert len(told) == 2


def test_consumers_are_cancelled(embedded: LiveHub) -> None:
    with embedded.connect(A) as one, embedded.connect(B) as other:
        cancelled: list[str] = []
        one.channel.add_on_cancel_callback(
            lambda frame: cancelled.append(frame.method.consumer_tag)
        )
        tag = one.channel.basic_consume(f"{A}.message", lambda *_: None)
        other.channel.basic_consume(f"{B}.message", lambda *_: None)
        with fault(embedded, "cancel-consumers", "broker", match=OF_A) as force:
            until(lambda: one.connection.process_data_events(0.05) or cancelled)
            assert cancelled == [tag]
            assert force.strikes == 1
        again = one.channel.basic_consume(f"{A}.message", lambda *_: None)
        one.connection.process_data_events(0.1)
        other.connection.process_data_events(0.1)
        assert again in one.channel.consumer_tags
        assert other.channel.consumer_tags


def code_reported_to(one: VHosted) -> int:
    """The error code of the next report."""
    content = one.take("info").json["content"][0]["jsonContent"]["embeddedJsonContent"]
    code: int = content["message"]["error"]["errorCode"]["statusCode"]
    return code


def test_a_message_for_a_full_queue_is_dead_lettered(hub: LiveHub) -> None:
    with hub.connect(A) as one, hub.connect(C) as recipient:
        one.publish(as_bytes(envelope(A, C)))  # what is in the queue stays there
        until(lambda: recipient.depth("message") == 1)
        match = {"queue": f"{C}.message", "vhost": V}
        with fault(hub, "queue-full", "broker", match=match) as force:
            one.publish(as_bytes(envelope(A, C)))
            assert code_reported_to(one) == 500
            assert force.strikes == 1
            assert recipient.depth("message") == 1
            one.publish(as_bytes(envelope(A, B)))
        one.publish(as_bytes(envelope(A, C)))
        recipient.take("message")
        recipient.take("message")
        assert recipient.depth("message") == 0


def test_a_queue_counts_as_full_though_somebody_waits_for_its_messages(hub: LiveHub) -> None:
    with hub.connect(A) as one, hub.connect(C) as recipient:
        came: list[bytes] = []
        recipient.channel.basic_consume(
            f"{C}.message", lambda _c, _m, _p, body: came.append(body), auto_ack=True
        )
        with fault(hub, "queue-full", "broker", match={"client": C}, times=1) as force:
            one.publish(as_bytes(envelope(A, C)))
            assert code_reported_to(one) == 500
            one.publish(as_bytes(envelope(A, C)))
            until(lambda: recipient.connection.process_data_events(0.05) or came)
            assert (len(came), force.strikes) == (1, 1)


@pytest.mark.parametrize("right", ["write", "read"])
def test_a_right_is_denied(hub: LiveHub, right: str) -> None:
    def use(channel: Any) -> None:
        if right == "write":
            channel.confirm_delivery()
            channel.basic_publish("hubsante", A, b"{}", mandatory=False)
        else:
            channel.basic_get(f"{A}.info")

    rule: dict[str, Any] = {"match": OF_A, "parameters": {"right": right}}
    with hub.connect(A) as one, hub.connect(B) as other:
        with fault(hub, "deny", "broker", **rule) as force:
            with pytest.raises(pika.exceptions.ChannelClosedByBroker) as closed:
                use(one.connection.channel())
            assert closed.value.reply_code == 403
            assert "ACCESS_REFUSED" in closed.value.reply_text
            other.publish(b"{}")
            assert force.strikes >= 1
            until(lambda: f"fault rule {force.id} strikes" in whys(hub))
        use(one.connection.channel())


def whys(hub: LiveHub) -> list[str]:
    """Why the broker refused things, as people are told."""
    refusals = hub.http("GET", "/api/v1/connections")["refusals"]
    return [refused["why"] for refused in refusals]


REFUSED: list[dict[str, Any]] = [
    {"effect": "close-channel"},
    {"effect": "close-connection", "parameters": {"code": 541}},
    {"effect": "nack", "match": OF_A},
    {"effect": "nack", "times": 2},
    {"effect": "withhold-confirms"},
    {"effect": "block", "parameters": {"reason": "low on patience"}},
    {"effect": "stall-heartbeats"},
    {"effect": "cancel-consumers"},
    {"effect": "deny", "match": {"queue": f"{A}.info"}, "parameters": {"right": "read"}},
    {"effect": "disk-alarm", "match": OF_A},
]


@pytest.mark.parametrize("rule", REFUSED, ids=lambda rule: str(rule["effect"]))
def test_what_rabbitmq_cannot_do_is_refused_with_the_reason(
    hub: LiveHub, rule: dict[str, Any]
) -> None:
    if hub.engine == "embedded":
        with fault(hub, where="broker", **rule):
            return
    status, problem = hub.refused("POST", "/api/v1/faults", {"where": "broker", **rule})
    assert status == 409
    assert "embedded engine" in problem["detail"]
    assert hub.http("GET", "/api/v1/faults")["faults"] == []
