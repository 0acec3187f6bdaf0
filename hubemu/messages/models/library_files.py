"""The model files checked: a mistake is an `InputError` with file and field.

Beside `library`, since pydantic takes longer to be loaded than those files to be read.
"""

from __future__ import annotations

from pathlib import Path

from pydantic import BaseModel, ConfigDict, Field, RootModel, StrictStr

from hubemu.yamlfile import read_yaml

__all__ = ["check_library"]

_Fields = dict[StrictStr, StrictStr]
_Marked = StrictStr | dict[StrictStr, StrictStr]
_CodeList = list[StrictStr | dict[StrictStr, list[StrictStr]]]


class _Release(BaseModel):
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


class _Type(BaseModel):
    """One file of types/."""

    model_config = ConfigDict(extra="forbid", frozen=True)
    key: StrictStr
    fields: _Fields
    objects: dict[StrictStr, _Fields] = {}


class _Releases(RootModel[dict[StrictStr, _Release]]):
    pass


class _Objects(RootModel[dict[StrictStr, _Fields]]):
    pass


class _Patterns(RootModel[dict[StrictStr, _Marked]]):
    pass


class _CodeLists(RootModel[dict[StrictStr, _CodeList]]):
    pass


def check_library(folder: Path) -> None:
    """Check each of the model files of `folder`.

    Raises:
        InputError: one is missing or is not in the notation, with its place.
    """
    read_yaml(folder / "patterns.yaml", _Patterns)
    read_yaml(folder / "objects.yaml", _Objects)
    read_yaml(folder / "releases.yaml", _Releases)
    for path in sorted((folder / "codes").glob("*.yaml")):
        read_yaml(path, _CodeLists)
    for path in sorted((folder / "types").glob("*.yaml")):
        read_yaml(path, _Type)
