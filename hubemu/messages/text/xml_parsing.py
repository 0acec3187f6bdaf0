"""XML bodies parsed with everything dangerous refused before it costs anything.

No document type (so no entities, internal or external, and no external subset), no network, no text
beyond the limits of libxml2, no nesting beyond 256 levels; read as UTF-8 whatever is declared
(facts: hub 4, 10, validation 3).
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, cast
from xml.parsers import expat

from lxml import etree

from hubemu.messages.text.decoding import as_utf8
from hubemu.messages.text.json_text import MAX_BODY
from hubemu.messages.text.xml11 import as_xml10, is_xml11
from hubemu.messages.text.xml_declaration import without_encoding
from hubemu.messages.text.xml_names import odd_name
from hubemu.messages.text.xml_text import COLON_IN_PI, BadXml, ForbiddenXml

if TYPE_CHECKING:
    from lxml.etree import _Element as Element

__all__ = ["parse_xml"]

_NO_DOCTYPE = "a document type declaration (DOCTYPE) is not allowed"
_SKIPPED = ((b"<!--", b"-->"), (b"<?", b"?>"))
"""What may stand before a DOCTYPE, and how it ends."""
_SAFELY: dict[str, Any] = {
    "encoding": "utf-8",
    "resolve_entities": False,
    "no_network": True,
    "load_dtd": False,
    "huge_tree": False,
    "remove_comments": True,
    "remove_pis": True,
    "collect_ids": False,
}
_PARSER = etree.XMLParser(**_SAFELY)
_VERSION = "WAR_UNKNOWN_VERSION"
_ONLY_LIBXML2 = frozenset(
    (
        "WAR_NS_URI",
        _VERSION,
        "ERR_RESERVED_XML_NAME",
        "DTD_XMLID_VALUE",
        "DTD_ID_REDEFINED",
        "NS_ERR_COLON",
    )
)
"""What libxml2 complains of and the Hub's parser does not, such as a namespace that is no URI."""
_LETTERS_IN_PI = re.compile(rb"<\?[\w.]{0,1000}[\x80-\xff][\w.\x80-\xff]*", re.ASCII)
"""What may be letters in the name of a processing instruction that Expat does not know."""
_BOM = "\ufeff".encode()


def parse_xml(body: bytes) -> Element:
    """The root element of an XML body, without comments and processing instructions.

    Args:
        body: read as UTF-8, what is malformed replaced.

    Raises:
        BadXml: with the reason, in words for the sender.
    """
    if len(body) > MAX_BODY:
        raise ForbiddenXml(
            f"the body has {len(body)} bytes, more than the {MAX_BODY} that are read"
        )
    if _has_doctype(body):
        raise ForbiddenXml(_NO_DOCTYPE)
    if body.startswith(_BOM):
        raise BadXml("a byte order mark is not allowed in the prolog")
    try:
        body = without_encoding(as_utf8(body))
        old = not is_xml11(body)
        root = _parsed(body if old else as_xml10(body))
    except (etree.XMLSyntaxError, ValueError) as error:
        raise BadXml(str(error) or "not XML") from None
    # What the look at the prolog does not understand must not hide one.
    if cast(Any, root.getroottree().docinfo).doctype:
        raise ForbiddenXml(_NO_DOCTYPE)
    if name := odd_name(root, body, old=old):
        raise BadXml(f"{name[:40]!r} is no name in XML")
    return root


def _parsed(body: bytes) -> Element:
    try:
        root = etree.fromstring(body, _PARSER)
    except etree.XMLSyntaxError:
        if not (_complains_alone(body) and _is_well_formed(body)):
            raise
    else:
        # A prefix that is not bound is forgotten by lxml if there is a warning behind it.
        warned = any(entry.type_name != _VERSION for entry in cast(Any, _PARSER.error_log))
        if warned and not _is_well_formed(body):
            raise BadXml("a prefix is not bound")
        return root
    return etree.fromstring(body, etree.XMLParser(**_SAFELY, recover=True))


def _complains_alone(body: bytes) -> bool:
    """Whether what is first wrong with a body is wrong to libxml2 alone."""
    parser = etree.XMLParser(**_SAFELY)  # its log has nothing else in it
    try:
        etree.fromstring(body, parser)
    except etree.XMLSyntaxError:
        first = next(iter(cast(Any, parser.error_log)), None)
        return first is not None and first.type_name in _ONLY_LIBXML2
    return True


def _is_well_formed(body: bytes) -> bool:
    """Whether Expat, which knows namespaces but looks into no URI, takes it; it has no DOCTYPE."""
    try:
        plain = _LETTERS_IN_PI.sub(b"<?name", COLON_IN_PI.sub(b"<?name", body))
        expat.ParserCreate("utf-8", "\x01").Parse(plain, True)
    except expat.ExpatError:
        return False
    return True


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
