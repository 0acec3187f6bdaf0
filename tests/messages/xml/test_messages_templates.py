"""Messages read as structs and written as XML by the templates of their classes."""

from __future__ import annotations

import re

import msgspec
import pytest

from hubemu.messages import (
    Envelope,
    MessageError,
    Release,
    dump_json,
    example_tree,
    load_release,
)
from hubemu.messages.json.structs import envelope_texts, struct_tree
from hubemu.messages.releases.normalizing import print_dates
from hubemu.messages.xml.form_messages import FormMessages, FormRead
from hubemu.messages.xml.templates import LARGEST, template_of
from tests.support.message_types import TYPES

FREE = ("customContent", "error")
"""Contents of any shape, and what is never read as a struct."""


def both_ways(release: Release, body: bytes) -> tuple[bytes | None, bytes]:
    """The XML by templates, and by a walk over the tree."""
    envelope = release.parse(body, "json")
    assert envelope.struct is not None
    tree = struct_tree(envelope.struct, release._style)
    by_template = release._writer.write_structs(*envelope_texts(envelope.struct, release._style))
    return by_template, release._writer.write(tree)


def read_by_form(release: Release, body: bytes) -> Envelope | None:
    """A message in XML, if its form reads it."""
    try:
        envelope = release.parse(body, "xml")
    except MessageError:
        return None  # some contents of 1.0 have no XSD
    return envelope if envelope.formed is not None else None


@pytest.mark.parametrize(("name", "type_name"), TYPES)
@pytest.mark.parametrize("seed", [1, 2])
def test_every_type_has_templates(name: str, type_name: str, seed: int) -> None:
    release = load_release(name)
    if release.types[type_name].key in FREE:
        return
    tree = example_tree(type_name, release, seed=seed, extent="full" if seed == 1 else "random")
    by_template, by_walk = both_ways(release, dump_json(tree))
    assert by_template == by_walk
    formed = read_by_form(release, by_walk)
    if formed is not None and formed.formed is not None:
        assert release._writer.write_formed(formed.formed, release._style) == by_walk
        tidied = print_dates(formed.formed.tidied, release._style)
        assert formed.formed.as_json(release._style) == dump_json(tidied)


@pytest.mark.parametrize(
    "text", ["a & b", "a" * LARGEST, "x" * 600 + "]>", "\x7f", "\x85", "\xa0é"]
)
def test_what_is_escaped_or_large_is_written_all_the_same(text: str) -> None:
    release = load_release("2.0.0")
    tree = example_tree("RS-EDA", release, seed=1, extent="full")
    message = tree["content"][0]["jsonContent"]["embeddedJsonContent"]["message"]
    message["createCaseHealth"]["location"]["freetext"] = text
    body = dump_json(tree)
    envelope = release.parse(body, "json")
    assert envelope.struct is not None
    written = release.write(envelope, "xml")
    assert written == release._writer.write(struct_tree(envelope.struct, release._style))
    assert release.write(release.parse(written, "xml"), "xml") == written


@pytest.mark.parametrize(
    ("text", "taken", "plain"),
    [
        ("a>b", True, False),
        (">", True, False),
        ("a &gt; b", True, False),
        ("\u00a0\u20ac", True, True),
        ("\u0085", True, False),
        ("\x7f", True, False),
        ("\ufeff", True, True),
        ("]]>", False, False),
        ("\x0b", False, False),
        ("\ufffe", False, False),
        ("&#xfffe;", False, False),
    ],
)
def test_what_stands_in_texts_is_looked_for_once(text: str, taken: bool, plain: bool) -> None:
    release = load_release("2.0.0")
    body = release.write_tree(example_tree("RS-EDA", release, seed=1, extent="full"), "xml")
    changed = re.sub(rb"(?<=<freetext>)freetext [0-9]+", lambda _: text.encode(), body, count=1)
    assert changed != body
    read = FormMessages.read(release._forms, changed)
    assert (read is not None) is taken
    if read is not None:
        assert isinstance(read, FormRead)
        assert read.plain is plain
        again = release.parse(changed, "xml")
        walked = release.read(changed, "xml")
        assert again.tree == walked.tree
        assert release.write(again, "xml") == release.write(walked, "xml")


def test_names_and_namespaces_stand_as_they_are() -> None:
    number = ("f0", int | msgspec.UnsetType, msgspec.UNSET)
    Inner = msgspec.defstruct("Inner", [number], rename={"f0": "n"})  # noqa: N806 - a class
    Outer = msgspec.defstruct(  # noqa: N806 - a class
        "Outer", [("f0", Inner), ("f1", list[str])], rename={"f0": "é.b", "f1": "list"}
    )
    write = template_of(Outer, {"é.b": ' xmlns="urn:%s{0}\'"'})
    assert write is not None
    assert write(Outer(Inner(0), ["", "%"])) == (
        '<é.b xmlns="urn:%s{0}\'"><n>0</n></é.b><list></list><list>%</list>'
    )
    assert write(Outer(Inner(), [])) == '<é.b xmlns="urn:%s{0}\'"/>'


def test_a_name_that_no_element_can_have_makes_no_template() -> None:
    odd = msgspec.defstruct("Odd", [("f0", str)], rename={"f0": "a b"})
    assert template_of(odd, {}) is None
