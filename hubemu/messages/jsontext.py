"""JSON bodies to trees and back, strictly and without losing how a number was written.

A tree is made of dict, list, str, int, bool, None and, for every number with a fraction or an
exponent, `Decimal`: `1.50` stays `1.50` and `1.0` is not an integer (facts: json-xml 2.5,
validation 4).
"""

from __future__ import annotations

import json
import re
from decimal import Decimal
from typing import Any

import msgspec
import orjson

from hubemu.messages.errors import UnwritableMessage

__all__ = ["MAX_BODY", "MAX_DEPTH", "NotJson", "dump_json", "parse_json", "too_deep"]

MAX_BODY = 8 * 1024 * 1024
"""Bytes above which a body is refused unread, whatever its format."""
MAX_DEPTH = 200
"""Levels of nesting above which a body is refused.

libxml2 stops at 256 and orjson prints no more than 254; an error report puts its source deeper.
"""

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
_TELLING = json.JSONDecoder(parse_float=Decimal, parse_constant=_no_constant)
"""Slower, but says by line and column what is wrong."""


def parse_json(body: bytes) -> Any:
    """The tree of a JSON body.

    Raises:
        NotJson: not UTF-8, not JSON, or nested deeper than `MAX_DEPTH`.
    """
    if too_deep(body):
        raise NotJson(f"nested more than {MAX_DEPTH} levels deep")
    try:
        return _FAST.decode(body)
    except (msgspec.MsgspecError, ValueError, ArithmeticError):
        return _parse_telling(body)


def _parse_telling(body: bytes) -> Any:
    try:
        if b"\\u" in body:
            orjson.loads(body)  # refuses escapes of half a character, which the decoder lets pass
        return _TELLING.decode(body.decode())
    except (ValueError, ArithmeticError) as error:
        raise NotJson(str(error)) from None


def dump_json(tree: Any) -> bytes:
    """The tree as compact JSON.

    Raises:
        UnwritableMessage: it is nested too deep, or holds what JSON cannot.
    """
    try:
        return orjson.dumps(tree, default=_number)
    except orjson.JSONEncodeError:
        try:
            return orjson.dumps(_large_as_text(tree, 0), default=_number)
        except orjson.JSONEncodeError as error:
            raise UnwritableMessage(f"cannot be written as JSON: {error}") from error


def _number(value: object) -> orjson.Fragment:
    if isinstance(value, Decimal):
        return orjson.Fragment(str(value))
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
