"""The fast way of JSON messages takes nothing the ordinary way refuses, and prints the same."""

from __future__ import annotations

import json
import re
from decimal import Decimal
from random import Random
from typing import Any

import msgspec
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from hubemu.messages import (
    MessageError,
    Release,
    dump_json,
    example_tree,
    load_release,
    parse_json,
)
from hubemu.messages.json.struct_types import NotTypable, StructTypes
from hubemu.messages.json.structs import StructMessages
from hubemu.messages.schemas.schema_set import SchemaSet
from hubemu.messages.text.datetimes import DateStyle
from hubemu.messages.text.json_text import NotJson
from tests.support.message_types import SENT_TYPES as TYPES
from tests.support.mutations import damage_json

SEEDS = st.integers(0, 10**6)


def fast_is_ordinary(release: Release, body: bytes) -> bool:
    """Whether the message was read the fast way; if so, the ordinary way must say the same."""
    try:
        fast = release.parse(body, "json")
    except MessageError:
        return False
    if fast.struct is None:
        return False
    release.validate(body, "json")
    ordinary = release.read(body, "json")
    told = {"source": ordinary.source, "struct": None}
    assert msgspec.structs.replace(fast, **told) == ordinary
    assert fast.tree == ordinary.tree
    assert release.write(fast, "json") == release.write_tree(ordinary.tree, "json")
    assert release.write(fast, "xml") == release.write_tree(ordinary.tree, "xml")
    return True


def shuffled(value: Any, random: Random) -> Any:
    """The same JSON value, the keys of its objects in another order."""
    if isinstance(value, dict):
        items = list(value.items())
        random.shuffle(items)
        return {key: shuffled(item, random) for key, item in items}
    return [shuffled(item, random) for item in value] if isinstance(value, list) else value


@pytest.mark.parametrize(("name", "type_name"), TYPES)
@settings(max_examples=15, deadline=None)
@given(seed=SEEDS, extent=st.sampled_from(["random", "full"]), shuffle=st.booleans())
def test_every_type_is_read_the_fast_way(
    name: str, type_name: str, seed: int, extent: Any, shuffle: bool
) -> None:
    release = load_release(name)
    tree = example_tree(type_name, release, seed=seed, extent=extent)
    body = dump_json(shuffled(tree, Random(seed)) if shuffle else tree)
    assert fast_is_ordinary(release, body)


@pytest.mark.parametrize(("name", "type_name"), TYPES)
@settings(max_examples=40, deadline=None)
@given(seed=SEEDS)
def test_a_damaged_message_is_not_taken_for_a_good_one(
    name: str, type_name: str, seed: int
) -> None:
    release = load_release(name)
    random = Random(seed)
    tree = example_tree(type_name, release, seed=seed, extent="random")
    for _ in range(random.choice((1, 1, 3))):
        tree = damage_json(tree, random)
    fast_is_ordinary(release, dump_json(tree))


def geo(**changed: Any) -> dict[str, Any]:
    """A GEO-POS whose first position has other fields."""
    tree = example_tree("GEO-POS", load_release("2.0.0"), seed=1, extent="full")
    message = tree["content"][0]["jsonContent"]["embeddedJsonContent"]["message"]
    position = message["geoPositionsUpdate"]["position"][0]
    position.update(changed)
    return tree


@pytest.mark.parametrize(
    ("written", "fast"),
    [
        ("48.50", True),
        ("-0.0", True),
        ("48", True),
        ("4.85e1", True),
        ("0.00000001", True),
        ('"48.5"', False),
        ("true", False),
        ("null", False),
        ("[48.5]", False),
    ],
)
def test_numbers_are_numbers_and_keep_how_they_are_written(written: str, fast: bool) -> None:
    tree = geo()
    [message] = (item["jsonContent"]["embeddedJsonContent"]["message"] for item in tree["content"])
    [first, *_] = message["geoPositionsUpdate"]["position"]
    [field] = [key for key, value in first["coord"][0].items() if key == "lat"]
    first["coord"][0][field] = "HERE"
    body = dump_json(tree).replace(b'"HERE"', written.encode())
    assert fast_is_ordinary(load_release("2.0.0"), body) is fast


@pytest.mark.parametrize("value", ["", None, [], {}, 0, False, "x\n", "é"])
def test_what_is_empty_or_odd_is_left_to_the_ordinary_way(value: Any) -> None:
    release = load_release("2.0.0")
    for key in ("recipient", "sentAt", "messageId", "technical", "sender", "kind"):
        tree = example_tree("TECHNICAL", release, seed=3, extent="full")
        message = tree["content"][0]["jsonContent"]["embeddedJsonContent"]["message"]
        message[key] = value
        fast_is_ordinary(release, dump_json(tree))
        for inner in dict(message["technical"] or {}) if key == "sender" else ():
            message["technical"][inner] = value
            fast_is_ordinary(release, dump_json(tree))


def test_the_dates_of_the_envelope_are_printed_and_kept() -> None:
    release = load_release("2.0.0")
    tree = example_tree("TECHNICAL", release, seed=3)
    tree["dateTimeExpires"] = "2099-01-01T00:00:00.500+00:00"
    body = dump_json(tree)
    fast = release.parse(body, "json")
    if fast.struct is not None:
        assert b"2099-01-01T00:00:00.5Z" in release.write(fast, "json")
    assert fast_is_ordinary(release, body) is (fast.struct is not None)


# What has no type is read the ordinary way.

TEXT = {"type": "string"}


@pytest.mark.parametrize(
    "schema",
    [
        {"type": "string", "enum": ["a", 1]},
        {"type": "string", "enum": ["a"], "pattern": "^a$"},
        {"type": "integer", "enum": [1]},
        {"enum": ["a"]},
        {"type": "null"},
        {"type": ["string", "null"]},
        {"oneOf": [TEXT]},
        {"type": "object", "allOf": [TEXT], "properties": {"a": TEXT}},
        {"type": "object", "required": ["b"], "properties": {"a": TEXT}},
        {"type": "object", "additionalProperties": False},
        {"type": "object", "properties": {"a": {"$ref": "#/definitions/list"}}},
        {"type": "array", "items": {"type": "array", "items": TEXT}},
        {"$ref": "#/definitions/itself"},
    ],
)
def test_a_rule_without_a_type_is_not_typable(schema: dict[str, Any]) -> None:
    itself = {"type": "object", "properties": {"a": {"$ref": "#/definitions/itself"}}}
    listed = {"type": "array", "items": TEXT}
    full = {
        "definitions": {
            "itself": itself,
            "list": listed,
            "EmbeddedJsonContent": {"oneOf": []},
        }
    }
    types = StructTypes(SchemaSet({"EDXL-DE-full.schema.json": full}), DateStyle.ISO)
    with pytest.raises(NotTypable):
        types.value("EDXL-DE-full.schema.json", schema)


def test_a_content_that_is_not_typable_has_no_decoder() -> None:
    schemas = load_release("2.0.0").schemas
    files = dict(schemas.files)
    files["GEO-POS.schema.json"] = {"type": "object", "oneOf": []}
    structs = StructMessages(SchemaSet(files), frozenset(["geoPositionsUpdate"]), DateStyle.ISO)
    assert structs.decoder("geoPositionsUpdate") is None
    assert structs.read(dump_json(geo())) is None


# JSON itself: the fast parser and the telling one are of one mind.


def telling(body: bytes) -> Any:
    decoder = json.JSONDecoder(parse_float=Decimal)
    return decoder.raw_decode(body.decode().lstrip(" \t\r\n"))[0]


JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.decimals(allow_nan=False, allow_infinity=False)
    | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=12,
)
PIECES = st.lists(
    st.sampled_from(
        [
            *'{}[]:,"\\-+.eE019 \t\n\r/',
            "true",
            "null",
            "NaN",
            "\\u",
            "d83d",
            '"a"',
            "é",
            "\x00",
            "\ufeff",
        ]
    ),
    max_size=12,
)


@given(PIECES)
@example(['"\\ud800"'])
@example(['"\\ud83d\\ude00"'])
@example(["1e400"])
def test_what_the_fast_parser_takes_is_what_the_standard_one_reads(pieces: list[str]) -> None:
    body = "".join(pieces).encode("utf-8", "surrogatepass")
    try:
        tree = parse_json(body)
    except NotJson:
        return
    # Half a character is shown as its escape by the standard library, and is `?` here.
    assert repr(tree) == re.sub(r"(?<!\\)\\ud[89a-f]..", "?", repr(telling(body)))


@given(JSON)
def test_every_json_value_is_read_as_the_standard_library_reads_it(value: Any) -> None:
    body = dump_json(value)
    assert repr(parse_json(body)) == repr(telling(body))


def test_the_type_of_the_message_before_is_no_prejudice() -> None:
    """The key last met is tried first: another content that names it is read as what it is."""
    release = load_release("2.0.0")
    alert = dump_json(example_tree("RS-EDA", release, seed=1))
    tree = example_tree("TECHNICAL", release, seed=3, extent="full")
    message = tree["content"][0]["jsonContent"]["embeddedJsonContent"]["message"]
    named = 0
    for key in release._types:
        message["sender"]["name"] = key
        assert fast_is_ordinary(release, alert)
        named += fast_is_ordinary(release, dump_json(tree))
    assert named == len(release._types)
