"""Dates and times, and parts of them, as Xerces takes them apart, orders and prints them.

One with a zone is taken to UTC; against one without it is before or after only where that holds in
each zone. There is no year 0: before the year 1 is the year -1.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Hashable, Mapping
from dataclasses import dataclass
from typing import Final

from hubemu.messages.xerces.seconds import printed_seconds

__all__ = ["MOMENTS", "Moment", "days_of_month"]

_ZONE: Final = r"(?P<zone>Z|[+-](?P<zone_hour>\d\d):(?P<zone_minute>\d\d))?"
_YEAR: Final = r"(?P<year>-?(?:[1-9]\d{4,}|\d{4}))"
_MONTH: Final = r"(?P<month>\d\d)"
_DAY: Final = r"(?P<day>\d\d)"
_DATE: Final = f"{_YEAR}-{_MONTH}-{_DAY}"
_TIME: Final = r"(?P<hour>\d\d):(?P<minute>\d\d):(?P<second>\d\d(?:\.\d+)?)"
_UNSAID: Final[Mapping[str, str]] = {"year": "2000", "month": "1", "day": "1"}
_DAY_OF_TIMES: Final = "15"
_YEARS: Final = 2**31
_MONTHS, _HOURS, _SIXTY, _FARTHEST = 12, 24, 60, 14
_DAYS: Final = (31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31)
_FEBRUARY: Final = 2

_Fields = tuple[int, int, int, int, int, float]
"""Year, month, day, hour, minute, second."""


@dataclass(frozen=True, slots=True)
class Moment:
    """One moment: in UTC if it has a zone. Its fields count from `first` on."""

    fields: _Fields
    first: int
    zoned: bool
    printed: str

    @property
    def key(self) -> Hashable:
        """What equal ones have alike."""
        return self.fields[self.first :], self.zoned

    def __lt__(self, other: Moment) -> bool:
        return self._order(other) == -1

    def __le__(self, other: Moment) -> bool:
        return self._order(other) in (-1, 0)

    def __gt__(self, other: Moment) -> bool:
        return self._order(other) == 1

    def __ge__(self, other: Moment) -> bool:
        return self._order(other) in (0, 1)

    def _order(self, other: Moment) -> int | None:
        """-1 if it is before the other, 0 if it is the same, 1 if after; None if none is sure."""
        ours, theirs, first = self.fields, other.fields, self.first
        if self.zoned == other.zoned:
            return (ours[first:] > theirs[first:]) - (ours[first:] < theirs[first:])
        if self.zoned:
            earliest, latest = _in_utc(theirs, _FARTHEST, 0), _in_utc(theirs, -_FARTHEST, 0)
            if ours[first:] < earliest[first:]:
                return -1
            return 1 if ours[first:] > latest[first:] else None
        # What is taken to UTC for this counts in all its fields.
        if _in_utc(ours, -_FARTHEST, 0) < theirs:
            return -1
        return 1 if _in_utc(ours, _FARTHEST, 0) > theirs else None


def days_of_month(year: int, month: int) -> int:
    """How many days a month has; that before January is a December."""
    # Java's remainder is that of the year before the sign.
    leap = abs(year) % 4 == 0 and (abs(year) % 100 != 0 or abs(year) % 400 == 0)
    return _DAYS[month - 1] + (leap and month == _FEBRUARY)


def _reader(
    pattern: str, print_: Callable[[_Fields], str], first: int = 0
) -> Callable[[str], Moment | None]:
    """What reads a text, None for what is no value."""
    written = re.compile(pattern + _ZONE, re.ASCII)

    def read(text: str) -> Moment | None:
        found = written.fullmatch(text)
        if found is None:
            return None
        said = found.groupdict()
        zone = _zone(said)
        fields = _fields(said)
        if zone is None or fields is None:
            return None
        if said["zone"] is None:
            return Moment(fields, first, zoned=False, printed=print_(fields))
        fields = _in_utc(fields, *zone)
        return Moment(fields, first, zoned=True, printed=f"{print_(fields)}Z")

    return read


def _zone(said: Mapping[str, str | None]) -> tuple[int, int] | None:
    """Hours and minutes before UTC, both with their sign; None if no zone is so far away."""
    if said["zone_hour"] is None:
        return 0, 0
    hour, minute = int(said["zone_hour"]), int(said["zone_minute"] or 0)
    if minute >= _SIXTY or (hour, minute) > (_FARTHEST, 0):
        return None
    return (-hour, -minute) if (said["zone"] or "")[0] == "-" else (hour, minute)


def _fields(said: Mapping[str, str | None]) -> _Fields | None:
    """None if there is no such day or time."""
    if len(said.get("year") or "") > len(str(_YEARS)) + 1:
        return None
    is_time = "hour" in said and "day" not in said
    unsaid = {**_UNSAID, "day": _DAY_OF_TIMES} if is_time else _UNSAID
    year, month, day = (int(said.get(part) or unsaid[part]) for part in unsaid)
    if not (year and -_YEARS <= year < _YEARS and 1 <= month <= _MONTHS):
        return None
    if not 1 <= day <= days_of_month(year, month):
        return None
    hour, minute = int(said.get("hour") or 0), int(said.get("minute") or 0)
    second = float(said.get("second") or 0)
    if (hour, minute, second) == (_HOURS, 0, 0):
        return *_carried(year, month, day + 1, before=False), 0, 0, 0.0
    if hour >= _HOURS or minute >= _SIXTY or second >= _SIXTY:
        return None
    return year, month, day, hour, minute, second


def _carried(year: int, month: int, day: int, *, before: bool) -> tuple[int, int, int]:
    """A day that is out of its month; `before`: a year 0 met is that before the year 1."""
    if day < 1:
        month -= 1
        day += days_of_month(year, month)
    elif day > days_of_month(year, month):
        day -= days_of_month(year, month)
        month += 1
    year, month = year + (month - 1) // _MONTHS, (month - 1) % _MONTHS + 1
    return year or (-1 if before else 1), month, day


def _in_utc(fields: _Fields, hours: int, minutes: int) -> _Fields:
    """Fields of a zone so far before UTC, in UTC."""
    year, month, day, hour, minute, second = fields
    minute -= minutes
    hour += minute // _SIXTY - hours
    day += hour // _HOURS
    before = hours >= 0 and minutes >= 0
    return (
        *_carried(year, month, day, before=before),
        hour % _HOURS,
        minute % _SIXTY,
        second,
    )


def _year(fields: _Fields) -> str:
    return f"{'-' if fields[0] < 0 else ''}{abs(fields[0]):04}"


def _date(fields: _Fields) -> str:
    return f"{_year(fields)}-{fields[1]:02}-{fields[2]:02}"


def _time(fields: _Fields) -> str:
    second = fields[5]
    return f"{fields[3]:02}:{fields[4]:02}:{'0' if second < 10 else ''}{printed_seconds(second)}"


MOMENTS: Final[Mapping[str, Callable[[str], Moment | None]]] = {
    "dateTime": _reader(f"{_DATE}T{_TIME}", lambda fields: f"{_date(fields)}T{_time(fields)}"),
    "date": _reader(_DATE, _date),
    "time": _reader(_TIME, _time, 2),
    "gYear": _reader(_YEAR, _year),
    "gYearMonth": _reader(f"{_YEAR}-{_MONTH}", lambda fields: f"{_year(fields)}-{fields[1]:02}"),
    "gMonth": _reader(f"--{_MONTH}(?:--)?", lambda fields: f"--{fields[1]:02}", 1),
    "gMonthDay": _reader(
        f"--{_MONTH}-{_DAY}", lambda fields: f"--{fields[1]:02}-{fields[2]:02}", 1
    ),
    "gDay": _reader(f"---{_DAY}", lambda fields: f"---{fields[2]:02}", 2),
}
"""What reads the texts of these types."""
