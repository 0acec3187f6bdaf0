"""XML 1.1 for a parser of XML 1.0 (facts: hub 10: the Hub's parser reads both).

A reference to a control character is legal in 1.1 only. It is parsed as a private character that
stands for it, and put back in what has been read.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, cast

if TYPE_CHECKING:
    from lxml.etree import _Element as Element

__all__ = ["as_xml10", "is_xml11", "restored", "with_line_ends"]

_VERSION = re.compile(rb"""<\?xml\s+version\s*=\s*["']1\.1["']""")

_PRIVATE = 0x10F700
_CONTROLS = frozenset(range(1, 32)) - {9, 10, 13}
_BACK = {_PRIVATE + code: code for code in _CONTROLS}
# A section without an end takes the rest, so that looking for ends stays linear.
_SPECIAL = re.compile(
    r"<!\[CDATA\[(?:.*?\]\]>|.*\Z)|&#(?:x([0-9a-fA-F]{1,8})|([0-9]{1,8}));", re.DOTALL
)
_LINE_END = re.compile("\r\n|\r\x85|[\x85\u2028]")
_REFUSED = re.compile("[\x7f-\x84\x86-\x9f]")


def is_xml11(body: bytes) -> bool:
    """Whether a body declares that it is XML 1.1."""
    return _VERSION.match(body) is not None


def as_xml10(body: bytes) -> bytes:
    """A body of XML 1.1, in UTF-8, that a parser of XML 1.0 reads alike.

    Raises:
        ValueError: it has a control character that must be written as a reference.
    """
    text = body.decode()
    if found := _REFUSED.search(text):
        raise ValueError(f"XML 1.1 has U+{ord(found[0]):04X} as a reference only")
    return _SPECIAL.sub(_stand_in, text).encode()


def with_line_ends(text: str) -> str:
    """A text of XML 1.1 with all its ends of lines as one character.

    The Hub's reader does so when it reads bytes, and not when it reads a text.
    """
    return _LINE_END.sub("\n", text)


def restored(tree: Any, root: Element) -> Any:
    """What was read of a document, with the control characters back if it was XML 1.1."""
    version = cast(Any, root.getroottree().docinfo).xml_version
    return _put_back(tree) if version == "1.1" else tree


def _stand_in(found: re.Match[str]) -> str:
    hexadecimal, decimal = found[1], found[2]
    code = int(hexadecimal, 16) if hexadecimal else int(decimal) if decimal else 0
    return f"&#x{_PRIVATE + code:x};" if code in _CONTROLS else found[0]


def _put_back(value: Any) -> Any:
    if isinstance(value, str):
        return value.translate(_BACK)
    if isinstance(value, dict):
        return {key: _put_back(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_put_back(item) for item in value]
    return value
