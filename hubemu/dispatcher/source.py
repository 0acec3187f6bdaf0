"""A message that was refused before it was read, seen as a tree all the same.

The tree is quoted in the error report (`sourceMessage`) and tells the journal who meant to write
what to whom. It is best effort: `None` where there is no tree to see.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from hubemu.messages import Format, MessageError, Release, parse_json
from hubemu.messages.text.decoding import detected
from hubemu.messages.text.xml11 import restored
from hubemu.messages.text.xml_text import parse_xml
from hubemu.messages.xml.reading import element_tree

__all__ = ["NOTHING_SEEN", "Glimpse", "glimpse", "looks_like", "reads_alike", "source_tree"]

_ENCODING = re.compile(rb"""<\?xml[^>]{1,100}encoding\s*=\s*["\']([\w.-]+)""")
_KINDS = frozenset(("Report", "Update", "Cancel", "Ack", "Error"))
_FORMAT_NAMES = {
    "json": ("jsonContent", "embeddedJsonContent"),
    "xml": ("contentXML", "embeddedXMLContent"),
}


@dataclass(frozen=True, slots=True)
class Glimpse:
    """What an unread message says of itself, unchecked."""

    distribution_id: str | None = None
    sender: str | None = None
    recipient: str | None = None
    kind: str | None = None
    type: str | None = None


NOTHING_SEEN = Glimpse()


def looks_like(body: bytes) -> Format:
    """The format of a body that nobody declares, by how it begins."""
    return "xml" if body.removeprefix(b"\xef\xbb\xbf").lstrip().startswith(b"<") else "json"


def source_tree(body: bytes, written: Format) -> dict[str, Any] | None:
    """The body as a tree; XML the way the Hub's reader maps it: local names, attributes as keys.

    It is read from the bytes, in the encoding that they show (facts: hub 10).
    """
    try:
        if written == "json":
            tree = parse_json(detected(body))
        else:
            root = parse_xml(body, detecting=True)
            tree = restored(element_tree(root), root)
    except (ValueError, MessageError):
        return None
    return tree if isinstance(tree, dict) else None


def reads_alike(body: bytes, written: Format) -> bool:
    """Whether the bytes show the text that was checked, the one decoded as UTF-8."""
    if body.isascii():
        return True
    try:
        body.decode()
    except UnicodeDecodeError:
        return False
    declared = _ENCODING.match(body) if written == "xml" else None
    return declared is None or declared[1].lower() == b"utf-8"


def glimpse(tree: Mapping[str, Any], written: Format, release: Release) -> Glimpse:
    """What the tree of a message tells of it."""
    kind = _text(tree, "distributionKind")
    return Glimpse(
        distribution_id=_text(tree, "distributionID"),
        sender=_text(tree, "senderID"),
        recipient=_text(_at(tree, "descriptor", "explicitAddress"), "explicitAddressValue"),
        kind=kind if kind in _KINDS else None,
        type=_type(tree, written, release),
    )


def _type(tree: Mapping[str, Any], written: Format, release: Release) -> str | None:
    content = tree.get("content")
    if written == "xml":
        content = _at(tree, "content").get("contentObject")
    first = content[0] if isinstance(content, list) and content else content
    if not isinstance(first, dict):
        return None
    message = _at(first, *_FORMAT_NAMES[written], "message")
    return next((kind.name for kind in release.types.values() if kind.key in message), None)


def _at(tree: Mapping[str, Any], *path: str) -> Mapping[str, Any]:
    """The object at a path, empty if there is none."""
    current: Any = tree
    for key in path:
        current = current.get(key) if isinstance(current, dict) else None
    return current if isinstance(current, dict) else {}


def _text(tree: Mapping[str, Any], key: str) -> str | None:
    value = tree.get(key)
    return value if isinstance(value, str) else None
