"""A message as the reference's library prints it: fixed order, nothing empty, dates re-printed.

Source: facts json-xml 1, 2.6, 2.7, 2.9. Works on trees in JSON form; both writers start from it.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from hubemu.messages.datetimes import DateStyle, print_datetime
from hubemu.messages.shapes import Kind, Shape

__all__ = ["tidy"]


def tidy(value: Any, shape: Shape, style: DateStyle) -> Any:
    """The value in schema order, without empty optional fields, its dates as `style` prints them.

    Keys that the shape does not know are dropped, as by the reference's classes.
    """
    kind = shape.kind
    if kind is Kind.OBJECT and isinstance(value, Mapping):
        return _object(value, shape, style)
    if kind is Kind.DATETIME and isinstance(value, str):
        return print_datetime(value, style)
    return value


def _object(value: Mapping[str, Any], shape: Shape, style: DateStyle) -> dict[str, Any]:
    tidied: dict[str, Any] = {}
    for name, field in shape.fields.items():
        item = value.get(name)
        if item is None or item == "" or item == []:
            if field.required:
                tidied[name] = item
            continue
        inner = field.shape
        if inner.kind not in (Kind.OBJECT, Kind.DATETIME):
            tidied[name] = item
        elif field.many and isinstance(item, list):
            tidied[name] = [tidy(one, inner, style) for one in item]
        else:
            tidied[name] = tidy(item, inner, style)
    return tidied
