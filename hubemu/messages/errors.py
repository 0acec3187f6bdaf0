"""What can be wrong with a message, told by the part of the Hub that would refuse it.

    MessageError                 everything below; the dispatcher turns each leaf into an error code
    ├── UnparsableMessage        not JSON at all (the Hub answers 301, quirk unparsable-json)
    ├── InvalidMessage           refused by the schemas (300); `cause` is the text the sender reads
    ├── UnreadableMessage        passed the schemas, refused by the reader (102)
    ├── UnaddressedMessage       read, but written to nobody: nobody is told either (facts: hub 11)
    └── UnwritableMessage        cannot be expressed in the format asked for

Source: facts validation 1, hub 4.
"""

from __future__ import annotations

__all__ = [
    "InvalidMessage",
    "MessageError",
    "UnaddressedMessage",
    "UnparsableMessage",
    "UnreadableMessage",
    "UnwritableMessage",
]


class MessageError(Exception):
    """A message the Hub cannot handle.

    Args:
        cause: what is wrong, in the words of the Hub where it has any.
        distribution_id: the message's id as far as it could be found out.
    """

    def __init__(self, cause: str, distribution_id: str = "") -> None:
        self.cause = cause
        self.distribution_id = distribution_id
        super().__init__(cause)


class UnparsableMessage(MessageError):
    """The body is not a JSON document."""


class InvalidMessage(MessageError):
    """The message is not valid against the schemas of its release.

    `remark` is what the journal adds for a person; the sender is not told.
    """

    def __init__(self, cause: str, distribution_id: str = "", remark: str = "") -> None:
        self.remark = remark
        super().__init__(cause, distribution_id)


class UnreadableMessage(MessageError):
    """The message passed the schemas but has something its reader does not know."""


class UnaddressedMessage(MessageError):
    """The message passed schemas and reader, and has no `explicitAddress`; only XML can."""


class UnwritableMessage(MessageError):
    """The message cannot be written in the format asked for."""
