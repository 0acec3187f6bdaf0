"""JSONPath: reading what a path finds, and putting values where one leads."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import jsonpath
from jsonpath.selectors import IndexSelector, NameSelector

from hubemu.errors import InputError

__all__ = ["MISSING", "check_path", "find", "put", "take_away"]


class _Missing:
    """Stands for what a path does not find."""

    def __repr__(self) -> str:
        return "(absent)"


MISSING = _Missing()


def check_path(path: str, *, single: bool = False) -> str | None:
    """What is wrong with a path, `None` if nothing; `single`: it must lead to one place."""
    try:
        compiled = jsonpath.compile(path)
    except jsonpath.JSONPathError as error:
        return f"{path!r} is no JSONPath: {str(error).splitlines()[0]}"
    if not path.startswith("$"):
        return f"{path!r} is no JSONPath: it begins with $"
    if single and (not isinstance(compiled, jsonpath.JSONPath) or not compiled.singular_query()):
        return f"{path!r} may lead to several places: use names and numbers only, such as $.a.b[0]"
    return None


def find(path: str, tree: Any) -> Any:
    """What stands there: the value, a list where several do, `MISSING` where nothing does."""
    compiled = jsonpath.compile(path)
    found = compiled.findall(tree)
    if isinstance(compiled, jsonpath.JSONPath) and compiled.singular_query():
        return found[0] if found else MISSING
    return found if found else MISSING


def put(path: str, tree: Any, value: Any) -> None:
    """Put a value where a path of names and numbers leads; what is missing on the way is made.

    Raises:
        InputError: something else stands on the way, or a number is beyond the end of a list.
    """
    steps = _steps(path)
    last = steps[-1]
    node = tree
    for step, after in pairwise(steps):
        node = _entered(path, node, step, [] if isinstance(after, int) else {})
    _set(path, node, last, value)


def take_away(path: str, tree: Any) -> None:
    """Leave out what stands where the path leads, if anything does."""
    *way, last = _steps(path)
    node = tree
    for step in way:
        node = _at(node, step)
    if isinstance(node, dict):
        node.pop(last, None)
    elif isinstance(node, list) and isinstance(last, int) and -len(node) <= last < len(node):
        del node[last]


def _steps(path: str) -> list[str | int]:
    compiled = jsonpath.compile(path)
    if not isinstance(compiled, jsonpath.JSONPath):
        raise InputError(path, "must be one path")
    steps: list[str | int] = []
    for segment in compiled.segments:
        for selector in segment.selectors:
            if isinstance(selector, NameSelector):
                steps.append(selector.name)
            elif isinstance(selector, IndexSelector):
                steps.append(selector.index)
            else:
                raise InputError(path, "must be of names and numbers only, such as $.a.b[0]")
    if not steps:
        raise InputError(path, "leads to the whole: name a part of it")
    return steps


def _at(node: Any, step: str | int) -> Any:
    if isinstance(node, dict):
        return node.get(step)
    if isinstance(node, list) and isinstance(step, int) and -len(node) <= step < len(node):
        return node[step]
    return None


def _entered(path: str, node: Any, step: str | int, empty: Any) -> Any:
    found = _at(node, step)
    if found is None:
        _set(path, node, step, empty)
        return empty
    return found


def _set(path: str, node: Any, step: str | int, value: Any) -> None:
    if isinstance(node, dict) and isinstance(step, str):
        node[step] = value
    elif isinstance(node, list) and isinstance(step, int) and -len(node) <= step <= len(node):
        if step == len(node):
            node.append(value)
        else:
            node[step] = value
    else:
        raise InputError(path, f"cannot be set: {step!r} has no place there")
