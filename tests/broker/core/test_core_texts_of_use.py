"""Refusals of publishing and consuming to the letter, as RabbitMQ 3.10.8 gave them."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from hubemu.broker.core import ConnectionError_, Message
from tests.support.channel_calls import Channel
from tests.support.core_broker import Bench, Client
from tests.support.core_refusals import Action, on_channel, refusal


def in_turn(*actions: Callable[[Channel], object]) -> Callable[[Channel], object]:
    return lambda channel: [action(channel) for action in actions]


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


def test_vhosts_that_cannot_be_opened(bench: Bench) -> None:
    bench.broker.add_vhost("other")
    with pytest.raises(ConnectionError_) as missing:
        bench.broker.open("nope", "guest")
    assert missing.value.text == "NOT_ALLOWED - vhost nope not found"
    with pytest.raises(ConnectionError_) as refused:
        bench.broker.open("other", "guest")
    assert refused.value.text == "NOT_ALLOWED - access to vhost 'other' refused for user 'guest'"
