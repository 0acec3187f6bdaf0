"""The XML Schemas of a release: their verdict on a parsed message, and why it is refused.

The verdict is libxml2's, the words are those of the JDK's validator, which the real Hub uses: what
it says is worked out in a second pass, only of what is refused, and what does that is loaded then.
Documents are found by name in memory: nothing is read from disk or from a network. A message is
valid if it fits the full schema or the one for contents without header (facts: validation 3).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

from lxml import etree

from hubemu.messages.refusals import BROKEN_XML, MAX_CAUSE
from hubemu.messages.schemas.layout import BARE_XSD, ENVELOPE_XSD, FULL_XSD
from hubemu.messages.text.xml11 import restored
from hubemu.messages.xml.stream import first_complaints, fits
from hubemu.messages.xml.xsd_rewriting import for_libxml2

if TYPE_CHECKING:
    from lxml.etree import _Element as Element

    from hubemu.messages.xerces.doubts import DoubtfulTexts, Doubts
    from hubemu.messages.xerces.explaining import Shared
    from hubemu.messages.xerces.schemas import Schema

__all__ = ["XmlSchemas", "XsdRefusal"]

_MOST_TOLD = 200
"""Complaints of libxml2 that are told where only it has any."""
_DISAGREE = (
    "the JDK's validator, which the real Hub uses, finds nothing wrong here and would take it: "
    "libxml2 refuses it, and this is told in its words"
)
_BARE_POINT = (
    "a number such as '5.' is no decimal to the Hub, and refused: the JDK's validator by itself "
    "would take it"
)
_UNREAD = "told in libxml2's words: the schemas use what is not explained in the JDK's"


@dataclass(frozen=True, slots=True)
class XsdRefusal:
    """Why a document is refused; `remark` is what only the journal says, mostly nothing."""

    problems: list[str]
    remark: str = ""


class XmlSchemas:
    """The XSDs of one release by file name, each compiled when it is first needed.

    Args:
        files: the XSDs.
        qualified: misplaced elements are named with their namespace (quirk `qualified-names`).
    """

    def __init__(self, files: Mapping[str, bytes], *, qualified: bool = True) -> None:
        self._files = files
        self._qualified = qualified
        self._explainers: dict[tuple[str, bool], Schema] = {}

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

    def refusal(
        self, root: Element, size: int, doubtful: DoubtfulTexts | None = None
    ) -> XsdRefusal | None:
        """Why a message of `size` bytes is refused, None if it is valid.

        `doubtful`: what has been seen of it already.
        """
        if fits(self.full, root, size) or fits(self.bare, root, size):
            return None
        return self._explained(root, {FULL_XSD: self.full, BARE_XSD: self.bare}, doubtful)

    def envelope_refusal(self, root: Element, size: int) -> XsdRefusal | None:
        """Why the envelope alone is refused, None if it is good."""
        if fits(self.envelope, root, size):
            return None
        return self._explained(root, {ENVELOPE_XSD: self.envelope}, None)

    def explanation(
        self,
        name: str,
        root: Element,
        shared: Shared | None = None,
        *,
        doubts: Doubts | None = None,
        strict: bool = False,
    ) -> list[str]:
        """What the JDK's validator says against a document.

        Args:
            name: that of the schema.
            root: the root element.
            shared: what it says of parts by another schema, remembered.
            doubts: where something may be wrong by this schema.
            strict: as if it did not take `5.` for a decimal.

        Raises:
            Unread: the schema uses what is not known here.
        """
        from hubemu.messages.xerces.explaining import explain
        from hubemu.messages.xerces.schemas import Schema

        found = self._explainers.get((name, strict))
        if found is None:
            found = self._explainers[name, strict] = Schema(self._files, name, strict=strict)
        told = explain(
            found, root, most=MAX_CAUSE, qualified=self._qualified, shared=shared, doubts=doubts
        )
        back: list[str] = restored(told, root)
        return back

    def _explained(
        self,
        root: Element,
        refused_by: Mapping[str, etree.XMLSchema],
        doubtful: DoubtfulTexts | None,
    ) -> XsdRefusal:
        """What all of the schemas say; each of them has refused the document."""
        from hubemu.messages.xerces.unread import Unread

        try:
            told, remark = self._told(refused_by, root, doubtful, strict=False), ""
            if not all(told):
                told, remark = self._told(refused_by, root, doubtful, strict=True), _BARE_POINT
            if not all(told):
                told, remark = [], _DISAGREE
        except Unread as error:
            told, remark = [], f"{_UNREAD}: {error}"
        if told:
            return XsdRefusal([text for one in told for text in one], remark)
        complaints = [
            text
            for schema in refused_by.values()
            for text in first_complaints(schema, root, _MOST_TOLD)
        ]
        return XsdRefusal(complaints or [BROKEN_XML], remark)

    def _told(
        self,
        names: Iterable[str],
        root: Element,
        doubtful: DoubtfulTexts | None,
        *,
        strict: bool,
    ) -> list[list[str]]:
        shared: Shared = {}
        seen, doubts = doubtful or (None, None)
        return [
            self.explanation(
                name, root, shared, doubts=doubts if name == seen else None, strict=strict
            )
            for name in names
        ]

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
