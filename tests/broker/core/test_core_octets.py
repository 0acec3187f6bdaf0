"""Arguments of declarations whose text is not UTF-8: octets, as on RabbitMQ 3.10 (asked)."""

from __future__ import annotations

from typing import Any

import pytest

from hubemu.broker.wire.fields import Binary
from hubemu.broker.wire.properties import encode_properties
from hubemu.properties import Properties
from tests.support.amqp_dialogue import Dialogue, method, publish

OCTETS = b"\xfe\x00"
TTL = "PRECONDITION_FAILED - invalid arg 'x-message-ttl' for queue 'q' in vhost '/': "


def declared(what: str, **arguments: Any) -> tuple[str, str]:
    """The answer to a declaration, and its text."""
    names = {"queue": "q"} if what == "queue" else {"exchange": "e", "exchange_type": "fanout"}
    given = {name.replace("_", "-"): value for name, value in arguments.items()}
    frame = method(1, f"{what}.declare", **names, arguments=given)
    ((_, name, fields),) = Dialogue().channel().send(frame)
    return name, fields.get("reply_text", "")


def test_names_may_be_any_octets() -> None:
    assert declared("exchange", alternate_exchange=OCTETS)[0] == "exchange.declare_ok"
    assert declared("queue", x_dead_letter_exchange=OCTETS)[0] == "queue.declare_ok"


@pytest.mark.parametrize(("value", "kind"), [(OCTETS, "longstr"), (Binary(OCTETS), "binary")])
def test_octets_that_are_no_number_are_called_as_they_came(value: bytes, kind: str) -> None:
    text = f'{TTL}"expected integer, got {kind}"'
    assert declared("queue", x_message_ttl=value) == ("channel.close", text)


def test_a_dead_letter_has_the_octets_as_its_routing_key() -> None:
    dialogue = Dialogue().channel()
    arguments = {
        "x-dead-letter-exchange": "amq.fanout",
        "x-dead-letter-routing-key": OCTETS,
        "x-max-length": 0,
    }
    dialogue.send(
        method(1, "queue.declare", queue="dead"),
        method(1, "queue.bind", queue="dead", exchange="amq.fanout"),
        method(1, "queue.declare", queue="q", arguments=arguments),
        publish(1, "q", b"x"),
    )
    dialogue.connection.receive(method(1, "basic.get", queue="dead"))
    dialogue.connection.process(10)
    assert b"\x0aamq.fanout\x02" + OCTETS in dialogue.raw_replies()


def test_a_dead_letter_key_without_exchange_is_refused_before_what_rabbitmq_checks_later() -> None:
    subject = "for queue 'q' in vhost '/'"
    key = f"PRECONDITION_FAILED - invalid arg 'x-dead-letter-routing-key' {subject}: "
    assert declared("queue", x_dead_letter_routing_key="k", x_max_length="many") == (
        "channel.close",
        f"{key}routing_key_but_no_dlx_defined",
    )
    assert declared("queue", x_dead_letter_routing_key="k", x_message_ttl="long") == (
        "channel.close",
        f'{TTL}"expected integer, got longstr"',
    )


@pytest.mark.parametrize(("value", "kind"), [(OCTETS, "longstr"), (Binary(OCTETS), "binary")])
@pytest.mark.parametrize("header", ["CC", "BCC"])
def test_octets_as_further_keys_are_called_as_they_came(
    header: str, value: bytes, kind: str
) -> None:
    raw = encode_properties(Properties(headers={header: value}))
    ((_, name, fields),) = Dialogue().channel().send(publish(1, "q", b"x", raw=raw))
    text = f'invalid message: {{unacceptable_type_in_header,"{header}",{kind}}}'
    assert (name, fields["reply_text"]) == ("channel.close", f"PRECONDITION_FAILED - {text}")
