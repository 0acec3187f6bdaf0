"""A message as the reference's library prints it: fixed order, nothing empty, dates re-printed.

Source: facts json-xml 1, 2.6, 2.7, 2.9. Works on trees in JSON form; both writers start from it.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from hubemu.messages.schemas.shapes import Kind, Shape
from hubemu.messages.text.datetimes import DateStyle, print_datetime
from hubemu.messages.text.java_numbers import free_content

__all__ = ["print_dates", "tidy"]


def print_dates(tree: Mapping[str, Any], style: DateStyle) -> dict[str, Any]:
    """A copy of an envelope whose own dates are as `style` prints them."""
    tidied = dict(tree)
    for key in ("dateTimeSent", "dateTimeExpires"):
        tidied[key] = print_datetime(tree[key], style)
    return tidied


def tidy(value: Any, shape: Shape, style: DateStyle) -> Any:
    """The value in schema order, without empty optional fields, its dates as `style` prints them.

    Keys that the shape does not know are dropped, as by the reference's classes.
    """
    if shape.kind is Kind.DATETIME:
        return print_datetime(value, style) if isinstance(value, str) else value
    if shape.kind is Kind.ANY:
        return free_content(value)
    if shape.kind is not Kind.OBJECT or not isinstance(value, dict):
        return value
    tidied: dict[str, Any] = {}
    for field in shape.fields.values():
        item = value.get(field.name)
        if not item and (item is None or item == "" or item == []):
            if field.required and not (field.droppable and item is None):
                tidied[field.name] = item
        elif field.is_plain:
            tidied[field.name] = item
        elif field.many and isinstance(item, list):
            tidied[field.name] = [tidy(one, field.shape, style) for one in item]
        else:
            tidied[field.name] = tidy(item, field.shape, style)
    return tidied
