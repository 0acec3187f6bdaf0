"""Refusals to the letter: each code and text was given by RabbitMQ 3.10.8 for the same method."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from hubemu.broker.core import BrokerError, ConnectionError_, Message
from tests.support.channel_calls import Channel
from tests.support.core_broker import Bench, Client

Action = Callable[[Client], object]


@pytest.fixture
def stocked(bench: Bench) -> Bench:
    channel = bench.client().channel
    channel.queue_declare("q")
    channel.queue_declare("qt", arguments={"x-message-ttl": 100})
    channel.exchange_declare("x", "direct")
    channel.exchange_declare("xae", "direct", arguments={"alternate-exchange": "y"})
    channel.exchange_declare("int", "direct", internal=True)
    return bench


def refusal(client: Client, action: Action) -> str:
    with pytest.raises(BrokerError) as caught:
        action(client)
    error = caught.value
    return f"{'CONN' if isinstance(error, ConnectionError_) else 'CH'} {error.code} {error.text}"


def on_channel(action: Callable[[Channel], object]) -> Action:
    return lambda client: action(client.channel)


def in_turn(*actions: Callable[[Channel], object]) -> Callable[[Channel], object]:
    return lambda channel: [action(channel) for action in actions]


DECLARING: list[tuple[Callable[[Channel], object], str]] = [
    (
        lambda ch: ch.queue_declare("nope", passive=True),
        "CH 404 NOT_FOUND - no queue 'nope' in vhost '/'",
    ),
    (
        lambda ch: ch.queue_declare("", passive=True),
        "CH 404 NOT_FOUND - no queue '' in vhost '/'",
    ),
    (
        lambda ch: ch.exchange_declare("nope", "direct", passive=True),
        "CH 404 NOT_FOUND - no exchange 'nope' in vhost '/'",
    ),
    (
        lambda ch: ch.exchange_declare("nope", "weird"),
        "CONN 503 COMMAND_INVALID - unknown exchange type 'weird'",
    ),
    (
        lambda ch: ch.exchange_declare("x", "topic"),
        "CH 406 PRECONDITION_FAILED - inequivalent arg 'type' for exchange 'x' in vhost '/': "
        "received 'topic' but current is 'direct'",
    ),
    (
        lambda ch: ch.exchange_declare("x", "direct", durable=True),
        "CH 406 PRECONDITION_FAILED - inequivalent arg 'durable' for exchange 'x' in vhost '/': "
        "received 'true' but current is 'false'",
    ),
    (
        lambda ch: ch.exchange_declare("x", "direct", auto_delete=True),
        "CH 406 PRECONDITION_FAILED - inequivalent arg 'auto_delete' for exchange 'x' "
        "in vhost '/': received 'true' but current is 'false'",
    ),
    (
        lambda ch: ch.exchange_declare("x", "direct", internal=True),
        "CH 406 PRECONDITION_FAILED - inequivalent arg 'internal' for exchange 'x' in vhost '/': "
        "received 'true' but current is 'false'",
    ),
    (
        lambda ch: ch.exchange_declare("x", "direct", arguments={"alternate-exchange": "y"}),
        "CH 406 PRECONDITION_FAILED - inequivalent arg 'alternate-exchange' for exchange 'x' "
        "in vhost '/': received the value 'y' of type 'longstr' but current is none",
    ),
    (
        lambda ch: ch.exchange_declare("xae", "direct"),
        "CH 406 PRECONDITION_FAILED - inequivalent arg 'alternate-exchange' for exchange 'xae' "
        "in vhost '/': received none but current is the value 'y' of type 'longstr'",
    ),
    (
        lambda ch: ch.exchange_declare("xae", "direct", arguments={"alternate-exchange": "z"}),
        "CH 406 PRECONDITION_FAILED - inequivalent arg 'alternate-exchange' for exchange 'xae' "
        "in vhost '/': received 'z' but current is 'y'",
    ),
    (
        lambda ch: ch.exchange_declare("xa2", "direct", arguments={"alternate-exchange": 5}),
        "CH 406 PRECONDITION_FAILED - invalid type 'signedint' for arg 'alternate-exchange' "
        "in exchange 'xa2' in vhost '/'",
    ),
    (
        lambda ch: ch.exchange_declare("", "direct"),
        "CH 403 ACCESS_REFUSED - operation not permitted on the default exchange",
    ),
    (
        lambda ch: ch.exchange_declare("", "direct", passive=True),
        "CH 403 ACCESS_REFUSED - operation not permitted on the default exchange",
    ),
    (
        lambda ch: ch.exchange_declare("amq.foo", "direct"),
        "CH 403 ACCESS_REFUSED - exchange name 'amq.foo' contains reserved prefix 'amq.*'",
    ),
    (
        lambda ch: ch.queue_declare("amq.foo"),
        "CH 403 ACCESS_REFUSED - queue name 'amq.foo' contains reserved prefix 'amq.*'",
    ),
    (
        lambda ch: ch.exchange_delete(""),
        "CH 403 ACCESS_REFUSED - operation not permitted on the default exchange",
    ),
    (
        lambda ch: ch.exchange_delete("amq.direct"),
        "CH 403 ACCESS_REFUSED - deletion of system exchange 'amq.direct' in vhost '/' not allowed",
    ),
    (
        lambda ch: ch.queue_declare("q", durable=True, auto_delete=True),
        "CH 406 PRECONDITION_FAILED - inequivalent arg 'durable' for queue 'q' in vhost '/': "
        "received 'true' but current is 'false'",
    ),
    (
        lambda ch: ch.queue_declare("q", exclusive=True, durable=True),
        "CH 405 RESOURCE_LOCKED - cannot obtain exclusive access to locked queue 'q' in vhost "
        "'/'. It could be originally declared on another connection or the exclusive property "
        "value does not match that of the original declaration.",
    ),
    (
        lambda ch: ch.queue_declare("qt"),
        "CH 406 PRECONDITION_FAILED - inequivalent arg 'x-message-ttl' for queue 'qt' in vhost "
        "'/': received none but current is the value '100' of type 'signedint'",
    ),
    (
        lambda ch: ch.queue_declare("qt", arguments={"x-message-ttl": 200}),
        "CH 406 PRECONDITION_FAILED - inequivalent arg 'x-message-ttl' for queue 'qt' in vhost "
        "'/': received '200' but current is '100'",
    ),
    (
        lambda ch: ch.queue_declare("q", arguments={"x-message-ttl": -1}),
        "CH 406 PRECONDITION_FAILED - inequivalent arg 'x-message-ttl' for queue 'q' in vhost "
        "'/': received the value '-1' of type 'signedint' but current is none",
    ),
    (
        lambda ch: ch.queue_declare(
            "qt", arguments={"x-message-ttl": 100, "x-max-length": 1, "x-expires": 5}
        ),
        "CH 406 PRECONDITION_FAILED - inequivalent arg 'x-expires' for queue 'qt' in vhost "
        "'/': received the value '5' of type 'signedint' but current is none",
    ),
    (
        lambda ch: ch.queue_declare("qq", arguments={"x-queue-type": "quorum"}),
        "CH 406 PRECONDITION_FAILED - invalid property 'non-durable' for queue 'qq' in vhost '/'",
    ),
    (
        lambda ch: ch.queue_declare(
            "qq", exclusive=True, auto_delete=True, arguments={"x-queue-type": "quorum"}
        ),
        "CH 406 PRECONDITION_FAILED - invalid property 'auto-delete' for queue 'qq' in vhost '/'",
    ),
    (
        lambda ch: ch.queue_declare("qq", exclusive=True, arguments={"x-queue-type": "quorum"}),
        "CH 406 PRECONDITION_FAILED - invalid property 'exclusive-owner' for queue 'qq' in vhost "
        "'/'",
    ),
    (
        lambda ch: ch.queue_declare("", durable=True, arguments={"x-queue-type": "quorum"}),
        "CH 406 PRECONDITION_FAILED - Cannot declare a server-named queue for type "
        "rabbit_quorum_queue",
    ),
]


@pytest.mark.parametrize(("action", "expected"), DECLARING)
def test_declaring(stocked: Bench, action: Callable[[Channel], object], expected: str) -> None:
    assert refusal(stocked.client(), on_channel(action)) == expected


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


def test_unknown_arguments_and_the_default_type_do_not_count_for_equivalence(
    stocked: Bench,
) -> None:
    channel = stocked.client().channel
    channel.queue_declare("qt", arguments={"x-message-ttl": 100, "foo": 1})
    channel.queue_declare("q", arguments={"x-queue-type": "classic"})
    channel.exchange_declare("x", "direct", arguments={"foo": 5})


BINDING: list[tuple[Callable[[Channel], object], str]] = [
    (
        lambda ch: ch.queue_bind("q", "", "k"),
        "CH 403 ACCESS_REFUSED - operation not permitted on the default exchange",
    ),
    (
        lambda ch: ch.queue_unbind("q", "", "k"),
        "CH 403 ACCESS_REFUSED - operation not permitted on the default exchange",
    ),
    (
        lambda ch: ch.exchange_bind("", "x", "k"),
        "CH 403 ACCESS_REFUSED - operation not permitted on the default exchange",
    ),
    (
        lambda ch: ch.queue_bind("q", "nope", "k"),
        "CH 404 NOT_FOUND - no exchange 'nope' in vhost '/'",
    ),
    (
        lambda ch: ch.queue_bind("nope", "x", "k"),
        "CH 404 NOT_FOUND - no queue 'nope' in vhost '/'",
    ),
    (
        lambda ch: ch.queue_bind("nope", "nopex", "k"),
        "CH 404 NOT_FOUND - no exchange 'nopex' in vhost '/'",
    ),
    (
        lambda ch: ch.exchange_bind("nope", "x", "k"),
        "CH 404 NOT_FOUND - no exchange 'nope' in vhost '/'",
    ),
    (
        lambda ch: ch.queue_bind("", "x", "k"),
        "CH 404 NOT_FOUND - no previously declared queue",
    ),
    (
        lambda ch: ch.queue_bind("q", "amq.headers", "", {"x-match": "foo"}),
        'CH 406 PRECONDITION_FAILED - Invalid x-match field value <<"foo">>; '
        "expected all, any, all-with-x, or any-with-x",
    ),
    (
        lambda ch: ch.queue_bind("q", "amq.headers", "", {"x-match": 1}),
        "CH 406 PRECONDITION_FAILED - Invalid x-match field type signedint (value 1); "
        "expected longstr",
    ),
]


@pytest.mark.parametrize(("action", "expected"), BINDING)
def test_binding(stocked: Bench, action: Callable[[Channel], object], expected: str) -> None:
    assert refusal(stocked.client(), on_channel(action)) == expected


def test_deleting_and_unbinding_what_is_not_there_is_fine(stocked: Bench) -> None:
    channel = stocked.client().channel
    channel.exchange_delete("nope")
    assert channel.queue_delete("nope") == 0
    channel.queue_unbind("q", "nope", "k")
    channel.queue_unbind("nope", "x", "k")
    channel.queue_unbind("q", "x", "k")
    channel.exchange_unbind("nope", "x", "k")
    channel.cancel("nobody")


PUBLISHING: list[tuple[Action, str]] = [
    (
        lambda c: c.publish("nox", "k"),
        "CH 404 NOT_FOUND - no exchange 'nox' in vhost '/'",
    ),
    (
        lambda c: c.publish("int", "k"),
        "CH 403 ACCESS_REFUSED - cannot publish to internal exchange 'int' in vhost '/'",
    ),
    (
        lambda c: c.publish("", "q", user_id="zoe", expiration="x"),
        "CH 406 PRECONDITION_FAILED - user_id property set to 'zoe' "
        "but authenticated user was 'guest'",
    ),
    (
        lambda c: c.publish("nox", "q", user_id="zoe"),
        "CH 404 NOT_FOUND - no exchange 'nox' in vhost '/'",
    ),
    (
        lambda c: c.publish("", "q", expiration="abc"),
        "CH 406 PRECONDITION_FAILED - invalid expiration 'abc': no_integer",
    ),
    (
        lambda c: c.publish("", "q", expiration=""),
        "CH 406 PRECONDITION_FAILED - invalid expiration '': no_integer",
    ),
    (
        lambda c: c.publish("", "q", expiration="-1"),
        "CH 406 PRECONDITION_FAILED - invalid expiration '-1': {value_negative,-1}",
    ),
    (
        lambda c: c.publish("", "q", expiration="99999999999999"),
        "CH 406 PRECONDITION_FAILED - invalid expiration '99999999999999': "
        "{value_too_large,99999999999999}",
    ),
    (
        lambda c: c.publish("", "q", expiration="1.5"),
        "CH 406 PRECONDITION_FAILED - invalid expiration '1.5': {leftover_string,\".5\"}",
    ),
    (
        lambda c: c.publish("", "noq", expiration="x"),
        "CH 406 PRECONDITION_FAILED - invalid expiration 'x': no_integer",
    ),
    (
        lambda c: c.publish("", "q", headers={"CC": "q2"}),
        'CH 406 PRECONDITION_FAILED - invalid message: {unacceptable_type_in_header,"CC",longstr}',
    ),
    (
        lambda c: c.publish("", "q", headers={"BCC": 5}),
        "CH 406 PRECONDITION_FAILED - invalid message: "
        '{unacceptable_type_in_header,"BCC",signedint}',
    ),
    (
        lambda c: c.channel.publish(Message("", "q", b"", b"\0\0"), False, True),
        "CONN 540 NOT_IMPLEMENTED - immediate=true",
    ),
]


@pytest.mark.parametrize(("action", "expected"), PUBLISHING)
def test_publishing(stocked: Bench, action: Action, expected: str) -> None:
    client = stocked.client()
    assert refusal(client, action) == expected
    assert client.sink.said == []


@pytest.mark.parametrize("expiration", ["+5", "0", "007"])
def test_expirations_rabbitmq_takes(client: Client, expiration: str) -> None:
    client.publish("", "q", expiration=expiration)


def declare_quorum(channel: Channel) -> None:
    channel.queue_declare("qq", durable=True, arguments={"x-queue-type": "quorum"})


CONSUMING: list[tuple[Callable[[Channel], object], str]] = [
    (lambda ch: ch.ack(5), "CH 406 PRECONDITION_FAILED - unknown delivery tag 5"),
    (lambda ch: ch.ack(0), "CH 406 PRECONDITION_FAILED - unknown delivery tag 0"),
    (lambda ch: ch.ack(5, True), "CH 406 PRECONDITION_FAILED - unknown delivery tag 5"),
    (lambda ch: ch.nack(5), "CH 406 PRECONDITION_FAILED - unknown delivery tag 5"),
    (lambda ch: ch.reject(0), "CH 406 PRECONDITION_FAILED - unknown delivery tag 0"),
    (lambda ch: ch.qos(10, 0, False), "CONN 540 NOT_IMPLEMENTED - prefetch_size!=0 (10)"),
    (lambda ch: ch.recover(False), "CONN 540 NOT_IMPLEMENTED - requeue=false"),
    (lambda ch: ch.flow(False), "CONN 540 NOT_IMPLEMENTED - active=false"),
    (
        lambda ch: (ch.consume("q", "a"), ch.consume("q", "a")),
        "CONN 530 NOT_ALLOWED - attempt to reuse consumer tag 'a'",
    ),
    (
        lambda ch: ch.consume("missing"),
        "CH 404 NOT_FOUND - no queue 'missing' in vhost '/'",
    ),
    (lambda ch: ch.consume(""), "CH 404 NOT_FOUND - no previously declared queue"),
    (lambda ch: ch.get(""), "CH 404 NOT_FOUND - no previously declared queue"),
    (lambda ch: ch.queue_purge(""), "CH 404 NOT_FOUND - no previously declared queue"),
    (lambda ch: ch.queue_delete(""), "CH 404 NOT_FOUND - no previously declared queue"),
    (
        lambda ch: (ch.consume("q", exclusive=True), ch.consume("q")),
        "CH 403 ACCESS_REFUSED - queue 'q' in vhost '/' in exclusive use",
    ),
    (
        lambda ch: (ch.consume("q"), ch.consume("q", exclusive=True)),
        "CH 403 ACCESS_REFUSED - queue 'q' in vhost '/' in exclusive use",
    ),
    (
        lambda ch: ch.consume("q", arguments={"x-priority": "a"}),
        "CH 406 PRECONDITION_FAILED - invalid arg 'x-priority' for queue 'q' in vhost '/': "
        '"expected integer, got longstr"',
    ),
    (
        in_turn(lambda ch: ch.confirm_select(), lambda ch: ch.tx_select()),
        "CH 406 PRECONDITION_FAILED - cannot switch from confirm to tx mode",
    ),
    (
        in_turn(lambda ch: ch.tx_select(), lambda ch: ch.confirm_select()),
        "CH 406 PRECONDITION_FAILED - cannot switch from tx to confirm mode",
    ),
    (
        in_turn(declare_quorum, lambda ch: ch.qos(0, 5, True), lambda ch: ch.consume("qq")),
        "CONN 540 NOT_IMPLEMENTED - queue 'qq' in vhost '/' does not support global qos",
    ),
    (
        in_turn(declare_quorum, lambda ch: ch.queue_delete("qq", if_unused=True)),
        "CONN 540 NOT_IMPLEMENTED - cannot delete queue 'qq' in vhost '/'. queue.delete "
        "operations with if-unused flag set are not supported by quorum queues",
    ),
    (lambda ch: ch.tx_commit(), "CH 406 PRECONDITION_FAILED - channel is not transactional"),
    (lambda ch: ch.tx_rollback(), "CH 406 PRECONDITION_FAILED - channel is not transactional"),
    (
        lambda ch: (ch.consume("q"), ch.queue_delete("q", if_unused=True, if_empty=True)),
        "CH 406 PRECONDITION_FAILED - queue 'q' in vhost '/' in use",
    ),
    (
        in_turn(
            lambda ch: ch.queue_bind("q", "x", "k"),
            lambda ch: ch.exchange_delete("x", if_unused=True),
        ),
        "CH 406 PRECONDITION_FAILED - exchange 'x' in vhost '/' in use",
    ),
]


@pytest.mark.parametrize(("action", "expected"), CONSUMING)
def test_consuming(stocked: Bench, action: Callable[[Channel], object], expected: str) -> None:
    assert refusal(stocked.client(), on_channel(action)) == expected


def test_deleting_a_queue_that_must_be_empty(client: Client) -> None:
    client.channel.queue_declare("q")
    client.publish("", "q")
    assert refusal(client, lambda c: c.channel.queue_delete("q", if_empty=True)) == (
        "CH 406 PRECONDITION_FAILED - queue 'q' in vhost '/' not empty"
    )


def test_vhosts_that_cannot_be_opened(bench: Bench) -> None:
    bench.broker.add_vhost("other")
    with pytest.raises(ConnectionError_) as missing:
        bench.broker.open("nope", "guest")
    assert missing.value.text == "NOT_ALLOWED - vhost nope not found"
    with pytest.raises(ConnectionError_) as refused:
        bench.broker.open("other", "guest")
    assert refused.value.text == "NOT_ALLOWED - access to vhost 'other' refused for user 'guest'"


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
