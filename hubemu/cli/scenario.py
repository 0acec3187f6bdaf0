"""`hubemu scenario`: scenarios listed, shown, checked and played."""

from __future__ import annotations

import json
from asyncio import CancelledError
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

from click.exceptions import Exit

from hubemu.cli.demo import Language
from hubemu.cli.options import DEFAULT_HOME, HomeFolder, Json, Routing
from hubemu.cli.output import result, result_json, talk
from hubemu.cli.parameters import Argument, Option
from hubemu.cli.signature import takes
from hubemu.errors import InputError
from hubemu.settings import EngineKind

if TYPE_CHECKING:
    from hubemu.scenarios.reading import KnownNames

__all__ = [
    "RunScenario",
    "scenario_list",
    "scenario_run",
    "scenario_schema",
    "scenario_show",
    "scenario_validate",
]

Lang = Annotated[Language | None, Option(help="Language; default: that of the locale.")]
_FAILED = 1
_WRONG = 2


def scenario_list(
    lang: Lang = None,
    coverage: Annotated[
        bool, Option("--coverage", help="Which requirements they prove, and which none does.")
    ] = False,
    as_json: Json = False,
) -> None:
    """List the scenarios that ship, by milestone."""
    from hubemu.cli.scenario_lists import coverage_json, coverage_text, table
    from hubemu.scenarios.library import scenario_files
    from hubemu.scenarios.listing import rows
    from hubemu.scenarios.reading import read_scenario

    known, language = _known(None), _language(lang)
    found = [read_scenario(file, known) for file in scenario_files()]
    if coverage:
        if as_json:
            result_json(coverage_json(found, language))
        else:
            result(coverage_text(found, language))
    elif as_json:
        result_json(rows(found, language))
    else:
        result(table(found, language))


def scenario_show(
    name: Annotated[str, Argument(metavar="NAME_OR_FILE", help="A scenario, or a file of one.")],
    lang: Lang = None,
    as_json: Json = False,
) -> None:
    """Show what a scenario does, step by step."""
    from hubemu.cli.scenario_lists import shown, shown_json
    from hubemu.scenarios.library import find_scenario
    from hubemu.scenarios.reading import read_scenario

    found = read_scenario(find_scenario(name), _known(None))
    if as_json:
        result_json(shown_json(found, _language(lang)))
    else:
        result(shown(found, _language(lang)))


def scenario_validate(
    files: Annotated[
        tuple[str, ...], Argument(metavar="NAME_OR_FILE...", help="Scenarios, or files of them.")
    ],
    routing: Routing = None,
    as_json: Json = False,
) -> None:
    """Check scenario files; each mistake as FILE:LINE, with a hint; exit 2 if there is one."""
    from hubemu.scenarios.library import find_scenario
    from hubemu.scenarios.reading import mistakes_in

    known = _known(routing)
    paths = [find_scenario(name) for name in files]
    mistakes = {str(path): mistakes_in(path, known)[1] for path in paths}
    if as_json:
        result_json([{"file": file, "mistakes": wrong} for file, wrong in mistakes.items()])
    else:
        for file, wrong in mistakes.items():
            result("\n".join(wrong) if wrong else f"{file}: good")
    if any(mistakes.values()):
        raise Exit(_WRONG)


def scenario_schema() -> None:
    """Print the JSON Schema of scenario files, for editors to complete and check them by.

    It is JSON as it is, so there is no --json.
    """
    from hubemu.scenarios.format.scenario import Scenario

    schema = {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        **Scenario.model_json_schema(by_alias=True),
    }
    result(json.dumps(schema, indent=2, ensure_ascii=False))


@dataclass(frozen=True, slots=True, kw_only=True)
class RunScenario:
    """What is played, how, and where it is told."""

    names: Annotated[
        tuple[str, ...],
        Argument(metavar="NAME_OR_FILE...", help="Scenarios, or files of them."),
    ] = ()
    all_: Annotated[bool, Option("--all", help="Every scenario that ships.")] = False
    actor: Annotated[
        tuple[str, ...],
        Option(
            "--actor",
            metavar="ID=external",
            help="Your own software plays this client; repeatable.",
        ),
    ] = ()
    vhost: Annotated[
        tuple[str, ...],
        Option("--vhost", metavar="VHOST", help="Play on this vHost only; repeatable."),
    ] = ()
    patience: Annotated[
        float, Option(min=0, metavar="S", help="Seconds to wait for your software, each step.")
    ] = 300.0
    lang: Lang = None
    seed: Annotated[
        int | None, Option(min=0, metavar="N", help="Of every id drawn; default: drawn.")
    ] = None
    baseline: Annotated[
        Path | None,
        Option(metavar="FILE", help="An earlier --json: only failures that it has not count."),
    ] = None
    junit: Annotated[Path | None, Option(metavar="FILE", help="Write a JUnit report.")] = None
    markdown: Annotated[Path | None, Option(metavar="FILE", help="Write a summary for CI.")] = None
    html: Annotated[
        Path | None, Option(metavar="FILE", help="Write one self-contained page of evidence.")
    ] = None
    engine: Annotated[
        EngineKind | None,
        Option(help="Of a Hub of its own, which is then started whatever is up."),
    ] = None
    routing: Routing = None
    home: HomeFolder = DEFAULT_HOME
    as_json: Json = False


@takes(RunScenario)
def scenario_run(options: RunScenario) -> None:
    """Play scenarios on the Hub that is up in the home, or on one of their own.

    Exit 1 if one failed. Without --actor, hubemu plays every client itself.
    """
    from hubemu.cli.logging_set_up import warnings_to_stderr
    from hubemu.cli.loop import run_async
    from hubemu.cli.scenario_run import run_scenarios, tell

    if options.all_ == bool(options.names):
        raise InputError("NAME_OR_FILE", "name the scenarios to play, or give --all")
    warnings_to_stderr()
    try:
        played = run_async(run_scenarios(options, _language(options.lang)))
    except CancelledError:
        raise KeyboardInterrupt from None
    tell(played, options, _language(options.lang))
    if played.new_failures:
        talk("failed: " + ", ".join(one.name for one in played.new_failures))
        raise Exit(_FAILED)


def _language(given: Language | None) -> Literal["en", "fr"]:
    from hubemu.demo import language

    return "fr" if (given.value if given else language()) == "fr" else "en"


def _known(routing: Path | None) -> KnownNames:
    from hubemu.routing import load_routing
    from hubemu.scenarios.reading import KnownNames

    return KnownNames.of(load_routing(routing))
