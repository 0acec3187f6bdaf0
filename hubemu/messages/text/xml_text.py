"""XML bodies parsed with everything dangerous refused before it costs anything.

No document type (so no entities, internal or external, and no external subset), no network, no text
beyond the limits of libxml2, no nesting beyond 256 levels; read as UTF-8 whatever is declared
(facts: hub 4, 10, validation 3).
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, cast

from lxml import etree

from hubemu.messages.text.decoding import as_utf8
from hubemu.messages.text.json_text import MAX_BODY
from hubemu.messages.text.xml11 import VERSION, as_xml10

if TYPE_CHECKING:
    from lxml.etree import _Element as Element

__all__ = ["FORBIDDEN", "BadXml", "Refused", "local_name", "parse_xml", "without_forbidden"]

FORBIDDEN = re.compile(r"[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
"""A character that XML 1.0 cannot hold, not even as a reference."""

_NO_DOCTYPE = "a document type declaration (DOCTYPE) is not allowed"
_SKIPPED = ((b"<!--", b"-->"), (b"<?", b"?>"))
"""What may stand before a DOCTYPE, and how it ends."""
_SAFELY: dict[str, Any] = {
    "resolve_entities": False,
    "no_network": True,
    "load_dtd": False,
    "huge_tree": False,
    "remove_comments": True,
    "remove_pis": True,
    "collect_ids": False,
}
_PARSER = etree.XMLParser(encoding="utf-8", **_SAFELY)
_DETECTING_PARSER = etree.XMLParser(**_SAFELY)
_BOM = "\ufeff".encode()


class BadXml(ValueError):
    """The body is not well-formed XML, or is beyond the limits of the parser."""


class Refused(BadXml):
    """The body has what is refused whatever else it contains."""


def parse_xml(body: bytes, *, detecting: bool = False) -> Element:
    """The root element of an XML body, without comments and processing instructions.

    Args:
        body: read as UTF-8, what is malformed replaced.
        detecting: read it in the encoding that it shows or declares instead, strictly.

    Raises:
        BadXml: with the reason, in words for the sender.
    """
    if len(body) > MAX_BODY:
        raise Refused(f"the body has {len(body)} bytes, more than the {MAX_BODY} that are read")
    if _has_doctype(body):
        raise Refused(_NO_DOCTYPE)
    if not detecting:
        if body.startswith(_BOM):
            raise BadXml("a byte order mark is not allowed in the prolog")
        body = as_utf8(body)
    declared = VERSION.match(body)
    if declared and declared[1] not in (b"1.0", b"1.1"):
        raise BadXml("neither XML 1.0 nor XML 1.1")
    try:
        if declared and declared[1] == b"1.1":
            body = as_xml10(body)
        root = etree.fromstring(body, _DETECTING_PARSER if detecting else _PARSER)
    except (etree.XMLSyntaxError, ValueError) as error:
        raise BadXml(str(error) or "not XML") from None
    # What the look at the prolog does not understand must not hide one.
    if cast(Any, root.getroottree().docinfo).doctype:
        raise Refused(_NO_DOCTYPE)
    return root


def _has_doctype(body: bytes) -> bool:
    """Whether a DOCTYPE stands before the root element; one in a comment or in text does not."""
    if b"<!DOCTYPE" not in body:
        return False
    at = body.find(b"<")
    while at >= 0 and not body.startswith(b"<!DOCTYPE", at):
        kind = next((kind for kind in _SKIPPED if body.startswith(kind[0], at)), None)
        closed = body.find(kind[1], at + len(kind[0])) if kind else -1
        at = body.find(b"<", closed) if closed >= 0 else -1
    return at >= 0


def without_forbidden(text: str) -> str:
    """The text, U+FFFD for each character that XML cannot hold."""
    return FORBIDDEN.sub("\N{REPLACEMENT CHARACTER}", text)


def local_name(element: Element) -> str:
    """The name of an element without its namespace."""
    tag = element.tag
    name = tag if isinstance(tag, str) else ""
    return name[name.rfind("}") + 1 :]
