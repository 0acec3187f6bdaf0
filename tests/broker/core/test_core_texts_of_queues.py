"""Refusals of queue arguments and declarations to the letter, as RabbitMQ 3.10.8 gave them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from tests.support.channel_calls import Channel
from tests.support.core_broker import Bench, Client
from tests.support.core_refusals import on_channel, refusal

INVALID_ARGUMENTS: list[tuple[str, Any, str]] = [
    ("x-message-ttl", -1, ": {value_negative,-1}"),
    ("x-message-ttl", "a", ': "expected integer, got longstr"'),
    ("x-message-ttl", True, ': "expected integer, got bool"'),
    ("x-message-ttl", 5_000_000_000_000, ": {value_too_large,5000000000000}"),
    ("x-expires", 0, ": {value_zero,0}"),
    ("x-expires", -1, ": {value_negative,-1}"),
    ("x-max-length", -1, ": {value_negative,-1}"),
    ("x-max-length", "5", ': "expected integer, got longstr"'),
    ("x-max-length-bytes", -5, ": {value_negative,-5}"),
    ("x-overflow", "foo", ": invalid_overflow"),
    ("x-overflow", 1, ": {unacceptable_type,signedint}"),
    ("x-dead-letter-routing-key", "k", ": routing_key_but_no_dlx_defined"),
    ("x-dead-letter-routing-key", 1, ": {unacceptable_type,signedint}"),
    ("x-max-priority", 256, ": {max_value_exceeded,256}"),
    ("x-max-priority", -1, ": {value_negative,-1}"),
    ("x-single-active-consumer", "a", ": {unacceptable_type,longstr}"),
    ("x-queue-mode", "b", ": \"unsupported queue mode 'b'\""),
    ("x-queue-version", 3, ": \"unsupported queue version '3'\""),
    ("x-queue-version", -1, ": {value_negative,-1}"),
    ("x-queue-type", "bogus", ": \"unsupported queue type 'bogus'\""),
    ("x-queue-type", 1, ": {unacceptable_type,signedint}"),
    ("x-delivery-limit", 5, " of queue type rabbit_classic_queue"),
    ("x-max-age", "1D", " of queue type rabbit_classic_queue"),
]


@pytest.mark.parametrize(("name", "value", "problem"), INVALID_ARGUMENTS)
def test_invalid_queue_arguments(client: Client, name: str, value: Any, problem: str) -> None:
    got = refusal(client, lambda c: c.channel.queue_declare("argq", arguments={name: value}))
    assert got == (
        f"CH 406 PRECONDITION_FAILED - invalid arg '{name}' for queue 'argq' in vhost '/'{problem}"
    )


def test_dead_letter_exchange_that_is_no_text(client: Client) -> None:
    arguments = {"x-dead-letter-exchange": 1}
    assert refusal(client, lambda c: c.channel.queue_declare("argq", arguments=arguments)) == (
        "CH 406 PRECONDITION_FAILED - invalid type 'signedint' for arg 'x-dead-letter-exchange' "
        "in queue 'argq' in vhost '/'"
    )


@pytest.mark.parametrize(
    "arguments",
    [
        {"x-max-priority": 0},
        {"x-queue-mode": "lazy"},
        {"x-queue-type": "classic"},
        {"x-foo": "bar"},
        {"x-stream-offset": 1},
    ],
)
def test_acceptable_queue_arguments(client: Client, arguments: dict[str, Any]) -> None:
    assert client.channel.queue_declare("argq", arguments=arguments).name == "argq"


def test_deleting_a_queue_that_must_be_empty(client: Client) -> None:
    client.channel.queue_declare("q")
    client.publish("", "q")
    assert refusal(client, lambda c: c.channel.queue_delete("q", if_empty=True)) == (
        "CH 406 PRECONDITION_FAILED - queue 'q' in vhost '/' not empty"
    )


EXCLUSIVE: list[Callable[[Channel], object]] = [
    lambda ch: ch.queue_declare("ex", exclusive=True),
    lambda ch: ch.queue_declare("ex", passive=True),
    lambda ch: ch.consume("ex"),
    lambda ch: ch.get("ex"),
    lambda ch: ch.queue_bind("ex", "amq.topic", "k"),
    lambda ch: ch.queue_delete("ex"),
    lambda ch: ch.queue_purge("ex"),
]


@pytest.mark.parametrize("action", EXCLUSIVE)
def test_exclusive_queues_are_closed_to_other_connections(
    bench: Bench, action: Callable[[Channel], object]
) -> None:
    bench.client().channel.queue_declare("ex", exclusive=True)
    assert refusal(bench.client(), on_channel(action)).startswith(
        "CH 405 RESOURCE_LOCKED - cannot obtain exclusive access to locked queue 'ex'"
    )
