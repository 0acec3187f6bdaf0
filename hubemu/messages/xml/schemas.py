"""The XML Schemas of a release compiled by lxml, and their verdict on a parsed message.

Documents are found by name in memory: nothing is read from disk or from a network. A message is
valid if it fits the full schema or the one for contents without header (facts: validation 3).
"""

from __future__ import annotations

import copy
import re
from collections.abc import Mapping
from functools import cached_property
from typing import TYPE_CHECKING, Any

from lxml import etree

from hubemu.messages.schemas.layout import BARE_XSD, ENVELOPE_XSD, FULL_XSD
from hubemu.messages.xml.complaints import complaints, fits
from hubemu.messages.xml.links import wrong_links

if TYPE_CHECKING:
    from lxml.etree import _Element as Element

__all__ = ["XmlSchemas"]

_XS = "{http://www.w3.org/2001/XMLSchema}"
_DECIMAL = "decimal"
_GROUPS = re.compile(r"\(\[(?P<chars>[^\]]+)\]\+\\\.\?\)\{(?P<least>\d+),(?P<most>\d+)\}")


class XmlSchemas:
    """The XSDs of one release by file name, each compiled when it is first needed."""

    def __init__(self, files: Mapping[str, bytes]) -> None:
        self._files = files

    @cached_property
    def full(self) -> etree.XMLSchema:
        """The schema for whole messages with header."""
        return self._compile(FULL_XSD)

    @cached_property
    def bare(self) -> etree.XMLSchema:
        """The schema for whole messages whose content goes without header."""
        return self._compile(BARE_XSD)

    @cached_property
    def envelope(self) -> etree.XMLSchema:
        """The schema that looks at the envelope only."""
        return self._compile(ENVELOPE_XSD)

    def compile_all(self) -> None:
        """Compile every schema now.

        Raises:
            XMLSchemaParseError: one cannot be.
        """
        for name in (FULL_XSD, BARE_XSD, ENVELOPE_XSD):
            self._compile(name)

    def problems(self, root: Element, size: int) -> list[str]:
        """Why a message of `size` bytes is refused, empty if it is valid."""
        links = wrong_links(root)
        if not links and (fits(self.full, root, size) or fits(self.bare, root, size)):
            return []
        found = [*complaints(self.full, root, size), *complaints(self.bare, root, size)]
        return [*links, *found]

    def envelope_problems(self, root: Element, size: int) -> list[str]:
        """Why the envelope alone is refused, empty if it is good."""
        links = wrong_links(root)
        good = fits(self.envelope, root, size)
        return links if good else [*links, *complaints(self.envelope, root, size)]

    def _compile(self, name: str) -> etree.XMLSchema:
        parser = etree.XMLParser(no_network=True)
        parser.resolvers.add(_InMemory(self._files))
        return etree.XMLSchema(etree.fromstring(_linear(self._files[name]), parser, base_url=name))


class _InMemory(etree.Resolver):
    def __init__(self, files: Mapping[str, bytes]) -> None:
        super().__init__()
        self._files = {name.rpartition("/")[2]: content for name, content in files.items()}

    # lxml passes a context that its stubs do not know.
    def resolve(self, system_url: str, public_id: str, context: Any = None) -> Any:
        name = system_url.rpartition("/")[2]
        found = self._files.get(name)
        if found is None:
            return self.resolve_string("", context, base_url=system_url)  # never what a disk has
        return self.resolve_string(_linear(found), context, base_url=system_url)


def _linear(xsd: bytes) -> bytes:
    """The XSD with strict decimals, and with id patterns in a form that needs no backtracking.

    Of `([chars]+\\.?){m,n}` libxml2 tries every way of cutting a value up, and gives up at some
    30 characters. The same values are those of at most n segments (one facet) with at least m
    characters (another).
    """
    text = xsd.decode("utf-8", "replace")
    if not _GROUPS.search(text) and _DECIMAL not in text:
        return xsd
    root = etree.fromstring(xsd)
    for decimal in root.iter(f"{_XS}element"):
        if _is_decimal(decimal):
            _need_decimals(decimal)
    for facet in root.iter(f"{_XS}pattern"):
        if found := _GROUPS.fullmatch(facet.get("value", "")):
            _split(facet, found["chars"], int(found["least"]), int(found["most"]))
    return etree.tostring(root)


def _is_decimal(element: Element) -> bool:
    prefix, _, name = element.get("type", "").rpartition(":")
    return name == _DECIMAL and element.nsmap.get(prefix or None) == _XS[1:-1]


def _need_decimals(element: Element) -> None:
    """Make `5.`, which libxml2 takes, no decimal (facts: hub 11)."""
    kind = etree.SubElement(element, f"{_XS}simpleType")
    restriction = etree.SubElement(kind, f"{_XS}restriction", base=element.attrib.pop("type"))
    etree.SubElement(restriction, f"{_XS}pattern", value=r"[^.]*(\.[0-9]+)?")


def _split(facet: Element, chars: str, least: int, most: int) -> None:
    outer = facet.getparent()
    if outer is None:
        raise ValueError("a facet stands in a restriction")
    segments = copy.copy(facet)
    segments.set("value", rf"[{chars}]+(\.[{chars}]+){{0,{most - 1}}}\.?")
    facet.set("value", rf"(\.?[{chars}]){{{least},}}\.?")
    inner_type = etree.SubElement(outer, f"{_XS}simpleType")
    inner = etree.SubElement(inner_type, f"{_XS}restriction", base=outer.attrib.pop("base"))
    inner.append(segments)
    outer.insert(0, inner_type)
