"""Our models against the official schemas: same structure, same verdicts, counted."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path
from random import Random
from typing import Any

import pytest
from lxml import etree

from hubemu.messages import (
    Release,
    builtin_releases,
    dump_json,
    example_tree,
    load_release,
)
from tests.support.mutations import damage_json, damage_xml
from tests.support.official_models import OfficialRelease, as_message, samples
from tests.support.verdicts import accepts

pytestmark = pytest.mark.official
MUTATIONS = 5_000
STRUCTURE = ("type", "enum", "pattern", "format", "minItems", "maxItems")
WRONG_SAMPLES = {
    # ACTIF without the leading space that this release's code has (facts: json-xml 5).
    ("2.0.0", "RS-EDA-MAJ/RS-EDA-MAJ_FuiteDeGaz_AliceGregoireNormand.07.json"),
}


@pytest.fixture(params=builtin_releases())
def release(request: pytest.FixtureRequest) -> Release:
    return load_release(request.param)


@pytest.fixture
def judge(release: Release, official: Path) -> OfficialRelease:
    return OfficialRelease(official / release.name)


def _structure(file: dict[str, Any], schema: dict[str, Any]) -> Any:
    """A schema with its own references resolved and everything but the structure left out."""
    while schema.get("$ref", "").startswith("#"):
        schema = file["definitions"][schema["$ref"].rpartition("/")[2]]
    if "$ref" in schema:
        return schema["$ref"]
    found = {key: schema[key] for key in STRUCTURE if key in schema}
    if "items" in schema:
        found["items"] = _structure(file, schema["items"])
    if schema.get("type") == "object" or "properties" in schema:
        found["required"] = sorted(schema.get("required", ()))
        found["open"] = schema.get("additionalProperties", True)
        fields = schema.get("properties", {}).items()
        found["fields"] = [(name, _structure(file, field)) for name, field in fields]
    return found


def test_every_type_is_modelled_as_in_the_official_schema(
    release: Release, judge: OfficialRelease
) -> None:
    ours = release.schemas.files
    for path in judge.folder.glob("json-schema/*.json"):
        if not path.name.startswith("EDXL"):
            theirs = json.loads(path.read_text("utf-8"))
            mine: Any = ours[path.name]
            assert _structure(mine, mine) == _structure(theirs, theirs), path.name


def test_every_sample_gets_the_official_verdict(release: Release, judge: OfficialRelease) -> None:
    count = 0
    for sample in samples(judge.folder, "examples", "valid", "failing"):
        key = next(iter(sample.content))
        known = {t.key: t for t in release.types.values()}
        if not sample.is_whole and key not in known:
            continue  # the bare inside of a TECHNICAL body, told apart in test_causes
        header = not sample.is_whole and known[key].header
        tree = sample.content if sample.is_whole else as_message(sample.content, header=header)
        expected = judge.accepts_json(tree)
        assert accepts(release, dump_json(tree), "json") == expected, sample.name
        if "examples" in sample.path.parts:
            assert expected == ((release.name, sample.name) not in WRONG_SAMPLES), sample.name
        count += 1
    assert count > 30


def test_every_xml_sample_gets_the_official_verdict(
    release: Release, judge: OfficialRelease
) -> None:
    paths = [*judge.folder.joinpath("sample").rglob("*.xml")]
    for path in paths:
        body = path.read_bytes()
        if b"<!DOCTYPE" in body:  # refused on purpose, whatever it holds
            assert not accepts(release, body, "xml"), path.name
            continue
        verdict = judge.accepts_xml(etree.fromstring(body))
        if verdict is not None:
            assert accepts(release, body, "xml") == verdict, path.name
    assert len(paths) > 10


def _originals(release: Release) -> list[dict[str, Any]]:
    return [
        example_tree(name, release, seed=seed, extent=extent)
        for name in release.types
        for seed in range(3)
        for extent in ("minimal", "random", "full")
    ]


def test_mutated_json_gets_the_official_verdict(release: Release, judge: OfficialRelease) -> None:
    random = Random(f"json {release.name}")
    originals = _originals(release)
    verdicts: Counter[bool] = Counter()
    for number in range(MUTATIONS):
        tree = damage_json(random.choice(originals), random)
        expected = judge.accepts_json(tree)
        assert accepts(release, dump_json(tree), "json") == expected, (number, tree)
        verdicts[expected] += 1
    assert min(verdicts.values()) > MUTATIONS // 20, verdicts


def test_mutated_xml_gets_the_official_verdict(release: Release, judge: OfficialRelease) -> None:
    random = Random(f"xml {release.name}")
    originals = [etree.fromstring(release.write_tree(t, "xml")) for t in _originals(release)]
    verdicts: Counter[bool] = Counter()
    for number in range(MUTATIONS):
        root = damage_xml(random.choice(originals), random)
        body = etree.tostring(root)
        expected = judge.accepts_xml(etree.fromstring(body))
        if expected is not None:
            assert accepts(release, body, "xml") == expected, (number, body)
            verdicts[expected] += 1
    assert min(verdicts.values()) > MUTATIONS // 20, verdicts
