"""From bytes to text, as the Hub decodes them (facts: hub 10).

The checks look at a text decoded as UTF-8 with replacement: nothing is refused for its bytes. What
an error report quotes is read from the bytes themselves, in the encoding that they show.
"""

from __future__ import annotations

import re
import struct

__all__ = ["MALFORMED", "as_utf8", "detected", "from_utf8", "from_wide"]

MALFORMED = "\x01"
"""Stands for what no parser reads over: neither JSON nor XML has it, but behind their end."""

_REPLACED = "\N{REPLACEMENT CHARACTER}"
_HALF_CHARACTER = re.compile(rb"\xed[\xa0-\xbf][\x80-\xbf]?")
"""The encoded half of a surrogate pair, one malformed sequence to Java and three to Python."""
_SEQUENCES = re.compile(
    rb"[\xc0-\xdf][\x80-\xbf]|[\xe0-\xef][\x80-\xbf]{2}|[\xf0-\xf7][\x80-\xbf]{3}|[\x80-\xff]"
)
_HALVES = re.compile("[\ud800-\udbff](.?)|[\udc00-\udfff]", re.DOTALL)
_LONE = re.compile("[\ud800-\udfff]")
_LAST, _ASCII = 0x10FFFF, 0x80
_SURROGATES = range(0xD800, 0xE000)
_MARKS = (
    (b"\x00\x00\xfe\xff", "utf-32-be"),
    (b"\xff\xfe\x00\x00", "utf-32-le"),
    (b"\xfe\xff", "utf-16-be"),
    (b"\xff\xfe", "utf-16-le"),
)
_WIDE = {
    (True, True, True, False): "utf-32-be",
    (False, True, True, True): "utf-32-le",
    (True, False): "utf-16-be",
    (False, True): "utf-16-le",
}
"""Which of the first octets are zero."""


def as_utf8(body: bytes) -> bytes:
    """The body in good UTF-8: U+FFFD for each malformed sequence, as many as Java counts."""
    if body.isascii():
        return body
    try:
        body.decode()
    except UnicodeDecodeError:
        replaced = _HALF_CHARACTER.sub(_REPLACED.encode(), body)
        return replaced.decode(errors="replace").encode()
    return body


def detected(body: bytes) -> bytes:
    """A JSON body of any Unicode encoding in UTF-8, without byte order mark, as Jackson finds out.

    What is malformed is `MALFORMED`, but in UTF-16, which is decoded with replacement.

    Raises:
        ValueError: it is UTF-32 with something that is no character.
    """
    if body.startswith(b"\xef\xbb\xbf"):
        return from_utf8(body[3:]).encode()
    for mark, encoding in _MARKS:
        if body.startswith(mark):
            return from_wide(body[len(mark) :], encoding).encode()
    zeros = tuple(not octet for octet in body[:4])
    if len(zeros) == 4 and zeros in _WIDE:
        return from_wide(body, _WIDE[zeros]).encode()
    if zeros[:2] in _WIDE:
        return from_wide(body, _WIDE[zeros[:2]]).encode()
    return from_utf8(body).encode()


def from_utf8(body: bytes, *, of_xml: bool = False) -> str:
    """The text of octets in UTF-8 as Jackson reads it, which does not mind their number.

    Of JSON it does not mind the range either: half a character is `?`, what is beyond the last two
    of them, and what must not be a mark of JSON is its escape. What it minds is `MALFORMED`.
    """
    try:
        text = body.decode()
    except UnicodeDecodeError:
        octets = _SEQUENCES.sub(_loosely_in_xml if of_xml else _loosely, body)
        halves = octets.decode("utf-8", "surrogatepass").encode("utf-16-le", "surrogatepass")
        text = _LONE.sub("?", halves.decode("utf-16-le", "surrogatepass"))
    return text


def _loosely(found: re.Match[bytes]) -> bytes:
    code = _code(found[0])
    if code is None:
        return MALFORMED.encode()
    if code > _LAST:
        return b"??"
    return (
        chr(code).encode("utf-8", "surrogatepass") if code >= _ASCII else f"\\u{code:04x}".encode()
    )


def _loosely_in_xml(found: re.Match[bytes]) -> bytes:
    code = _code(found[0])
    if code is None or code > _LAST or code in _SURROGATES:
        return MALFORMED.encode()
    return chr(code).encode()


def _code(octets: bytes) -> int | None:
    """What a sequence encodes, however long it is; None if it is none."""
    if len(octets) == 1:
        return None
    code = octets[0] & (0xFF >> (len(octets) + 1))
    for octet in octets[1:]:
        code = code << 6 | octet & 0x3F
    return code


def from_wide(body: bytes, encoding: str) -> str:
    """The text of octets in UTF-16, malformed ones replaced as Java does, or in UTF-32."""
    width = 4 if "32" in encoding else 2
    whole = len(body) - len(body) % width
    if width == 4:
        text = _from_utf32(body[:whole], encoding)
        return text if whole == len(body) else text + MALFORMED
    text = body[:whole].decode(encoding, "surrogatepass")
    return _HALVES.sub(_replaced, text) + (_REPLACED if whole < len(body) else "")


def _replaced(found: re.Match[str]) -> str:
    """Java takes the character behind the first half of one for its second half."""
    return _REPLACED * (2 if (found[1] or "") > "\uffff" else 1)


def _from_utf32(body: bytes, encoding: str) -> str:
    try:
        return body.decode(encoding)
    except UnicodeDecodeError:
        order = ">" if encoding.endswith("be") else "<"
        return "".join(map(_one, struct.unpack(f"{order}{len(body) // 4}I", body)))


def _one(code: int) -> str:
    if code > _LAST:
        raise ValueError(f"{code:#x} is beyond the last character")
    return "?" if code in _SURROGATES else chr(code)
