"""A scenario file read and checked as a whole: each mistake with its line and a hint."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from hubemu.errors import InputError
from hubemu.routing import RoutingTables
from hubemu.scenarios.checking import check
from hubemu.scenarios.format.scenario import Scenario
from hubemu.yamlfile import Mistake, examine_yaml, read_text

__all__ = ["KnownNames", "ScenarioFile", "mistakes_in", "read_scenario"]


@dataclass(frozen=True, slots=True)
class KnownNames:
    """What a Hub has: its client ids, its vHosts with their model releases, its message types."""

    clients: Collection[str]
    vhosts: Mapping[str, str]
    types: Collection[str]

    @classmethod
    def of(cls, tables: RoutingTables) -> KnownNames:
        """What a Hub with these routing tables has."""
        clients = tables.clients.values()
        ids = [one for client in clients for one in (client.id, *client.own_ids)]
        functional = (*tables.perimeters.values(), *(row.also for row in tables.vhosts.values()))
        types = {one for several in functional for one in several}
        return cls(
            clients=dict.fromkeys(ids),
            vhosts={name: vhost.model for name, vhost in tables.vhosts.items()},
            types=sorted({*types, *tables.transverse, *tables.test_contents}),
        )


@dataclass(frozen=True, slots=True)
class ScenarioFile:
    """A scenario, and the file it stands in: `name` is its stem, `milestone` its folder."""

    path: Path
    scenario: Scenario

    @property
    def name(self) -> str:
        """What it is called by."""
        return self.path.stem

    @property
    def milestone(self) -> str:
        """The folder it stands in."""
        return self.path.absolute().parent.name

    @property
    def proves(self) -> list[str]:
        """The requirements it proves, each once."""
        scenario = self.scenario
        every = [*scenario.proves, *(one for step in scenario.steps for one in step.proves)]
        return list(dict.fromkeys(every))


def mistakes_in(path: Path, known: KnownNames) -> tuple[ScenarioFile | None, list[str]]:
    """The scenario of a file unless it has mistakes, and those as `FILE:LINE: ...`.

    Raises:
        InputError: the file cannot be read.
    """
    text = read_text(path)
    try:
        examined = examine_yaml(text, path, Scenario)
    except InputError as error:
        return None, [_syntax(path, error)]
    found: Sequence[Mistake] = examined.mistakes
    if examined.content is not None:
        wrong = check(examined.content, path, known.clients, known.vhosts, known.types)
        found = [examined.mistake(loc, problem) for loc, problem in wrong]
    if examined.content is None or found:
        return None, [f"{path}:{one.line or 1}: {one}" for one in found]
    return ScenarioFile(path, examined.content), []


def read_scenario(path: Path, known: KnownNames) -> ScenarioFile:
    """The scenario of a file.

    Raises:
        InputError: it cannot be read or has mistakes; the first is told, and how many more.
    """
    found, mistakes = mistakes_in(path, known)
    if found is None:
        more = f" (and {len(mistakes) - 1} more)" if len(mistakes) > 1 else ""
        where, _, problem = mistakes[0].partition(": ")
        raise InputError(where, problem + more)
    return found


def _syntax(path: Path, error: InputError) -> str:
    line = "".join(c for c in error.place.partition(",")[0] if c.isdigit())
    return f"{path}:{line or 1}: {error.problem}"
