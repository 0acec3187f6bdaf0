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
from hubemu.dispatcher.source import glimpse, looks_like, source_tree
from hubemu.messages import Format
from hubemu.properties import PERSISTENT, Properties

__all__ = ["Judgement", "format_of", "judge"]

_NO_CONVERTER = "a check is made offline, without conversion service"
_CONTENT_TYPES = {"json": "application/json", "xml": "application/xml"}
_SUFFIXES: dict[str, Format] = {".json": "json", ".xml": "xml"}


@dataclass(frozen=True, slots=True)
class Judgement:
    """The verdict on one message; `rejection` is `None` if it would be delivered to `queue`."""

    vhost: str
    type: str | None
    queue: str | None
    rejection: Rejection | None

    @property
    def accepted(self) -> bool:
        """Whether the Hub would deliver it."""
        return self.rejection is None

    def to_json(self, file: str) -> dict[str, Any]:
        """The object that `hubemu check --json` prints for a file."""
        error = self.rejection
        return {
            "file": file,
            "vhost": self.vhost,
            "type": self.type,
            "accepted": self.accepted,
            "errorCode": error and {"statusCode": error.code.value, "statusString": error.status},
            "errorCause": error and error.cause,
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
) -> Judgement:
    """Judge a message as if `as_id` had published it, persistent; by default its senderID.

    A message that needs a conversion is judged as by a Hub without conversion service.
    """
    tree = source_tree(body, written) if as_id is None else None
    sender = as_id or (glimpse(tree, written, context.release).sender if tree else None) or ""
    properties = Properties(content_type=_CONTENT_TYPES[written], delivery_mode=PERSISTENT)
    header = encode_properties(properties)
    delivery = Delivery("", context.name, sender, body, header, False, clock.now())
    verdict = decide(delivery, context, clock.now)
    if isinstance(verdict, ConversionNeeded):
        verdict = resume(verdict, ConversionFailed(_NO_CONVERTER), context, clock.now)
    for publication in verdict.publications:
        if publication.routing_key.rpartition(".")[0] not in context.queue_owners:
            verdict = undeliverable(verdict, publication, context, clock.now)
            break
    return Judgement(
        context.name, _type(verdict, tree, context), _queue(verdict), verdict.rejection
    )


def _type(ruling: Ruling, tree: dict[str, Any] | None, context: VHostContext) -> str | None:
    subject = ruling.subject
    if subject.envelope is not None:
        return subject.envelope.type.name
    seen = tree or source_tree(subject.delivery.body, subject.format)
    return glimpse(seen, subject.format, context.release).type if seen else None


def _queue(ruling: Ruling) -> str | None:
    return ruling.publications[0].routing_key if ruling.publications else None
