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
    rb"""(?P<before><\?xml\s+version\s*=\s*(?:"(?P<version>[^"<>&]*)"|'(?P<version1>[^'<>&]*)'))"""
    rb"""(?:(?P<key>\s+encoding\s*=\s*)(?:"(?P<name>[^"]*)"|'(?P<name1>[^']*)'))?"""
)
_NAME = re.compile(rb"[A-Za-z][\w.-]*")
_NO_CHARACTER = re.compile(rb"[\x00-\x08\x0b\x0c\x0e-\x1f]")
_NEVER_READ = re.compile("[\ufffe\uffff]")
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
_FILLING = re.compile(rb"[\s_-]|^cs", re.IGNORECASE)
_PLAIN_NAMES = {b"utf8": "utf-8", b"usascii": "ascii", b"ascii": "ascii", b"iso88591": "latin-1"}
"""Encodings that Woodstox knows by their letters and figures alone."""
_OF_ONE_OCTET = re.compile(
    b"(?:iso-?8859|windows-|cp|ibm|latin[1-9]|us-ascii|ascii|koi8|shift|sjis|euc|gb|big5|mac|tis)",
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
    if (declared["version"] or declared["version1"]) not in _VERSIONS:
        raise WrongDeclaration("neither XML 1.0 nor XML 1.1")
    name = _declared_name(declared)
    if name is None or name.lower() == b"utf-8":
        return body
    if _NO_CHARACTER.search(name):
        raise WrongDeclaration("the declaration has what is no character")
    return b"%s%s'UTF-8'%s" % (declared["before"], declared["key"], body[declared.end() :])


def _declared_name(declared: re.Match[bytes]) -> bytes | None:
    """The name of the encoding as it is written, which may be empty."""
    name = declared["name"]
    return declared["name1"] if name is None else name


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
    text = from_wide(body, encoding) if encoding != "utf-8" else _in_octets(body)
    declared = _DECLARATION.match(text[:1000].encode())
    name = _declared_name(declared) if declared else None
    if name is not None and _width(name) != _width(encoding.encode()):
        raise WrongDeclaration("the encoding declared is not the one that is shown")
    return text


def _width(encoding: bytes) -> int:
    """The octets of a character."""
    name = re.sub("[^a-z0-9]", "", encoding.decode("latin-1").lower())
    return next((width for prefix, width in _WIDTHS if name.startswith(prefix)), 1)


def _in_octets(body: bytes) -> str:
    """The text of a body of single octets; Java's UTF-8 minds no length, but the range."""
    declared = _DECLARATION.match(body)
    name = _declared_name(declared) if declared else None
    encoding = "utf-8" if name is None else _encoding(name)
    if encoding != "utf-8":
        return codecs.decode(body, encoding)
    text = from_utf8(body, of_xml=True)
    if _NEVER_READ.search(text):
        raise ValueError("there is what is no character")
    return text


def _encoding(name: bytes) -> str:
    """The encoding of single octets that a declaration means."""
    # Woodstox looks at the first letters as they are written, and then past what fills.
    plain = _FILLING.sub(b"", name).lower()
    if plain in _PLAIN_NAMES and re.match(rb"(?:cs)?(?:ut|us|a|i)", name, re.IGNORECASE):
        return _PLAIN_NAMES[plain]
    if _NAME.fullmatch(name) and _OF_ONE_OCTET.match(name) and _is_known(name.decode()):
        return name.decode()
    raise WrongDeclaration("nobody knows the encoding that is declared")


def _is_known(encoding: str) -> bool:
    try:
        codecs.lookup(encoding)
    except LookupError:
        return False
    return True
