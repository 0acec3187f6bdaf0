"""Dates and times as Xerces takes them apart."""

from __future__ import annotations

import re

__all__ = ["is_date", "is_moment", "is_time"]

_ZONE = r"(?P<zone>Z|[+-](?P<zone_hour>\d\d):(?P<zone_minute>\d\d))?"
_DATE = r"(?P<year>-?(?:[1-9]\d{4,}|\d{4}))-(?P<month>\d\d)-(?P<day>\d\d)"
_TIME = r"(?P<hour>\d\d):(?P<minute>\d\d):(?P<second>\d\d)(?P<part>\.\d+)?"
_DATE_ONLY = re.compile(_DATE + _ZONE, re.ASCII)
_TIME_ONLY = re.compile(_TIME + _ZONE, re.ASCII)
_MOMENT = re.compile(f"{_DATE}T{_TIME}{_ZONE}", re.ASCII)
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
    if len(found["year"]) > len(str(_YEARS)) + 1:
        return False
    year, month, day = int(found["year"]), int(found["month"]), int(found["day"])
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
