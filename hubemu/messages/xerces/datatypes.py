"""The primitive datatypes as Xerces reads them: which texts are values, and how it prints them.

Ported in behaviour, its oddities too: `5.` is a decimal, a year 0000 is none, `+` before an integer
is fine, the length of a text counts UTF-16 units.
"""

from __future__ import annotations

import base64
import binascii
import re
import struct
from collections.abc import Callable, Hashable, Mapping
from dataclasses import dataclass
from decimal import Decimal

from hubemu.messages.xerces.durations import Duration, read_duration
from hubemu.messages.xerces.moments import MOMENTS, Moment
from hubemu.messages.xerces.uris import is_uri

__all__ = ["NAMES", "READERS", "Value"]


@dataclass(frozen=True, slots=True)
class Value:
    """A value: `key` makes equal ones equal, `printed` is how a text quotes it.

    `number` orders it among others of its type, not each of which need be less or more than it;
    `digits` are those of its whole and broken part.
    """

    key: Hashable
    printed: str
    length: int = -1
    number: Decimal | float | Moment | Duration | None = None
    digits: tuple[int, int] = (0, 0)


_Reader = Callable[[str], Value | None]
_DECIMAL = re.compile(r"[+-]?0*(?P<whole>[0-9]*)(?:\.(?P<part>[0-9]*?)0*)?", re.ASCII)
_INTEGER = re.compile(r"[+-]?[0-9]+", re.ASCII)
_FLOAT = re.compile(r"[+-]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]+)?", re.ASCII)
_NO_FLOATS = {"INF": "Infinity", "-INF": "-Infinity", "NaN": "NaN"}
_BASE64 = re.compile(r"[A-Za-z0-9+/= \t\n\r]*", re.ASCII)
_LENGTH_OF_GROUP = 4
_LETTERS = (
    "A-Za-z\u00c0-\u00d6\u00d8-\u00f6\u00f8-\u0131\u0134-\u013e\u0141-\u0148\u014a-\u017e"
    "\u0180-\u02ff\u0370-\u037d\u037f-\u1fff\u200c\u200d\u2070-\u218f\u2c00-\u2fef\u3001-\ud7ff"
)
_MORE = "\\-.0-9\u00b7\u0300-\u036f"
NAMES: Mapping[str, re.Pattern[str]] = {
    "NCName": re.compile(f"[_{_LETTERS}][_{_LETTERS}{_MORE}]*"),
    "Name": re.compile(f"[_:{_LETTERS}][_:{_LETTERS}{_MORE}]*"),
    "NMTOKEN": re.compile(f"[_:{_LETTERS}{_MORE}]+"),
    "decimal": re.compile(r"[^.]*(\.[0-9]+)?"),
}
"""The names that some built-in types are, and decimals without a bare point."""


def _utf16_length(text: str) -> int:
    """The number of Java's characters in a text."""
    return len(text) if text.isascii() else len(text.encode("utf-16-le", "surrogatepass")) // 2


def _string(text: str) -> Value:
    return Value(text, text, _utf16_length(text))


def _boolean(text: str) -> Value | None:
    known = {"true": True, "1": True, "false": False, "0": False}.get(text)
    return None if known is None else Value(known, str(known).lower())


def _decimal(text: str) -> Value | None:
    found = _DECIMAL.fullmatch(text)
    if found is None or not any(char.isdigit() for char in text):
        return None
    whole, part = found["whole"], found["part"] or ""
    number = Decimal(f"{'-' if text[0] == '-' else ''}{whole or '0'}.{part or '0'}")
    printed = f"{'-' if number < 0 else ''}{whole or '0'}.{part or '0'}" if number else "0.0"
    return Value(number or Decimal(0), printed, number=number, digits=(len(whole), len(part)))


def _integer(text: str) -> Value | None:
    if not _INTEGER.fullmatch(text):
        return None
    number = Decimal(text)
    digits = text.lstrip("+-").lstrip("0")
    printed = f"{'-' if number < 0 else ''}{digits}" if number else "0"
    return Value(number or Decimal(0), printed, number=number, digits=(len(digits), 0))


def _double(text: str) -> Value | None:
    return _floating(text, float)


def _float(text: str) -> Value | None:
    return _floating(text, _single)


def _floating(text: str, narrow: Callable[[float], float]) -> Value | None:
    if text not in _NO_FLOATS and not _FLOAT.fullmatch(text):
        return None
    number = narrow(float(_NO_FLOATS.get(text, text)))
    return Value("NaN" if number != number else number, _printed_float(number), number=number)


def _single(number: float) -> float:
    """The nearest number of 32 bits."""
    try:
        return float(struct.unpack("f", struct.pack("f", number))[0])
    except OverflowError:
        return float("inf") if number > 0 else float("-inf")


def _printed_float(number: float) -> str:
    if number != number:
        return "NaN"
    if number in (float("inf"), float("-inf")):
        return "INF" if number > 0 else "-INF"
    if number == 0:
        return "0.0E1"
    sign, digits, exponent = Decimal(repr(number)).normalize().as_tuple()
    written = "".join(map(str, digits))
    return (
        f"{'-' if sign else ''}{written[0]}.{written[1:] or '0'}E{int(exponent) + len(written) - 1}"
    )


def _base64(text: str) -> Value | None:
    packed = "".join(text.split())
    if not _BASE64.fullmatch(text) or len(packed) % _LENGTH_OF_GROUP:
        return None
    try:
        data = base64.b64decode(packed, validate=True)
    except binascii.Error:
        return None
    return Value(data, base64.b64encode(data).decode(), len(data))


def _hex(text: str) -> Value | None:
    if len(text) % 2 or not re.fullmatch("[0-9a-fA-F]*", text):
        return None
    return Value(bytes.fromhex(text), text.upper(), len(text) // 2)


def _if(test: Callable[[str], bool]) -> _Reader:
    return lambda text: Value(text, text, _utf16_length(text)) if test(text) else None


def _moment(read: Callable[[str], Moment | None]) -> _Reader:
    def reader(text: str) -> Value | None:
        found = read(text)
        return None if found is None else Value(found.key, found.printed, number=found)

    return reader


def _duration(text: str) -> Value | None:
    found = read_duration(text)
    return None if found is None else Value(found.moved, found.printed, number=found)


READERS: Mapping[str, _Reader] = {
    "string": _string,
    "boolean": _boolean,
    "decimal": _decimal,
    "integer": _integer,
    "float": _float,
    "double": _double,
    **{name: _moment(read) for name, read in MOMENTS.items()},
    "duration": _duration,
    "anyURI": _if(is_uri),
    "base64Binary": _base64,
    "hexBinary": _hex,
    "NCName": _if(lambda text: NAMES["NCName"].fullmatch(text) is not None),
}
"""What reads a text, white space already dealt with; None for what is no value."""
