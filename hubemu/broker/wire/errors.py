"""What can be wrong with bytes that came from a peer.

MalformedError                    a value does not fit its place
├── MalformedTextError            a name is not UTF-8
├── UnknownMethodError            no such method
└── FrameError                    the frame itself is damaged: nothing after it can be read
"""

from __future__ import annotations

__all__ = ["FrameError", "MalformedError", "MalformedTextError", "UnknownMethodError"]


class MalformedError(ValueError):
    """Bytes that cannot be what their place in the protocol says they are."""


class MalformedTextError(MalformedError):
    """A short string that must be text and is not UTF-8."""


class UnknownMethodError(MalformedError):
    """A method frame whose ids no method has."""

    def __init__(self, class_id: int, method_id: int) -> None:
        self.class_id = class_id
        self.method_id = method_id
        super().__init__(f"no method has the ids {class_id}, {method_id}")


class FrameError(MalformedError):
    """A frame too large or without its end octet; `kind`, `channel`, `payload` as far as known.

    The message is RabbitMQ's Erlang term for it, which clients see in the close text.
    """

    def __init__(self, problem: str, kind: int, channel: int, payload: bytes) -> None:
        self.kind = kind
        self.channel = channel
        self.payload = payload
        super().__init__(problem)
