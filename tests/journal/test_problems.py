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


@pytest.mark.parametrize(
    ("sentences", "path", "rule", "expected", "got"),
    [
        (
            "cvc-complex-type.2.4.a: Invalid content was found starting with element "
            """'{"urn:x":caseIdd}'. One of '{"urn:x":caseId, "urn:x":kind}' is expected.""",
            "caseIdd",
            "unexpected",
            "caseId, kind",
            None,
        ),
        (
            "cvc-complex-type.2.4.b: The content of element 'x:a' is not complete. "
            """One of '{"urn:x":b}' is expected.""",
            "a",
            "required",
            "b",
            None,
        ),
        (
            "cvc-enumeration-valid: Value 'it's, a' is not facet-valid with respect to enumeration "
            "'[Report, Update]'. It must be a value from the enumeration., "
            "cvc-type.3.1.3: The value 'it's, a' of element 'kind' is not valid.",
            "kind",
            "enum",
            "Report, Update",
            "it's, a",
        ),
        (
            "cvc-pattern-valid: Value '12' is not facet-valid with respect to pattern '[a-z]{1,8}' "
            "for type 'language'., cvc-type.3.1.3: The value '12' of element 'lang' is not valid.",
            "lang",
            "pattern",
            "[a-z]{1,8}",
            "12",
        ),
        (
            "cvc-datatype-valid.1.2.1: 'x' is not a valid value for 'integer'., "
            "cvc-type.3.1.3: The value 'x' of element 'n' is not valid.",
            "n",
            "type",
            "integer",
            "x",
        ),
        (
            "cvc-complex-type.3.1: Value 'arc' of attribute 'xlink:type' of element 'content' is "
            "not valid with respect to the corresponding attribute use. Attribute 'xlink:type' has "
            "a fixed value of 'resource'.",
            "content@type",
            "const",
            "resource",
            "arc",
        ),
        (
            """cvc-complex-type.2.4.f: '"urn:x":a' can occur a maximum of '5' times in the """
            "current sequence. This limit was exceeded. No child element is expected at this "
            "point.",
            "a",
            "maxItems",
            "5",
            None,
        ),
        (
            "cvc-complex-type.2.4.i: The content of element 'x' is not complete. "
            """'"urn:x":a' is expected to occur a minimum of '3' times. One more instance is """
            "required to satisfy this constraint.",
            "a",
            "minItems",
            "3",
            None,
        ),
        (
            "cvc-complex-type.3.2.2: Attribute 'lang' is not allowed to appear in element 'x'.",
            "x@lang",
            "unexpected",
            None,
            None,
        ),
        (
            "cvc-complex-type.4: Attribute 'type' belonging to namespace 'urn:l', must appear on "
            "element 'x'.",
            "x@type",
            "required",
            "present",
            None,
        ),
    ],
)
def test_sentences_on_elements_are_problems_of_xml(
    sentences: str, path: str, rule: str, expected: str | None, got: str | None
) -> None:
    cause = f"Could not validate message against schema : errors occurred. \n[{sentences}]"
    assert problems_of(cause, b"", "xml") == [
        {"path": path, "rule": rule, "expected": expected, "got": got}
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
