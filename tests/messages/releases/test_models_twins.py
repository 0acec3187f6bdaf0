"""Official sample pairs convert into each other; the exceptions are those of facts json-xml 5."""

from __future__ import annotations

import copy
import re
from pathlib import Path

import pytest
from lxml import etree

from hubemu.messages import builtin_releases, load_release, parse_json
from tests.support.official_models import Sample, as_message, samples

pytestmark = pytest.mark.official

# Hand-written twins that differ on purpose, or were made with another version of the library.
STALE = {"EDXL-DE/EDXL-DE.json", "RC-EDA/RC-EDA.json"}
STALE_1_0 = {"RC-REF/RC-REF.json", "RS-ERROR/RS-ERROR.json"}
# JSON edited after its XML was generated.
EDITED_2_0_0 = {
    "RS-BPV/RS-BPV_FuiteDeGaz_GregoireNormand.14a.json",
    "RS-EDA-MAJ/RS-EDA-MAJ_FemmeEnceinte_DelphineVigneau.08.json",
    "RS-EDA-MAJ/RS-EDA-MAJ_FemmeEnceinte_DelphineVigneau.12.json",
    "RS-EDA-MAJ/RS-EDA-MAJ_FuiteDeGaz_AliceGregoireNormand.07.json",
}
EXCEPTIONS = {
    "1.0": STALE | STALE_1_0,
    "2.0.0": STALE | EDITED_2_0_0,
    "3.0.0": STALE,
    "3.4.1": STALE,
}
# A list of one in the source message comes back as an object.
ONE_WAY = {"RS-ERROR/RS-ERROR.json"}


def _pairs(folder: Path, release: str) -> list[Sample]:
    return [
        sample
        for sample in samples(folder, "examples", "valid")
        if sample.twin.exists() and sample.name not in EXCEPTIONS[release]
    ]


def _canonical(xml: bytes) -> str:
    """Exclusive C14N without indentation, unused prefixes and the optional attribute of content.

    The 1.0 twins were printed by a later library, which adds that attribute.
    """
    root = etree.fromstring(xml, etree.XMLParser(remove_blank_text=True))
    text: str = etree.tostring(root, method="c14n", exclusive=True).decode()
    text = re.sub(r' xmlns:(xlink|ct)="[^"]*"', "", text)
    return text.replace('<content xlink:type="resource">', "<content>")


def _body(whole: bytes, key: str) -> etree._Element:
    """The type's element of a whole message."""
    return next(e for e in etree.fromstring(whole).iter() if etree.QName(e).localname == key)


@pytest.mark.parametrize("name", builtin_releases())
def test_json_samples_convert_to_their_twins(name: str, official: Path) -> None:
    release = load_release(name)
    for sample in _pairs(official / name, name):
        twin = sample.twin.read_bytes()
        if sample.is_whole:
            written = release.write_tree(sample.content, "xml")
        else:
            key = next(iter(sample.content))
            header = release.type_of_key(key).header
            tree = as_message(sample.content, header=header)
            written = etree.tostring(_body(release.write_tree(tree, "xml"), key))
        assert _canonical(written) == _canonical(twin), sample.name


@pytest.mark.parametrize("name", builtin_releases())
def test_xml_samples_convert_to_their_twins(name: str, official: Path) -> None:
    release = load_release(name)
    compared = 0
    for sample in _pairs(official / name, name):
        if sample.name in ONE_WAY:
            continue
        expected = sample.content
        if sample.is_whole:
            message, xml = expected, sample.twin.read_bytes()
        else:
            key = next(iter(expected))
            message = as_message(expected, header=release.type_of_key(key).header)
            xml = _with_body(release.write_tree(message, "xml"), key, sample.twin.read_bytes())
        assert parse_json(release.write(release.read(xml, "xml"), "json")) == message, sample.name
        compared += 1
    assert compared >= {"1.0": 1, "2.0.0": 50, "3.0.0": 60, "3.4.1": 70}[name]


def _with_body(whole: bytes, key: str, body: bytes) -> bytes:
    replaced = _body(whole, key)
    parent = replaced.getparent()
    assert parent is not None
    parent.replace(replaced, copy.deepcopy(etree.fromstring(body)))
    return etree.tostring(parent.getroottree())
