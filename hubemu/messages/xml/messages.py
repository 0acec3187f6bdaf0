"""XML messages of a release, read: the verdict, and reading into JSON form."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from hubemu.messages.envelope.envelope import MessageType
from hubemu.messages.errors import InvalidMessage, UnreadableMessage
from hubemu.messages.refusals import BROKEN_XML, UNKNOWN_ID, untrusted, xml_cause
from hubemu.messages.schemas.shapes import Shape
from hubemu.messages.text.xml11 import restored
from hubemu.messages.text.xml_parsing import parse_xml
from hubemu.messages.text.xml_text import BadXml, ForbiddenXml, local_name
from hubemu.messages.xerces.doubts import DoubtfulTexts
from hubemu.messages.xml.limits import check_limits
from hubemu.messages.xml.reading import read_distribution, read_element
from hubemu.messages.xml.schemas import XmlSchemas

if TYPE_CHECKING:
    from lxml.etree import _Element as Element

__all__ = ["XmlMessages"]


class XmlMessages:
    """Reads the XML messages of a release.

    Args:
        schemas: its XSDs.
        types: its message types by key.
        shapes: the shape of each type's body by key.
        header: the shape of the RC-DE header.
    """

    def __init__(
        self,
        schemas: XmlSchemas,
        types: Mapping[str, MessageType],
        shapes: Mapping[str, Shape],
        header: Shape,
    ) -> None:
        self._schemas = schemas
        self._types = types
        self._shapes = shapes
        self._header = header
        # A list without items is no element at all (`recipient: []` of 1.0).
        self._lists = [one.name for one in header.fields.values() if one.many and one.required]

    def parse(self, body: bytes) -> Element:
        """The root element of a body.

        Raises:
            InvalidMessage: it is not well-formed, or has what is refused unread.
        """
        try:
            return parse_xml(body)
        except ForbiddenXml as error:
            raise untrusted(f"{BROKEN_XML}\n{error}", body) from error
        except BadXml as error:
            raise untrusted(BROKEN_XML, body) from error

    def check(self, root: Element, body: bytes, doubtful: DoubtfulTexts | None = None) -> None:
        """Give the schemas' verdict; `doubtful`: what has been seen of the body already.

        Raises:
            InvalidMessage: with what the XSDs complain of and the id of the message.
        """
        refusal = self._schemas.refusal(root, len(body), doubtful)
        if refusal is None:
            return
        envelope = self._schemas.envelope_refusal(root, len(body))
        if envelope is not None:
            raise untrusted(xml_cause(envelope.problems), body, envelope.remark)
        raise InvalidMessage(xml_cause(refusal.problems), _identifier(root), refusal.remark)

    def read(self, root: Element, body: bytes) -> dict[str, Any]:
        """The message in JSON form.

        Raises:
            UnreadableMessage: the reader does not understand something.
        """
        try:
            check_limits(root, body)
            tree: dict[str, Any] = restored(read_distribution(root, self._read_message), root)
            return tree
        except UnreadableMessage as error:
            raise UnreadableMessage(error.cause, _identifier(root)) from None

    def _read_message(self, element: Element) -> dict[str, Any]:
        header = read_element(element, self._header)
        contents = [child for child in element if local_name(child) in self._types]
        if len(contents) != 1:
            raise UnreadableMessage(f"a message has {len(contents)} contents that are known")
        key = local_name(contents[0])
        if header and self._types[key].header:
            for name in self._lists:
                header.setdefault(name, [])
        return {**header, key: read_element(contents[0], self._shapes[key])}


def _identifier(root: Element) -> str:
    """The distributionID of a message whose envelope is good."""
    found = next((child.text for child in root if local_name(child) == "distributionID"), None)
    return found or UNKNOWN_ID
