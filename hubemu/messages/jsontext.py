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

import orjson

__all__ = ["MAX_BODY", "MAX_DEPTH", "NotJson", "dump_json", "parse_json"]

MAX_BODY = 8 * 1024 * 1024
"""Bytes above which a body is refused unread, whatever its format."""
MAX_DEPTH = 256
"""Levels of nesting above which a body is refused, the limit of libxml2."""

_BRACKETS = re.compile(rb'"(?:[^"\\]|\\.)*"|[\[{\]}]', re.DOTALL)


class NotJson(ValueError):
    """The body is not a JSON text, or one beyond the limits."""


def _no_constant(name: str) -> Any:
    raise ValueError(f"{name} is not JSON")


_DECODER = json.JSONDecoder(parse_float=Decimal, parse_constant=_no_constant)


def parse_json(body: bytes) -> Any:
    """The tree of a JSON body.

    Raises:
        NotJson: not UTF-8, not JSON, or nested deeper than `MAX_DEPTH`.
    """
    if body.count(b"{") + body.count(b"[") > MAX_DEPTH and _depth(body) > MAX_DEPTH:
        raise NotJson(f"nested more than {MAX_DEPTH} levels deep")
    try:
        if b"\\u" in body:
            orjson.loads(body)  # refuses escapes of half a character, which the decoder lets pass
        return _DECODER.decode(body.decode())
    except (ValueError, ArithmeticError) as error:
        raise NotJson(str(error)) from None


def dump_json(tree: Any) -> bytes:
    """The tree as compact JSON."""
    return orjson.dumps(tree, default=_number)


def _number(value: object) -> orjson.Fragment:
    if isinstance(value, Decimal):
        return orjson.Fragment(str(value))
    raise TypeError(f"a message holds no {type(value).__name__}")


def _depth(body: bytes) -> int:
    level = deepest = 0
    for token in _BRACKETS.findall(body):
        if token in (b"{", b"["):
            level += 1
            deepest = max(deepest, level)
        elif token in (b"}", b"]"):
            level -= 1
    return deepest
