"""The demonstration plays the whole exchange on a Hub of its own."""

from __future__ import annotations

import json
from pathlib import Path

import jsonschema_rs
import pytest

from hubemu.demo import Teller, language
from hubemu.demo.telling import STEPS
from hubemu.errors import CheckFailed
from tests.support.commands import hubemu
from tests.support.live import live_hub
from tests.support.messages import as_bytes, envelope

A, B = "fr.health.samuA", "fr.health.samuB"


def test_the_demo_sees_every_step() -> None:
    ended = hubemu("demo", "--lang", "en")
    assert ended.code == 0, ended.out + ended.err
    lines = ended.out.splitlines()
    assert [line.split()[0] for line in lines[1:-1]] == [f"{n}/9" for n in range(1, 10)]
    assert "XML" in ended.out
    for error in ("200 SENDER_INCON", "100 DELIVERY_MODE_INCON", "400 EXPIRED_MESSAGE"):
        assert error in ended.out
    assert lines[-1].startswith("All 9 steps were seen")
    assert ended.err == ""


def test_the_demo_is_told_as_json() -> None:
    ended = hubemu("demo", "--json")
    assert ended.code == 0, ended.out + ended.err
    assert (ended.json["complete"], ended.json["failure"]) == (True, None)
    assert tuple(one["step"] for one in ended.json["steps"]) == STEPS
    assert ended.json["steps"][6]["error"].startswith("200 SENDER_INCON")


def test_the_demo_plays_on_a_hub_that_is_up_and_leaves_what_is_not_its_own(tmp_path: Path) -> None:
    with live_hub(tmp_path / "home") as hub:
        with hub.connect(A) as sender:
            sender.publish(as_bytes(envelope(A, B)))
        ended = hubemu("demo", "--lang", "en", "--home", str(tmp_path / "home"))
        assert ended.code == 0, ended.out + ended.err
        assert ended.out.splitlines()[-1] == "All 9 steps were seen."
        with hub.connect(B) as recipient:
            assert recipient.depth("message") == 1
            assert recipient.depth("info") == 0


def test_the_demo_needs_a_hub_in_the_home_it_is_given(tmp_path: Path) -> None:
    ended = hubemu("demo", "--home", str(tmp_path))
    assert ended.code == 3
    assert len(ended.err.splitlines()) == 1


@pytest.mark.parametrize(
    ("environment", "expected"),
    [
        ({}, "en"),
        ({"LANG": "C.UTF-8"}, "en"),
        ({"LANG": "fr_CA.UTF-8"}, "fr"),
        ({"LC_ALL": "en_GB", "LANG": "fr_FR"}, "en"),
        ({"LC_ALL": "", "LANG": "fr_FR"}, "fr"),
    ],
)
def test_the_language_is_that_of_the_locale(environment: dict[str, str], expected: str) -> None:
    assert language(environment) == expected


@pytest.mark.parametrize("lang", ["en", "fr"])
def test_every_step_can_be_told(lang: str) -> None:
    lines: list[str] = []
    teller = Teller(lines.append, lang)
    facts = ("url", "clients", "vhosts", "vhost", "queue", "format", "size", "reference", "error")
    for step in STEPS:
        teller.step(step, **dict.fromkeys(facts, "?"))
    teller.close()
    assert len(lines) == len(STEPS) + 1
    assert "9" in lines[-1]


def test_french_is_told_in_french() -> None:
    lines: list[str] = []
    Teller(lines.append, "fr").step("acknowledged", reference="r1")
    assert lines == ["  1/9  samuB acquitte : RC-REF en XML, à propos de r1"]


def test_what_was_not_seen_is_told() -> None:
    lines: list[str] = []
    teller = Teller(lines.append, "en")
    teller.close(CheckFailed("nothing came"))
    assert lines == ["  not seen: nothing came", "0 of 9 steps were seen."]


def test_the_case_is_a_valid_content(official: Path) -> None:
    file = Path(__file__).parents[2] / "hubemu/demo/messages/rs-eda.json"
    schema = json.loads((official / "2.0.0/json-schema/RS-EDA.schema.json").read_text())
    jsonschema_rs.validate(schema, json.loads(file.read_text())["createCaseHealth"])
