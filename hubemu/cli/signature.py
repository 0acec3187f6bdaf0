"""Commands that share their options: the fields of a dataclass become the options."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import MISSING, Field, fields
from inspect import Parameter, Signature
from typing import Any, TypeVar, get_type_hints

__all__ = ["takes"]

OptionsT = TypeVar("OptionsT")


def takes(options: type[OptionsT]) -> Callable[[Callable[[OptionsT], Any]], Callable[..., Any]]:
    """Turn a function of one options object into what typer wants: one parameter a field.

    Args:
        options: a dataclass whose fields are annotated with `typer.Option` or `typer.Argument`.
    """
    hints = get_type_hints(options, include_extras=True)
    parameters = [
        Parameter(
            field.name,
            Parameter.KEYWORD_ONLY,
            default=_default(field),
            annotation=hints[field.name],
        )
        for field in fields(options)  # type: ignore[arg-type]  # mypy cannot say "dataclass type"
    ]

    def decorate(command: Callable[[OptionsT], Any]) -> Callable[..., Any]:
        def invoke(**values: Any) -> Any:
            return command(options(**values))

        invoke.__doc__ = command.__doc__
        invoke.__annotations__ = hints
        invoke.__signature__ = Signature(parameters)  # type: ignore[attr-defined]  # read by inspect
        return invoke

    return decorate


def _default(field: Field[Any]) -> Any:
    if field.default_factory is not MISSING:
        return field.default_factory()
    return Parameter.empty if field.default is MISSING else field.default
