"""What an annotated parameter of a command is on the command line, in click's terms.

A command says its parameters once, as `name: Annotated[type, Option(...)] = default`; the flag, the
type of the value and whether it is repeatable, optional or required follow from that.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from types import UnionType
from typing import Any, Literal, Union, get_args, get_origin, get_type_hints

import click
from click.core import ParameterSource

from hubemu.cli.completion import completion_of
from hubemu.suggestions import did_you_mean

__all__ = ["Argument", "Option", "parameters_of"]

_Default = dict[Literal["required", "default"], Any]


@dataclass(frozen=True, slots=True)
class Argument:
    """A required word of the command line; several where the type is a tuple."""

    metavar: str
    help: str

    def parameter(self, name: str, kind: Any, default: _Default) -> click.Parameter:
        """The argument `name` of a type."""
        return click.Argument(
            [name],
            type=_value(_item(kind)),
            nargs=-1 if _is_several(kind) else 1,
            metavar=self.metavar,
            shell_complete=completion_of(self.metavar),
            help=self.help,
            **default,
        )


@dataclass(frozen=True, slots=True)
class Option:
    """An option, `--` and the parameter's name unless `flag` says another; a tuple is repeatable.

    Attributes:
        min: the least number allowed, `max` the greatest.
        by_prefix: whether the environment may say it where a command takes its options from there
            (`Command`'s `auto_envvar_prefix`).
    """

    flag: str = ""
    help: str = ""
    metavar: str | None = None
    envvar: str | None = None
    min: int | None = None
    max: int | None = None
    by_prefix: bool = True

    def parameter(self, name: str, kind: Any, default: _Default) -> click.Parameter:
        """The option `name` of a type."""
        item = _item(kind)
        return _ToldByItsSource(
            [self.flag or "--" + name.replace("_", "-"), name],
            type=_value(item, self.min, self.max),
            is_flag=item is bool or None,  # False would make the value itself optional
            multiple=_is_several(kind),
            metavar=self.metavar,
            shell_complete=completion_of(self.metavar),
            envvar=self.envvar,
            show_envvar=True,
            allow_from_autoenv=self.by_prefix,
            help=self.help,
            **default,
        )


class _ToldByItsSource(click.Option):
    """An option that is called by the name of its variable where its value comes from there."""

    def get_error_hint(self, ctx: click.Context | None) -> str:
        """What a mistake in its value is told of."""
        hint = click.Parameter.get_error_hint(self, ctx)
        if ctx is None or self.name is None:
            return hint
        if ctx.get_parameter_source(self.name) is not ParameterSource.ENVIRONMENT:
            return hint
        variable = self.envvar or f"{ctx.auto_envvar_prefix}_{self.name.upper()}"
        return f"{hint} (env var: '{variable}')"


def parameters_of(command: Callable[..., Any]) -> list[click.Parameter]:
    """The command line of a function, or of a dataclass: one parameter for each of its own."""
    hints = get_type_hints(command, include_extras=True)
    return [
        _parameter(one.name, hints[one.name], one.default)
        for one in inspect.signature(command).parameters.values()
    ]


def _parameter(name: str, hint: Any, default: Any) -> click.Parameter:
    kind, said = get_args(hint)
    parameter: click.Parameter = said.parameter(name, kind, _default(default))
    return parameter


def _default(default: Any) -> _Default:
    if default is inspect.Parameter.empty:
        return {"required": True}
    # The help would show the name of an enum's member, not its value.
    return {"default": default.value if isinstance(default, StrEnum) else default}


def _is_several(kind: Any) -> bool:
    return get_origin(kind) is tuple


def _item(kind: Any) -> Any:
    """The type of one value: `X` of `X | None` and of `tuple[X, ...]`."""
    several = get_origin(kind) in (UnionType, Union) or _is_several(kind)
    return get_args(kind)[0] if several else kind


def _value(kind: Any, least: int | None = None, most: int | None = None) -> Any:
    """What click calls a type."""
    if get_origin(kind) is Literal:
        return _Words(get_args(kind))
    if issubclass(kind, StrEnum):
        return _Values(kind)
    if kind is Path:
        return click.Path(path_type=Path)
    if least is None and most is None:
        return kind
    number = (click.IntRange if kind is int else click.FloatRange)(least, most)
    # Of a word, click would say that it is not a valid "integer range".
    number.name = "integer" if kind is int else "number"
    return number


class _Words(click.Choice[Any]):
    """One of some words; who writes another is told which was meant."""

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        """The word, as click knows it."""
        try:
            return super().convert(value, param, ctx)
        except click.BadParameter as error:
            known = [self.normalize_choice(one, ctx) for one in self.choices]
            hint = did_you_mean(str(value), known)
            raise click.BadParameter(f"{error.message} {hint}".rstrip(), ctx, param) from None


class _Values(_Words):
    """A member of an enum, written as its value: click would take the member's name."""

    def normalize_choice(self, choice: object, ctx: click.Context | None) -> str:
        """How a choice is written."""
        return str(choice)
