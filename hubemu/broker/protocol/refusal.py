"""How this connection refuses: every failure becomes one of two close methods, here.

code, text, and the class and method id of what was being handled
scope connection: connection.close, then everything but close and close-ok is dropped
scope channel: channel.close, then this channel drops everything until close-ok
"""

from __future__ import annotations

from hubemu.broker.core.errors import (
    REPLY_NAMES,
    BrokerError,
    ChannelError,
    precondition_failed,
)
from hubemu.broker.wire.methods import encode_method, method_id
from hubemu.broker.wire.text import exact, pack

__all__ = [
    "Refusal",
    "connection_refusal",
    "frame_error",
    "refusal",
    "too_large",
    "unexpected_frame",
]

_TEXT_LIMIT = 255
_INTERNAL = 541
"""Its close method does not say what it is about."""


class Refusal(Exception):
    """The client is refused: `channel` 0 closes the connection, any other that channel."""

    def __init__(
        self, channel: int, code: int, text: str, class_id: int = 0, method_id: int = 0
    ) -> None:
        self.channel = channel
        self.code = code
        self.text = text
        self.class_id = class_id
        self.method_id = method_id
        super().__init__(text)

    def close_frame(self) -> bytes:
        """The close method that tells the client."""
        return encode_method(
            self.channel,
            "channel.close" if self.channel else "connection.close",
            reply_code=self.code,
            reply_text=_shortened(self.text),
            class_id=self.class_id,
            method_id=self.method_id,
        )


def refusal(error: BrokerError, channel: int, method: str) -> Refusal:
    """What the broker's `error` about `method` means to the client."""
    scope = channel if isinstance(error, ChannelError) else 0
    about = (0, 0) if error.code == _INTERNAL else method_id(method)
    return Refusal(scope, error.code, error.text, *about)


def connection_refusal(code: int, explanation: str, method: str = "") -> Refusal:
    """A refusal that closes the connection; `explanation` follows the code's name."""
    text = f"{REPLY_NAMES[code]} - {explanation}" if explanation else REPLY_NAMES[code]
    return Refusal(0, code, text, *(method_id(method) if method else (0, 0)))


def frame_error(explanation: str, method: str = "") -> Refusal:
    """501: bytes that cannot be read."""
    return connection_refusal(501, explanation, method)


def unexpected_frame(explanation: str, method: str = "") -> Refusal:
    """505: a frame that can be read, where another one must come."""
    return connection_refusal(505, explanation, method)


def too_large(size: int, limit: int, channel: int) -> Refusal:
    """406 of a publish whose body has more octets than a message may have."""
    text = f"message size {size} is larger than configured max size {limit}"
    return refusal(precondition_failed(text), channel, "basic.publish")


def _shortened(text: str) -> str:
    """Cut as RabbitMQ cuts what does not fit a short string: between octets, not letters."""
    data = pack(text)
    if len(data) <= _TEXT_LIMIT:
        return text
    return exact(data[:252]) + "..."
