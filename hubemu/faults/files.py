"""Rules in files: YAML, `faults:` a list of rules; some are shipped and known by their names."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict

from hubemu.data_folders import data_folder
from hubemu.errors import InputError
from hubemu.faults.reading import WrongRule, read_rule
from hubemu.faults.rule import WantedRule
from hubemu.suggestions import did_you_mean
from hubemu.yamlfile import Mistake, examine_yaml, read_text

__all__ = ["presets", "read_rules", "rules_file"]


class _File(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)

    faults: list[Any]


def presets() -> dict[str, Path]:
    """The files that are shipped, by name."""
    folder = data_folder("scenarios") / "faults"
    return {file.stem: file for file in sorted(folder.glob("*.yaml"))}


def rules_file(named: str) -> Path:
    """The file of a path, or of the name of one that is shipped.

    Raises:
        InputError: there is neither.
    """
    path, shipped = Path(named), presets()
    if not path.exists() and named in shipped:
        return shipped[named]
    if not path.exists() and path.name == named and not path.suffix:
        hint = did_you_mean(named, shipped)
        raise InputError(named, f"no such file: {hint}shipped are {', '.join(shipped)}")
    return path


def read_rules(path: Path) -> tuple[WantedRule, ...]:
    """The rules of a file.

    Raises:
        InputError: with file, line, and what is wrong with the first mistake.
    """
    examined = examine_yaml(read_text(path), path, _File)
    mistakes, rules = list(examined.mistakes), []
    for number, given in enumerate(examined.content.faults if examined.content else ()):
        try:
            rules.append(read_rule(given))
        except WrongRule as wrong:
            mistakes += [
                examined.mistake(("faults", number, *one.where), one.text) for one in wrong.mistakes
            ]
    if mistakes:
        raise _located(path, mistakes)
    return tuple(rules)


def _located(path: Path, mistakes: list[Mistake]) -> InputError:
    first = mistakes[0]
    where = path if first.line is None else f"{path}:{first.line}"
    more = f" (and {len(mistakes) - 1} more)" if len(mistakes) > 1 else ""
    return InputError(where, f"{first.problem}{more}", first.path)
