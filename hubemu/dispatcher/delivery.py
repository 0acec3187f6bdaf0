"""What reaches the dispatcher, what it publishes, and the one error that reaches a sender."""

from __future__ import annotations

from enum import IntEnum

import msgspec

from hubemu.messages.refusals import bounded

__all__ = [
    "INTERNAL_CAUSE",
    "ORIGINAL_KEY",
    "Delivery",
    "ErrorCode",
    "Publication",
    "Rejection",
    "Unhandled",
]

ORIGINAL_KEY = "x-death-original-routing-key"
"""Header that tells a dead letter's original sender (facts: hub 4 step 10, hub 5)."""

INTERNAL_CAUSE = "An internal server error has occurred, please contact the administration team"


class ErrorCode(IntEnum):
    """The Hub's error codes: `statusCode` and, as name, `statusString` (facts: hub 6).

    From 600 on the dispatcher says them of no message by itself: newer models know them, and
    clients say them to each other.
    """

    DELIVERY_MODE_INCONSISTENCY = 100
    NOT_ALLOWED_CONTENT_TYPE = 101
    UNRECOGNIZED_MESSAGE_FORMAT = 102
    SENDER_INCONSISTENCY = 200
    INVALID_MESSAGE = 300
    SCHEMA_NOT_FOUND = 301
    EXPIRED_MESSAGE_BEFORE_ROUTING = 400
    DEAD_LETTER_QUEUED = 500
    UNROUTABLE_MESSAGE = 501
    MESSAGE_CONVERSION_ERROR = 600
    INTERNAL_CLIENT_ERROR = 700
    CASE_ALREADY_EXISTS = 701
    WRONG_MESSAGE_SEQUENCE = 702
    UNKNOWN_SENDER = 703
    INSUFFICIENT_DATA = 704


class Delivery(msgspec.Struct, frozen=True, gc=False):
    """A message read from `dispatch` or `dispatch.dlq`.

    `id` is its id in the journal, `routing_key` what it was published with (its sender),
    `header` its raw properties, `received_at` seconds since the epoch.
    """

    id: str
    vhost: str
    routing_key: str
    body: bytes
    header: bytes
    redelivered: bool
    received_at: float


class Publication(msgspec.Struct, frozen=True, gc=False):
    """A message for the exchange `distribution`; the routing key is the target queue's name.

    `header` are its raw properties.
    """

    routing_key: str
    body: bytes
    header: bytes
    mandatory: bool = True


class Unhandled(Exception):
    """The message breaks the real dispatcher: it is dropped, and nobody is told.

    Args:
        reason: what the journal says, in plain words.
    """

    def __init__(self, reason: str) -> None:
        self.reason = reason
        super().__init__(reason)


class Rejection(Exception):
    """The message is refused and its sender is told.

    Args:
        code: number and name told to the sender.
        cause: `errorCause`, word for word.
        referenced_id: distributionID of the message, or what stands for it.
        remark: what only the journal says, in plain words.
        returned: the broker gave the message back, which is told to the sender itself.
    """

    def __init__(
        self,
        code: ErrorCode,
        cause: str,
        referenced_id: str,
        *,
        remark: str = "",
        returned: bool = False,
    ) -> None:
        self.code = code
        self.cause = bounded(cause)
        self.referenced_id = referenced_id
        self.remark = remark
        self.returned = returned
        super().__init__(f"{code.value} {code.name}: {cause}")

    @property
    def status(self) -> str:
        """`statusString` of the code."""
        return self.code.name
