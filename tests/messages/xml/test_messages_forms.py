"""What a form takes is what the ordinary way takes, and read as the ordinary way reads it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from lxml import etree

from hubemu.messages import (
    builtin_releases,
    load_release,
)
from hubemu.messages.envelope.reading import UNREADABLE_KEYS
from hubemu.messages.releases.importing import import_release
from hubemu.messages.schemas.shapes import Kind
from hubemu.messages.text.datetimes import DateStyle
from hubemu.messages.xml.form_texts import text_of
from hubemu.messages.xml.grammar import NotUnderstood, Simple
from tests.support.forms import example_xml, form_is_ordinary, laid_out
from tests.support.message_types import SENT_TYPES as TYPES
from tests.support.mutations import damage_xml

WITHOUT_FORM = {
    ("1.0", "RS-EDA-MAJ"),
    ("1.0", "RS-SR"),
    *((name, "customContent") for name in builtin_releases()),
}
"""Contents of any shape, those that the XSDs of 1.0 leave out, one with a field apart."""
SEEDS = st.integers(0, 10**6)


@pytest.mark.parametrize(("name", "type_name"), TYPES)
@settings(max_examples=6, deadline=None)
@given(seed=SEEDS, extent=st.sampled_from(["random", "full"]))
def test_every_type_is_read_by_its_form(name: str, type_name: str, seed: int, extent: str) -> None:
    release = load_release(name)
    body = laid_out(example_xml(type_name, release, seed, extent), Random(seed))
    assert form_is_ordinary(release, body) == ((name, type_name) not in WITHOUT_FORM)


@pytest.mark.parametrize(("name", "type_name"), TYPES)
@settings(max_examples=5, deadline=None)
@given(seed=SEEDS)
def test_a_form_takes_no_damaged_message_that_is_refused(
    name: str, type_name: str, seed: int
) -> None:
    release, random = load_release(name), Random(seed)
    root = etree.fromstring(example_xml(type_name, release, seed))
    for _ in range(random.choice((1, 1, 2))):
        root = damage_xml(root, random)
    form_is_ordinary(release, etree.tostring(root, encoding="utf-8"))


SNIPPETS = (
    *("&amp;", "&#233;", "&#xe9;", "&eacute;", "&#0;", "&#xd;", "&#13", "&", "<!-- x -->"),
    *("<?x y?>", "<![CDATA[x]]>", "]]>", ">", "<", "é", "\ufffe", "\x0b", "\x85", "\u2028", " "),
    *("<x/>", "</x>", ' a="b"', " xmlns='urn:x'", ' xsi:nil="true"', "\r", "\n", "\t", "\x00"),
    *("\ud7ff", "\U0001f691", "</name><name>", "_", "-", "0", "+", "  "),
)


@settings(max_examples=400, deadline=None)
@given(
    kind=st.sampled_from(TYPES),
    seed=st.integers(0, 20),
    at=st.floats(0, 1, exclude_max=True),
    gone=st.sampled_from((0, 0, 0, 1, 2, 9)),
    snippet=st.sampled_from(("", *SNIPPETS)),
)
def test_a_form_takes_no_text_that_is_refused(
    kind: tuple[str, str], seed: int, at: float, gone: int, snippet: str
) -> None:
    release = load_release(kind[0])
    text = example_xml(kind[1], release, seed).decode()
    place = int(at * len(text))
    body = f"{text[:place]}{snippet}{text[place + gone :]}".encode(errors="surrogatepass")
    form_is_ordinary(release, body)


STARTS = (
    *(
        'xlink:type="extended"',
        "xlink:type='resource'",
        'xmlns:xlink="http://www.w3.org/1999/xlink"',
    ),
    *('xmlns="urn:oasis:names:tc:emergency:EDXL:DE:2.0"', "xmlns='urn:other'", 'xmlns:a="urn:a"'),
    *(
        'xmlns:ct="urn:oasis:names:tc:emergency:edxl:ct:1.0"',
        'xmlns:xml="urn:x"',
        'a="b"',
        'xmlns:a=""',
    ),
    *('xmlns:b="http://www.w3.org/1999/xlink"', 'xmlns:xlink="urn:x"', 'xmlns:xsi="urn:xsi"'),
    *('xlink:title="x"', 'xlink:type="extended "', 'xmlns:c="http://www.w3.org/2000/xmlns/"'),
    'xmlns:d="http://www.w3.org/XML/1998/namespace"',
)


@settings(max_examples=200, deadline=None)
@given(attributes=st.lists(st.sampled_from(STARTS), max_size=7), whole=st.booleans())
def test_the_root_has_what_it_may_have(attributes: list[str], whole: bool) -> None:
    release = load_release("2.0.0")
    text = example_xml("RC-REF", release, 1).decode()
    needed = [STARTS[0], STARTS[2], STARTS[3]] if whole else []
    start = " ".join(("<edxlDistribution", *needed, *attributes))
    form_is_ordinary(release, re.sub("<edxlDistribution[^>]*", start, text).encode())


def official_messages(folder: Path) -> Iterator[Path]:
    yield from sorted((folder / "sample").rglob("*.xml"))


@pytest.mark.official
@pytest.mark.parametrize("name", builtin_releases())
def test_official_samples_are_read_alike(name: str, official: Path) -> None:
    import_release(official / name, f"official-{name}")
    releases = load_release(name), load_release(f"official-{name}")
    taken = [0, 0]
    for path in official_messages(official / name):
        for number, release in enumerate(releases):
            taken[number] += form_is_ordinary(release, path.read_bytes())
    assert taken[0] == taken[1]


@pytest.mark.official
@pytest.mark.parametrize("name", builtin_releases())
def test_forms_of_official_xsds_take_what_those_of_ours_take(name: str, official: Path) -> None:
    import_release(official / name, f"official-{name}")
    ours, theirs = load_release(name), load_release(f"official-{name}")
    for type_ in ours.types.values():
        if type_.key in UNREADABLE_KEYS | {"error"}:
            continue
        for seed in range(6):
            body = example_xml(type_.name, ours, seed)
            assert form_is_ordinary(ours, body) == form_is_ordinary(theirs, body), type_.name


@pytest.mark.parametrize(
    ("pattern", "texts"),
    [
        (r"fr(\.[\w-]+){3,4}", ["fr.a.b-1.c", "fr.a.b", "fr.a.b.c_d", "fr.a.é.c", "fr.a.b.c\n"]),
        (r"([\w-]+\.?){4,10}", ["a.b.c.d", "abcd", "a.b", "a.b.c.d.e.f.g.h.i.j.k"]),
        (r"[A-Z]\d{2}(\.[\d\+\-]{1,3})?", ["A12", "A12.+-1", "A12.", "a12", "A1٣"]),
        (r"\d{4}-\d{2}-\d{2}", ["2024-01-02", "2024-1-02", "x2024-01-02"]),
    ],
)
def test_a_pattern_takes_what_the_xsd_takes_or_less(pattern: str, texts: list[str]) -> None:
    take = text_of(Simple("string", patterns=((pattern,),)), Kind.STRING, DateStyle.ISO).take
    schema = etree.XMLSchema(
        etree.fromstring(
            '<xs:schema xmlns:xs="http://www.w3.org/2001/XMLSchema"><xs:element name="a">'
            f'<xs:simpleType><xs:restriction base="xs:string"><xs:pattern value="{pattern}"/>'
            "</xs:restriction></xs:simpleType></xs:element></xs:schema>"
        )
    )
    assert take is not None
    for text in texts:
        element = etree.Element("a")
        element.text = text
        try:
            take(text)
        except ValueError:
            assert not (text.isascii() and "_" not in text and schema.validate(element)), text
        else:
            assert schema.validate(element), text


@pytest.mark.parametrize(
    "pattern", [".", "[^a]", r"\p{L}", r"\i\c*", "^a$", "[a-z-[b]]", r"\s", r"\D", "a{2}{3}x]"]
)
def test_a_pattern_that_is_not_understood_is_left_to_the_ordinary_way(pattern: str) -> None:
    with pytest.raises(NotUnderstood):
        text_of(Simple("string", patterns=((pattern,),)), Kind.STRING, DateStyle.ISO)
