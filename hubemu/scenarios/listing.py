"""The scenarios that ship, as lists for commands and the control API."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from typing import Any

from hubemu.errors import InputError
from hubemu.scenarios.format.scenario import Scenario
from hubemu.scenarios.format.text import Language, said
from hubemu.scenarios.library import scenario_files
from hubemu.scenarios.reading import ScenarioFile
from hubemu.suggestions import did_you_mean
from hubemu.yamlfile import read_yaml

__all__ = ["rows", "shipped", "shipped_one"]


@cache
def shipped() -> tuple[ScenarioFile, ...]:
    """Every scenario that ships, in form; `reading` checks its names against a Hub."""
    return tuple(ScenarioFile(file, read_yaml(file, Scenario)) for file in scenario_files())


def shipped_one(name: str) -> ScenarioFile:
    """The scenario of a name.

    Raises:
        InputError: none that ships is called so.
    """
    known = {one.name: one for one in shipped()}
    if name not in known:
        hint = did_you_mean(name, known)
        raise InputError(name, f"no scenario is called so; {hint}there are {', '.join(known)}")
    return known[name]


def rows(found: Sequence[ScenarioFile], lang: Language) -> list[dict[str, Any]]:
    """The list as JSON (CONTRACT, Scenarios)."""
    return [
        {
            "name": one.name,
            "title": said(one.scenario.title, lang),
            "milestone": one.milestone,
            "file": str(one.path),
            "proves": one.proves,
            "case": one.scenario.case,
            "vhosts": one.scenario.vhosts,
            "engines": [engine.value for engine in one.scenario.engines],
            "clients": {name: actor.id for name, actor in one.scenario.clients.items()},
        }
        for one in found
    ]
