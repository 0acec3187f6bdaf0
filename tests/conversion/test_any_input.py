"""Whatever comes: an answer or a refusal in words, in time that grows with the message."""

from __future__ import annotations

import json
import time
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from hubemu.conversion import VERSIONS, ConversionMessage, ConversionRefused
from hubemu.messages import dump_json, example_tree, load_release, parse_json
from tests.conversion.messages import SDIS, A, B, edxl, service

RELEASES = {"v1": "1.0", "v2": "2.0.0", "v3": "3.4.1"}
TYPES = ("RS-EDA", "RS-EDA-MAJ", "RS-RI", "RS-SR", "RS-DR", "RS-RR", "RC-REF")
QUICK = settings(deadline=None, suppress_health_check=list(HealthCheck), max_examples=60)

LEAVES = (
    st.none() | st.booleans() | st.integers() | st.text(max_size=5) | st.floats(allow_nan=False)
)
VALUES = st.recursive(
    LEAVES, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner)
)


@QUICK
@given(
    name=st.sampled_from(TYPES),
    source=st.sampled_from(VERSIONS),
    target=st.sampled_from(VERSIONS),
    seed=st.integers(0, 10_000),
)
def test_what_is_valid_in_a_version_is_valid_in_another(
    name: str, source: str, target: str, seed: int
) -> None:
    tree = drawn(name, source, seed)
    made = service().convert_version(ConversionMessage.of(tree), source, target)
    body = dump_json(made.edxl)
    if not known_to_be_unfit(made, source):
        load_release(RELEASES[target]).validate(body, "json")


def drawn(name: str, version: str, seed: int) -> Any:
    release = load_release(RELEASES[version])
    return parse_json(dump_json(example_tree(name, release, seed=seed)))


def known_to_be_unfit(message: ConversionMessage, source: str) -> bool:
    """Two misspelt attributions, and ids of requests, which may be anything in v2."""
    if message.key == "resourcesRequest":
        return source == "v2"
    details = message.body().get("qualification", {}).get("details", {})
    return details.get("attribution") in ("INDISPMU", "PCSAMU")


def answered_or_refused(request: Any) -> None:
    try:
        dump_json(service().answer(request))
    except ConversionRefused as refusal:
        told = str(refusal)
    else:
        return
    assert told


@QUICK
@given(
    key=st.sampled_from(("createCaseHealth", "createCase", "resourcesInfo", "resourcesStatus")),
    path=st.sampled_from(
        (
            "qualification",
            "location",
            "initialAlert",
            "patient",
            "medicalNote",
            "decision",
            "resource",
            "state",
            "caseId",
            "freetext",
            "newAlert",
        )
    ),
    value=VALUES,
    cisu=st.booleans(),
)
def test_any_shape_of_a_body_is_answered_or_refused(
    key: str, path: str, value: Any, cisu: bool
) -> None:
    ends = (SDIS, A) if key == "createCase" else (A, SDIS if cisu else B)
    asked = {
        "edxl": edxl(key, {path: value}, sender=ends[0], recipient=ends[1]),
        "sourceVersion": "v3",
        "targetVersion": "v3" if cisu else "v1",
        "cisuConversion": cisu,
    }
    answered_or_refused(asked)


@QUICK
@given(value=VALUES)
def test_any_request_is_answered_or_refused(value: Any) -> None:
    answered_or_refused({"edxl": value, "sourceVersion": "v1", "targetVersion": value})
    answered_or_refused({"type": value})


def deep(levels: int) -> Any:
    return json.loads('{"a":' * levels + "1" + "}" * levels)


def test_a_deep_value_becomes_a_note() -> None:
    body = {"newAlert": [deep(180)], "initialAlert": {"caller": {}}}
    (made,) = service().translate(
        ConversionMessage.of(edxl("createCase", body, sender=SDIS, recipient=A))
    )
    assert made.body()["initialAlert"]["notes"][0]["freetext"].startswith("Nouvelles alertes :")


LARGE = 20_000


@pytest.mark.parametrize(
    ("key", "source", "target", "body"),
    [
        ("createCaseHealth", "v2", "v1", {"patient": [{"detail": {"treatment": "x"}}]}),
        ("createCaseHealth", "v3", "v2", {"qualification": {"riskThreat": [{"code": "R99"}]}}),
        ("createCaseHealth", "v1", "v3", {"medicalNote": [{"idObs": "x"}]}),
        ("resourcesInfo", "v1", "v3", {"mobilizedResource": [{"state": [{"status": "ARRIVE"}]}]}),
    ],
)
def test_it_takes_time_in_proportion(key: str, source: str, target: str, body: Any) -> None:
    """Ten times as much takes no hundred times as long; the best of some tries of either."""
    large, small = (best(key, source, target, body, size) for size in (LARGE, LARGE // 10))
    assert large < 40 * small


def best(key: str, source: str, target: str, body: Any, number: int) -> float:
    message = ConversionMessage.of(edxl(key, json.loads(json.dumps(repeated(body, number)))))
    taken = []
    for _ in range(3):
        begun = time.process_time()
        service().convert_version(message, source, target)
        taken.append(time.process_time() - begun)
    return min(taken)


def repeated(value: Any, number: int) -> Any:
    if isinstance(value, dict):
        return {key: repeated(item, number) for key, item in value.items()}
    return value * number if isinstance(value, list) else value
