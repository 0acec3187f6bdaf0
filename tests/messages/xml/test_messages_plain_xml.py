"""What is written without looking at each text is what is written looking at each."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from hubemu.messages import (
    UnwritableMessage,
    dump_json,
    example_tree,
    load_release,
)
from hubemu.messages.xml.writing import Parts, is_plain, write_distribution, write_element
from tests.support.message_types import TYPES


def written(tree: Mapping[str, Any], plain: bool) -> bytes | str:
    """The XML of a tree, or why there is none."""

    def write_message(out: Parts, message: dict[str, Any]) -> None:
        for name, value in message.items():
            write_element(out, name, value, ' xmlns="urn:x"')

    try:
        return write_distribution(tree, write_message, content_is_resource=True, plain=plain)
    except UnwritableMessage as error:
        return error.cause


def enclosed(content: Any) -> dict[str, Any]:
    """A tree with that content."""
    message = {"jsonContent": {"embeddedJsonContent": {"message": {"content": content}}}}
    return {"distributionID": "a", "content": [message]}


TEXTS = st.text(st.sampled_from("ab é&<>\\\"'\n\r\t\x00\x0b\x7f\x85\ufffe\uffff\ufeff\U0001f691/u"))
VALUES = st.recursive(
    TEXTS | st.none() | st.booleans() | st.integers(-(2**53), 2**53),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from(["", "a", "b-c", "d e", "é"]), inner, max_size=4)
    ),
    max_leaves=12,
)


@settings(max_examples=400, deadline=None)
@given(content=VALUES)
@example(content="\\r is a backslash and an r")
@example(content={"a": ["\ufffe"]})
@example(content={"a": {"": ["x", "y"], "b-c": ""}})
@example(content={"a": [{"a": {}}, {}, "", None]})
def test_a_plain_tree_is_written_as_any_other(content: Any) -> None:
    tree = enclosed(content)
    if is_plain(dump_json(tree)):
        assert written(tree, plain=True) == written(tree, plain=False)


@settings(max_examples=300, deadline=None)
@given(text=TEXTS)
def test_plain_are_the_texts_that_nothing_must_be_done_to(text: str) -> None:
    as_it_is = f'<content xmlns="urn:x">{text}</content>'.encode()
    careful = written(enclosed(text), plain=False)
    if is_plain(dump_json(text)) and text:
        assert isinstance(careful, bytes)
        assert as_it_is in careful
    elif "\\" not in text and text:
        assert isinstance(careful, str) or as_it_is not in careful


@pytest.mark.parametrize(("name", "type_name"), TYPES)
def test_every_type_is_written_alike(
    name: str, type_name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    release = load_release(name)
    for seed in range(5):
        body = dump_json(example_tree(type_name, release, seed=seed, extent="random"))
        envelope = release.read(body, "json")
        plain = release.write(envelope, "xml")
        with monkeypatch.context() as patch:
            patch.setattr("hubemu.messages.xml.writer.is_plain", lambda _: False)
            assert release.write(envelope, "xml") == plain
