"""The folder of model files as it is written, before any release is picked out of it.

Read strictly: a mistake is an `InputError` with file and field.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from pydantic import BaseModel, ConfigDict, Field, RootModel, StrictStr

from hubemu.errors import InputError
from hubemu.yamlfile import read_yaml

__all__ = [
    "CodeList",
    "Fields",
    "Library",
    "Marked",
    "ReleaseEntry",
    "TypeEntry",
    "read_library",
    "release_names",
]

Fields = dict[StrictStr, StrictStr]
"""Field keys to field types, in order."""
Marked = StrictStr | dict[StrictStr, StrictStr]
"""A pattern, or one for each mark."""
CodeList = list[StrictStr | dict[StrictStr, list[StrictStr]]]
"""Codes in order, runs of which may bear a mark."""


class ReleaseEntry(BaseModel):
    """One entry of releases.yaml."""

    model_config = ConfigDict(extra="forbid", frozen=True)
    namespace: StrictStr
    anchored: bool = True
    header: tuple[StrictStr, ...]
    bare: tuple[StrictStr, ...]
    exclusive: tuple[StrictStr, ...] = ()
    json_only: tuple[StrictStr, ...] = Field((), alias="json-only")
    lower_case: tuple[StrictStr, ...] = Field((), alias="lower-case")
    renamed: dict[StrictStr, StrictStr] = {}


class TypeEntry(BaseModel):
    """One file of types/."""

    model_config = ConfigDict(extra="forbid", frozen=True)
    key: StrictStr
    fields: Fields
    objects: dict[StrictStr, Fields] = {}


class _Releases(RootModel[dict[StrictStr, ReleaseEntry]]):
    pass


class _Objects(RootModel[dict[StrictStr, Fields]]):
    pass


class _Patterns(RootModel[dict[StrictStr, Marked]]):
    pass


class _CodeLists(RootModel[dict[StrictStr, CodeList]]):
    pass


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


def release_names(folder: Path) -> tuple[str, ...]:
    """The releases of the model files in `folder`, oldest first.

    Raises:
        InputError: releases.yaml is missing or is not in the notation.
    """
    return tuple(read_yaml(folder / "releases.yaml", _Releases).root)


def read_library(folder: Path) -> Library:
    """Read the model files of `folder`.

    Raises:
        InputError: a file is missing or is not in the notation, with its place.
    """
    patterns = read_yaml(folder / "patterns.yaml", _Patterns).root
    codes: dict[str, tuple[Path, CodeList]] = {}
    for path in sorted((folder / "codes").glob("*.yaml")):
        for name, listed in read_yaml(path, _CodeLists).root.items():
            if name in codes or name in patterns:
                raise InputError(path, "another list or pattern has this name", name)
            codes[name] = (path, listed)
    return Library(
        folder=folder,
        releases=read_yaml(folder / "releases.yaml", _Releases).root,
        types={
            path.stem: read_yaml(path, TypeEntry)
            for path in sorted((folder / "types").glob("*.yaml"))
        },
        objects=read_yaml(folder / "objects.yaml", _Objects).root,
        patterns=patterns,
        codes=codes,
    )
