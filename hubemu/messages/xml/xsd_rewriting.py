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
_MOMENTS = frozenset(
    (
        *("dateTime", "date", "time", "duration"),
        *("gYear", "gYearMonth", "gMonth", "gMonthDay", "gDay"),
    )
)
_ANY_MOMENT = re.compile(rf"(?:type|base)=[\"'][^\"']*\b(?:{'|'.join(sorted(_MOMENTS))})\b")
_COLLAPSING = ("pattern", "enumeration")
"""Facets for which libxml2 collapses white space before it looks at a value."""
_NO_BARE_POINT = r"[^.]*(\.[0-9]+)?"
"""`5.`, which libxml2 takes, is no decimal (facts: hub 11)."""
_ANYTHING = ".*"
_GROUPS = re.compile(r"\(\[(?P<chars>[^\]]+)\]\+\\\.\?\)\{(?P<least>\d+),(?P<most>\d+)\}")


def for_libxml2(xsd: bytes) -> bytes:
    """The XSD with strict decimals, fixed attributes, patterns that need no backtracking, and dates
    that may have white space around them.

    Of `([chars]+\\.?){m,n}` libxml2 tries every way of cutting a value up, and gives up at some
    30 characters. The same values are those of at most n segments (one facet) with at least m
    characters (another).
    """
    text = xsd.decode("utf-8", "replace")
    strict = _GROUPS.search(text) or _DECIMAL in text or _FIXED in text
    if not strict and not _ANY_MOMENT.search(text):
        return xsd
    root = etree.fromstring(xsd)
    for decimal in root.iter(f"{_XS}element"):
        if _built_in(decimal, "type") == _DECIMAL:
            _narrow(decimal, _NO_BARE_POINT)
    for moment in root.iter(f"{_XS}element", f"{_XS}attribute", f"{_XS}restriction"):
        _collapse(moment)
    for facet in root.iter(f"{_XS}pattern"):
        if found := _GROUPS.fullmatch(facet.get("value", "")):
            _split(facet, found["chars"], int(found["least"]), int(found["most"]))
    for attribute in root.iter(f"{_XS}attribute"):
        if attribute.get("fixed") is not None and attribute.get("ref") is not None:
            _make_local(attribute, root)
    return etree.tostring(root)


def _built_in(element: Element, attribute: str) -> str:
    """The type of XSD itself that an attribute names, empty for others."""
    prefix, _, name = element.get(attribute, "").strip().rpartition(":")
    return name if element.nsmap.get(prefix or None) == _XS[1:-1] else ""


def _narrow(element: Element, pattern: str) -> None:
    """Have the values of an element or attribute match a pattern as well."""
    kind = etree.SubElement(element, f"{_XS}simpleType")
    restriction = etree.SubElement(kind, f"{_XS}restriction", base=element.attrib.pop("type"))
    etree.SubElement(restriction, f"{_XS}pattern", value=pattern)
    annotation = element.find(f"{_XS}annotation")
    element.insert(0 if annotation is None else 1, kind)


def _collapse(element: Element) -> None:
    """Let a date or time have white space around it.

    libxml2 skips it on some sides of some types only, unless a facet looks at what is written.
    """
    if element.tag != f"{_XS}restriction":
        if _built_in(element, "type") in _MOMENTS:
            _narrow(element, _ANYTHING)
        return
    facets = [element.find(f"{_XS}{name}") for name in _COLLAPSING]
    outer = element.getparent()
    simple = outer is not None and outer.tag == f"{_XS}simpleType"
    if simple and _built_in(element, "base") in _MOMENTS and facets == [None, None]:
        etree.SubElement(element, f"{_XS}pattern", value=_ANYTHING)


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
