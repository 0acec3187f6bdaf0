"""What is printed of a form's groups is what is printed of the tree."""

from __future__ import annotations

import re
from copy import deepcopy
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from lxml import etree

from hubemu.messages import load_release
from tests.support.forms import example_xml, form_is_ordinary, laid_out
from tests.support.message_types import SENT_TYPES as TYPES

SEEDS = st.integers(0, 10**6)

ODD_TEXTS = (
    'a "b"',
    "a\\b",
    "a\nb",
    "a\tb",
    "'",
    "{0} %s",
    "é€🚑",
    "-0",
    "007",
    "1.50",
    "0.0000001",
)
"""What JSON escapes, what is another number or none, and what stands as it is."""


def varied_xml(root: etree._Element, random: Random) -> bytes:
    """A message some of whose elements are repeated, gone, empty, or hold another text."""
    elements = [one for one in root.iter() if one.getparent() is not None]
    for element in random.sample(elements, min(len(elements), random.choice((1, 3, 9)))):
        parent = element.getparent()
        if parent is None:
            continue
        choice = random.random()
        if choice < 0.6:
            for _ in range(random.choice((1, 1, 2, 4))):
                parent.insert(parent.index(element), deepcopy(element))
        elif choice < 0.75 and len(element):
            del element[:]
        elif choice < 0.8:
            parent.remove(element)
        elif not len(element):
            element.text = random.choice(ODD_TEXTS)
    return etree.tostring(root, encoding="utf-8")


@pytest.mark.parametrize(("name", "type_name"), TYPES)
@settings(max_examples=8, deadline=None)
@given(seed=SEEDS)
def test_lists_and_odd_texts_are_printed_as_ever(name: str, type_name: str, seed: int) -> None:
    release, random = load_release(name), Random(seed)
    root = etree.fromstring(example_xml(type_name, release, seed, "full"))
    form_is_ordinary(release, laid_out(varied_xml(root, random), random))


def test_each_item_of_a_list_is_printed() -> None:
    release = load_release("2.0.0")
    text = example_xml("RS-EDA", release, 1, "full").decode()
    for name in ("patient", "externalId", "contact", "accessCode", "recipient", "otherDiagnosis"):
        item = re.search(f"<{name}>.*?</{name}>", text)
        assert item is not None
        text = text.replace(item[0], item[0] * 3)
    assert form_is_ordinary(release, text.encode())


@pytest.mark.parametrize("text", ODD_TEXTS)
def test_what_json_escapes_is_escaped(text: str) -> None:
    release = load_release("2.0.0")
    body = re.sub(
        r"(?<=<freetext>)freetext [0-9]+",
        lambda _: text,
        example_xml("RS-EDA", release, 1).decode(),
    )
    assert form_is_ordinary(release, body.encode())
