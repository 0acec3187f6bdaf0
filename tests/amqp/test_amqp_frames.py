"""The frames written by hand say what the method table says."""

from __future__ import annotations

import pytest

from hubemu.amqp.frames import acknowledge, decode_deliver, publish, reject
from hubemu.broker.wire.errors import MalformedError
from hubemu.broker.wire.frames import BODY, HEADER, METHOD, FrameReader
from hubemu.broker.wire.methods import decode_method, encode_method
from hubemu.broker.wire.properties import NO_PROPERTIES


def frames(data: bytes) -> list[tuple[int, int, bytes]]:
    reader = FrameReader(0)
    reader.feed(data)
    found: list[tuple[int, int, bytes]] = []
    while (frame := reader.next()) is not None:
        kind, channel, payload = frame
        found.append((kind, channel, payload))
    return found


@pytest.mark.parametrize("mandatory", [True, False])
def test_a_publish(mandatory: bool) -> None:
    method, header, *bodies = frames(
        publish("distribution", "a.message", mandatory, NO_PROPERTIES, b"xyz" * 10, 28)
    )
    assert method[:2] == (METHOD, 1)
    fields = decode_method(method[2]).fields
    assert fields == {
        "ticket": 0,
        "exchange": "distribution",
        "routing_key": "a.message",
        "mandatory": mandatory,
        "immediate": False,
    }
    assert header[0] == HEADER
    assert [kind for kind, _, _ in bodies] == [BODY, BODY]
    assert b"".join(payload for _, _, payload in bodies) == b"xyz" * 10


def test_an_acknowledgement_and_a_rejection() -> None:
    assert acknowledge(2**40) == encode_method(1, "basic.ack", delivery_tag=2**40, multiple=False)
    for requeue in (True, False):
        expected = encode_method(1, "basic.reject", delivery_tag=7, requeue=requeue)
        assert reject(7, requeue=requeue) == expected


def test_a_deliver_is_read() -> None:
    whole = encode_method(
        1,
        "basic.deliver",
        consumer_tag="dispatch",
        delivery_tag=2**33,
        redelivered=True,
        exchange="hubsante",
        routing_key="fr.health.samuA",
    )
    payload = frames(whole)[0][2]
    assert decode_deliver(payload) == ("dispatch", 2**33, True, "hubsante", "fr.health.samuA")
    for end in range(4, len(payload) - 20):
        with pytest.raises(MalformedError):
            decode_deliver(payload[:end])
