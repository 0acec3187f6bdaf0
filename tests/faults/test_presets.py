"""The rules that ship: each file can be read, and its rules are told apart."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml

from hubemu.data_folders import data_folder
from hubemu.faults.reading import read_rule
from hubemu.scenarios.library import scenario_files

FILES = sorted((data_folder("scenarios") / "faults").glob("*.yaml"))


def test_what_people_ask_for_by_name_is_there() -> None:
    wanted = {"ambulance-3g", "tunnel", "broker-disk-full", "node-restart", "certificate-expired"}
    assert wanted <= {file.stem for file in FILES}


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_a_preset_is_rules_with_names(file: Path) -> None:
    rules = [read_rule(rule) for rule in yaml.safe_load(file.read_text())["faults"]]
    assert rules
    assert all(rule.name for rule in rules)
    assert len({rule.name for rule in rules}) == len(rules)
    assert file.read_text().startswith("# ")


def test_a_preset_is_no_scenario() -> None:
    assert not set(FILES) & set(scenario_files())
