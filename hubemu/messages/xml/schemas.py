"""The XML Schemas of a release compiled by lxml, and their verdict on a parsed message.

Documents are found by name in memory: nothing is read from disk or from a network. A message is
valid if it fits the full schema or the one for contents without header (facts: validation 3).
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cached_property
from typing import TYPE_CHECKING, Any

from lxml import etree

from hubemu.messages.schemas.layout import BARE_XSD, ENVELOPE_XSD, FULL_XSD
from hubemu.messages.xml.complaints import complaints, fits
from hubemu.messages.xml.xsd_rewriting import for_libxml2

if TYPE_CHECKING:
    from lxml.etree import _Element as Element

__all__ = ["XmlSchemas"]


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
        if fits(self.full, root, size) or fits(self.bare, root, size):
            return []
        return [*complaints(self.full, root, size), *complaints(self.bare, root, size)]

    def envelope_problems(self, root: Element, size: int) -> list[str]:
        """Why the envelope alone is refused, empty if it is good."""
        if fits(self.envelope, root, size):
            return []
        return complaints(self.envelope, root, size)

    def _compile(self, name: str) -> etree.XMLSchema:
        parser = etree.XMLParser(no_network=True)
        parser.resolvers.add(_InMemory(self._files))
        root = etree.fromstring(for_libxml2(self._files[name]), parser, base_url=name)
        return etree.XMLSchema(root)


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
        return self.resolve_string(for_libxml2(found), context, base_url=system_url)
