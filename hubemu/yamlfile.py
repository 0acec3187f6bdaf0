"""YAML files read into pydantic models; a mistake names file, line, path and what is allowed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Generic, TypeVar

import yaml
from pydantic import BaseModel, ValidationError

from hubemu.bounded_files import read_bounded
from hubemu.errors import InputError
from hubemu.validation_words import what_is_wrong

__all__ = [
    "Examined",
    "Mistake",
    "examine_yaml",
    "parse_yaml",
    "place_in",
    "read_text",
    "read_yaml",
]

ModelT = TypeVar("ModelT", bound=BaseModel)
_Loc = Sequence[int | str]
_MOST_VALUES = 100_000
"""Values, keys and brackets of a file; with every alias written out, too."""
_LONGEST_VALUE = 4_000
_SHOWN = 40
_UNDER_WAY = -1
_ORDER = {"extra_forbidden": 0, "missing": 2}
"""Of several mistakes an unknown key is told first: a missing one may only be misspelt."""


def read_text(path: Path, *, limit: int = 1_000_000) -> str:
    """The UTF-8 text of a file of at most `limit` bytes.

    Raises:
        InputError: the file is absent, unreadable, too large or not UTF-8.
    """
    try:
        return read_bounded(path, limit).decode("utf-8")
    except UnicodeDecodeError as error:
        raise InputError(path, "not UTF-8 text: save it as UTF-8", f"byte {error.start}") from None


def read_yaml(path: Path, model: type[ModelT]) -> ModelT:
    """The content of a YAML file as `model`.

    Raises:
        InputError: with line and path of the first mistake, and what is allowed there.
    """
    return parse_yaml(read_text(path), path, model)


def parse_yaml(text: str, source: object, model: type[ModelT]) -> ModelT:
    """The same, of a text already read; `source` names it in errors."""
    node, data = _read(text, source)
    try:
        return model.model_validate(data)
    except ValidationError as error:
        raise _located(error, node, source, model) from None


@dataclass(frozen=True, slots=True)
class Mistake:
    """One mistake of a file: its line, if that is known, the path of the value, what is wrong."""

    line: int | None
    path: str
    problem: str

    def __str__(self) -> str:
        return f"{self.path}: {self.problem}" if self.path else self.problem


@dataclass(frozen=True, slots=True)
class Examined(Generic[ModelT]):
    """A file that was read: its content unless it has mistakes, and where its values stand."""

    content: ModelT | None
    mistakes: list[Mistake]
    node: yaml.Node | None

    def mistake(self, loc: _Loc, problem: str) -> Mistake:
        """A mistake of the value at `loc`, a path of keys and numbers."""
        return Mistake(_start_of(self.node, loc)[0], _dotted(loc), problem)


def examine_yaml(text: str, source: object, model: type[ModelT]) -> Examined[ModelT]:
    """The content of a YAML text as `model`, or each of its mistakes.

    Raises:
        InputError: it is no YAML, or larger than any such file may be.
    """
    node, data = _read(text, source)
    try:
        return Examined(model.model_validate(data), [], node)
    except ValidationError as error:
        found = sorted(error.errors(), key=lambda one: _ORDER.get(one["type"], 1))
        mistakes = [
            Mistake(_start_of(node, one["loc"])[0], _dotted(one["loc"]), what_is_wrong(one, model))
            for one in found
        ]
        return Examined(None, mistakes, node)


def _read(text: str, source: object) -> tuple[yaml.Node | None, Any]:
    """The text as nodes, which know their lines, and as data."""
    node: yaml.Node | None = None
    try:
        _check_size(text, source)
        node = yaml.compose(text, Loader=yaml.CSafeLoader)
        _check_node(node, source)
        return node, yaml.load(text, Loader=yaml.CSafeLoader)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark
        place = f"line {mark.line + 1}, column {mark.column + 1}" if mark else ""
        raise InputError(source, f"not valid YAML: {error.problem}", place) from None
    except (yaml.YAMLError, ValueError, ArithmeticError) as error:
        # ValueError: a date such as 2026-13-45, a number of thousands of digits.
        value = _unreadable(node)
        place = f"line {value.start_mark.line + 1}" if value is not None else ""
        what = f"{value.value[:_SHOWN]!r}: " if value is not None else ""
        raise InputError(source, f"not valid YAML: {what}{error}", place) from None
    except RecursionError:
        raise InputError(source, "nested too deep") from None


def _unreadable(node: yaml.Node | None) -> yaml.ScalarNode | None:
    """The first value of a text that is none, such as a date in a thirteenth month."""
    if isinstance(node, yaml.ScalarNode):
        try:
            yaml.SafeLoader("").construct_object(node)
        except (yaml.YAMLError, ValueError, ArithmeticError):
            return node
        return None
    if not isinstance(node, yaml.CollectionNode):
        return None
    mapped = isinstance(node, yaml.MappingNode)
    parts = (part for one in node.value for part in (one if mapped else (one,)))
    return next((found for part in parts if (found := _unreadable(part)) is not None), None)


def _check_size(text: str, source: object) -> None:
    """Refuse what would take gigabytes to compose; nesting is bounded by the parser itself."""
    for count, event in enumerate(yaml.parse(text, Loader=yaml.CSafeLoader)):
        mark = event.start_mark
        place = f"line {mark.line + 1}" if mark else ""
        if count > _MOST_VALUES:
            raise InputError(source, f"has more than the {_MOST_VALUES} values allowed", place)
        if isinstance(event, yaml.ScalarEvent) and len(event.value) > _LONGEST_VALUE:
            raise InputError(source, f"a value longer than {_LONGEST_VALUE} characters", place)


def _check_node(node: yaml.Node | None, source: object) -> None:
    """Refuse keys that are no text or come twice, and aliases that recur or multiply."""
    sizes: dict[int, int] = {}
    if _size(node, source, sizes) > _MOST_VALUES:
        raise InputError(source, f"its aliases make more than the {_MOST_VALUES} values allowed")


def _size(node: yaml.Node | None, source: object, sizes: dict[int, int]) -> int:
    """How many values a node is with every alias in it written out; those known are in `sizes`."""
    if not isinstance(node, yaml.CollectionNode):
        return 1
    place = f"line {node.start_mark.line + 1}"
    if (known := sizes.get(id(node))) is not None:
        if known == _UNDER_WAY:
            raise InputError(source, "an alias stands within what it stands for", place)
        return known
    sizes[id(node)] = _UNDER_WAY
    if isinstance(node, yaml.MappingNode):
        _check_keys(node, source)
        parts = [value for _, value in node.value]
    else:
        parts = node.value
    sizes[id(node)] = 1 + sum(_size(part, source, sizes) for part in parts)
    return sizes[id(node)]


def _check_keys(node: yaml.MappingNode, source: object) -> None:
    seen: set[str] = set()
    for key, _ in node.value:
        place = f"line {key.start_mark.line + 1}"
        if not isinstance(key, yaml.ScalarNode):
            raise InputError(source, "a key is a list or a mapping: it must be a text", place)
        if key.value in seen:
            raise InputError(source, f"{key.value!r} is given twice: keep one", place)
        seen.add(key.value)


def _located(
    error: ValidationError, node: yaml.Node | None, source: object, model: type[BaseModel]
) -> InputError:
    first = min(error.errors(), key=lambda found: _ORDER.get(found["type"], 1))
    more = error.error_count() - 1
    problem = what_is_wrong(first, model) + (f" (and {more} more)" if more else "")
    return InputError(source, problem, _place(node, first["loc"]))


def place_in(path: Path, loc: _Loc) -> str:
    """Where the value at `loc` stands in a file that was read before, as its mistakes are told.

    Raises:
        InputError: it is not what it was.
    """
    return _place(_read(read_text(path), path)[0], loc)


def _place(node: yaml.Node | None, loc: _Loc) -> str:
    line, column = _start_of(node, loc)
    parts = (f"line {line}", _dotted(loc), f"column {column}") if line else (_dotted(loc),)
    return ", ".join(part for part in parts if part)


def _dotted(loc: _Loc) -> str:
    parts = (f"[{part}]" if isinstance(part, int) else f".{part}" for part in loc)
    return "".join(parts).lstrip(".")


def _start_of(node: yaml.Node | None, loc: _Loc) -> tuple[int | None, int | None]:
    """Line and column of the value at a path, of its key in a mapping; of what is there of it."""
    mark = node.start_mark if node else None
    for part in loc:
        if isinstance(node, yaml.SequenceNode) and isinstance(part, int):
            node = node.value[part]
            mark = node.start_mark
        elif isinstance(node, yaml.MappingNode):
            pairs = {key.value: (key, value) for key, value in node.value}
            if str(part) not in pairs:
                break
            key, node = pairs[str(part)]
            mark = key.start_mark
        else:
            break
    return (mark.line + 1, mark.column + 1) if mark else (None, None)
