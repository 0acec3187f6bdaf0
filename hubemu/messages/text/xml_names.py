"""Names of XML as the Hub's parser takes them, where libxml2 takes more.

The JDK's parser knows the letters of the fourth edition of XML 1.0 (XML 1.1 has those of the
fifth), and no name of more than 1,000 characters.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING
from xml.parsers import expat

from hubemu.messages.text.octet_runs import has_long_run

if TYPE_CHECKING:
    from lxml.etree import _Element as Element

__all__ = ["MAX_ATTRIBUTES", "MAX_NAME", "odd_name"]

MAX_NAME = 1_000
"""Characters of a name, its prefix included, that the JDK reads."""
MAX_ATTRIBUTES = 10_000
"""Attributes of an element that the JDK reads."""
_ASCII = bytes(range(128))
_UNSEEN = re.compile(rb"(?:<\?|xmlns:)[^\s?=:<\x80-\xff]{0,1000}[\x80-\xff]")
"""Letters in the name of a processing instruction or in a prefix, which no tree shows."""
_PLAIN = "\u00ff"
"""Up to here both editions agree."""
_IN_WORDS = bytes(set(range(256)) - set(b" \t\r\n<>/=\"'"))


def odd_name(root: Element, body: bytes, *, old: bool) -> str | None:
    """A name of a document that its parser would refuse, or one with too many attributes.

    Args:
        root: of the document, parsed from `body`.
        body: the document in UTF-8.
        old: it is XML 1.0.
    """
    rest = body.translate(None, _ASCII) if old and not body.isascii() else b""
    foreign = bool(rest) and max(rest.decode()) > _PLAIN
    if foreign or has_long_run(body, _IN_WORDS, MAX_NAME):
        names = {name for element in root.iter() for name in _names(element)}
        for name in names:
            if len(name) > MAX_NAME or (foreign and not name.isascii() and not _is_name(name)):
                return name
    if foreign and _UNSEEN.search(body) and not _is_well_formed(body):
        return "a prefix or a processing instruction"
    if body.count(b"=") > MAX_ATTRIBUTES:
        crowded = (one for one in root.iter() if len(one.attrib) > MAX_ATTRIBUTES)
        return next((str(one.tag) for one in crowded), None)
    return None


def _names(element: Element) -> Iterator[str]:
    """The names of an element, with its prefix, and of its attributes."""
    tag = str(element.tag)
    local = tag[tag.rfind("}") + 1 :]
    yield f"{element.prefix}:{local}" if element.prefix else local
    for key in element.attrib:
        name = str(key)
        yield name[name.rfind("}") + 1 :]


def _is_name(name: str) -> bool:
    """Whether it is a name in the fourth edition, which Expat knows."""
    return _is_well_formed(f"<{name}/>".encode())


def _is_well_formed(body: bytes) -> bool:
    try:
        expat.ParserCreate("utf-8").Parse(body, True)
    except expat.ExpatError:
        return False
    return True
