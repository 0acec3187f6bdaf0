"""The texts of refusals against the reference's own `.errors` files, as sets of lines."""

from __future__ import annotations

from pathlib import Path

import pytest

from hubemu.messages import load_release, parse_json
from hubemu.messages.json.causes import json_cause
from hubemu.messages.json.rules import Rules
from hubemu.messages.json.walker import find_problems
from hubemu.messages.schemas.layout import FULL_SCHEMA, schema_file

pytestmark = pytest.mark.official


def _lines(text: str) -> set[str]:
    return set(text.rstrip("\n").split("\n"))


@pytest.mark.parametrize("name", ["2.0.0", "3.0.0", "3.4.1"])
def test_json_refusals_read_as_the_reference_words_them(name: str, official: Path) -> None:
    schemas = load_release(name).schemas
    files = sorted((official / name / "sample/failing").rglob("*.json.errors"))
    for errors in files:
        folder = errors.parent.name
        file = FULL_SCHEMA if folder == "EDXL-DE" else schema_file(folder)
        tree = parse_json(errors.with_suffix("").read_bytes())
        cause = json_cause(find_problems(Rules(schemas), file, tree), substring_quirk=True)
        assert _lines(cause) == _lines(errors.read_text("utf-8")), errors.name
    assert len(files) == 19


@pytest.mark.parametrize(
    ("sample", "expected"),
    [
        (
            "EMSI-DC/EMSI-DC-missing-required-fields.json",
            {
                " - emsi.CONTEXT.ID: is missing but it is required",
                " - emsi.CONTEXT.EXTERNAL_INFO[0].URI: is missing but it is required",
                " - emsi.EVENT.CERTAINTY: string found, integer expected",
            },
        ),
        (
            "RC-EDA/RC-EDA-missing-required-fields.json",
            {
                " - createCase.initialAlert.id: is missing but it is required",
                " - createCase.additionalInformation.customMap: object found, array expected",
                " - createCase.sender: is not defined in the schema and the schema does not allow"
                " additional properties",
            },
        ),
        (
            "RS-ERROR/RS-ERROR-missing-required-fields.json",
            {
                " - error.referencedDistributionID: is missing but it is required",
                " - error.errorCode.statusCode: is missing but it is required",
                " - error.sourceMessage: string found, object expected",
            },
        ),
        (
            "too-many-valid-schemas.json",
            {
                "embeddedJsonContent: should be valid to one and only one schema, but 2 are valid",
            },
        ),
    ],
)
def test_refusals_of_1_0_tell_what_its_own_tests_expect(
    sample: str, expected: set[str], official: Path
) -> None:
    tree = parse_json((official / "1.0/sample/failing" / sample).read_bytes())
    problems = find_problems(Rules(load_release("1.0").schemas), FULL_SCHEMA, tree)
    told = _lines(json_cause(problems, substring_quirk=True))
    assert {line for line in told if line.startswith((" - ", "embedded"))} == expected
