"""The same fields of an EDXL message, read and replaced in JSON and in XML alike.

A field is named by its dotted path in the JSON form, such as
`descriptor.explicitAddress.explicitAddressValue`; where the form has a list, its first item is
meant. Only local names count in XML, as for the Hub's own reader (facts: json-xml 1). Nothing is
validated here: what the Hub would refuse must remain sendable.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path, PurePath
from typing import TYPE_CHECKING, Any, Protocol

import orjson

from hubemu.bounded_files import read_bounded, read_stream
from hubemu.edxl import JSON, XML
from hubemu.errors import InputError

if TYPE_CHECKING:
    from lxml.etree import _Element as Element

__all__ = ["MessageNode", "content_type_of", "read_document", "read_file"]

MAX_FILE = 16 * 1024 * 1024
"""Bytes read of a message file: twice what the Hub reads, so that its own refusal can be tried."""
_SUFFIXES = {".json": JSON, ".xml": XML}


class MessageNode(Protocol):
    """One node of a message, whichever its format."""

    def text(self, path: str) -> str | None:
        """The text of a field, `None` when it is absent or not a plain value."""
        ...

    def replace(self, path: str, value: str) -> bool:
        """Give a field that is there another text; `False` when it is not there."""
        ...

    def keep_first(self, name: str) -> None:
        """Drop every item but the first of a repeated field."""
        ...

    def names(self) -> Iterator[str]:
        """The names of the fields directly in this node, in their order."""
        ...

    def message(self) -> MessageNode | None:
        """The `message` node of the first content, which holds the RC-DE header."""
        ...

    def to_bytes(self) -> bytes:
        """The whole document this node is part of, in its own format."""
        ...


def read_file(path: Path) -> bytes:
    """The content of a message file; `-` is standard input.

    Raises:
        InputError: it cannot be read, or is larger than any message may be.
    """
    if str(path) == "-":
        return read_stream("standard input", sys.stdin.buffer, MAX_FILE)
    return read_bounded(path, MAX_FILE, pipes=True)


def content_type_of(path: PurePath, body: bytes, otherwise: str | None = None) -> str:
    """The content type of a file: by its suffix, else by how its content begins, else `otherwise`.

    Raises:
        InputError: it looks like neither JSON nor XML, and nothing is said for that case.
    """
    if by_suffix := _SUFFIXES.get(path.suffix.lower()):
        return by_suffix
    start = body.removeprefix(b"\xef\xbb\xbf").lstrip()[:1]
    if start in (b"{", b"["):
        return JSON
    if start == b"<":
        return XML
    if otherwise is not None:
        return otherwise
    if not body.strip():
        raise InputError(path, "is empty: write a message into it (hubemu models example)")
    raise InputError(path, "neither JSON nor XML: it begins with neither { nor <")


def read_document(body: bytes, content_type: str, source: object = "message") -> MessageNode:
    """The message in `body`; `source` names it in errors.

    Raises:
        InputError: it cannot be parsed, or is not an EDXL distribution.
    """
    document = _read_xml(body, source) if content_type == XML else _read_json(body, source)
    if document.text("distributionID") is None:
        raise InputError(source, "not an EDXL message: it has no distributionID")
    return document


def _read_json(body: bytes, source: object) -> MessageNode:
    try:
        return _JsonDocument(orjson.loads(body))
    except orjson.JSONDecodeError as error:
        place = f"line {error.lineno}, column {error.colno}"
        raise InputError(source, f"not valid JSON: {error.msg}", place) from None


def _read_xml(body: bytes, source: object) -> MessageNode:
    from lxml import etree

    parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False)
    try:
        return _XmlDocument(etree.fromstring(body, parser))
    except etree.XMLSyntaxError as error:
        raise InputError(source, f"not well-formed XML: {error.msg}") from None


class _JsonDocument:
    """A JSON object, part of the document `root`."""

    def __init__(self, node: Any, root: Any = None) -> None:
        self._node = node
        self._root = node if root is None else root

    def text(self, path: str) -> str | None:
        parent, name = self._parent(path)
        value = parent.get(name) if isinstance(parent, dict) else None
        return None if value is None or isinstance(value, dict | list) else str(value)

    def replace(self, path: str, value: str) -> bool:
        if self.text(path) is None:
            return False
        parent, name = self._parent(path)
        parent[name] = value
        return True

    def keep_first(self, name: str) -> None:
        if isinstance(items := self._node.get(name), list):
            del items[1:]

    def names(self) -> Iterator[str]:
        return iter(self._node) if isinstance(self._node, dict) else iter(())

    def message(self) -> MessageNode | None:
        node, name = self._parent("content.jsonContent.embeddedJsonContent.message")
        found = node.get(name) if isinstance(node, dict) else None
        return _JsonDocument(found, self._root) if isinstance(found, dict) else None

    def to_bytes(self) -> bytes:
        return orjson.dumps(self._root, option=orjson.OPT_INDENT_2)

    def _parent(self, path: str) -> tuple[Any, str]:
        *way, name = path.split(".")
        node = self._node
        for step in way:
            node = _first(node.get(step)) if isinstance(node, dict) else None
        return node, name


def _first(value: Any) -> Any:
    if isinstance(value, list):
        return value[0] if value else None
    return value


class _XmlDocument:
    """An XML element and what it holds."""

    def __init__(self, element: Element) -> None:
        self._element = element

    def text(self, path: str) -> str | None:
        found = self._find(path)
        return None if found is None or len(found) else found.text or ""

    def replace(self, path: str, value: str) -> bool:
        found = self._find(path)
        if found is None or len(found):
            return False
        found.text = value
        return True

    def keep_first(self, name: str) -> None:
        for element in self._element.findall(f"{{*}}{name}")[1:]:
            self._element.remove(element)

    def names(self) -> Iterator[str]:
        return (child.tag.rpartition("}")[2] for child in self._element.iterchildren("{*}*"))

    def message(self) -> MessageNode | None:
        found = self._find("content.contentObject.contentXML.embeddedXMLContent.message")
        return None if found is None else _XmlDocument(found)

    def to_bytes(self) -> bytes:
        from lxml import etree

        tree = self._element.getroottree()
        return etree.tostring(tree, xml_declaration=True, encoding="UTF-8")

    def _find(self, path: str) -> Element | None:
        return self._element.find("/".join(f"{{*}}{step}" for step in path.split(".")))
