"""What ships with hubemu: scenario files, the library of example messages, the requirements."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

from pydantic import Field

from hubemu.data_folders import data_folder
from hubemu.errors import InputError
from hubemu.scenarios.format.block import Block
from hubemu.scenarios.format.text import Text
from hubemu.suggestions import did_you_mean
from hubemu.yamlfile import read_yaml

__all__ = [
    "Example",
    "Requirement",
    "example",
    "example_names",
    "find_scenario",
    "requirements",
    "scenario_files",
]

_MESSAGES = "messages"
_FAULTS = "faults"
"""Folders beside the milestones: example messages, and rules for faults."""


class Example(Block):
    """A content of the library: one key, the type's, and its body.

    `lines` gives what differs in a line of models (1, 2 or 3): JSONPath to value, `null` to leave
    it out.
    """

    title: Text | None = None
    like: str | None = Field(None, description="Another example it is a change to.")
    content: dict[str, Any] = Field(default_factory=dict)
    set_: dict[str, Any] = Field(default_factory=dict, alias="set")
    lines: dict[int, dict[str, Any]] = Field(default_factory=dict)


class Requirement(Block):
    """Something a vendor's software or the Hub must do, and where that is said."""

    id: str
    title: Text
    source: str = Field(description="Section of DST or DSF, or the milestone's slides.")
    milestone: str
    level: str | None = None


class _RequirementsFile(Block):
    requirements: list[Requirement]


def _folder() -> Path:
    return data_folder("scenarios")


def scenario_files() -> list[Path]:
    """Every scenario that ships, by milestone and name."""
    return sorted(
        file for file in _folder().glob("*/*.yaml") if file.parent.name not in (_MESSAGES, _FAULTS)
    )


def find_scenario(name: str) -> Path:
    """The file of a scenario: a path, or the name of one that ships.

    Raises:
        InputError: there is no such file or scenario.
    """
    path = Path(name)
    if path.suffix in (".yaml", ".yml") or path.parent != Path() or path.is_file():
        if path.is_dir():
            raise InputError(path, "is a folder: name its files")
        return path
    known = {file.stem: file for file in scenario_files()}
    if name not in known:
        hint = did_you_mean(name, known)
        raise InputError(
            name, f"no scenario is called so; {hint}see `hubemu scenario list`, or name a file"
        )
    return known[name]


def example_names() -> list[str]:
    """The names of the library of examples."""
    return sorted(file.stem for file in (_folder() / _MESSAGES).glob("*.yaml"))


@cache
def example(name: str) -> Example:
    """An example of the library.

    Raises:
        InputError: there is none of that name.
    """
    file = _folder() / _MESSAGES / f"{name}.yaml"
    if name not in example_names():
        hint = did_you_mean(name, example_names())
        raise InputError(name, f"no example is called so; {hint}see `hubemu scenario list`")
    return read_yaml(file, Example)


@cache
def requirements() -> Mapping[str, Requirement]:
    """Every requirement by its id, in the order of the file."""
    found = read_yaml(_folder() / "requirements.yaml", _RequirementsFile)
    return {one.id: one for one in found.requirements}
