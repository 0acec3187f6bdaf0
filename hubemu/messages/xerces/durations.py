"""Durations as Xerces takes them apart, orders and prints them.

One is before another only if it is when either is added to each of four dates: a month has 28 to
31 days.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from math import floor, isinf
from struct import Struct
from typing import Final

from hubemu.messages.xerces.seconds import printed_seconds

__all__ = ["Duration", "read_duration"]

_DURATION: Final = re.compile(
    r"(?P<sign>-?)P(?=.)(?:(?P<year>\d+)Y)?(?:(?P<month>\d+)M)?(?:(?P<day>\d+)D)?"
    r"(?:T(?=.)(?:(?P<hour>\d+)H)?(?:(?P<minute>\d+)M)?(?:(?P<second>\d*\.\d+|\d+)S)?)?",
    re.ASCII,
)
_WHOLE: Final = ("year", "month", "day", "hour", "minute")
_MOST: Final = 2**31 - 1
_FLOAT: Final = Struct("f")
_STARTS: Final = ((1696, 9), (1697, 2), (1903, 3), (1903, 7))
"""Year and month of the dates: their first days, at midnight."""
_MONTHS, _SIXTY, _HOURS = 12, 60, 24
_YEARS_OF_CYCLE, _DAYS_OF_CYCLE = 400, 146_097

_Moved = tuple[int, int, int, float]
"""Days since a day zero, hours, minutes, seconds."""


@dataclass(frozen=True, slots=True)
class Duration:
    """One duration, by where it leads from each of the four dates."""

    moved: tuple[_Moved, ...]
    printed: str

    def __lt__(self, other: Duration) -> bool:
        return all(ours < theirs for ours, theirs in zip(self.moved, other.moved, strict=True))

    def __le__(self, other: Duration) -> bool:
        return self.moved == other.moved or self < other

    def __gt__(self, other: Duration) -> bool:
        return other < self

    def __ge__(self, other: Duration) -> bool:
        return other <= self


def read_duration(text: str) -> Duration | None:
    """The duration of a text; None if it is none."""
    found = _DURATION.fullmatch(text)
    if found is None:
        return None
    whole = [int(found[part] or 0) for part in _WHOLE]
    second = float(found["second"] or 0)
    if max(whole) > _MOST or isinf(second):
        return None
    year, month, day, hour, minute = whole
    signed = "-" if found["sign"] and (any(whole) or second) else ""
    printed = f"{signed}P{year}Y{month}M{day}DT{hour}H{minute}M{printed_seconds(second)}S"
    sign = -1 if found["sign"] else 1
    parts = [sign * part for part in whole]
    moved = tuple(_moved(start, parts, sign * second) for start in _STARTS)
    return Duration(moved, printed)


def _moved(start: tuple[int, int], parts: list[int], seconds: float) -> _Moved:
    years, months, days, hours, minutes = parts
    over = max(-_MOST - 1, min(floor(seconds / _SIXTY), _MOST))
    second = seconds - _int(over * _SIXTY)
    over, minute = _divided(_int(minutes + over), _SIXTY)
    over, hour = _divided(_int(hours + over), _HOURS)
    days = _int(days + over)
    over, month = _divided(_int(start[1] + months) - 1, _MONTHS)
    return _day_of(_int(start[0] + years + over), month + 1) + days, hour, minute, second


def _int(number: int) -> int:
    """What is left of a number in Java's 32 bits."""
    return (number + _MOST + 1) % (2 * (_MOST + 1)) - _MOST - 1


def _divided(number: int, by: int) -> tuple[int, int]:
    """Quotient and rest as Xerces has them: it divides with 24 bits, so they may be wrong."""
    quotient = floor(_single(_single(number) / by))
    return quotient, number - quotient * by


def _single(number: float) -> float:
    return float(_FLOAT.unpack(_FLOAT.pack(number))[0])


def _day_of(year: int, month: int) -> int:
    """The number of the first day of a month, the calendar of today going on without end."""
    year -= month <= 2
    cycle, rest = divmod(year, _YEARS_OF_CYCLE)
    since_march = (month - 3) % _MONTHS
    days = (153 * since_march + 2) // 5 + rest * 365 + rest // 4 - rest // 100
    return cycle * _DAYS_OF_CYCLE + days
