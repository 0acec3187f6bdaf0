"""A home that is gone with its Hub."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from hubemu.keys.supply import KeySupply, keys_for_a_passing_home

__all__ = ["TemporaryHome", "temporary_home"]


@dataclass(frozen=True, slots=True)
class TemporaryHome:
    """A folder for a home, or for several, and what gives it keys."""

    path: Path
    new_key: KeySupply


@contextmanager
def temporary_home(purpose: str = "", *, ahead: bool = True) -> Iterator[TemporaryHome]:
    """A folder that is removed when the context ends; `purpose` is part of its name.

    Its keys are kept for the next one when it is gone; `ahead`: they are made from now on.
    """
    with (
        keys_for_a_passing_home(ahead=ahead) as keys,
        tempfile.TemporaryDirectory(prefix=f"hubemu-{purpose}") as folder,
    ):
        yield TemporaryHome(Path(folder), keys)
