"""What passes the schemas in XML and not the Hub's reader, which has a parser of its own: 102.

The schemas are checked with the parser of the JDK, messages are read with another (facts: json-xml
1, 10); what only the second minds is known from asking it.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, cast

from lxml import etree

from hubemu.messages.errors import UnreadableMessage
from hubemu.messages.text.decoding import as_utf8
from hubemu.messages.text.xml_declaration import without_encoding
from hubemu.messages.text.xml_text import COLON_IN_PI

if TYPE_CHECKING:
    from lxml.etree import _Element as Element

__all__ = ["check_limits"]

_MAX_ATTRIBUTES = 1024
_MAX_ATTRIBUTE = 524_288
_NO_ENCODING = re.compile(rb"""<\?xml\s[^>]*\sencoding\s*=\s*(?:""|'')""")
_KEEPING = etree.XMLParser(
    encoding="utf-8", resolve_entities=False, no_network=True, load_dtd=False, recover=True
)


def check_limits(root: Element, body: bytes) -> None:
    """Check that the reader's parser takes a document.

    Raises:
        UnreadableMessage: it has too many or too long attributes, or a colon in the name of a
            processing instruction.
    """
    if body.count(b"=") > _MAX_ATTRIBUTES:
        for element in root.iter():
            if len(element.attrib) > _MAX_ATTRIBUTES:
                raise UnreadableMessage(f"an element has more than {_MAX_ATTRIBUTES} attributes")
    if len(body) > _MAX_ATTRIBUTE:
        for element in root.iter():
            if any(len(value) > _MAX_ATTRIBUTE for value in element.attrib.values()):
                raise UnreadableMessage(f"an attribute is longer than {_MAX_ATTRIBUTE} characters")
    if COLON_IN_PI.search(body) and _has_colon_in_pi(body):
        raise UnreadableMessage("a processing instruction has a colon in its name")
    if _NO_ENCODING.match(body):
        raise UnreadableMessage("the declaration names no encoding")


def _has_colon_in_pi(body: bytes) -> bool:
    """Whether that is so in the document or before it; what follows the document is not read."""
    root = etree.fromstring(without_encoding(as_utf8(body)), _KEEPING)
    before = (node for node in root.itersiblings(preceding=True) if node.tag is etree.PI)
    return any(":" in cast(Any, node).target for node in (*before, *root.iter(etree.PI)))
