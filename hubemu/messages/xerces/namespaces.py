"""The namespaces in force at an element: what prefixes mean, and which prefix was written."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, cast

from hubemu.messages.xerces.components import Name
from hubemu.messages.xerces.datatypes import NAMES
from hubemu.messages.xerces.unread import Unread
from hubemu.messages.xerces.values import NotAValue

if TYPE_CHECKING:
    from lxml.etree import _Element as Element

__all__ = ["Namespaces"]

_SPACE: Final = " \t\n\r"
_XML: Final = "http://www.w3.org/XML/1998/namespace"
_MOST_LOOKED_AT: Final = 2_000_000
"""Declarations that are gone through for one document: each time, all in force are."""
_FEW: Final = 100


class Namespaces:
    """Those of one document.

    Raises:
        Unread: in any call, if the document asks for too many of too many.
    """

    def __init__(self) -> None:
        self._room = _MOST_LOOKED_AT

    def qname(self, element: Element, written: str) -> Name:
        """The name that a text means at an element.

        Raises:
            NotAValue: it means none.
        """
        content = written.strip(_SPACE)
        prefix, colon, local = content.partition(":")
        if not colon:
            prefix, local = "", content
        is_name = NAMES["NCName"].fullmatch
        if not is_name(local) or (colon and not is_name(prefix)):
            raise NotAValue("cvc-datatype-valid.1.2.1", content, "QName")
        namespace = self._in_force(element).get(prefix or None)
        if namespace is None and prefix:
            raise NotAValue("UndeclaredPrefix", content, prefix)
        return namespace or "", local

    def prefix(self, element: Element, name: Name) -> str:
        """The prefix that an attribute in a namespace was written with."""
        in_force = self._in_force(element)
        fitting = [prefix for prefix, uri in in_force.items() if prefix and uri == name[0]]
        if len(fitting) > 1 and len(element.attrib) < _FEW:
            names = cast("list[str]", element.keys())
            index = names.index(f"{{{name[0]}}}{name[1]}") + 1
            written = str(cast(Any, element.xpath(f"name(@*[{index}])")))
            return written.partition(":")[0]
        return fitting[0] if fitting else ""

    def _in_force(self, element: Element) -> dict[str | None, str]:
        found = dict(element.nsmap)
        found["xml"] = _XML
        self._room -= len(found)
        if self._room < 0:
            raise Unread("that many namespaces at that many elements")
        return found
