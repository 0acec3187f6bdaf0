"""Mistakes of scenario files are told by file and line, with a hint."""

from __future__ import annotations

from pathlib import Path

import pytest

from hubemu.routing import load_routing
from hubemu.scenarios.format.scenario import Scenario
from hubemu.scenarios.library import scenario_files
from hubemu.scenarios.reading import KnownNames, mistakes_in
from hubemu.yamlfile import read_yaml
from tests.support.commands import hubemu_here

GOOD = """\
title: A case is shared
vhosts: 15-15_v2.0
clients:
  samuA: fr.health.samuA
  samuB: fr.health.samuB
steps:
- id: first
  send: {as: samuA, to: samuB, message: {generate: RS-EDA}}
- expect: {by: samuB, of: first, fields: {$.createCaseHealth.caseId: x}}
"""


@pytest.fixture(scope="module")
def known() -> KnownNames:
    return KnownNames.of(load_routing())


def mistakes(text: str, folder: Path, known: KnownNames) -> list[str]:
    file = folder / "mine.yaml"
    file.write_text(text)
    return [one.removeprefix(f"{file}:") for one in mistakes_in(file, known)[1]]


def test_a_good_file_has_none(tmp_path: Path, known: KnownNames) -> None:
    assert mistakes(GOOD, tmp_path, known) == []


def _phase(change: str) -> tuple[str, str, int]:
    """A step that leads to a phase, before the others."""
    return "steps:\n", f"steps:\n- phase: {change}\n", 7


@pytest.mark.parametrize(
    ("before", "after", "line", "words"),
    [
        ("fr.health.samuB", "fr.health.samub", 5, "did you mean fr.health.samuB?"),
        ("15-15_v2.0", "15-15_v2.O", 2, "no vHost is called '15-15_v2.O'"),
        ("as: samuA", "as: samu", 8, "no actor is called 'samu': did you mean samuA?"),
        ("as: samuA", "ass: samuA", 8, "unknown key 'ass': did you mean 'as'?"),
        ("of: first", "of: frist", 9, "did you mean first?"),
        ("RS-EDA", "RS-EDAX", 8, "no message type is called 'RS-EDAX': did you mean RS-EDA?"),
        ("$.createCaseHealth.caseId", "$.createCaseHealth.", 9, "is no JSONPath"),
        ("{generate: RS-EDA}", "no-such-example", 8, "no example is called"),
        ("{generate: RS-EDA}", "{generate: RS-EDA, text: x}", 8, "has generate and text"),
        ("expect: {by", "expct: {by", 9, "did you mean 'expect'?"),
        ("caseId: x", "caseId: '${caseIdd}'", 9, "${caseIdd}: stands for nothing here"),
        ("title: A case is shared\n", "", 1, "the key 'title' is missing"),
        ("- id: first\n", "- id: first\n  proves: [t9]\n", 8, "no requirement is called 't9'"),
        ("{generate: RS-EDA}", "{file: none.json}", 8, "no file 'none.json' beside this one"),
        ("steps:\n", "steps:\n- fault: {on: {id: x, effect: dely}}\n", 7, "did you mean delay?"),
        ("steps:\n", "faults:\n- {effect: drop, time: 1}\nsteps:\n", 7, "did you mean 'times'?"),
        ("steps:\n", "steps: [\n", 7, "not valid YAML"),
        (*_phase("{migration: renewl, step: before}"), "did you mean renewal?"),
        (*_phase("{migration: renewal, step: renewd}"), "did you mean renewed?"),
        (*_phase("{migration: expiry, step: after}"), "no step of expiry that a Hub can go to"),
        (*_phase("{migration: renewal}"), "give to (a phase), or migration and step"),
        (*_phase("{to: dual, migration: renewal, step: before}"), "give to (a phase), or"),
        ("steps:\n", "steps:\n- connect: {as: samuA, pins: firts}\n", 7, "no earlier phase step"),
    ],
)
def test_a_mistake_has_its_line_and_a_hint(
    before: str, after: str, line: int, words: str, tmp_path: Path, known: KnownNames
) -> None:
    found = mistakes(GOOD.replace(before, after, 1), tmp_path, known)
    assert found, "no mistake was found"
    assert words in found[0]
    assert found[0].startswith(f"{line}: ")


def test_every_mistake_is_told(tmp_path: Path, known: KnownNames) -> None:
    text = GOOD.replace("as: samuA", "as: nobody").replace("of: first", "of: nothing")
    assert [one.partition(":")[0] for one in mistakes(text, tmp_path, known)] == ["8", "9"]


def test_validate_exits_2_and_run_refuses_the_same_file(tmp_path: Path) -> None:
    file = tmp_path / "mine.yaml"
    file.write_text(GOOD.replace("samuB: fr.health.samuB", "samuB: fr.health.samuZZ"))
    checked = hubemu_here("scenario", "validate", str(file))
    assert checked.code == 2
    assert checked.out.startswith(f"{file}:5: ")
    played = hubemu_here("scenario", "run", str(file))
    assert played.code == 2
    assert f"{file}:5: " in played.err
    assert len(played.err.splitlines()) == 1


def test_an_unknown_scenario_is_named_with_a_hint() -> None:
    ended = hubemu_here("scenario", "run", "didier-moral")
    assert ended.code == 2
    assert "did you mean didier-morel?" in ended.err


def test_every_step_that_ships_proves_something() -> None:
    for file in scenario_files():
        scenario = read_yaml(file, Scenario)
        assert scenario.proves or all(step.proves for step in scenario.steps), file


def test_all_that_ship_are_good(known: KnownNames) -> None:
    files = scenario_files()
    assert len(files) > 15
    assert [mistakes_in(file, known)[1] for file in files] == [[] for _ in files]
