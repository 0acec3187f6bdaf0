"""Commands that share their options: the fields of a dataclass become the options."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from typing import Any, TypeVar, get_type_hints

__all__ = ["takes"]

OptionsT = TypeVar("OptionsT")


def takes(options: type[OptionsT]) -> Callable[[Callable[[OptionsT], Any]], Callable[..., Any]]:
    """Turn a function of one options object into one with a parameter for each field.

    Args:
        options: a dataclass whose fields are annotated as those of a command.
    """

    def decorate(command: Callable[[OptionsT], Any]) -> Callable[..., Any]:
        def invoke(**values: Any) -> Any:
            return command(options(**values))

        invoke.__doc__ = command.__doc__
        invoke.__annotations__ = get_type_hints(options, include_extras=True)
        invoke.__signature__ = inspect.signature(options)  # type: ignore[attr-defined]  # read by inspect
        return invoke

    return decorate
