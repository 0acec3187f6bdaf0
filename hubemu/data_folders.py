"""Where the data folders are: beside the package in a checkout, inside it in a wheel."""

from __future__ import annotations

from pathlib import Path
from typing import Any

__all__ = ["data_folder", "read_built_in"]

_PACKAGE = Path(__file__).resolve().parent


def data_folder(name: str) -> Path:
    """The folder of built-in data called `name`, such as `routing`."""
    shipped = _PACKAGE / "_data" / name
    return shipped if shipped.is_dir() else _PACKAGE.parent / name


def read_built_in(path: Path) -> Any:
    """What a YAML file of the built-in data says.

    It is ours and the tests read it with every check, so none is made here: a command that judges
    one file would take half as long again.
    """
    import yaml

    with path.open("rb") as file:
        return yaml.load(file, Loader=yaml.CSafeLoader)
