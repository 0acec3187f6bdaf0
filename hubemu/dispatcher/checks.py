"""The checks a message must pass, in the Hub's order (facts: hub 4, validation 1, converter 4).

Rules:
1. `CHECKS` is the order, and the only place that has one.
2. A check raises `Rejection` or `Unhandled`, or passes; it publishes nothing and changes nothing
   but its subject.
3. What it returns is `None` (passed), a text (passed, with something to tell), or a conversion
   that the driver must have made before the next check runs.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from math import floor

import msgspec

from hubemu.broker.wire.properties import declares, delivery_mode
from hubemu.broker.wire.text import pack_short
from hubemu.dispatcher.context import VHostContext
from hubemu.dispatcher.delivery import INTERNAL_CAUSE, Delivery, ErrorCode, Rejection, Unhandled
from hubemu.dispatcher.unread_message import looks_like
from hubemu.edxl import JSON, XML
from hubemu.messages import (
    Envelope,
    Format,
    InvalidMessage,
    UnaddressedMessage,
    UnparsableMessage,
    UnreadableMessage,
    UnwritableMessage,
)
from hubemu.messages.refusals import extract_id
from hubemu.properties import PERSISTENT
from hubemu.routing import is_health
from hubemu.settings import Environment

__all__ = ["CHECKS", "Check", "ConversionRequest", "Subject", "unwritable"]

_UNADDRESSED = (
    "nobody is addressed: the Hub's dispatcher breaks on such a message, drops it, and sends no "
    "error report; name the recipient in explicitAddress"
)
_CASES = ("createCase", "createCaseHealth")
_RESOURCES_TO_CISU = ("resourcesInfo", "resourcesStatus")
_RESOURCES_FROM_CISU = ("resourcesInfoCisu",)
_JSON, _XML = pack_short(JSON), pack_short(XML)
_seconds = lru_cache(maxsize=2048)(datetime.timestamp)
"""Many messages expire in the same second, and are read with the same instant."""


class Subject(msgspec.Struct):
    """A message under judgement: what the checks so far have learnt of it.

    `expiration` is the per-message TTL in milliseconds, as AMQP wants it.
    """

    delivery: Delivery
    format: Format = "json"
    envelope: Envelope | None = None
    expiration: str | None = None

    @property
    def message(self) -> Envelope:
        """The message as read.

        Raises:
            LookupError: it has not been read yet.
        """
        if self.envelope is None:
            raise LookupError("this check needs the message read, so it comes after conformity")
        return self.envelope

    @property
    def from_partner(self) -> bool:
        """Whether it was published by the hub of another force: looser rules (facts: hub 2)."""
        return not is_health(self.delivery.routing_key)


@dataclass(frozen=True, slots=True)
class ConversionRequest:
    """A message in JSON that the conversion service must translate before it goes on."""

    edxl: bytes


Check = Callable[[Subject, VHostContext, float], str | ConversionRequest | None]


def content_type(subject: Subject, context: VHostContext, now: float) -> None:
    """JSON or XML must be declared; hubex partners mean XML unless they say JSON."""
    header = subject.delivery.header
    if declares(header, _JSON):
        subject.format = "json"
    elif declares(header, _XML) or subject.from_partner:
        subject.format = "xml"
    else:
        # What the report quotes; nothing else is done with it.
        subject.format = looks_like(subject.delivery.body)
        raise Rejection(
            ErrorCode.NOT_ALLOWED_CONTENT_TYPE,
            "Unhandled Content-Type ! Message Content-Type should be set at "
            "'application/json' or 'application/xml'",
            extract_id(subject.delivery.body),
        )


def conformity(subject: Subject, context: VHostContext, now: float) -> None:
    """The message conforms to the schemas of the vHost's release, and its reader understands it."""
    try:
        subject.envelope = context.release.parse(subject.delivery.body, subject.format)
    except InvalidMessage as error:
        raise Rejection(
            ErrorCode.INVALID_MESSAGE, error.cause, error.distribution_id, remark=error.remark
        ) from error
    except UnparsableMessage as error:
        raise _unparsable(error, context) from error
    except UnreadableMessage as error:
        raise Rejection(
            ErrorCode.UNRECOGNIZED_MESSAGE_FORMAT,
            INTERNAL_CAUSE,
            error.distribution_id or extract_id(subject.delivery.body),
            remark=f"it passes the schema, but the reader refuses it: {error}",
        ) from error
    except UnaddressedMessage as error:
        raise Unhandled(f"{_UNADDRESSED} ({error})") from error


def _unparsable(error: UnparsableMessage, context: VHostContext) -> Rejection:
    why = f"the body cannot be parsed as JSON: {error.__cause__ or error}"
    if "unparsable-json" in context.quirks:
        code, cause = ErrorCode.SCHEMA_NOT_FOUND, INTERNAL_CAUSE
    else:
        code, cause = ErrorCode.INVALID_MESSAGE, f"Could not validate message: {why}"
    return Rejection(code, cause, error.distribution_id, remark=why)


def allowed_type(subject: Subject, context: VHostContext, now: float) -> None:
    """Its type belongs to the vHost's perimeter, and to the environment (our own error code)."""
    message = subject.envelope or subject.message
    name = message.type.name
    if name in context.allowed:
        return
    allowed = ", ".join(context.allowed)
    if name in context.test_contents and context.environment is not Environment.SANDBOX:
        cause = (
            f"Message type {name} is a test content, allowed in environment "
            f"{Environment.SANDBOX} only; allowed on vHost {context.name} in environment "
            f"{context.environment}: {allowed}"
        )
    else:
        cause = (
            f"Message type {name} is not allowed on vHost {context.name}; allowed there: {allowed}"
        )
    raise Rejection(ErrorCode.INVALID_MESSAGE, cause, message.distribution_id)


def health_actor(subject: Subject, context: VHostContext, now: float) -> None:
    """Sender or recipient is a health actor."""
    message = subject.envelope or subject.message
    if not (is_health(message.sender_id) or is_health(message.recipient_id)):
        raise Rejection(
            ErrorCode.UNROUTABLE_MESSAGE,
            f"Unable to route message with id {message.distribution_id}, no health actor involved.",
            message.distribution_id,
        )


def cisu_conversion(
    subject: Subject, context: VHostContext, now: float
) -> ConversionRequest | None:
    """A message exchanged with another force is converted, unless the health side speaks CISU.

    Only where both forms of it are exchanged: the vHosts of the models before 3.x carry RC-EDA as
    it is (facts: hub 13). Resources are converted in the direction in which they have another form:
    RS-RI and RS-SR of a force pass, as in its recette (docs/fidelity.md). A reference is the same
    on both sides, so nobody is asked for it.
    """
    message = subject.envelope or subject.message
    health_sender = is_health(message.sender_id)
    if not _has_two_forms(message.type.key, context, health_sender=health_sender):
        return None
    if health_sender and is_health(message.recipient_id):
        return None
    if context.direct_cisu(message.sender_id if health_sender else message.recipient_id):
        return None
    try:
        return ConversionRequest(context.release.write(message, "json"))
    except UnwritableMessage as error:
        raise unwritable(message, error) from error


def _has_two_forms(key: str, context: VHostContext, *, health_sender: bool) -> bool:
    if key in _CASES:
        return context.converts_cases
    resources = _RESOURCES_TO_CISU if health_sender else _RESOURCES_FROM_CISU
    return context.converts_resources and key in resources


def sender_consistency(subject: Subject, context: VHostContext, now: float) -> str | None:
    """The routing key is the senderID; hubex partners are let through."""
    message, key = subject.envelope or subject.message, subject.delivery.routing_key
    if message.sender_id == key:
        return None
    cause = (
        f"Sender inconsistency for message {message.distribution_id} : "
        f"message sender is {message.sender_id} but received routing key is {key}"
    )
    if subject.from_partner:
        return f"hubex partner, let through: {cause}"
    raise Rejection(ErrorCode.SENDER_INCONSISTENCY, cause, message.distribution_id)


def persistence(subject: Subject, context: VHostContext, now: float) -> str | None:
    """It was published persistent; hubex partners are let through."""
    if delivery_mode(subject.delivery.header) == PERSISTENT:
        return None
    message = subject.envelope or subject.message
    cause = f"Message {message.distribution_id} has been sent with non-persistent delivery mode"
    if subject.from_partner:
        return f"hubex partner, let through: {cause}"
    raise Rejection(ErrorCode.DELIVERY_MODE_INCONSISTENCY, cause, message.distribution_id)


def distribution_id_format(subject: Subject, context: VHostContext, now: float) -> None:
    """A health sender's distributionID is `<senderID>_<internalId>`."""
    message = subject.envelope or subject.message
    prefix, _, _ = message.distribution_id.partition("_")
    if prefix != message.sender_id and not subject.from_partner:
        raise Rejection(
            ErrorCode.INVALID_MESSAGE,
            f"Message {message.distribution_id} has been sent with an invalid distributionID "
            "format.\n"
            "The senderID in the distributionID should be the same as the senderID in the "
            "message.\n"
            f"SenderID in the message: {message.sender_id}, "
            f"senderID in the distributionID: {prefix}\n",
            message.distribution_id,
        )


def expiry(subject: Subject, context: VHostContext, now: float) -> str | None:
    """It expires in a later second; if before the queue's TTL is over, it gets a TTL of its own.

    Both times are cut to whole seconds before they are compared (facts: hub 4.9).
    """
    message = subject.envelope or subject.message
    expires = _seconds(message.date_expires)
    if now + context.ttl <= expires:
        return None
    left = floor(expires) - floor(now)
    if left <= 0:
        raise Rejection(
            ErrorCode.EXPIRED_MESSAGE_BEFORE_ROUTING,
            f"Message {message.distribution_id} has expired before reaching the recipient queue",
            message.distribution_id,
        )
    subject.expiration = str(left * 1000)
    return f"expires in {left} s, before the queue's own {context.ttl} s"


CHECKS: tuple[Check, ...] = (
    content_type,
    conformity,
    allowed_type,
    health_actor,
    cisu_conversion,
    sender_consistency,
    persistence,
    distribution_id_format,
    expiry,
)


def unwritable(message: Envelope, error: UnwritableMessage) -> Rejection:
    """The refusal of a message that cannot be written in the format it is wanted in."""
    return Rejection(
        ErrorCode.SCHEMA_NOT_FOUND,
        INTERNAL_CAUSE,
        message.distribution_id,
        remark=f"it cannot be written in the format wanted: {error}",
    )
