"""`hubemu faults` and `--faults` on a Hub that is up."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import jsonschema_rs
import pytest
import yaml

from hubemu.cli.entry import run
from hubemu.faults.files import presets
from tests.support.commands import hubemu_here
from tests.support.live import LiveHub, live_hub
from tests.support.messages import as_bytes, envelope

A, C = "fr.health.samuA", "fr.health.samuC"
Capture = pytest.CaptureFixture[str]


@pytest.fixture(scope="module")
def the_hub(home: Path) -> Iterator[LiveHub]:
    with live_hub(home, "--seed", "7", "--faults", "converter-down") as running:
        yield running


@pytest.fixture
def hub(the_hub: LiveHub, monkeypatch: pytest.MonkeyPatch) -> LiveHub:
    monkeypatch.setenv("HUBEMU_HOME", str(the_hub.certs.parent))
    monkeypatch.setenv("NO_COLOR", "1")
    return the_hub


def test_rules_of_the_file_are_in_force_from_the_start(hub: LiveHub, capsys: Capture) -> None:
    assert run(["faults", "list", "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert [(one["where"], one["effect"], one["strikes"]) for one in told["faults"]] == [
        ("converter", "down", 0)
    ]
    assert told["seed"] == 7
    assert run(["faults", "clear"]) == 0
    assert capsys.readouterr().out == "cleared f1\n"


def test_a_rule_is_added_strikes_is_told_and_cleared(hub: LiveHub, capsys: Capture) -> None:
    hub.http("POST", "/api/v1/reset")
    words = "delay --ms 20 --jitterMs 5 --sender fr.health.* --recipient x --recipient fr.*.samuC"
    assert run(["faults", "add", *words.split(), "--times", "2", "--name", "slow", "--json"]) == 0
    added = json.loads(capsys.readouterr().out)
    assert added["match"] == {"sender": "fr.health.*", "recipient": ["x", "fr.*.samuC"]}
    assert added["parameters"] == {"ms": 20, "jitterMs": 5}
    assert run(["faults", "list"]) == 0
    assert capsys.readouterr().out == (
        "f1 'slow': dispatch delay, ms=20, jitterMs=5, match sender=fr.health.*, "
        "match recipient=x|fr.*.samuC, times=2 -- no strike yet\n"
    )
    with hub.connect(A) as sender, hub.connect(C) as recipient:
        sender.publish(as_bytes(envelope(A, C)))
        recipient.take("message")
    assert run(["faults", "list"]) == 0
    assert "-- 1 strike, last 20" in capsys.readouterr().out
    assert run(["faults", "log"]) == 0
    logged = capsys.readouterr()
    assert json.loads(logged.out)["struck"] is True
    assert logged.err.startswith("seed 7, version ")
    assert run(["faults", "report"]) == 0
    assert "lost          0\n" in capsys.readouterr().out
    assert run(["faults", "clear", "f1", "f9"]) == 2
    assert "nothing was cleared" in capsys.readouterr().err
    assert run(["faults", "clear", "f1"]) == 0
    assert hub.http("GET", "/api/v1/faults")["faults"] == []


def test_a_lost_message_fails_the_report(hub: LiveHub, capsys: Capture) -> None:
    hub.http("POST", "/api/v1/reset")
    assert run(["faults", "add", "drop"]) == 0
    with hub.connect(A) as sender:
        sender.publish(as_bytes(envelope(A, C)))
    while not hub.http("GET", "/api/v1/faults")["faults"][0]["strikes"]:
        pass
    capsys.readouterr()
    assert run(["faults", "report"]) == 1
    assert "1 confirmed messages are not accounted for" in capsys.readouterr().err


def test_what_the_hub_cannot_do_is_refused_in_its_words(hub: LiveHub, capsys: Capture) -> None:
    assert run(["faults", "add", "misroute", "--to", "fr.health.samu"]) == 1
    assert "no client is called 'fr.health.samu': did you mean" in capsys.readouterr().err


@pytest.mark.parametrize("name", presets())
def test_each_file_that_is_shipped_can_be_added(hub: LiveHub, name: str, capsys: Capture) -> None:
    hub.http("POST", "/api/v1/reset")
    assert run(["faults", "add", "--file", name, "--json"]) == 0
    added = json.loads(capsys.readouterr().out)
    wanted = yaml.safe_load(presets()[name].read_text())["faults"]
    assert [(one["effect"], one["name"]) for one in added] == [
        (one["effect"], one["name"]) for one in wanted
    ]
    hub.http("POST", "/api/v1/reset")
    with hub.connect(A) as sender, hub.connect(C) as recipient:
        sender.publish(as_bytes(envelope(A, C)))
        recipient.take("message")


def test_the_kinds_are_data_and_their_schema_takes_the_shipped_files(capsys: Capture) -> None:
    assert run(["faults", "kinds", "--json"]) == 0
    kinds = json.loads(capsys.readouterr().out)
    assert {one["where"] for one in kinds} == {
        "dispatch",
        "converter",
        "network",
        "broker",
        "certificates",
    }
    (delay,) = (one for one in kinds if (one["where"], one["effect"]) == ("dispatch", "delay"))
    assert [(one["name"], one["required"], one["default"]) for one in delay["parameters"]] == [
        ("ms", True, None),
        ("jitterMs", False, 0),
    ]
    assert run(["faults", "kinds", "--schema"]) == 0
    schema = json.loads(capsys.readouterr().out)
    validator = jsonschema_rs.Draft202012Validator(schema)
    for file in presets().values():
        validator.validate(yaml.safe_load(file.read_text()))
    assert not validator.is_valid({"faults": [{"effect": "delay", "parameters": {"sm": 1}}]})


@pytest.mark.parametrize(
    ("text", "told"),
    [
        (
            "faults:\n  - effect: delay\n    parameters:\n      ms: 5\n      jiter: 4\n",
            ":5: faults[0].parameters.jiter: unknown key 'jiter': did you mean 'jitterMs'?",
        ),
        ("faults:\n  - effect: drop\n    where: brokr\n", ":3: faults[0].where: no family"),
        ("faults:\n  - effect: drop\n  - efect: drop\n", ":3: faults[1]: the key 'effect' is"),
        ("rules: []\n", ":1: rules: unknown key 'rules'"),
        ("faults: {}\n", ":1: faults: a list is needed"),
    ],
)
def test_a_mistake_of_a_file_names_its_line(
    text: str, told: str, tmp_path: Path, capsys: Capture
) -> None:
    file = tmp_path / "rules.yaml"
    file.write_text(text)
    assert run(["up", "--home", str(tmp_path / "home"), "--faults", str(file)]) == 2
    assert f"error: {file}{told}" in capsys.readouterr().err


def test_a_run_tells_what_its_rules_did(capfd: pytest.CaptureFixture[str]) -> None:
    assert run(["run", "--faults", "converter-down", "--seed", "9", "--", "true"]) == 0
    told = capfd.readouterr().err
    assert "f1 'converter down': converter down -- no strike yet\n" in told
    assert "0 messages confirmed, 0 duplicated, 0 lost; seed 9, version " in told


def test_the_vocabulary_is_told_in_french_too() -> None:
    english, french = (hubemu_here("faults", "kinds", "--lang", lang).out for lang in ("en", "fr"))
    assert hubemu_here("faults", "kinds").out == english
    assert "Le message est acquitté et ne va nulle part" in french
    assert "broker (un événement est " in french
    assert "(obligatoire)" in french
