"""The grammar of the model files: marks, field keys, field types (see models/README.md).

Knows nothing of files; a mistake is a `NotationError` with the words for a person.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache

__all__ = ["FieldKey", "NotationError", "TypeUse", "exists_in", "read_key", "read_type"]

_KEY = re.compile(r"(?P<name>\w+|\*)(?P<required>!?)(?: (?P<mark>@\S+))?")
_TYPE = re.compile(
    r"(?P<name>[A-Za-z][A-Za-z0-9-]*)(?P<many>\[(?:(?P<least>\d*)\.\.(?P<most>\d*))?\])?"
)


class NotationError(ValueError):
    """Something in a model file is not in the notation."""


@dataclass(frozen=True, slots=True)
class FieldKey:
    """The left side of a field: `name!` and the mark, empty for all releases."""

    name: str
    required: bool
    mark: str


@dataclass(frozen=True, slots=True)
class TypeUse:
    """The right side of a field: a type's name and how often it occurs.

    `least` and `most` are the bounds of a list (`many`), `None` where there is none.
    """

    name: str
    many: bool = False
    least: int | None = None
    most: int | None = None


@cache
def read_key(text: str) -> FieldKey:
    """Read `name`, `name!` or `name! @2.0.0+`.

    Raises:
        NotationError: it is written otherwise.
    """
    found = _KEY.fullmatch(text)
    if not found:
        raise NotationError(f"{text!r} is not a field: write name, name! or name! @RELEASE")
    return FieldKey(found["name"], bool(found["required"]), found["mark"] or "")


@cache
def read_type(text: str) -> TypeUse:
    """Read `type`, `type[]`, `type[1..]`, `type[..3]` or `type[1..3]`.

    Raises:
        NotationError: it is written otherwise.
    """
    found = _TYPE.fullmatch(text)
    if not found:
        raise NotationError(f"{text!r} is not a type: write type, type[], type[1..] or type[..3]")
    least, most = found["least"], found["most"]
    return TypeUse(
        found["name"],
        bool(found["many"]),
        int(least) if least else None,
        int(most) if most else None,
    )


def exists_in(mark: str, release: str, releases: Sequence[str]) -> bool:
    """Whether a thing with this mark exists in `release`; `releases` is every one, oldest first.

    Raises:
        NotationError: it is no mark, or names a release that is not there.
    """
    if not mark:
        return True
    named = mark.removeprefix("@")
    if named == mark:
        raise NotationError(f"{mark!r} is not a mark: it begins with @")
    picked = [_picked(part, releases) for part in named.split(",")]
    return any(release in names for names in picked)


def _picked(part: str, releases: Sequence[str]) -> Sequence[str]:
    """The releases that `3.0.0+`, `-2.0.0` or `1.0` stands for."""
    if part.endswith("+"):
        return releases[_position(part[:-1], releases) :]
    if part.startswith("-"):
        return releases[: _position(part[1:], releases) + 1]
    _position(part, releases)
    return (part,)


def _position(name: str, releases: Sequence[str]) -> int:
    if name not in releases:
        raise NotationError(f"no release is called {name!r}; there are {', '.join(releases)}")
    return releases.index(name)
