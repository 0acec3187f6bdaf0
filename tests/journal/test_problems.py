"""Causes read back, problem by problem."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hubemu.journal.problems import MAX_PROBLEMS, problems_of

MESSAGE = "$.content[0].jsonContent.embeddedJsonContent.message"


def body(**envelope: object) -> bytes:
    return json.dumps(envelope).encode()


def only(cause: str, content: bytes = b"{}", written: str = "json") -> dict[str, object]:
    (problem,) = problems_of(cause, content, written)
    return problem


@pytest.mark.parametrize(
    ("line", "path", "rule", "expected", "got"),
    [
        ("$.a: is missing but it is required", "$.a", "required", "present", None),
        (
            "$.b: is not defined in the schema and the schema does not allow additional properties",
            "$.b",
            "additionalProperties",
            "absent",
            "2",
        ),
        ("$.b: integer found, string expected", "$.b", "type", "string", "2"),
        (
            "$.c[1].d: does not have a value in the enumeration [A, B]",
            "$.c[1].d",
            "enum",
            "[A, B]",
            "X",
        ),
        ("$.e: does not match the regex pattern ^a: b$", "$.e", "pattern", "^a: b$", "y: z"),
        ("$.e: y: z is an invalid date-time", "$.e", "format", "date-time", "y: z"),
        (
            "$.c: there must be a minimum of 3 items in the array",
            "$.c",
            "minItems",
            "3 items",
            '[{"d": 0}, {"d": "X"}]',
        ),
        ("$.q.r: null found, object expected", "$.q.r", "type", "object", "null"),
    ],
)
def test_a_line_of_json_is_one_problem(
    line: str, path: str, rule: str, expected: str, got: str | None
) -> None:
    content = body(b=2, c=[{"d": 0}, {"d": "X"}], e="y: z")
    found = only(f"Could not validate\nIssues found on the envelope: \n - {line}\n", content)
    assert found == {"path": path, "rule": rule, "expected": expected, "got": got}


def test_paths_of_a_message_are_whole() -> None:
    cause = (
        f"Issues found on the {MESSAGE} content: \n - createCase.x: is missing but it is required\n"
    )
    assert only(cause)["path"] == f"{MESSAGE}.createCase.x"


def test_sentences_on_elements_are_problems_of_xml() -> None:
    cause = (
        "Could not validate message against schema : errors occurred. \n"
        "[Element '{urn:x}caseIdd': This element is not expected. Expected is ( {urn:x}caseId )., "
        "Element '{urn:x}kind': [facet 'enumeration'] The value 'Rep' is not an element of the set "
        "{'Report', 'Update'}., Element '{urn:x}lang': '12' is not a valid value of the atomic "
        "type 'xs:language'.]"
    )
    assert problems_of(cause, b"", "xml") == [
        {"path": "caseIdd", "rule": "unexpected", "expected": "caseId", "got": None},
        {"path": "kind", "rule": "enum", "expected": "Report, Update", "got": "Rep"},
        {"path": "lang", "rule": "type", "expected": "xs:language", "got": "12"},
    ]


def test_no_more_than_200_are_told() -> None:
    cause = "".join(f" - $.a{n}: is missing but it is required\n" for n in range(300))
    assert len(problems_of(cause, b"{}", "json")) == MAX_PROBLEMS


@given(st.text(), st.binary(), st.sampled_from(["json", "xml", None]))
def test_no_text_and_no_body_is_too_odd(cause: str, content: bytes, written: str | None) -> None:
    problems_of(cause, content, written)


@given(st.from_regex(r"\A( - \$(\.[a-z: ]+|\[\d\])*: .*(found, | is an invalid | expected)\n)*\Z"))
def test_what_looks_like_problems_is_read(cause: str) -> None:
    for problem in problems_of(cause, b'{"a": [1]}', "json"):
        assert problem["path"].startswith("$")
