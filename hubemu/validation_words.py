"""What is wrong with a value of a file or a body, in our own words: pydantic's speak of Python."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from pydantic import BaseModel
from pydantic_core import ErrorDetails

from hubemu.suggestions import closest

__all__ = ["what_is_wrong"]

_LONGEST = 60
_UNKNOWN = "extra_forbidden"
_OURS = {"value_error": "Value error, ", "assertion_error": "Assertion failed, "}
"""Errors whose words a rule of our own gave, and what pydantic sets before them."""
_WANTED: Mapping[str, str] = {
    "string_type": "a text is needed",
    "bool_type": "true or false is needed",
    "bool_parsing": "true or false is needed",
    "int_type": "a whole number is needed",
    "int_parsing": "a whole number is needed",
    "int_from_float": "a whole number is needed",
    "int_parsing_size": "a smaller number is needed",
    "multiple_of": "a multiple of {multiple_of} is needed",
    "float_type": "a number is needed",
    "float_parsing": "a number is needed",
    "finite_number": "a finite number is needed",
    "list_type": "a list is needed",
    "tuple_type": "a list is needed",
    "set_type": "a list is needed",
    "frozen_set_type": "a list is needed",
    "dict_type": "{mapping} needed",
    "model_type": "{mapping} needed",
    "model_attributes_type": "{mapping} needed",
    "path_type": "a path is needed",
    "date_type": "a date is needed, as 2026-11-28",
    "date_parsing": "a date is needed, as 2026-11-28",
    "date_from_datetime_parsing": "a date is needed, as 2026-11-28",
    "date_from_datetime_inexact": "a date is needed, as 2026-11-28",
    "datetime_type": "a time is needed, as 2026-11-28T12:00:00Z",
    "datetime_parsing": "a time is needed, as 2026-11-28T12:00:00Z",
    "datetime_from_date_parsing": "a time is needed, as 2026-11-28T12:00:00Z",
    "timezone_aware": "a time with its zone is needed, as 2026-11-28T12:00:00Z",
    "none_required": "nothing may stand here",
    "greater_than": "more than {gt} is needed",
    "greater_than_equal": "{ge} or more is needed",
    "less_than": "less than {lt} is needed",
    "less_than_equal": "{le} or less is needed",
    "string_too_short": "{min_length} characters or more are needed",
    "string_too_long": "{max_length} characters at most are allowed",
    "too_short": "{min_length} entries or more are needed",
    "too_long": "{max_length} entries at most are allowed",
    "string_pattern_mismatch": "it has to match {pattern}",
    "string_unicode": "a text that UTF-8 can write is needed",
    "string_not_ascii": "a text of ASCII characters is needed",
    "invalid_key": "a key has to be a text",
    "recursion_loop": "it stands within itself",
    "union_tag_invalid": "{discriminator} has to be {expected_tags}",
    "union_tag_not_found": "the key {discriminator} is missing",
    "literal_error": "it has to be {expected}",
    "enum": "it has to be {expected}",
}


_OBJECT = "a JSON object"


def what_is_wrong(error: ErrorDetails, model: type[BaseModel], *, json: bool = False) -> str:
    """What is needed or allowed instead of what came, and what came, as a line for a person.

    Args:
        error: one of the faults that `model` found.
        model: what the whole of the file or body was read as.
        json: whether it is JSON, which calls keys with values an object; else it is YAML.
    """
    name = str(error["loc"][-1]) if error["loc"] else ""
    if error["type"] == "missing":
        return f"the key {name!r} is missing"
    if error["type"] == _UNKNOWN:
        return _unknown(name, _keys_at(model, error["loc"][:-1]))
    if error["type"] in _OURS:
        return error["msg"].removeprefix(_OURS[error["type"]])
    wanted = _WANTED.get(error["type"], "this value is not allowed here")
    limits: dict[str, Any] = error.get("ctx", {})
    mapping = f"{_OBJECT} is" if json else "keys with values are"
    return f"{wanted.format_map({**limits, 'mapping': mapping})} (given: {_shown(error, json)})"


def _unknown(name: str, allowed: Sequence[str]) -> str:
    close = closest(name, allowed)
    hint = f"did you mean {close!r}? " if close else ""
    return f"unknown key {name!r}: {hint}allowed are {', '.join(allowed)}"


def _keys_at(model: type[BaseModel], loc: Sequence[int | str]) -> list[str]:
    """The keys that the model nested at `loc` allows."""
    current: Any = model
    for part in loc:
        if isinstance(part, str) and isinstance(current, type) and issubclass(current, BaseModel):
            fields = {info.alias or name: info for name, info in current.model_fields.items()}
            if part in fields:
                current = _inner_model(fields[part].annotation)
    if not (isinstance(current, type) and issubclass(current, BaseModel)):
        return []
    return [info.alias or name for name, info in current.model_fields.items()]


def _inner_model(annotation: Any) -> Any:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return annotation
    for argument in getattr(annotation, "__args__", ()):
        if (found := _inner_model(argument)) is not None:
            return found
    return None


def _shown(error: ErrorDetails, json: bool) -> str:
    """The value that came, as a file would write it, a long one cut."""
    value = error["input"]
    if value is None:
        return "null" if json else "nothing"
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, dict):
        return _OBJECT if json else "keys with values"
    if isinstance(value, list | tuple):
        return "a list"
    text = repr(value) if isinstance(value, str) else str(value)
    return text if len(text) <= _LONGEST else f"{text[:_LONGEST]}..."
