"""What two schemas say of one document is the same whether or not the second knows the first."""

from __future__ import annotations

from functools import cache
from random import Random

from hypothesis import given, settings
from hypothesis import strategies as st
from lxml import etree

from hubemu.messages import builtin_releases, example_tree, load_release
from hubemu.messages.envelope.reading import UNREADABLE_KEYS
from hubemu.messages.releases.catalogue import release_files
from hubemu.messages.schemas.layout import BARE_XSD, FULL_XSD
from hubemu.messages.xerces.explaining import Shared
from hubemu.messages.xml.schemas import XmlSchemas
from tests.support.mutations import damage_xml

TYPES = [
    (name, type_.name)
    for name in builtin_releases()
    for type_ in load_release(name).types.values()
    if type_.key not in UNREADABLE_KEYS | {"error"}
]


@cache
def schemas_of(name: str) -> XmlSchemas:
    return XmlSchemas(release_files(name).xsds)


@settings(max_examples=60, deadline=None)
@given(kind=st.sampled_from(TYPES), seed=st.integers(0, 10**6))
def test_what_is_known_already_is_told_again(kind: tuple[str, str], seed: int) -> None:
    random, release = Random(seed), load_release(kind[0])
    tree = example_tree(kind[1], release, seed=seed, extent="random")
    root = etree.fromstring(release.write_tree(tree, "xml"))
    for _ in range(random.choice((1, 2, 4))):
        root = damage_xml(root, random)
    schemas = schemas_of(kind[0])
    shared: Shared = {}
    for name in (FULL_XSD, BARE_XSD):
        assert schemas.explanation(name, root, shared) == schemas.explanation(name, root)
