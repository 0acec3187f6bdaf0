"""What is wrong with a value of a file, in our own words: pydantic's speak of Python."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pydantic_core import ErrorDetails

__all__ = ["wrong_value"]

_LONGEST = 60
_WANTED: Mapping[str, str] = {
    "string_type": "a text is needed",
    "bool_type": "true or false is needed",
    "bool_parsing": "true or false is needed",
    "int_type": "a whole number is needed",
    "int_parsing": "a whole number is needed",
    "int_from_float": "a whole number is needed",
    "int_parsing_size": "a smaller number is needed",
    "float_type": "a number is needed",
    "float_parsing": "a number is needed",
    "finite_number": "a finite number is needed",
    "list_type": "a list is needed",
    "tuple_type": "a list is needed",
    "set_type": "a list is needed",
    "frozen_set_type": "a list is needed",
    "dict_type": "keys with values are needed",
    "model_type": "keys with values are needed",
    "model_attributes_type": "keys with values are needed",
    "path_type": "a path is needed",
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
    "literal_error": "it has to be {expected}",
    "enum": "it has to be {expected}",
}


def wrong_value(error: ErrorDetails) -> str:
    """What is needed instead of a value, and the value; a rule of our own speaks for itself."""
    if error["type"] == "value_error":
        return error["msg"].removeprefix("Value error, ")
    wanted = _WANTED.get(error["type"], "this value is not allowed here")
    limits: dict[str, Any] = error.get("ctx", {})
    return f"{wanted.format_map(limits)} (given: {_shown(error['input'])})"


def _shown(value: Any) -> str:
    """A value as a file would write it, a long one cut."""
    if value is None:
        return "nothing"
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, dict):
        return "keys with values"
    if isinstance(value, list | tuple):
        return "a list"
    text = repr(value) if isinstance(value, str) else str(value)
    return text if len(text) <= _LONGEST else f"{text[:_LONGEST]}..."
