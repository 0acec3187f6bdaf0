"""Dates and times as Xerces takes them apart."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping

__all__ = ["PARTS_OF_DATES", "is_date", "is_moment", "is_time"]

_ZONE = r"(?P<zone>Z|[+-](?P<zone_hour>\d\d):(?P<zone_minute>\d\d))?"
_DATE = r"(?P<year>-?(?:[1-9]\d{4,}|\d{4}))-(?P<month>\d\d)-(?P<day>\d\d)"
_TIME = r"(?P<hour>\d\d):(?P<minute>\d\d):(?P<second>\d\d)(?P<part>\.\d+)?"
_DATE_ONLY = re.compile(_DATE + _ZONE, re.ASCII)
_TIME_ONLY = re.compile(_TIME + _ZONE, re.ASCII)
_MOMENT = re.compile(f"{_DATE}T{_TIME}{_ZONE}", re.ASCII)
_YEAR, _MONTH, _DAY = r"(?P<year>-?(?:[1-9]\d{4,}|\d{4}))", r"(?P<month>\d\d)", r"(?P<day>\d\d)"
_LEAP = 2000
_YEARS = 2**31
_MONTHS, _HOURS, _SIXTY, _ZONE_HOURS = 12, 24, 60, 14
_DAYS = (31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31)
_FEBRUARY = 2

_Found = re.Match[str]


def is_moment(text: str) -> bool:
    """Whether it is a `dateTime`."""
    found = _MOMENT.fullmatch(text)
    return found is not None and _is_day(found) and _is_clock(found) and _is_zone(found)


def is_date(text: str) -> bool:
    """Whether it is a `date`."""
    found = _DATE_ONLY.fullmatch(text)
    return found is not None and _is_day(found) and _is_zone(found)


def is_time(text: str) -> bool:
    """Whether it is a `time`."""
    found = _TIME_ONLY.fullmatch(text)
    return found is not None and _is_clock(found) and _is_zone(found)


def _is_day(found: _Found) -> bool:
    return _is_date(found["year"], found["month"], found["day"])


def _is_date(written_year: str, written_month: str, written_day: str) -> bool:
    if len(written_year) > len(str(_YEARS)) + 1:
        return False
    year, month, day = int(written_year), int(written_month), int(written_day)
    if not (year and -_YEARS <= year < _YEARS and 1 <= month <= _MONTHS):
        return False
    # Java's remainder is that of the year before the sign.
    leap = abs(year) % 4 == 0 and (abs(year) % 100 != 0 or abs(year) % 400 == 0)
    return 1 <= day <= _DAYS[month - 1] + (leap and month == _FEBRUARY)


def _is_clock(found: _Found) -> bool:
    hour, minute, second = int(found["hour"]), int(found["minute"]), int(found["second"])
    if hour == _HOURS:
        return minute == 0 and second == 0 and not (found["part"] or "").strip(".0")
    return hour < _HOURS and minute < _SIXTY and second < _SIXTY


def _is_zone(found: _Found) -> bool:
    if found["zone_hour"] is None:
        return True
    hour, minute = int(found["zone_hour"]), int(found["zone_minute"])
    return minute < _SIXTY and (hour < _ZONE_HOURS or (hour == _ZONE_HOURS and minute == 0))


def _is_part(pattern: str) -> Callable[[str], bool]:
    """Whether a text is a part of a date: what it does not say is that of a leap year's January."""
    written = re.compile(pattern + _ZONE, re.ASCII)

    def test(text: str) -> bool:
        found = written.fullmatch(text)
        if found is None:
            return False
        said = found.groupdict()
        date = said.get("year") or str(_LEAP), said.get("month") or "1", said.get("day") or "1"
        return _is_date(*date) and _is_zone(found)

    return test


PARTS_OF_DATES: Mapping[str, Callable[[str], bool]] = {
    "gYear": _is_part(_YEAR),
    "gYearMonth": _is_part(f"{_YEAR}-{_MONTH}"),
    "gMonth": _is_part(f"--{_MONTH}(?:--)?"),
    "gMonthDay": _is_part(f"--{_MONTH}-{_DAY}"),
    "gDay": _is_part(f"---{_DAY}"),
}
"""Whether a text is a value of these types."""
