"""Every official sample through every conversion it admits: what comes out is valid there."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from hubemu.conversion import VERSIONS, ConversionMessage, ConversionRefused
from hubemu.messages import dump_json
from tests.conversion.messages import SDIS, A, service
from tests.support.official_models import OfficialRelease, as_message, samples

pytestmark = pytest.mark.official

RELEASES = {"v1": ("1.0",), "v2": ("2.0.0",), "v3": ("3.0.0", "3.4.1")}
BARE = ("error", "customContent", "technicalNoreq")
# RS-ER does not exist in v1, and GEO-REQ has no pattern there: both pass as they are.
UNFIT = {("resourcesEngagement", "v2", "v1"), ("resourcesEngagement", "v3", "v1")} | {
    ("geoResourcesRequest", "v1", target) for target in ("v2", "v3")
}
CONVERTED = {
    "createCaseHealth",
    "createCaseHealthUpdate",
    "reference",
    "error",
    "resourcesInfo",
    "resourcesStatus",
    "resourcesRequest",
    "resourcesResponse",
    "resourcesEngagement",
    "geoPositionsUpdate",
    "geoResourcesRequest",
    "geoResourcesDetails",
}


@pytest.fixture(scope="module")
def releases(official: Path) -> dict[str, OfficialRelease]:
    names = [name for line in RELEASES.values() for name in line]
    return {name: OfficialRelease(official / name) for name in names}


def plain(tree: Any) -> Any:
    return json.loads(dump_json(tree))


def valid(releases: dict[str, OfficialRelease], name: str) -> Iterator[ConversionMessage]:
    """The valid samples of a release, whole."""
    for sample in samples(releases[name].folder, "examples", "valid"):
        key = next(iter(sample.content))
        tree = sample.content
        if not sample.is_whole:
            tree = as_message(sample.content, header=key not in BARE)
        if releases[name].accepts_json(plain(tree)):
            yield ConversionMessage.of(tree)


@pytest.mark.parametrize("source", VERSIONS)
@pytest.mark.parametrize("target", VERSIONS)
def test_versions(releases: dict[str, OfficialRelease], source: str, target: str) -> None:
    converted: Counter[str] = Counter()
    refused: set[str] = set()
    for name in RELEASES[source]:
        for message in valid(releases, name):
            before = dump_json(message.edxl)
            try:
                made = service().convert_version(message, source, target)
            except ConversionRefused:
                refused.add(message.key)
                continue
            assert dump_json(message.edxl) == before
            converted[message.key] += 1
            if source == target:
                assert made is message
                continue
            accepted = [releases[one].accepts_json(plain(made.edxl)) for one in RELEASES[target]]
            expected = (message.key, source, target) not in UNFIT
            assert accepted == [expected] * len(accepted), (name, message.key, dump_json(made.edxl))
    assert converted.keys() <= CONVERTED
    assert not {key for key in refused & CONVERTED if not key.startswith("geo")}
    assert {"createCaseHealth", "createCaseHealthUpdate", "resourcesInfo"} <= converted.keys()


def addressed(message: ConversionMessage, sender: str, recipient: str) -> ConversionMessage:
    tree = plain(message.edxl)
    tree["senderID"] = sender
    tree["descriptor"]["explicitAddress"]["explicitAddressValue"] = recipient
    return ConversionMessage.of(tree)


@pytest.mark.parametrize("name", RELEASES["v3"])
@pytest.mark.parametrize(
    ("key", "sender", "recipient", "least"),
    [
        ("createCaseHealth", A, SDIS, 6),
        ("createCase", SDIS, A, 1),
        ("resourcesInfo", A, SDIS, 7),
        ("resourcesInfoCisu", SDIS, A, 0),
        ("reference", A, SDIS, 1),
        ("reference", SDIS, A, 1),
    ],
)
def test_cisu(
    releases: dict[str, OfficialRelease],
    name: str,
    key: str,
    sender: str,
    recipient: str,
    least: int,
) -> None:
    told = service()
    made = [
        one
        for message in valid(releases, name)
        if message.key == key
        for one in told.translate(addressed(message, sender, recipient), vehicle="VECTEUR_SANTE")
    ]
    assert len(made) >= least
    # RC-RI is of 3.4.1; a code of three parts is too.
    target = "3.4.1" if key == "resourcesInfo" else name
    for one in made:
        assert releases[target].accepts_json(plain(one.edxl)), dump_json(one.edxl)


@pytest.mark.parametrize(("source", "target"), [("v2", "v3"), ("v3", "v2"), ("v1", "v2")])
def test_there_and_back_again_loses_what_is_known_to_be_lost(
    releases: dict[str, OfficialRelease], source: str, target: str
) -> None:
    """Of the codes and fields that both versions have, nothing changes."""
    told = service()
    changed: Counter[str] = Counter()
    for message in valid(releases, RELEASES[source][0]):
        if message.key not in CONVERTED or message.key.startswith("geo"):
            continue
        there = told.convert_version(message, source, target)
        back = told.convert_version(there, target, source)
        changed.update(differences(plain(message.body()), plain(back.body()), ""))
    assert changed.keys() <= LOST[source, target], changed


LOST = {
    ("v2", "v3"): {"patient[].healthMotive"},
    ("v3", "v2"): {
        "qualification.origin",
        "resource[].patientId",
        "resource[].freetext",
        "resource[].state[].status",
        "state.status",
        "medicalNote",
        "decision[].destination",
        "step",
    },
    ("v1", "v2"): {
        "decision[].vehiculeType",
        "medicalNote",
        "patient[].hypothesis",
        "patient[].administrativeFile",
        "response.deadline",
        "mobilizedResource[].coord",
        "mobilizedResource[].plate",
        "mobilizedResource[].freetext",
        "mobilizedResource[].resourceType",
        "mobilizedResource[].vehiculeType",
        "qualification.whatsHappen.code",
    },
}


def differences(one: Any, other: Any, path: str) -> Iterator[str]:
    if isinstance(one, dict) and isinstance(other, dict):
        for key in one.keys() | other.keys():
            inner = f"{path}.{key}".lstrip(".")
            if key not in one or key not in other:
                yield inner
            else:
                yield from differences(one[key], other[key], inner)
    elif isinstance(one, list) and isinstance(other, list) and len(one) == len(other):
        for first, second in zip(one, other, strict=True):
            yield from differences(first, second, f"{path}[]")
    elif one != other:
        yield path
