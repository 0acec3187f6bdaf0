"""What is compared when a queue exists already, and which arguments it may have; RabbitMQ 3.10."""

from __future__ import annotations

from typing import Any

import pytest

from hubemu.broker.core import BrokerError
from tests.support.core_broker import Client

QUORUM = {"x-queue-type": "quorum"}
COMMON: dict[str, Any] = {
    "x-expires": 600_000,
    "x-message-ttl": 5000,
    "x-dead-letter-exchange": "d",
    "x-dead-letter-routing-key": "k",
    "x-max-length": 5,
    "x-max-length-bytes": 500,
    "x-overflow": "drop-head",
    "x-single-active-consumer": True,
}
CLASSIC_ORDER = [
    "x-expires",
    "x-message-ttl",
    "x-dead-letter-exchange",
    "x-dead-letter-routing-key",
    "x-max-length",
    "x-max-length-bytes",
    "x-max-priority",
    "x-overflow",
    "x-queue-mode",
    "x-queue-version",
    "x-single-active-consumer",
    "x-queue-master-locator",
]
QUORUM_ORDER = [
    "x-dead-letter-exchange",
    "x-dead-letter-routing-key",
    "x-dead-letter-strategy",
    "x-expires",
    "x-max-length",
    "x-max-length-bytes",
    "x-max-in-memory-length",
    "x-max-in-memory-bytes",
    "x-overflow",
    "x-single-active-consumer",
    "x-queue-type",
    "x-quorum-initial-group-size",
    "x-delivery-limit",
    "x-message-ttl",
    "x-queue-leader-locator",
]
CLASSIC_ARGUMENTS = COMMON | {
    "x-queue-type": "classic",
    "x-max-priority": 3,
    "x-queue-mode": "lazy",
    "x-queue-version": 2,
    "x-queue-master-locator": "min-masters",
}
QUORUM_ARGUMENTS = COMMON | {
    "x-queue-type": "quorum",
    "x-dead-letter-strategy": "at-most-once",
    "x-max-in-memory-length": 4,
    "x-max-in-memory-bytes": 40,
    "x-delivery-limit": 3,
    "x-quorum-initial-group-size": 1,
    "x-queue-leader-locator": "client-local",
}


def refusal(client: Client, arguments: dict[str, Any]) -> str | None:
    try:
        client.channel.queue_declare("q", durable=True, arguments=arguments)
    except BrokerError as error:
        return error.text
    return None


@pytest.mark.parametrize(
    ("arguments", "order"),
    [(CLASSIC_ARGUMENTS, CLASSIC_ORDER), (QUORUM_ARGUMENTS, QUORUM_ORDER)],
)
def test_arguments_are_compared_in_the_order_of_their_type(
    client: Client, arguments: dict[str, Any], order: list[str]
) -> None:
    """An argument that is missing is told, then given, until nothing is missing."""
    assert refusal(client, arguments | {"x-unknown": 1}) is None
    given: dict[str, Any] = {}
    told = []
    while (text := refusal(client, given)) is not None:
        name = text.split("'")[1]
        assert text.startswith(f"PRECONDITION_FAILED - inequivalent arg '{name}' for queue 'q'")
        told.append(name)
        given[name] = arguments[name]
    assert told == order


@pytest.mark.parametrize(
    ("name", "value", "problem"),
    [
        ("x-dead-letter-strategy", 0, "{unacceptable_type,signedint}"),
        ("x-dead-letter-strategy", "foo", "invalid_dlx_strategy"),
        ("x-max-in-memory-length", -1, "{value_negative,-1}"),
        ("x-max-in-memory-bytes", "foo", '"expected integer, got longstr"'),
        ("x-quorum-initial-group-size", 0, "{value_zero,0}"),
        ("x-quorum-initial-group-size", -1, "{value_negative,-1}"),
        ("x-quorum-initial-group-size", True, '"expected integer, got bool"'),
        ("x-queue-leader-locator", "foo", "invalid_queue_locator_arg"),
        ("x-queue-leader-locator", 1.5, "{unacceptable_type,double}"),
    ],
)
def test_values_of_arguments_of_quorum_queues(
    client: Client, name: str, value: Any, problem: str
) -> None:
    assert refusal(client, {**QUORUM, name: value}) == (
        f"PRECONDITION_FAILED - invalid arg '{name}' for queue 'q' in vhost '/': {problem}"
    )


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("x-dead-letter-strategy", "at-least-once"),
        ("x-queue-leader-locator", "random"),
        ("x-queue-leader-locator", "balanced"),
    ],
)
def test_acceptable_values(client: Client, name: str, value: Any) -> None:
    assert refusal(client, {**QUORUM, name: value}) is None


@pytest.mark.parametrize("name", ["x-queue-master-locator", "x-queue-version"])
def test_arguments_that_only_classic_queues_have(client: Client, name: str) -> None:
    value = CLASSIC_ARGUMENTS[name]
    assert refusal(client, {**QUORUM, name: value}) == (
        f"PRECONDITION_FAILED - invalid arg '{name}' for queue 'q' in vhost '/' "
        "of queue type rabbit_quorum_queue"
    )


@pytest.mark.parametrize(
    ("kind", "wrong"),
    [("", "invalid"), ("foo", "invalid"), ("x-delayed-message", "unknown"), ("Direct", "unknown")],
)
def test_a_type_of_exchange_that_does_not_exist(client: Client, kind: str, wrong: str) -> None:
    """RabbitMQ tells words its virtual machine knows from others."""
    with pytest.raises(BrokerError) as refused:
        client.channel.exchange_declare("x", kind)
    assert refused.value.text == f"COMMAND_INVALID - {wrong} exchange type '{kind}'"
