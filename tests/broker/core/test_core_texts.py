"""Refusals to the letter: each code and text was given by RabbitMQ 3.10.8 for the same method."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from tests.support.channel_calls import Channel
from tests.support.core_broker import Bench
from tests.support.core_refusals import on_channel, refusal

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
