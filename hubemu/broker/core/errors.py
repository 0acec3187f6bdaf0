"""What the broker answers to a client that asks for something it cannot have.

    BrokerError            code, text
    ├── ChannelError       closes the channel     (403, 404, 405, 406)
    └── ConnectionError_   closes the connection  (320, 402, 50x, 530, 540, 541)

Rules:
1. Code and text are RabbitMQ's; `text` is the whole reply text, as it stands in the close method.
2. Raising one leaves the broker as it was before the method: check, then act.
3. Whoever speaks the protocol turns these into close methods; nothing here knows frames.
"""

from __future__ import annotations

from typing import Final

__all__ = [
    "FULL",
    "REPLY_NAMES",
    "BrokerError",
    "ChannelError",
    "ConnectionError_",
    "access_refused",
    "internal_error",
    "not_allowed",
    "not_found",
    "not_implemented",
    "precondition_failed",
    "resource_error",
    "resource_locked",
]

FULL: Final = "too many messages are queued: consume some before publishing"
"""Why a publish is refused (506) that the broker has no room for."""

REPLY_NAMES: Final = {
    311: "CONTENT_TOO_LARGE",
    312: "NO_ROUTE",
    313: "NO_CONSUMERS",
    320: "CONNECTION_FORCED",
    402: "INVALID_PATH",
    403: "ACCESS_REFUSED",
    404: "NOT_FOUND",
    405: "RESOURCE_LOCKED",
    406: "PRECONDITION_FAILED",
    501: "FRAME_ERROR",
    502: "SYNTAX_ERROR",
    503: "COMMAND_INVALID",
    504: "CHANNEL_ERROR",
    505: "UNEXPECTED_FRAME",
    506: "RESOURCE_ERROR",
    530: "NOT_ALLOWED",
    540: "NOT_IMPLEMENTED",
    541: "INTERNAL_ERROR",
}


class BrokerError(Exception):
    """A refusal with AMQP reply `code`; `text` starts with the code's name, as in RabbitMQ."""

    def __init__(self, code: int, explanation: str) -> None:
        self.code = code
        name = REPLY_NAMES[code]
        self.text = f"{name} - {explanation}" if explanation else name
        super().__init__(self.text)


class ChannelError(BrokerError):
    """Closes the channel it was raised on."""


class ConnectionError_(BrokerError):  # noqa: N801 - ConnectionError is a builtin of another meaning
    """Closes the whole connection."""


def not_found(what: str, name: str, vhost: str) -> ChannelError:
    """404 for a `what` (`queue`, `exchange`) that does not exist."""
    return ChannelError(404, f"no {what} '{name}' in vhost '{vhost}'")


def access_refused(explanation: str) -> ChannelError:
    """403: the user lacks a permission, or nobody may do this."""
    return ChannelError(403, explanation)


def resource_locked(queue: str, vhost: str) -> ChannelError:
    """405: the exclusive queue of another connection."""
    return ChannelError(
        405,
        f"cannot obtain exclusive access to locked queue '{queue}' in vhost '{vhost}'. "
        "It could be originally declared on another connection or the exclusive property value "
        "does not match that of the original declaration.",
    )


def precondition_failed(explanation: str) -> ChannelError:
    """406: what exists or was sent contradicts what is asked."""
    return ChannelError(406, explanation)


def resource_error(explanation: str) -> ConnectionError_:
    """506: one of the broker's own limits is reached."""
    return ConnectionError_(506, explanation)


def not_allowed(explanation: str) -> ConnectionError_:
    """530: the protocol forbids it."""
    return ConnectionError_(530, explanation)


def not_implemented(explanation: str) -> ConnectionError_:
    """540: RabbitMQ does not implement it either."""
    return ConnectionError_(540, explanation)


def internal_error() -> ConnectionError_:
    """541: RabbitMQ meets a bug of its own there, and ends the connection without a word."""
    return ConnectionError_(541, "")
