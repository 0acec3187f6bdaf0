"""Numbers of free content, as Java takes them: those with a fraction or an exponent are doubles.

What a model types is held exactly (`1.50` stays `1.50`); customContent and the source that a report
quotes are trees without types (facts: json-xml 3), in which Jackson makes a double of such a
number: `1.50` leaves as `1.5`, `12345678.5` as `1.23456785E7`.
"""

from __future__ import annotations

from decimal import Decimal
from math import isinf
from typing import Any

import msgspec

__all__ = [
    "FreeContent",
    "FreeNumber",
    "exact_text",
    "free_content",
    "free_number",
    "is_exact",
    "printed_number",
]

_ONE_DIGIT = len("-5e-324x")
_LEAST, _MOST = -(2**31) + 1, 2**31 - 1
_PLAIN_FROM, _PLAIN_TO = -3, 7
"""The powers of ten between which Java writes no exponent."""
_PLAIN_LEAST, _PLAIN_END = 10.0**_PLAIN_FROM, 10.0**_PLAIN_TO


class FreeNumber(Decimal):
    """A number of free content; its text is the one that Java prints."""

    __slots__ = ()

    def __str__(self) -> str:
        return _java_text(float(self))


class FreeContent(dict[str, Any]):
    """Free content that was read as such: its numbers are as Java takes them already."""

    __slots__ = ()


def is_exact(number: Decimal) -> bool:
    """Whether Java's `BigDecimal` can hold the number: its exponent and its scale have 32 bits."""
    scale = number.as_tuple().exponent
    return isinstance(scale, int) and _LEAST <= scale <= _MOST and number.adjusted() <= _MOST


def exact_text(number: Decimal) -> str:
    """A number as Java prints it; one that a model types knows no negative zero (`BigDecimal`)."""
    return str(number if number or type(number) is FreeNumber else number.copy_abs())


def printed_number(value: int | msgspec.Raw) -> str:
    """A number that is kept as JSON has it, if it is no integer."""
    return str(value, "ascii") if type(value) is msgspec.Raw else str(value)


def free_content(value: Any) -> Any:
    """Free content in JSON form with its numbers as Java takes them, and prints them.

    What has no other numbers is given back itself.
    """
    if type(value) is FreeContent:
        return value
    return _freed(value) if _has_others(value) else value


def _freed(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _freed(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_freed(item) for item in value]
    return free_number(value) if type(value) is Decimal else value


def _has_others(value: Any) -> bool:
    """Whether a number with a fraction is there that is not as Java takes it."""
    kind = type(value)
    if kind is dict:
        return any(map(_has_others, value.values()))
    if kind is list:
        return any(map(_has_others, value))
    return kind is Decimal


def free_number(value: Decimal | str) -> FreeNumber | str:
    """A number with a fraction or an exponent in free content; one beyond doubles is a text."""
    number = float(value)
    if isinf(number):
        return "Infinity" if number > 0 else "-Infinity"
    return FreeNumber(value)


def _java_text(number: float) -> str:
    """What `Double.toString` gives: the fewest digits that tell the number from its neighbours."""
    printed = repr(number)
    if not number or _PLAIN_LEAST <= abs(number) < _PLAIN_END:
        return printed  # as Python writes it, too: nearly all are so
    if len(printed) < _ONE_DIGIT and float(f"{number:.1e}") == number:
        printed = f"{number:.1e}"  # two digits at least, the nearest ones: 4.9E-324, not 5.0E-324
    sign, digits, exponent = Decimal(printed).as_tuple()
    shown = "".join(map(str, digits)).rstrip("0") or "0"
    power = len(digits) + int(exponent) - 1 if number else 0
    before = "-" if sign else ""
    if not _PLAIN_FROM <= power < _PLAIN_TO:
        return f"{before}{shown[0]}.{shown[1:] or '0'}E{power}"
    if power < 0:
        return f"{before}0.{'0' * (-power - 1)}{shown}"
    shown = shown.ljust(power + 1, "0")
    return f"{before}{shown[: power + 1]}.{shown[power + 1 :] or '0'}"
