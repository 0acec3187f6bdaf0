"""XSDs rewritten for libxml2, so that it gives the verdict of the validator that the Hub uses.

The rewritten schema means the same; it says it in the words that libxml2 understands, or in linear
time (facts: hub 11).
"""

from __future__ import annotations

import copy
import re
from typing import TYPE_CHECKING

from lxml import etree

if TYPE_CHECKING:
    from lxml.etree import _Element as Element

__all__ = ["for_libxml2"]

_XS = "{http://www.w3.org/2001/XMLSchema}"
_DECIMAL = "decimal"
_FIXED = "fixed="
_GROUPS = re.compile(r"\(\[(?P<chars>[^\]]+)\]\+\\\.\?\)\{(?P<least>\d+),(?P<most>\d+)\}")


def for_libxml2(xsd: bytes) -> bytes:
    """The XSD with strict decimals, fixed attributes and patterns that need no backtracking.

    Of `([chars]+\\.?){m,n}` libxml2 tries every way of cutting a value up, and gives up at some
    30 characters. The same values are those of at most n segments (one facet) with at least m
    characters (another).
    """
    text = xsd.decode("utf-8", "replace")
    if not _GROUPS.search(text) and _DECIMAL not in text and _FIXED not in text:
        return xsd
    root = etree.fromstring(xsd)
    for decimal in root.iter(f"{_XS}element"):
        if _is_decimal(decimal):
            _need_decimals(decimal)
    for facet in root.iter(f"{_XS}pattern"):
        if found := _GROUPS.fullmatch(facet.get("value", "")):
            _split(facet, found["chars"], int(found["least"]), int(found["most"]))
    for attribute in root.iter(f"{_XS}attribute"):
        if attribute.get("fixed") is not None and attribute.get("ref") is not None:
            _make_local(attribute, root)
    return etree.tostring(root)


def _is_decimal(element: Element) -> bool:
    prefix, _, name = element.get("type", "").rpartition(":")
    return name == _DECIMAL and element.nsmap.get(prefix or None) == _XS[1:-1]


def _need_decimals(element: Element) -> None:
    """Make `5.`, which libxml2 takes, no decimal (facts: hub 11)."""
    kind = etree.SubElement(element, f"{_XS}simpleType")
    restriction = etree.SubElement(kind, f"{_XS}restriction", base=element.attrib.pop("type"))
    etree.SubElement(restriction, f"{_XS}pattern", value=r"[^.]*(\.[0-9]+)?")


def _make_local(attribute: Element, schema: Element) -> None:
    """Declare in place what refers to an attribute of the same schema with a value of its own.

    libxml2 does not look at a value that is fixed where an attribute is referred to.
    """
    prefix, _, name = attribute.get("ref", "").rpartition(":")
    declared = schema.find(f"{_XS}attribute[@name='{name}']")
    if declared is None or attribute.nsmap.get(prefix or None) != schema.get("targetNamespace"):
        return
    del attribute.attrib["ref"]
    attribute.attrib.update({"name": name, "form": "qualified"})
    if "type" in declared.attrib:
        attribute.set("type", declared.get("type", ""))
    attribute.extend(copy.deepcopy(list(declared)))


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
