"""What an XSD complains of in a large document, told only up to a number of complaints.

A tree is validated to its end: a message of 4 MB can have half a million wrong elements, and for
each libxml2 counts the siblings before it, which takes time with the square of their number, and
keeps a text that may quote a whole code list. A document that is read piece by piece is given up
as soon as enough is known.
"""

from __future__ import annotations

import io
from typing import IO, TYPE_CHECKING, cast

from lxml import etree

if TYPE_CHECKING:
    from lxml.etree import _Element as Element

__all__ = ["LARGE", "first_complaints", "fits"]

_PIECE = 4096
"""Bytes after which the complaints are counted."""
_LONG = 1000
"""Characters of a text above which it goes through the validator in one piece."""
_PLAIN = etree.XMLParser(
    encoding="utf-8", resolve_entities=False, no_network=True, load_dtd=False, collect_ids=False
)


LARGE = 16_384
"""Bytes from which a document is read by the schema piece by piece."""


def fits(schema: etree.XMLSchema, root: Element, size: int) -> bool:
    """Whether a document of `size` bytes is valid, in time linear in the size."""
    if size > LARGE:
        return not first_complaints(schema, root, 1)
    try:
        return bool(schema.validate(root))
    except etree.XMLSchemaValidateError:
        return False


def first_complaints(schema: etree.XMLSchema, root: Element, most: int) -> list[str]:
    """The complaints about a document in its order, up to `most`; none if it is valid."""
    parser = etree.XMLParser(
        encoding="utf-8", resolve_entities=False, no_network=True, load_dtd=False, schema=schema
    )
    try:
        etree.parse(cast(IO[bytes], _Pieces(_in_one_piece(root), parser, most)), parser)
    except etree.XMLSyntaxError:
        pass  # which is how it says that there are complaints
    else:
        return []
    entries = [entry for entry in parser.error_log if entry.domain_name == "SCHEMASV"]
    return [entry.message for entry in entries[:most]]


def _reparsed(root: Element) -> Element:
    """A copy of a document, made in linear time: `deepcopy` looks up each namespace anew."""
    return etree.fromstring(etree.tostring(root, encoding="utf-8"), _PLAIN)


class _Pieces(io.RawIOBase):
    """A document that ends early once there are `most` complaints about it."""

    def __init__(self, text: bytes, parser: etree.XMLParser, most: int) -> None:
        self._text = io.BytesIO(text)
        self._parser = parser
        self._most = most

    def read(self, size: int = -1) -> bytes:
        if len(self._parser.error_log) >= self._most:
            return b""
        return self._text.read(_PIECE if size < 0 else min(size, _PIECE))


def _in_one_piece(root: Element) -> bytes:
    """The document as text in which every long text is one CDATA section.

    The validator puts the pieces of other texts (at each reference, every 300 characters) together
    one by one, copying what it has each time.
    """
    if any(len(text) > _LONG for text in root.itertext()):
        root = _reparsed(root)
        for element in root.iter():
            if len(element.text or "") > _LONG:
                # Where a section would end, it would be cut: no schema minds that character.
                element.text = etree.CDATA(cast(str, element.text).replace("]]>", "]]]"))
            if len(element.tail or "") > _LONG:
                element.tail = "x" if cast(str, element.tail).strip() else None
    return etree.tostring(root, encoding="utf-8")
