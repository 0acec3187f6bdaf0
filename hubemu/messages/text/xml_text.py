"""What all of XML shares: the characters it cannot hold, names of elements, why it is refused."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from lxml.etree import _Element as Element

__all__ = ["COLON_IN_PI", "FORBIDDEN", "BadXml", "ForbiddenXml", "local_name", "without_forbidden"]

FORBIDDEN = re.compile(r"[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
"""A character that XML 1.0 cannot hold, not even as a reference."""

COLON_IN_PI = re.compile(rb"<\?[^\s?<>:]{0,1000}:")
"""What may be a colon in the name of a processing instruction."""


class BadXml(ValueError):
    """The body is not well-formed XML, or is beyond the limits of the parser."""


class ForbiddenXml(BadXml):
    """The body has what is refused whatever else it contains."""


def without_forbidden(text: str) -> str:
    """The text, U+FFFD for each character that XML cannot hold."""
    return FORBIDDEN.sub("\N{REPLACEMENT CHARACTER}", text)


def local_name(element: Element) -> str:
    """The name of an element without its namespace."""
    tag = element.tag
    name = tag if isinstance(tag, str) else ""
    return name[name.rfind("}") + 1 :]
