"""The XML declaration: which versions are read, and what the encoding it names means.

To the checks it means nothing: they look at a text that has been decoded. What a report quotes is
read from the bytes, where it counts (facts: hub 10).
"""

from __future__ import annotations

import codecs
import re

from hubemu.messages.text.decoding import from_utf8, from_wide

__all__ = ["WrongDeclaration", "shown_text", "without_encoding"]

_DECLARATION = re.compile(
    rb"""(<\?xml\s+version\s*=\s*(["'])([^"'<>&]*)\2)(?:(\s+encoding\s*=\s*)(["'])([^"'<&]*)\5)?"""
)
_VERSIONS = (b"1.0", b"1.1")
_MARKS = (
    (b"\x00\x00\xfe\xff", "utf-32-be"),
    (b"\xff\xfe\x00\x00", "utf-32-le"),
    (b"\xef\xbb\xbf", "utf-8"),
    (b"\xfe\xff", "utf-16-be"),
    (b"\xff\xfe", "utf-16-le"),
)
_BEGINNINGS = (
    (b"\x00\x00\x00<", "utf-32-be"),
    (b"<\x00\x00\x00", "utf-32-le"),
    (b"\x00<\x00?", "utf-16-be"),
    (b"<\x00?\x00", "utf-16-le"),
)
_WIDTHS = (("utf16", 2), ("iso10646ucs2", 2), ("ucs2", 2), ("utf32", 4), ("iso10646ucs4", 4))
_OF_ONE_OCTET = re.compile(
    "(?:iso-?8859|windows-|cp|ibm|latin|us-ascii|ascii|koi8|shift|sjis|euc|gb|big5|mac|tis)",
    re.IGNORECASE,
)
"""The codecs of Python that are character sets, and no way to pack octets."""


class WrongDeclaration(ValueError):
    """No XML processor reads what is declared."""


def without_encoding(body: bytes) -> bytes:
    """A body in UTF-8 that declares so, whatever it declared.

    Raises:
        WrongDeclaration: it is neither XML 1.0 nor XML 1.1.
    """
    declared = _DECLARATION.match(body)
    if declared is None:
        return body
    if declared[3] not in _VERSIONS:
        raise WrongDeclaration("neither XML 1.0 nor XML 1.1")
    if declared[6] is None or declared[6].lower() == b"utf-8":
        return body
    return b"%s%s'UTF-8'%s" % (declared[1], declared[4], body[declared.end() :])


def shown_text(body: bytes) -> str:
    """The text of a body in the encoding that it shows or declares, without byte order mark.

    What is malformed in UTF-8 or UTF-32 is `decoding.MALFORMED`.

    Raises:
        ValueError: it is malformed in another encoding, declares what it is not, or one that
            nobody knows.
    """
    mark, encoding = next(
        ((mark, name) for mark, name in _MARKS if body.startswith(mark)), (b"", "")
    )
    body = body[len(mark) :]
    encoding = encoding or next(
        (name for beginning, name in _BEGINNINGS if body.startswith(beginning)), "utf-8"
    )
    text = from_wide(body, encoding) if encoding != "utf-8" else _in_octets(body, bool(mark))
    declared = _DECLARATION.match(text[:1000].encode())
    if declared and declared[6] is not None and _width(declared[6]) != _width(encoding.encode()):
        raise WrongDeclaration("the encoding declared is not the one that is shown")
    return text


def _width(encoding: bytes) -> int:
    """The octets of a character."""
    name = re.sub("[^a-z0-9]", "", encoding.decode("latin-1").lower())
    return next((width for prefix, width in _WIDTHS if name.startswith(prefix)), 1)


def _in_octets(body: bytes, is_marked: bool) -> str:
    """The text of a body of single octets; Java's UTF-8 minds no length, but the range."""
    declared = _DECLARATION.match(body)
    encoding = (declared[6] if declared else None) or b"utf-8"
    name = encoding.decode("ascii")
    is_utf8 = re.fullmatch("utf-?_?8", name, re.IGNORECASE)
    if not (is_utf8 or (_OF_ONE_OCTET.match(name) and _is_known(name))):
        raise WrongDeclaration(f"nobody knows the encoding {name[:40]}")
    return from_utf8(body, of_xml=True) if is_marked or is_utf8 else codecs.decode(body, name)


def _is_known(encoding: str) -> bool:
    try:
        codecs.lookup(encoding)
    except LookupError:
        return False
    return True
