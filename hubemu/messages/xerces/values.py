"""Whether a text is a value of a simple type, and if not, why: one reason, Xerces' first."""

from __future__ import annotations

import re
from typing import Any, Final

from hubemu.messages.xerces.components import SimpleType
from hubemu.messages.xerces.datatypes import NAMES, READERS, Value

__all__ = ["NotAValue", "read_value", "takes_all"]

_SPACE: Final = " \t\n\r"
_RUN: Final = re.compile(f"[{_SPACE}]+")
_EACH: Final = re.compile("[\t\n\r]")
_AS_IT_IS: Final = frozenset(("base64Binary",))
_BOUNDS: Final = ("maxInclusive", "maxExclusive", "minInclusive", "minExclusive")
_LENGTHS: Final = ("maxLength", "minLength", "length")


class NotAValue(Exception):
    """The text is no value of the type: a key of `texts` and what goes into it."""

    def __init__(self, key: str, *told: str) -> None:
        super().__init__(key, *told)
        self.key = key
        self.told = told


def read_value(kind: SimpleType, text: str) -> Value:
    """The value of a text as it stands in the document.

    Raises:
        NotAValue: it is none.
    """
    normalized = _normalized(kind, text)
    value = _actual(kind, text, normalized)
    _check_facets(kind, value, normalized)
    return value


def takes_all(kind: SimpleType) -> bool:
    """Whether every text is a value of an atomic type."""
    bound = kind.names or kind.patterns or kind.lengths or kind.digits or kind.bounds
    return kind.datatype == "string" and kind.codes is None and not bound


def _is_text(kind: SimpleType) -> bool:
    return kind.variety == "atomic" and kind.datatype == "string" and kind.name != "anySimpleType"


def _normalized(kind: SimpleType, text: str) -> str:
    if not (kind.patterns or kind.variety == "list" or _is_text(kind)):
        plain = kind.variety == "union" or kind.datatype in _AS_IT_IS
        return text if plain or kind.name == "anySimpleType" else text.strip(_SPACE)
    if kind.white_space == "replace":
        return _EACH.sub(" ", text)
    return text if kind.white_space == "preserve" else _RUN.sub(" ", text).strip(" ")


def _actual(kind: SimpleType, content: str, normalized: str) -> Value:
    for written, regex in kind.patterns:
        if not regex.matches(normalized):
            raise NotAValue("cvc-pattern-valid", content, written, kind.name)
    if kind.variety == "list":
        return _listed(kind, normalized)
    if kind.variety == "union":
        return _of_some_member(kind, content)
    if kind.names and not NAMES[kind.names].fullmatch(normalized):
        raise NotAValue("cvc-datatype-valid.1.2.1", normalized, kind.names)
    value = READERS[kind.datatype](normalized)
    if value is None:
        raise NotAValue("cvc-datatype-valid.1.2.1", normalized, kind.datatype)
    return value


def _listed(kind: SimpleType, normalized: str) -> Value:
    if kind.item is None:
        raise ValueError("a list has items")
    items = []
    for text in normalized.split():
        value = _actual(kind.item, text, text)
        _check_facets(kind.item, value, text)
        items.append(value)
    printed = " ".join(item.printed for item in items)
    return Value(tuple(item.key for item in items), printed, len(items))


def _of_some_member(kind: SimpleType, content: str) -> Value:
    for member in kind.members:
        try:
            normalized = _normalized(member, content)
            value = _actual(member, content, normalized)
            _check_facets(member, value, normalized)
        except NotAValue:
            continue
        return value
    raise NotAValue("cvc-datatype-valid.1.2.3", content, kind.name)


def _check_facets(kind: SimpleType, value: Value, normalized: str) -> None:
    lengths = dict(kind.lengths)
    for facet in _LENGTHS:
        if facet in lengths and not _fits_length(facet, value.length, lengths[facet]):
            length, wanted = str(value.length), str(lengths[facet])
            raise NotAValue(f"cvc-{facet}-valid", normalized, length, wanted, kind.name)
    if kind.codes is not None and all(value.key != code.key for code in kind.codes):
        listed = ", ".join(code.printed for code in kind.codes)
        raise NotAValue("cvc-enumeration-valid", normalized, f"[{listed}]")
    if kind.digits:
        _check_digits(kind, value, normalized)
    bounds = dict(kind.bounds)
    for facet in _BOUNDS:
        if facet in bounds and not _is_within(facet, value.number, bounds[facet].number):
            raise NotAValue(f"cvc-{facet}-valid", normalized, bounds[facet].printed, kind.name)


def _fits_length(facet: str, length: int, wanted: int) -> bool:
    if facet == "maxLength":
        return length <= wanted
    return length >= wanted if facet == "minLength" else length == wanted


def _check_digits(kind: SimpleType, value: Value, normalized: str) -> None:
    digits = dict(kind.digits)
    whole, part = value.digits
    for facet, count in (("fractionDigits", part), ("totalDigits", whole + part)):
        if facet in digits and count > digits[facet]:
            raise NotAValue(f"cvc-{facet}-valid", normalized, str(count), str(digits[facet]))


def _is_within(facet: str, number: Any, bound: Any) -> bool:
    """Whether a value is on its side of a bound of the same type, which must be sure."""
    match facet:
        case "maxInclusive":
            return bool(number <= bound)
        case "maxExclusive":
            return bool(number < bound)
        case "minInclusive":
            return bool(number >= bound)
    return bool(number > bound)
