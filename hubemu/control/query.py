"""Query parameters of requests, checked strictly: a typing error must not look like an answer."""

from __future__ import annotations

import math
import re
from collections.abc import Collection
from http import HTTPStatus

from starlette.requests import Request

from hubemu.control.operations import Schema
from hubemu.control.problems import Problem
from hubemu.suggestions import closest, did_you_mean

__all__ = ["WHOLE", "Query"]

_MOST = 2**53 - 1
WHOLE: Schema = {"type": "integer", "minimum": 0, "maximum": _MOST}
"""What `Query.number` takes."""


class Query:
    """The parameters of a request; an empty one counts as absent.

    Args:
        request: where they come from.
        allowed: names of those that exist.

    Raises:
        Problem: 400, one is unknown or given twice.
    """

    def __init__(self, request: Request, allowed: Collection[str]) -> None:
        self._values: dict[str, str] = {}
        for name, value in request.query_params.multi_items():
            if name not in allowed:
                raise _unknown(name, allowed)
            if name in self._values:
                raise _refused(f"The parameter {name!r} is given twice: keep one.")
            self._values[name] = value

    def text(self, name: str) -> str | None:
        """The value as it came."""
        return self._values.get(name) or None

    def choice(self, name: str, allowed: Collection[str]) -> str | None:
        """The value, which must be one of `allowed`.

        Raises:
            Problem: 400.
        """
        value = self.text(name)
        if value is not None and value not in allowed:
            known = ", ".join(allowed)
            hint = did_you_mean(value, allowed)
            raise _refused(f"The parameter {name!r} cannot be {value!r}: {hint}use one of {known}.")
        return value

    def matching(self, name: str, form: str, what: str) -> str | None:
        """The value, which must have the `form` (a regular expression) of `what`.

        Raises:
            Problem: 400.
        """
        value = self.text(name)
        if value is not None and not re.fullmatch(form, value):
            raise _refused(f"The parameter {name!r} cannot be {value!r}: {what} is {form}.")
        return value

    def seconds(self, name: str, *, most: float) -> float:
        """A number of seconds from 0 to `most`, 0 when absent.

        Raises:
            Problem: 400.
        """
        value = self._number(name, 0.0)
        if not 0 <= value <= most:
            raise _refused(f"The parameter {name!r} is a number of seconds from 0 to {most:g}.")
        return value

    def count(self, name: str, default: int, *, most: int) -> int:
        """A whole number from 1 to `most`.

        Raises:
            Problem: 400.
        """
        value = self._number(name, default)
        if not 1 <= value <= most or value != int(value):
            raise _refused(f"The parameter {name!r} is a whole number from 1 to {most}.")
        return int(value)

    def number(self, name: str) -> int:
        """A whole number (`WHOLE`), 0 when absent.

        Raises:
            Problem: 400.
        """
        value = self._number(name, 0)
        if not 0 <= value <= _MOST or value != int(value):
            raise _refused(f"The parameter {name!r} is a whole number from 0 on.")
        return int(value)

    def _number(self, name: str, default: float) -> float:
        value = self.text(name)
        if value is None:
            return default
        try:
            return float(value)
        except ValueError:
            return math.nan  # out of every range: the caller's bounds say what is right


def _unknown(name: str, allowed: Collection[str]) -> Problem:
    close = closest(name, allowed)
    hint = f"did you mean {close!r}? " if close else ""
    known = f"allowed are {', '.join(allowed)}" if allowed else "this path takes none"
    return _refused(f"No parameter is called {name!r}: {hint}{known}.")


def _refused(detail: str) -> Problem:
    return Problem(HTTPStatus.BAD_REQUEST, detail)
