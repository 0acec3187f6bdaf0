"""One message as its form found it, and the form of whole messages with one content."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from functools import cached_property, lru_cache
from typing import TYPE_CHECKING, Any, NamedTuple

from hubemu.messages.envelope.texts import EnvelopeTexts
from hubemu.messages.text.datetimes import DateStyle
from hubemu.messages.xerces.doubts import DoubtfulTexts
from hubemu.messages.xml.forms import XLINK, XLINK_TYPE, Form
from hubemu.messages.xml.grammar import Complex
from hubemu.messages.xml.plain_envelopes import in_json
from hubemu.messages.xml.plain_text import RESERVED

if TYPE_CHECKING:
    from hubemu.messages.xml.form_printing import PrintFound

__all__ = ["AROUND", "DE", "FormRead", "WholeForm"]

DE = "urn:oasis:names:tc:emergency:EDXL:DE:2.0"
AROUND = ("contentObject", "contentXML", "embeddedXMLContent", "message")
"""The elements around the fields of a message, within `content`."""
_ENVELOPE = (
    "distributionID",
    "senderID",
    "dateTimeSent",
    "dateTimeExpires",
    "distributionStatus",
    "distributionKind",
    "language",
    "explicitAddressScheme",
    "explicitAddressValue",
)
"""The elements that have the texts of an envelope, as `EnvelopeTexts` has them."""
_ATTRIBUTE = re.compile(r"""([a-zA-Z:]+)=["']([^"']*)""")
_PREFIX = re.compile("xmlns:(?![xX][mM][lL])[a-zA-Z]+")


class FormRead(NamedTuple):
    """A message beyond doubt.

    Attributes:
        form: the form that found it.
        envelope: its texts, the dates as received.
        found: where it is `plain`, what was found of each group.
        read: its tree, tidied but for the dates of the envelope, where it is not.
        groups: of its match, with references in them as they came.
    """

    form: WholeForm
    envelope: EnvelopeTexts
    found: Sequence[Any] | None
    read: dict[str, Any] | None
    groups: Sequence[str]

    @property
    def key(self) -> str:
        """The key of its content."""
        return self.form.key

    @property
    def plain(self) -> bool:
        """Whether nothing in its texts must be escaped when they are written as XML."""
        return self.found is not None

    @property
    def tidied(self) -> dict[str, Any]:
        """Its tree, tidied but for the dates of the envelope; not to be changed."""
        return self.form.tree(self.groups) if self.read is None else self.read

    def fields_xml(self, attributes: Mapping[str, str]) -> str | None:
        """The elements of its `message`, if it is plain.

        Args:
            attributes: what stands in their start tags, by their names; always the same.
        """
        return None if self.found is None else self.form.xml(attributes)(self.found)

    def as_json(self, style: DateStyle) -> bytes | None:
        """What is printed of it in JSON, if nothing in it must be escaped there."""
        if self.found is None or '"' in "".join(self.groups):
            return None
        text = in_json(self.envelope.printed(style), self.form.json(self.found))
        escaped = "\\" in text or "\n" in text or "\t" in text
        return None if escaped else text.encode()


class WholeForm:
    """The form of whole messages with one content.

    Args:
        key: that of the content.
        schema: the file of the schema that says what is valid.
        form: of what stands behind the root's start tag.
        root: what the XSDs say of the root.
    """

    def __init__(self, key: str, schema: str, form: Form, root: Complex) -> None:
        self.key = key
        self._schema = schema
        self._form = form
        self._type = root.attributes.get(XLINK_TYPE)
        self._begins_well = lru_cache(maxsize=64)(self._look_at_start)
        places = {slot.name: index for index, slot in reversed(list(enumerate(form.slots)))}
        self._envelope = tuple(places[name] for name in _ENVELOPE)
        self._xml: PrintFound | None = None

    def read(
        self, text: str, begin: re.Match[str], *, plain: bool
    ) -> FormRead | DoubtfulTexts | None:
        """A message, if it is beyond doubt but for some texts; it is `plain` if all are."""
        match = self._form.expression.fullmatch(text, begin.end())
        if match is None or not self._begins_well(begin[1]):
            return None
        groups: Sequence[str] = match.groups("")
        try:
            if plain:
                found = self._form.found(groups)
                texts = EnvelopeTexts._make([groups[place] for place in self._envelope])
                return FormRead(self, texts, found, None, groups)
            tree = self.tree(groups)
        except (ValueError, KeyError):
            return self._doubtful(text, groups) if plain else None
        return FormRead(self, _texts_of(tree), None, tree, groups)

    def _doubtful(self, text: str, groups: Sequence[str]) -> DoubtfulTexts | None:
        if text.count(DE) > 1:  # one of the root's namespace may be in another element
            return None
        return DoubtfulTexts(self._schema, self._form.doubts(groups))

    def tree(self, groups: Sequence[str]) -> dict[str, Any]:
        """The tree of a message, tidied but for the dates of the envelope.

        Raises:
            ValueError: it is not beyond doubt.
            KeyError: the same.
        """
        tree = self._form.tree(groups)
        inner = tree["content"]
        for name in AROUND:
            inner = inner[name]
        tree["content"] = [{"jsonContent": {"embeddedJsonContent": {"message": inner}}}]
        return tree

    def xml(self, attributes: Mapping[str, str]) -> PrintFound:
        """What prints the elements of a `message` as XML; their attributes are always the same."""
        if self._xml is None:
            from hubemu.messages.xml.form_printing import xml_printer  # not for who only judges

            self._xml = xml_printer(self._form, AROUND[-1], attributes)
        return self._xml

    @cached_property
    def json(self) -> PrintFound:
        """What prints the members of a `message` as JSON."""
        from hubemu.messages.xml.form_printing import json_printer

        return json_printer(self._form, AROUND[-1])

    def _look_at_start(self, attributes: str) -> bool:
        """Whether the root may have these attributes, and the prefix is the usual one."""
        found = _ATTRIBUTE.findall(attributes)
        given = dict(found)
        if len(given) < len(found) or given.pop("xmlns", "") != DE:
            return False
        value = given.pop("xlink:type", None)
        expected, needed = self._type or (None, False)
        if value != expected and (value is not None or needed):
            return False
        return given.get("xmlns:xlink") == XLINK and all(
            _PREFIX.fullmatch(name) and ":" in uri and uri not in RESERVED
            for name, uri in given.items()
        )


def _texts_of(tree: Mapping[str, Any]) -> EnvelopeTexts:
    descriptor = tree["descriptor"]
    inside = tree | descriptor | descriptor["explicitAddress"]
    return EnvelopeTexts._make([inside[name] for name in _ENVELOPE])
