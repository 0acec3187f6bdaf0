"""The Hub's verdict on a file, without a Hub: what `hubemu check` says (CONTRACT)."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import PurePath
from typing import Any

from hubemu.broker.wire.properties import encode_properties
from hubemu.clock import Clock
from hubemu.dispatcher.context import VHostContext
from hubemu.dispatcher.converter import ConversionFailed
from hubemu.dispatcher.decision import ConversionNeeded, Ruling, decide, resume, undeliverable
from hubemu.dispatcher.delivery import Delivery, Rejection
from hubemu.dispatcher.unread_message import glimpse, looks_like, source_tree
from hubemu.edxl import CONTENT_TYPES
from hubemu.messages import Format
from hubemu.properties import PERSISTENT, Properties
from hubemu.suggestions import did_you_mean
from hubemu.topology import HUB_EXCHANGE

__all__ = ["Judgement", "format_of", "judge"]

_ACCESS_REFUSED = 403
_NO_CONVERTER = ConversionFailed("a check is made offline, without conversion service")
_SUFFIXES: dict[str, Format] = {".json": "json", ".xml": "xml"}


@dataclass(frozen=True, slots=True)
class Judgement:
    """The verdict on one message; `rejection` is `None` if it would be delivered to `queue`.

    `refusal` is what the broker would say before the Hub sees the message, empty if it takes it;
    `dropped` why the Hub would drop the message and tell nobody, empty if it would not.
    """

    vhost: str
    type: str | None
    queue: str | None
    rejection: Rejection | None
    refusal: str = ""
    dropped: str = ""

    @property
    def accepted(self) -> bool:
        """Whether the broker would take it and the Hub deliver it."""
        return self.rejection is None and not self.refusal and not self.dropped

    @property
    def error(self) -> tuple[int, str, str] | None:
        """Code, its name and the cause: the broker's where it refuses, else the Hub's."""
        if self.refusal:
            from hubemu.broker.core.errors import REPLY_NAMES  # with all of the broker

            return _ACCESS_REFUSED, REPLY_NAMES[_ACCESS_REFUSED], self.refusal
        if self.rejection is None:
            return None
        return self.rejection.code.value, self.rejection.status, self.rejection.cause

    def to_json(self, file: str) -> dict[str, Any]:
        """The object that `hubemu check --json` prints for a file."""
        error = self.error
        return {
            "file": file,
            "vhost": self.vhost,
            "type": self.type,
            "accepted": self.accepted,
            "errorCode": error and {"statusCode": error[0], "statusString": error[1]},
            "errorCause": error[2] if error else self.dropped or None,
        }


def format_of(file: PurePath, body: bytes) -> Format:
    """The format of a file: by its suffix, else by how it begins."""
    return _SUFFIXES.get(file.suffix.lower()) or looks_like(body)


def judge(
    body: bytes,
    written: Format,
    context: VHostContext,
    *,
    as_id: str | None = None,
    clock: Clock,
    conversions: bool = True,
) -> Judgement:
    """Judge a message as if `as_id` had published it, persistent; by default its senderID.

    One that needs a conversion is judged as by a Hub that makes it itself and knows nothing of the
    case, or without `conversions` as by one that has no conversion service.
    """
    tree = source_tree(body, written) if as_id is None else None
    sender = as_id or (glimpse(tree, written, context.release).sender if tree else None) or ""
    properties = Properties(content_type=CONTENT_TYPES[written], delivery_mode=PERSISTENT)
    header = encode_properties(properties)
    delivery = Delivery("", context.name, sender, body, header, False, clock.now())
    verdict = decide(delivery, context, clock.now)
    if isinstance(verdict, ConversionNeeded):
        answer = _conversion(verdict, context, clock) if conversions else _NO_CONVERTER
        verdict = resume(verdict, answer, context, clock.now)
    for publication in verdict.publications:
        if publication.routing_key.rpartition(".")[0] not in context.queue_owners:
            verdict = undeliverable(verdict, publication, context, clock.now)
            break
    return Judgement(
        context.name,
        _type(verdict, tree, context),
        _queue(verdict),
        verdict.rejection,
        _refusal(sender, context),
        verdict.trace[-1][2] if verdict.outcome == "dropped" else "",
    )


def _conversion(
    needed: ConversionNeeded, context: VHostContext, clock: Clock
) -> tuple[bytes, ...] | ConversionFailed:
    from hubemu.conversion import ConversionService
    from hubemu.dispatcher.built_in_converter import BuiltInConverter

    service = ConversionService(seed="check", now=clock.now)
    converter = BuiltInConverter(service, {context.name: context})
    try:
        return converter.converted(needed.request.edxl, context.name)
    except ConversionFailed as failure:
        return failure


def _refusal(sender: str, context: VHostContext) -> str:
    """What the broker says to a routing key that no client may use (DST 3.1)."""
    if not sender or sender in context.senders:
        return ""
    hint = did_you_mean(sender, context.senders)
    return (
        f"ACCESS_REFUSED - access to topic '{sender}' in exchange '{HUB_EXCHANGE}' in vhost "
        f"'{context.name}' refused: no client of this Hub may publish with that routing key. {hint}"
    ).rstrip()


def _type(ruling: Ruling, tree: dict[str, Any] | None, context: VHostContext) -> str | None:
    subject = ruling.subject
    if subject.envelope is not None:
        return subject.envelope.type.name
    seen = tree or source_tree(subject.delivery.body, subject.format)
    return glimpse(seen, subject.format, context.release).type if seen else None


def _queue(ruling: Ruling) -> str | None:
    return ruling.publications[0].routing_key if ruling.publications else None
