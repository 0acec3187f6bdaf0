"""Method frames that cannot be read, turned into refusals.

RabbitMQ resets the connection without a word for a method it does not know or a table it cannot
read; here the client is told.
"""

from __future__ import annotations

from hubemu.broker.protocol.refusal import Refusal, connection_refusal, frame_error
from hubemu.broker.wire.basic import decode_ack
from hubemu.broker.wire.erlang import octets, snippet
from hubemu.broker.wire.errors import MalformedError, MalformedTextError, UnknownMethodError
from hubemu.broker.wire.frames import BODY, HEADER, HEARTBEAT, METHOD, RawFrame
from hubemu.broker.wire.methods import METHODS_BY_ID, Method, decode_method

__all__ = ["check_frame", "read_method", "read_settlement", "unreadable"]

_SHORTEST = {METHOD: 4, HEADER: 12, BODY: 0, HEARTBEAT: 0}


def check_frame(frame: RawFrame) -> None:
    """See that a frame has a known type and the fixed part of its payload.

    Raises:
        Refusal: 501 if not.
    """
    kind, _, payload = frame
    shortest = _SHORTEST.get(kind)
    if shortest is None or len(payload) < shortest or (kind == HEARTBEAT and payload):
        raise frame_error(f"type {kind}, {snippet(payload)}: unknown_frame")


def read_method(payload: bytes) -> Method:
    """The method in a payload of four octets at least.

    Raises:
        Refusal: it is unknown (540), or cannot be read (501).
    """
    try:
        return decode_method(payload)
    except UnknownMethodError as error:
        explanation = f"no method {error.method_id} in class {error.class_id}"
        raise connection_refusal(540, explanation) from error
    except MalformedTextError as error:
        raise frame_error(str(error)) from error
    except MalformedError as error:
        raise unreadable(payload) from error


def read_settlement(payload: bytes) -> tuple[int, int]:
    """Delivery tag and bits of a basic.ack, basic.nack or basic.reject.

    Raises:
        Refusal: it cannot be read (501).
    """
    try:
        return decode_ack(payload)
    except MalformedError as error:
        raise unreadable(payload) from error


def unreadable(payload: bytes) -> Refusal:
    """501 for a known method whose fields do not fit its payload."""
    ids = int.from_bytes(payload[:2]), int.from_bytes(payload[2:4])
    return frame_error(f"cannot decode {octets(payload[4:])}", METHODS_BY_ID[ids].name)
