"""JSON bodies to trees and back, as the Hub's reader takes them (facts: hub 10).

What follows the first value is not looked at (but right behind a bare number or word), of equal
keys the last counts, half a character is `?`; comments, NaN and a byte order mark are errors. How a
number was written is not lost.

A tree is made of dict, list, str, int, bool, None and, for every number with a fraction or an
exponent, `Decimal`: `1.50` stays `1.50` and `1.0` is not an integer (facts: json-xml 2.5,
validation 4).
"""

from __future__ import annotations

import json
import re
import unicodedata
from decimal import Decimal
from typing import Any

import msgspec
import orjson

from hubemu.messages.errors import UnwritableMessage
from hubemu.messages.text.decoding import as_utf8
from hubemu.messages.text.java_numbers import exact_text, free_content, free_number
from hubemu.messages.text.octet_runs import has_long_run

__all__ = [
    "MAX_BODY",
    "MAX_DEPTH",
    "MAX_NUMBER",
    "WHITE_SPACE",
    "NotJson",
    "as_jackson_escapes",
    "dump_json",
    "has_long_number",
    "is_empty",
    "parse_free_json",
    "parse_json",
    "too_deep",
]

MAX_BODY = 8 * 1024 * 1024
"""Bytes above which a body is refused unread, whatever its format."""
MAX_DEPTH = 200
"""Levels of nesting above which a body is refused.

libxml2 stops at 256 and orjson prints no more than 254; an error report puts its source deeper.
"""

MAX_NUMBER = 1_000
"""Digits above which a number is refused, as by the Hub's reader."""
WHITE_SPACE = " \t\r\n"
"""What may stand around values."""

_FAR = 10**12
"""Stands for exponents that `Decimal` cannot hold."""
_TOO_DEEP = f"nested more than {MAX_DEPTH} levels deep"
_IN_NAMES = frozenset(
    ("Lu", "Ll", "Lt", "Lm", "Lo", "Nl", "Sc", "Pc", "Nd", "Mn", "Mc", "Cf", "Cc")
)
"""The kinds of characters of which Java makes names, control characters included."""
_NUMERIC = b"0123456789.eE+-"
_HALF = len("ud800")
_CONTROL = re.compile(rb"(\\u00)([01][0-9a-f])|\\.")
_STRING = re.compile(rb'"(?:[^"\\]++|\\.)*+"?', re.DOTALL)
"""Possessive, and up to the end where it is not closed: no octet is looked at twice."""
_NO_BRACKETS = bytes(set(range(256)) - set(b"[]{}"))
_ALIKE = bytes.maketrans(b"{}", b"[]")
_RUNS = re.compile(rb"(\[*+)(\]*+)")


class NotJson(ValueError):
    """The body is not a JSON text, or one beyond the limits."""


def _no_constant(name: str) -> Any:
    raise ValueError(f"{name} is not JSON")


_FAST = msgspec.json.Decoder(float_hook=Decimal)
_FREE = msgspec.json.Decoder(float_hook=free_number)
_ESCAPE = re.compile(
    r"\\(u[dD][89aAbB][\da-fA-F]{2}\\u[dD][c-fC-F][\da-fA-F]{2}|u[dD][89a-fA-F][\da-fA-F]{2}|.)",
    re.DOTALL,
)


def _check_length(number: str) -> str:
    if len(number) > MAX_NUMBER and sum(map(str.isdigit, number)) > MAX_NUMBER:
        raise ValueError(f"a number has more than {MAX_NUMBER} digits")
    return number


def _fraction(number: str) -> Decimal:
    try:
        return Decimal(_check_length(number))
    except ArithmeticError:
        # A number all the same, but one that no reader of exact numbers can hold.
        digit = int(any(digit in "123456789" for digit in number.lower().partition("e")[0]))
        return Decimal((number[0] == "-", (digit,), -_FAR if "e-" in number.lower() else _FAR))


_TELLING = json.JSONDecoder(
    parse_float=_fraction,
    parse_int=lambda number: int(_check_length(number)),
    parse_constant=_no_constant,
)
"""Slower, but says by line and column what is wrong, and takes all that the Hub takes."""


def parse_json(body: bytes) -> Any:
    """The tree of a JSON body.

    Raises:
        NotJson: not JSON, a number of more than `MAX_NUMBER` digits, or nested too deep.
    """
    if has_long_number(body) or too_deep(body):
        return _parse_telling(body)
    try:
        return _FAST.decode(body)
    except (msgspec.MsgspecError, ValueError, ArithmeticError):
        return _parse_telling(body)


def parse_free_json(body: bytes) -> Any:
    """The same of free content, with its numbers as Java takes them (see `free_content`).

    Raises:
        NotJson: as `parse_json`.
    """
    if has_long_number(body) or too_deep(body):
        return free_content(_parse_telling(body))
    try:
        return _FREE.decode(body)
    except (msgspec.MsgspecError, ValueError, ArithmeticError):
        return free_content(_parse_telling(body))


def is_empty(body: bytes) -> bool:
    """Whether there is no value at all, which is not an error to the Hub (facts: hub 10)."""
    return not body.strip(WHITE_SPACE.encode())


def _parse_telling(body: bytes) -> Any:
    text = as_utf8(body).decode()
    if "\\u" in text:
        text = _ESCAPE.sub(_whole, text)
    try:
        value, end = _TELLING.raw_decode(text, len(text) - len(text.lstrip(WHITE_SPACE)))
    except (ValueError, ArithmeticError) as error:
        raise NotJson(str(error)) from None
    except RecursionError:
        raise NotJson(_TOO_DEEP) from None
    if too_deep(text[:end].encode()):
        raise NotJson(_TOO_DEEP)
    if not _ends(value, text[end : end + 1]):
        raise NotJson(f"{text[end]!r} stands right behind {text[:end].lstrip()[:20]}")
    return value


def _ends(value: Any, behind: str) -> bool:
    """Whether the first value of a text may be followed by that character, or by nothing.

    Texts, lists and objects end by themselves. A number needs white space, a word (true, false,
    null) anything that Java has in no name; below `0` it does not look.
    """
    if not behind or isinstance(value, str | list | dict):
        return True
    if value is None or isinstance(value, bool):
        return behind < "0" or behind > "\uffff" or unicodedata.category(behind) not in _IN_NAMES
    return behind in WHITE_SPACE


def _whole(escape: re.Match[str]) -> str:
    """The escape, or `?` for half a character: what Java prints for one."""
    what = escape[1]
    return "?" if len(what) == _HALF and what[0] == "u" else escape[0]


def has_long_number(body: bytes) -> bool:
    """Whether digits, in a number or in a text, are more than the longest number has."""
    return has_long_run(body, _NUMERIC, MAX_NUMBER)


def dump_json(tree: Any) -> bytes:
    """The tree as compact JSON.

    Raises:
        UnwritableMessage: it is nested too deep, or holds what JSON cannot.
    """
    try:
        return as_jackson_escapes(orjson.dumps(tree, default=_number))
    except orjson.JSONEncodeError:
        try:
            return as_jackson_escapes(orjson.dumps(_large_as_text(tree, 0), default=_number))
        except orjson.JSONEncodeError as error:
            raise UnwritableMessage(f"cannot be written as JSON: {error}") from error


def as_jackson_escapes(printed: bytes) -> bytes:
    """Printed JSON with the escapes of control characters in capitals: `\\u001F`."""
    # One octet is looked for much faster than four; and `in` takes octets for a number at first.
    if printed.find(b"\\") >= 0 and b"\\u00" in printed:
        return _CONTROL.sub(_capital, printed)
    return printed


def _capital(found: re.Match[bytes]) -> bytes:
    return found[1] + found[2].upper() if found[2] else found[0]


def _number(value: object) -> orjson.Fragment:
    if isinstance(value, Decimal):
        return orjson.Fragment(exact_text(value))
    raise TypeError(f"a message holds no {type(value).__name__}")


def _large_as_text(value: Any, depth: int) -> Any:
    """The value with integers beyond 64 bits, which orjson does not print, printed already."""
    if depth <= MAX_DEPTH + 50:
        if isinstance(value, dict):
            return {key: _large_as_text(item, depth + 1) for key, item in value.items()}
        if isinstance(value, list):
            return [_large_as_text(item, depth + 1) for item in value]
    if isinstance(value, int) and not -(2**63) <= value < 2**63:
        return orjson.Fragment(str(value))
    return value


def too_deep(body: bytes) -> bool:
    """Whether a body is nested deeper than `MAX_DEPTH`."""
    return body.count(b"{") + body.count(b"[") > MAX_DEPTH and _depth(body) > MAX_DEPTH


def _depth(body: bytes) -> int:
    """The deepest level, in time linear in the body whatever it holds."""
    shape = _STRING.sub(b"", body).translate(_ALIKE, _NO_BRACKETS)
    level = deepest = flattened = 0
    # Long rows of empty lists are taken off whole: a step of Python for each would be slow.
    while len(shorter := shape.replace(b"[]", b"")) * 2 < len(shape):
        shape, flattened = shorter, flattened + 1
    for found in _RUNS.finditer(shape):
        level += len(found[1])
        deepest = max(deepest, level)
        level -= len(found[2])
    return deepest + flattened
