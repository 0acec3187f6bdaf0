"""The texts of the vocabulary in French: its own are English, the French stand in `french.yaml`."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from importlib.resources import files

import yaml

__all__ = ["in_french"]


def in_french(text: str) -> str:
    """A text of the vocabulary in French (KeyError: it is none)."""
    return _texts()[text]


@cache
def _texts() -> Mapping[str, str]:
    given = files("hubemu.faults").joinpath("french.yaml").read_text("utf-8")
    texts: dict[str, str] = yaml.safe_load(given)
    return texts
