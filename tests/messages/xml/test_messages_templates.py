"""Messages read as structs and written as XML by the templates of their classes."""

from __future__ import annotations

import msgspec
import pytest

from hubemu.messages import Release, builtin_releases, dump_json, example_tree, load_release
from hubemu.messages.envelope.reading import UNREADABLE_KEYS
from hubemu.messages.json.structs import enveloped_structs, struct_tree
from hubemu.messages.xml.struct_writing import LARGEST, struct_writer

TYPES = [
    (name, type_.name)
    for name in builtin_releases()
    for type_ in load_release(name).types.values()
    if type_.key not in UNREADABLE_KEYS
]
FREE = ("customContent", "error")
"""Contents of any shape, and what is never read as a struct."""


def both_ways(release: Release, body: bytes) -> tuple[bytes | None, bytes]:
    """The XML by templates, and by a walk over the tree."""
    envelope = release.parse(body, "json")
    assert envelope.struct is not None
    tree = struct_tree(envelope.struct, release._style)
    by_template = release._xml.write_structs(
        *enveloped_structs(envelope.struct, release._style), body
    )
    return by_template, release._xml.write(tree, body)


@pytest.mark.parametrize(("name", "type_name"), TYPES)
@pytest.mark.parametrize("seed", [1, 2])
def test_every_type_has_templates(name: str, type_name: str, seed: int) -> None:
    release = load_release(name)
    if release.types[type_name].key in FREE:
        return
    tree = example_tree(type_name, release, seed=seed, extent="full" if seed == 1 else "random")
    by_template, by_walk = both_ways(release, dump_json(tree))
    assert by_template == by_walk


def test_what_is_to_be_escaped_or_large_has_none() -> None:
    release = load_release("2.0.0")
    tree = example_tree("RS-EDA", release, seed=1)
    message = tree["content"][0]["jsonContent"]["embeddedJsonContent"]["message"]
    for name in ("a & b", "a" * LARGEST):
        message["sender"]["name"] = name
        by_template, by_walk = both_ways(release, dump_json(tree))
        assert by_template is None
        assert name.replace("&", "&amp;").encode() in by_walk


def test_names_and_namespaces_stand_as_they_are() -> None:
    number = ("f0", int | msgspec.UnsetType, msgspec.UNSET)
    Inner = msgspec.defstruct("Inner", [number], rename={"f0": "n"})  # noqa: N806
    Outer = msgspec.defstruct(  # noqa: N806
        "Outer", [("f0", Inner), ("f1", list[str])], rename={"f0": "é.b", "f1": "list"}
    )
    write = struct_writer(Outer, {"é.b": ' xmlns="urn:%s{0}\'"'})
    assert write is not None
    assert write(Outer(Inner(0), ["", "%"])) == (
        '<é.b xmlns="urn:%s{0}\'"><n>0</n></é.b><list></list><list>%</list>'
    )
    assert write(Outer(Inner(), [])) == '<é.b xmlns="urn:%s{0}\'"/>'


def test_a_name_that_no_element_can_have_makes_no_template() -> None:
    odd = msgspec.defstruct("Odd", [("f0", str)], rename={"f0": "a b"})
    assert struct_writer(odd, {}) is None
