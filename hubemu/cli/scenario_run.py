"""Playing scenarios from the command line: the Hub, the audience at the terminal, the reports."""

from __future__ import annotations

import asyncio
import json
import secrets
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING

from hubemu.cli.access import control_of, facts_of
from hubemu.cli.loop import on_signals
from hubemu.cli.output import result, result_json, talk, watched
from hubemu.cli.scenario_terminal import TerminalAudience, summary
from hubemu.errors import InputError, unwritable
from hubemu.files import write_atomically
from hubemu.home import Home
from hubemu.routing import load_routing
from hubemu.scenario_hub import ScenarioHub
from hubemu.scenarios.format.text import Language
from hubemu.scenarios.library import find_scenario, scenario_files
from hubemu.scenarios.played_hub import PlayedHub, SharedHub, Unfit
from hubemu.scenarios.playing.player import PlayOptions, play
from hubemu.scenarios.reading import KnownNames, ScenarioFile, read_scenario
from hubemu.scenarios.results import RunResult
from hubemu.settings import EngineKind
from hubemu.temporary_home import temporary_home

if TYPE_CHECKING:
    from hubemu.cli.scenario import RunScenario

__all__ = ["run_scenarios", "tell"]

_USUAL_PORTS = (5671, 8671)


async def run_scenarios(options: RunScenario, lang: Language) -> RunResult:
    """Play what the options name; everything started for it is stopped, on Ctrl-C too.

    Raises:
        CancelledError: on Ctrl-C.
        InputError: a file or an option cannot be used.
        StartError: the Hub cannot be started or reached.
    """
    known_failures = _baseline(options.baseline)
    seed = options.seed if options.seed is not None else secrets.randbelow(2**32)
    outside = _outside(options.actor)
    task = asyncio.current_task()

    def stop(_number: int) -> None:
        if task is not None:
            task.cancel()

    with on_signals(stop):
        async with _played_hub(options, outside, seed) as (played_hub, known):
            files = _files(options, known)
            _require_actors(outside, files)
            playing = PlayOptions(
                seed=seed,
                lang=lang,
                outside=outside,
                patience=options.patience,
                vhosts=frozenset(options.vhost),
            )
            audience = TerminalAudience(lang, live=watched() or bool(outside))
            with suppress(Unfit):  # a Hub that cannot start ends the command, not a scenario
                await played_hub.prepare(files[0].scenario)
            played = [await play(file, played_hub, playing, audience) for file in files]
    return RunResult(seed=seed, scenarios=played, known=known_failures)


@asynccontextmanager
async def _played_hub(
    options: RunScenario, outside: frozenset[str], seed: int
) -> AsyncIterator[tuple[PlayedHub, KnownNames]]:
    """The Hub that is up in the home, else one of its own, and the names it has."""
    home = Home(options.home)
    if options.engine is None and home.endpoints() is not None:
        facts = facts_of(home)
        tables = KnownNames.of(load_routing(options.routing))
        ids = [i for c in facts.clients.values() for i in (c.id, *c.own_ids)]
        known = KnownNames(clients=dict.fromkeys(ids), vhosts=facts.vhosts, types=tables.types)
        yield SharedHub(control_of(home), home.path), known
        return
    known = KnownNames.of(load_routing(options.routing))
    engine = options.engine or EngineKind.EMBEDDED
    if outside:  # it must find certificates and ports where it looks for them
        async with ScenarioHub(
            home.path, engine, options.routing, _USUAL_PORTS, seed
        ) as played_hub:
            yield played_hub, known
        return
    with temporary_home("scenario-") as passing:
        played_hub = ScenarioHub(
            passing.path, engine, options.routing, seed=seed, new_key=passing.new_key
        )
        async with played_hub:
            yield played_hub, known


def _files(options: RunScenario, known: KnownNames) -> list[ScenarioFile]:
    paths = scenario_files() if options.all_ else [find_scenario(one) for one in options.names]
    return [read_scenario(path, known) for path in paths]


def _outside(actors: Sequence[str]) -> frozenset[str]:
    ids = []
    for one in actors:
        client, equals, who = one.partition("=")
        if not (client and equals) or who != "external":
            raise InputError("--actor", f"{one!r}: write ID=external")
        ids.append(client)
    return frozenset(ids)


def _require_actors(outside: frozenset[str], files: Sequence[ScenarioFile]) -> None:
    there = {actor.id for file in files for actor in file.scenario.clients.values()}
    if unknown := sorted(outside - there):
        known = ", ".join(sorted(there))
        raise InputError("--actor", f"{unknown[0]!r} is in none of these scenarios; {known} are")


def _baseline(file: Path | None) -> frozenset[str]:
    if file is None:
        return frozenset()
    try:
        scenarios = json.loads(file.read_bytes())["scenarios"]
        return frozenset(s["name"] for s in scenarios if s["verdict"] in ("failed", "error"))
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise InputError(file, f"is no report of `scenario run --json`: {error}") from None


def tell(played: RunResult, options: RunScenario, lang: Language) -> None:
    """Print the result, and write the reports that were asked for.

    Raises:
        InputError: a report cannot be written.
    """
    for file, report in _reports(options).items():
        try:
            write_atomically(file, report(played, lang).encode())
        except OSError as error:
            raise unwritable(file, error, f"cannot be written: {error.strerror}") from None
    if options.as_json:
        result_json(played.record())
    else:
        result(summary(played, lang))
    if options.seed is None:
        talk(f"seed {played.seed}")


def _reports(options: RunScenario) -> Mapping[Path, Callable[[RunResult, Language], str]]:
    from hubemu.scenarios.reports import html, junit, markdown

    wanted = ((options.junit, junit), (options.markdown, markdown), (options.html, html))
    return {file: report for file, report in wanted if file is not None}
