"""The files of routing tables as a user may write them, checked: `vhosts.yaml`, `clients.yaml`.

Beside `routing`, since pydantic takes longer to be loaded than the built-in tables to be read.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any, Self

from pydantic import (
    BaseModel,
    ConfigDict,
    Field,
    StringConstraints,
    field_validator,
    model_validator,
)

from hubemu.yamlfile import read_yaml

__all__ = ["checked_content", "file_models"]

ClientId = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9_-]+(\.[A-Za-z0-9_-]+)*$")]


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, populate_by_name=True)


class ClientRow(_Strict):
    """One client: its id, how it wants to be written to, and what its certificate may do."""

    id: ClientId
    use_xml: bool = Field(
        default=False, alias="useXML", description="Whether it is written to in XML."
    )
    direct_cisu: bool = Field(
        default=False,
        alias="directCISU",
        description="Whether it speaks CISU itself: nothing is converted for it.",
    )
    editor: str = Field(default="unknown", description="Who made its software, for metrics.")
    acts_for: tuple[ClientId, ...] = Field(
        default=(), description="The ids it reads and writes as, instead of its own."
    )
    writes_as: tuple[ClientId, ...] = Field(default=(), description="Further ids it may write as.")
    reads_as: tuple[ClientId, ...] = Field(default=(), description="Further ids it may read as.")
    igc_name: str | None = Field(
        default=None,
        description="The Common Name of its IGC Santé certificate; without it one is made of its "
        "id.",
    )


class VHostRow(_Strict):
    """One vHost as the table says."""

    perimeter: str = Field(description="One of `perimeters`.")
    model: str = Field(description="Its model release, such as 2.0.0 (`hubemu models list`).")
    also: tuple[str, ...] = Field(default=(), description="Further types allowed here only.")
    ttl: int | None = Field(
        default=None, gt=0, description="Seconds a message lives in a client's queue."
    )


class _VHostsFile(_Strict):
    """Which vHosts there are, and the message types that each takes."""

    transverse: tuple[str, ...] = Field(description="Types allowed on every vHost.")
    test_contents: tuple[str, ...] = Field(description="Types allowed on the bac-à-sable only.")
    perimeters: Mapping[str, tuple[str, ...]] = Field(
        description="Perimeter: the types allowed on its vHosts."
    )
    vhosts: Mapping[str, VHostRow] = Field(min_length=1, description="Name: what it is.")

    @model_validator(mode="after")
    def _perimeters_exist(self) -> Self:
        for name, vhost in self.vhosts.items():
            if vhost.perimeter not in self.perimeters:
                known = ", ".join(self.perimeters)
                raise ValueError(
                    f"vHost {name!r}: no perimeter is called {vhost.perimeter!r}; use {known}"
                )
        return self


class _ClientsFile(_Strict):
    """Which clients there are; each has the three queues of its ids on every vHost."""

    clients: tuple[ClientRow, ...] = Field(min_length=1)

    @field_validator("clients")
    @classmethod
    def _once_each(cls, clients: tuple[ClientRow, ...]) -> tuple[ClientRow, ...]:
        twice = [name for name, n in Counter(client.id for client in clients).items() if n > 1]
        if twice:
            raise ValueError(f"client {twice[0]!r} is listed twice: keep one")
        return clients


def file_models() -> Mapping[str, type[BaseModel]]:
    """The models that read the files of a folder, by the file's name."""
    return {"vhosts.yaml": _VHostsFile, "clients.yaml": _ClientsFile}


def checked_content(path: Path) -> Mapping[str, Any]:
    """What a file of this name says.

    Raises:
        InputError: it is missing or wrong, with file, line or path, and what is allowed.
    """
    return read_yaml(path, file_models()[path.name]).model_dump(exclude_unset=True)
