"""The notation: what it says, and that a mistake in it is told with file and field."""

from __future__ import annotations

import re
import shutil
from pathlib import Path

import pytest
from lxml import etree

from hubemu.errors import InputError
from hubemu.messages.models import to_xsd
from hubemu.messages.models.library import builtin_library, read_library
from hubemu.messages.models.notation import (
    FieldKey,
    NotationError,
    TypeUse,
    exists_in,
    read_key,
    read_type,
)
from hubemu.messages.models.projection import project
from hubemu.messages.releases.catalogue import MODELS

RELEASES = ("1.0", "2.0.0", "3.0.0", "3.4.1")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return Path(shutil.copytree(MODELS, tmp_path / "models"))


def test_a_key_says_whether_the_field_is_required_and_when_it_exists() -> None:
    assert read_key("caseId") == FieldKey("caseId", False, "")
    assert read_key("recipient! @2.0.0+") == FieldKey("recipient", True, "@2.0.0+")
    with pytest.raises(NotationError, match="not a field"):
        read_key("case id")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("string", TypeUse("string")),
        ("Patient[]", TypeUse("Patient", True)),
        ("Recipient[1..]", TypeUse("Recipient", True, 1)),
        ("CustomMap[..3]", TypeUse("CustomMap", True, None, 3)),
        ("string[1..3]", TypeUse("string", True, 1, 3)),
    ],
)
def test_a_type_says_how_often_it_occurs(text: str, expected: TypeUse) -> None:
    assert read_type(text) == expected


@pytest.mark.parametrize(
    ("mark", "expected"),
    [
        ("", RELEASES),
        ("@1.0", ("1.0",)),
        ("@2.0.0+", ("2.0.0", "3.0.0", "3.4.1")),
        ("@-2.0.0", ("1.0", "2.0.0")),
        ("@1.0,3.0.0", ("1.0", "3.0.0")),
        ("@1.0,3.0.0+", ("1.0", "3.0.0", "3.4.1")),
    ],
)
def test_a_mark_picks_releases(mark: str, expected: tuple[str, ...]) -> None:
    assert tuple(name for name in RELEASES if exists_in(mark, name, RELEASES)) == expected


@pytest.mark.parametrize(
    "mark", ["@4.0", "@4.0+", "@-4.0", "1.0", "@1.0,4.0", "@1.0,4.0+", "@1.0,"]
)
def test_a_mark_of_no_release_is_refused(mark: str) -> None:
    with pytest.raises(NotationError):
        exists_in(mark, "1.0", RELEASES)


@pytest.mark.parametrize(
    ("file", "old", "new", "told"),
    [
        ("types/RS-EDA.yaml", "owner!: org-id", "owner!: org-ids", r"RS-EDA.yaml: fields.owner!"),
        ("types/RS-EDA.yaml", "owner!: org-id", "ow ner: org-id", r"RS-EDA.yaml: fields.ow ner"),
        ("types/RS-EDA.yaml", "owner!: org-id", "owner!: org-id[", r"RS-EDA.yaml: fields.owner!"),
        ("types/RS-EDA.yaml", "obsDatime! @1.0", "datetime! @1.0+", r"twice in 2.0.0"),
        ("types/RS-EDA.yaml", "obsDatime! @1.0", "obsDatime! @1.7", r"no release is called '1.7'"),
        ("types/RS-EDA.yaml", "key: createCaseHealth", "kei: x", r"RS-EDA.yaml: .*kei"),
        ("types/RS-ERROR.yaml", "skip[]", "hop[]", r"RS-ERROR.yaml: objects.SourceMessage"),
        ("objects.yaml", "floor: string", "floor: strin", r"objects.yaml: Access.floor"),
        (
            "patterns.yaml",
            "'@3.4.1+': '([a-zA-Z0-9_-]+\\.?){4,10}'",
            "'@1.0': x",
            r"patterns.yaml|no form",
        ),
        ("codes/common.yaml", "care-level: [R1", "care-level: [1", r"common.yaml: .*care-level"),
        ("codes/common.yaml", "care-level:", "age:", r"common.yaml: age: another list"),
        ("releases.yaml", "[RC-REF, RC-EDA", "[RC-REF, RC-EDB", r"releases.yaml: no type 'RC-EDB'"),
        ("releases.yaml", "lower-case:", "lower-cases:", r"releases.yaml: .*lower-case"),
    ],
)
def test_a_mistake_is_told_with_file_and_field(
    folder: Path, file: str, old: str, new: str, told: str
) -> None:
    path = folder / file
    text = path.read_text("utf-8")
    assert old in text
    path.write_text(text.replace(old, new), "utf-8")
    with pytest.raises(InputError) as caught:
        _project_all(folder)
    assert re.search(told, str(caught.value)), str(caught.value)


def _project_all(folder: Path) -> None:
    library = read_library(folder)
    for name in library.names:
        project(library, name)


def test_our_own_files_pass_every_check_and_are_read_the_same_without() -> None:
    assert read_library(MODELS) == builtin_library()


@pytest.mark.parametrize("value", ["plain", "a&b<c>", "\n\r\t", "d'Eau", '"', "é"])
def test_what_a_schema_quotes_is_read_as_it_was(value: str) -> None:
    assert etree.fromstring(f"<code value={to_xsd._quoted(value)}/>").get("value") == value


def test_an_object_of_the_type_goes_before_the_shared_one() -> None:
    library = read_library(MODELS)
    eda, rpis = (
        next(m for m in project(library, "2.0.0").messages if m.name == name)
        for name in ("RS-EDA", "RS-RPIS")
    )
    assert eda.objects["Patient"].fields[0].name == "patientId"
    assert "residentialAddress" in [f.name for f in rpis.objects["Patient"].fields]


def test_every_object_pattern_and_code_list_is_used() -> None:
    library = read_library(MODELS)
    uses = {
        read_type(use).name
        for written in (
            *library.objects.values(),
            *(fields for entry in library.types.values() for fields in entry.objects.values()),
            *(entry.fields for entry in library.types.values()),
        )
        for use in written.values()
    }
    unused = (library.objects.keys() | library.patterns.keys() | library.codes.keys()) - uses
    assert not unused
