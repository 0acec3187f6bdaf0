"""What an error report quotes of the message it is about (facts: hub 10, 11)."""

from __future__ import annotations

from typing import Any

from hubemu.broker.wire.properties import content_type
from hubemu.dispatcher.context import VHostContext
from hubemu.dispatcher.delivery import Publication
from hubemu.dispatcher.unread_message import NOTHING_SEEN, Glimpse, glimpse, source_tree
from hubemu.edxl import JSON
from hubemu.messages import Format, MessageError, Release
from hubemu.messages.refusals import UNKNOWN_ID, extract_id
from hubemu.routing import is_health

__all__ = ["Quotable", "read_returned", "seen_in"]

Quotable = dict[str, Any] | None
"""The tree of a message, as far as one can be seen, or nothing to quote."""


def seen_in(body: bytes, written: Format, release: Release) -> tuple[Quotable, Glimpse]:
    """What can be quoted of a message that was not read, and what it says of itself."""
    tree = source_tree(body, written)
    return tree, glimpse(tree, written, release) if tree else NOTHING_SEEN


def read_returned(publication: Publication, context: VHostContext) -> tuple[Quotable, str]:
    """A message that the broker gave back, in the form it was forwarded, and its id.

    One for a health recipient is read as XML whatever it is (quirk `returned-as-xml`): of JSON
    nothing is understood then.
    """
    recipient = publication.routing_key.rpartition(".")[0]
    is_json = content_type(publication.header) == JSON
    if is_json and is_health(recipient) and "returned-as-xml" in context.quirks:
        return None, UNKNOWN_ID
    written: Format = "json" if is_json else "xml"
    source = source_tree(publication.body, written)
    try:
        return source, context.release.read(publication.body, written).distribution_id
    except MessageError:
        return source, extract_id(publication.body)
