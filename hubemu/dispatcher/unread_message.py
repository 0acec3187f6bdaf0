"""A message that was refused before it was read, seen as a tree all the same.

The tree is quoted in the error report (`sourceMessage`) and tells the journal who meant to write
what to whom. It is best effort: `None` where there is no tree to see.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from xml.parsers import expat

from hubemu.messages import Format, MessageError, Release
from hubemu.messages.text.decoding import detected
from hubemu.messages.text.java_maps import in_order_of_hashes
from hubemu.messages.text.java_numbers import FreeContent
from hubemu.messages.text.json_text import parse_free_json
from hubemu.messages.text.xml11 import is_xml11, restored, with_line_ends
from hubemu.messages.text.xml_declaration import shown_text
from hubemu.messages.text.xml_text import BadXml, ForbiddenXml
from hubemu.messages.xml.reading import root_tree

if TYPE_CHECKING:
    from lxml.etree import _Element as Element

__all__ = ["NOTHING_SEEN", "Glimpse", "glimpse", "looks_like", "source_tree"]

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


def source_tree(body: bytes, written: Format) -> FreeContent | None:
    """The body as a tree; XML the way the Hub's reader maps it: local names, attributes as keys.

    It is read from the bytes, in the encoding that they show (facts: hub 10).
    """
    try:
        if written == "json":
            tree = parse_free_json(detected(body))
        else:
            from hubemu.messages.xml.plain_trees import plain_tree  # for who quotes XML

            tree = plain_tree(body) or _xml_source(shown_text(body))
    except (ValueError, MessageError):
        return None
    return FreeContent(in_order_of_hashes(tree)) if isinstance(tree, dict) else None


def _xml_source(text: str) -> Any:
    from hubemu.messages.xml.limits import check_limits  # lxml is loaded for who needs it

    body = text.encode()
    if is_xml11(body):
        body = with_line_ends(text).encode()
    root = _root_of(body)
    check_limits(root, body)
    return restored(root_tree(root), root)


def _root_of(body: bytes) -> Element:
    """The first element of a document in UTF-8; what follows it is not looked at."""
    from hubemu.messages.text.xml_parsing import parse_xml

    try:
        return parse_xml(body)
    except ForbiddenXml:
        raise
    except BadXml:
        return parse_xml(_first_element(body))


def _first_element(body: bytes) -> bytes:
    """The document up to the end of its first element."""
    parser = expat.ParserCreate("utf-8")
    depth = end = elements = 0

    def begin(*_: object) -> None:
        nonlocal depth, elements
        depth += 1
        elements += 1

    def finish(_: object) -> None:
        nonlocal depth, end
        depth -= 1
        if not depth:
            end = parser.CurrentByteIndex
            raise _Closed

    parser.StartElementHandler, parser.EndElementHandler = begin, finish
    try:
        parser.Parse(body, True)
    except _Closed:
        if elements == 1 and body.endswith(b"/>", 0, end):
            return body[:end]
        return body[: body.index(b">", end) + 1]
    except expat.ExpatError:
        pass  # the other parser has the words for it
    return body


class _Closed(Exception):
    """The first element is at its end."""


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
