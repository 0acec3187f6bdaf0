"""XML refusals word for word: the library's own expectations, then the JDK's validator itself."""

from __future__ import annotations

import re
from pathlib import Path
from random import Random

import pytest
from lxml import etree

from hubemu.messages import builtin_releases
from hubemu.messages.refusals import xml_cause
from hubemu.messages.releases.catalogue import release_files
from hubemu.messages.releases.reading import read_folder
from hubemu.messages.schemas.layout import BARE_XSD, ENVELOPE_XSD, FULL_XSD
from hubemu.messages.text.xml_parsing import parse_xml
from hubemu.messages.text.xml_text import BadXml
from hubemu.messages.xml.schemas import XmlSchemas
from tests.support.xerces import SCHEMAS, XercesOracle, originals
from tests.support.xml_damages import damages
from tests.support.xml_text_damages import damaged_text

pytestmark = pytest.mark.official
ENVELOPE = Path(__file__).parent / "kinds" / "envelope.xml"
DAMAGED = 150
"""Messages per release; `benchmarks/xml_refusals.py` tries as many as one wants."""
DAMAGED_TEXTS = 60
_BARE_POINT = re.compile(rb"\d\.\s*</")
"""What may be a number such as `5.`, refused on purpose."""
QUALIFIED = {"2.0.0": False, "3.0.0": False, "3.4.1": True}
"""Whether the `.errors` of a release were written by a JDK that tells namespaces."""


def folders() -> list[str]:
    return ["1.0", *QUALIFIED]


@pytest.mark.parametrize("name", QUALIFIED)
def test_xml_refusals_read_as_the_library_expects(name: str, official: Path) -> None:
    files = read_folder(official / name, name)
    schemas = [files.xsds]
    if name in builtin_releases():
        schemas.append(release_files(name).xsds)
    found = sorted((official / name / "sample/failing").rglob("*.xml.errors"))
    for errors in found:
        root = parse_xml(errors.with_suffix("").read_bytes())
        for xsds in schemas:
            reader = XmlSchemas(xsds, qualified=QUALIFIED[name])
            told = reader.explanation(f"{errors.parent.name}.xsd", root)
            assert xml_cause(told) == errors.read_text("utf-8").strip(), errors.name
    assert len(found) == 8


@pytest.mark.parametrize("name", folders())
def test_official_samples_are_told_as_by_the_jdk(
    name: str, official: Path, xerces: XercesOracle
) -> None:
    files = read_folder(official / name, name)
    reader = XmlSchemas(files.xsds)
    told = 0
    for path in sorted((official / name / "sample").rglob("*.xml")):
        body = path.read_bytes()
        if b"<!DOCTYPE" in body:
            continue
        for schema in (*SCHEMAS, f"{path.parent.name}.xsd"):
            if schema in files.xsds:
                expected = xerces.ask(official / name / "xsd" / schema, body)
                assert reader.explanation(schema, parse_xml(body)) == expected, (path, schema)
                told += bool(expected)
    assert told > 30


@pytest.mark.parametrize("name", folders())
def test_damaged_messages_are_told_as_by_the_jdk(
    name: str, official: Path, xerces: XercesOracle
) -> None:
    files = read_folder(official / name, name)
    reader = XmlSchemas(files.xsds)
    told = 0
    for number, body in enumerate(damages(originals(files), f"ci {name}", DAMAGED)):
        for schema in SCHEMAS:
            expected = xerces.ask(official / name / "xsd" / schema, body)
            assert reader.explanation(schema, parse_xml(body)) == expected, (number, schema, body)
            told += bool(expected)
    assert told > DAMAGED


@pytest.mark.parametrize("name", folders())
def test_messages_damaged_as_texts_are_told_as_by_the_jdk(
    name: str, official: Path, xerces: XercesOracle
) -> None:
    files = read_folder(official / name, name)
    reader, random = XmlSchemas(files.xsds), Random(f"texts {name}")
    sound = [etree.tostring(root, encoding="unicode") for root in originals(files)]
    verdicts = 0
    for number in range(DAMAGED_TEXTS):
        body = damaged_text(random.choice(sound), random).encode()
        try:
            root = parse_xml(body)
        except BadXml:
            continue
        told = {one: reader.explanation(one, root) for one in SCHEMAS}
        for schema in SCHEMAS:
            expected = xerces.ask(official / name / "xsd" / schema, body)
            assert told[schema] == expected, (number, schema, body)
        refused = reader.refusal(root, len(body)) is not None
        agree = refused == bool(told[FULL_XSD] and told[BARE_XSD])
        assert agree or (refused and _BARE_POINT.search(body)), (number, body)
        verdicts += refused
    assert DAMAGED_TEXTS // 4 < verdicts < DAMAGED_TEXTS


@pytest.mark.parametrize("name", folders())
def test_all_that_an_envelope_may_hold_is_told_as_by_the_jdk(
    name: str, official: Path, xerces: XercesOracle
) -> None:
    """Areas, addresses, extensions, roles, links, other content: what messages of the Hub lack."""
    files = read_folder(official / name, name)
    reader = XmlSchemas(files.xsds)
    root = etree.parse(str(ENVELOPE)).getroot()
    told = 0
    for number, body in enumerate(damages([root], f"envelope {name}", DAMAGED)):
        expected = xerces.ask(official / name / "xsd" / ENVELOPE_XSD, body)
        assert reader.explanation(ENVELOPE_XSD, parse_xml(body)) == expected, (number, body)
        told += bool(expected)
    assert told > DAMAGED // 2
    assert xerces.ask(official / name / "xsd" / ENVELOPE_XSD, ENVELOPE.read_bytes()) == []


@pytest.mark.parametrize("name", builtin_releases())
def test_built_in_schemas_say_what_the_official_ones_say(name: str, official: Path) -> None:
    files = read_folder(official / name, name)
    theirs, ours = XmlSchemas(files.xsds), XmlSchemas(release_files(name).xsds)
    for number, body in enumerate(damages(originals(files), f"built in {name}", DAMAGED)):
        root = parse_xml(body)
        for schema in SCHEMAS:
            expected = theirs.explanation(schema, root)
            assert ours.explanation(schema, root) == expected, (number, schema, body)
