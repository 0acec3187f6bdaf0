"""Migrations as data: named steps, each what the Hub shows and whom it trusts."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Literal, Self

from pydantic import BaseModel, ConfigDict, Field, field_validator, model_validator

from hubemu.data_folders import data_folder
from hubemu.errors import InputError
from hubemu.suggestions import did_you_mean
from hubemu.yamlfile import read_yaml

__all__ = [
    "Issuer",
    "Migration",
    "MigrationStep",
    "load_migration",
    "migration_names",
    "read_migration",
]

Issuer = Literal["legacy", "igc", "new-intermediate", "new-root"]
"""An authority that issues: the Hub's own, IGC Santé as it is, from a new intermediate of the same
root, from a new root."""

_MOST_STEPS = 50
_LINE = re.compile(r"line (\d+)(?:, )?")


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class _Words(_Strict):
    en: str
    fr: str


class MigrationStep(_Strict):
    """One step: what the Hub shows and whom it trusts.

    `shows` names an authority that issued the Hub's certificate, or `certificate` and `key` are
    files; `renewed` has the certificate issued anew. `trusts` names authorities or PEM files.
    `revokes` names authorities whose issuing certificate is revoked; `hub` is the certificate that
    the Hub shows. The Hub's clock stands at `at`
    (the beginning of that day, UTC), or `around` the end of each certificate of the clients.
    """

    name: str = Field(min_length=1, max_length=60)
    about: _Words | None = None
    shows: Issuer | None = None
    certificate: Path | None = None
    key: Path | None = None
    renewed: bool = False
    trusts: tuple[Issuer | Path, ...] = Field(min_length=1)
    revokes: tuple[Literal["igc", "hub"], ...] = ()
    clients: Issuer | None = None
    at: date | None = None
    around: Literal["before", "after"] | None = None

    @field_validator("name")
    @classmethod
    def _can_be_listed(cls, name: str) -> str:
        if any(one in name for one in ",/\\"):
            raise ValueError(f"{name!r}: a name has no comma and no slash, --steps lists names")
        return name

    @model_validator(mode="after")
    def _shows_one(self) -> Self:
        files = self.certificate is not None and self.key is not None
        if (self.shows is None) is (not files) or (self.certificate is None) is not (
            self.key is None
        ):
            raise ValueError("say either shows, or certificate and key: what the Hub shows")
        if self.at is not None and self.around is not None:
            raise ValueError("say at or around, not both")
        return self

    @property
    def clients_issuer(self) -> Issuer:
        """Who issues the certificates of careful clients at this step."""
        trusted = [one for one in self.trusts if isinstance(one, str)]
        return self.clients or self.shows or (trusted[0] if trusted else "igc")


class Migration(_Strict):
    """A named change of certificates."""

    title: _Words
    steps: tuple[MigrationStep, ...]

    @model_validator(mode="after")
    def _names_differ(self) -> Self:
        names = [step.name for step in self.steps]
        if not 1 <= len(names) <= _MOST_STEPS:
            raise ValueError(f"steps: {len(names)} are there, 1 to {_MOST_STEPS} are needed")
        twice = sorted({name for name in names if names.count(name) > 1})
        if twice:
            raise ValueError(f"step {twice[0]!r} is there twice: each needs a name of its own")
        return self

    def step(self, name: str) -> MigrationStep:
        """The step of a name (InputError: there is none)."""
        known: Mapping[str, MigrationStep] = {step.name: step for step in self.steps}
        if name not in known:
            hint = did_you_mean(name, known)
            raise InputError("--steps", f"no step is called {name!r}; {hint}use {', '.join(known)}")
        return known[name]


@dataclass(frozen=True, slots=True)
class _Source:
    """Where a migration comes from; `folder` is what its paths start from."""

    path: Path
    folder: Path


def migration_names() -> list[str]:
    """The built-in ones."""
    return sorted(path.stem for path in (data_folder("certs") / "migrations").glob("*.yaml"))


def load_migration(name_or_file: str) -> Migration:
    """A built-in migration, or that of a file; paths in it start from the file's folder.

    Raises:
        InputError: there is none, or the file is wrong; with FILE:LINE, what is wrong, what is
            allowed.
    """
    source = _source(name_or_file)
    migration = read_migration(source.path)
    return migration.model_copy(
        update={"steps": tuple(_located(step, source) for step in migration.steps)}
    )


def read_migration(path: Path) -> Migration:
    """The migration in a file, its paths as they stand there (InputError: as above)."""
    try:
        return read_yaml(path, Migration)
    except InputError as error:
        line = _LINE.match(error.place)
        if line is None:
            raise
        raise InputError(
            f"{error.source}:{line[1]}", error.problem, error.place[line.end() :]
        ) from None


def _source(name_or_file: str) -> _Source:
    known = migration_names()
    if name_or_file in known:
        path = data_folder("certs") / "migrations" / f"{name_or_file}.yaml"
        return _Source(path, path.parent)
    path = Path(name_or_file)
    if not path.exists():
        hint = did_you_mean(name_or_file, known)
        problem = f"no such migration; {hint}use {', '.join(known)}, or a file"
        raise InputError("--migration " + name_or_file, problem)
    return _Source(path, path.resolve().parent)


def _located(step: MigrationStep, source: _Source) -> MigrationStep:
    """A step whose files are found, wherever the command runs."""

    def found(path: Path) -> Path:
        there = source.folder / path
        if not there.is_file():
            problem = f"step {step.name!r}: no authority and no file is called {str(path)!r}"
            raise InputError(source.path, problem)
        return there

    return step.model_copy(
        update={
            "certificate": step.certificate and found(step.certificate),
            "key": step.key and found(step.key),
            "trusts": tuple(one if isinstance(one, str) else found(one) for one in step.trusts),
        }
    )
