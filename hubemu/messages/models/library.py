"""The folder of model files as it is written, before any release is picked out of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any, TypeAlias

from hubemu.data_folders import read_built_in
from hubemu.errors import InputError

__all__ = [
    "CodeList",
    "Fields",
    "Library",
    "Marked",
    "ReleaseEntry",
    "TypeEntry",
    "builtin_library",
    "read_library",
    "release_names",
]

_BUILT_IN = Path(__file__).resolve().parent

Fields: TypeAlias = Mapping[str, str]
"""Field keys to field types, in order."""
Marked: TypeAlias = str | Mapping[str, str]
"""A pattern, or one for each mark."""
CodeList: TypeAlias = list[str | Mapping[str, list[str]]]
"""Codes in order, runs of which may bear a mark."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ReleaseEntry:
    """One entry of releases.yaml."""

    namespace: str
    anchored: bool = True
    header: tuple[str, ...]
    bare: tuple[str, ...]
    exclusive: tuple[str, ...] = ()
    json_only: tuple[str, ...] = ()
    lower_case: tuple[str, ...] = ()
    renamed: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class TypeEntry:
    """One file of types/."""

    key: str
    fields: Fields
    objects: Mapping[str, Fields] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Library:
    """Everything the model files say; `codes` has each list with the file it stands in."""

    folder: Path
    releases: Mapping[str, ReleaseEntry]
    types: Mapping[str, TypeEntry]
    objects: Mapping[str, Fields]
    patterns: Mapping[str, Marked]
    codes: Mapping[str, tuple[Path, CodeList]]

    @property
    def names(self) -> tuple[str, ...]:
        """The releases, oldest first."""
        return tuple(self.releases)

    def type_file(self, name: str) -> Path:
        """The file of a message type."""
        return self.folder / "types" / f"{name}.yaml"

    @property
    def objects_file(self) -> Path:
        """The file of the objects that types share."""
        return self.folder / "objects.yaml"

    @property
    def patterns_file(self) -> Path:
        """The file of the patterns."""
        return self.folder / "patterns.yaml"


def release_names() -> tuple[str, ...]:
    """The built-in releases, oldest first."""
    return tuple(read_built_in(_BUILT_IN / "releases.yaml"))


@cache
def builtin_library() -> Library:
    """Our own model files, read once."""
    return _read(_BUILT_IN)


def read_library(folder: Path) -> Library:
    """The model files of `folder`, each checked.

    Raises:
        InputError: a file is missing or is not in the notation, with its place.
    """
    from hubemu.messages.models.library_files import check_library

    check_library(folder)
    return _read(folder)


def _read(folder: Path) -> Library:
    """The model files of a folder (InputError: a name stands for two things)."""
    patterns = read_built_in(folder / "patterns.yaml")
    codes: dict[str, tuple[Path, CodeList]] = {}
    for path in sorted((folder / "codes").glob("*.yaml")):
        for name, listed in read_built_in(path).items():
            if name in codes or name in patterns:
                raise InputError(path, "another list or pattern has this name", name)
            codes[name] = (path, listed)
    return Library(
        folder=folder,
        releases={
            name: _release(entry) for name, entry in read_built_in(folder / "releases.yaml").items()
        },
        types={
            path.stem: TypeEntry(**read_built_in(path))
            for path in sorted((folder / "types").glob("*.yaml"))
        },
        objects=read_built_in(folder / "objects.yaml"),
        patterns=patterns,
        codes=codes,
    )


def _release(entry: Mapping[str, Any]) -> ReleaseEntry:
    said: dict[str, Any] = {
        key.replace("-", "_"): tuple(value) if isinstance(value, list) else value
        for key, value in entry.items()
    }
    return ReleaseEntry(**said)
