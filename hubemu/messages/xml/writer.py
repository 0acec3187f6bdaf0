"""Messages of a release written as XML: of a tree, by templates, or around an element."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import msgspec

from hubemu.messages.envelope.envelope import Formed, MessageType
from hubemu.messages.envelope.texts import EnvelopeTexts
from hubemu.messages.errors import UnwritableMessage
from hubemu.messages.schemas.shapes import Shape
from hubemu.messages.text.datetimes import DateStyle
from hubemu.messages.text.json_text import dump_json
from hubemu.messages.xml.plain_envelopes import in_xml
from hubemu.messages.xml.templates import WriteFields, template_of
from hubemu.messages.xml.writing import Parts, is_plain, write_distribution, write_element

if TYPE_CHECKING:
    from lxml.etree import _Element as Element

__all__ = ["XmlWriter"]


class XmlWriter:
    """Writes the messages of a release as XML.

    Args:
        types: its message types by key.
        shapes: the shape of each type's body by key.
        header: the shape of the RC-DE header.
        namespace: that of the `message` element.
        error_namespace: that of the `message` element of an error report.
        content_is_resource: whether `content` bears `xlink:type="resource"`.
    """

    def __init__(
        self,
        types: Mapping[str, MessageType],
        shapes: Mapping[str, Shape],
        header: Shape,
        *,
        namespace: str,
        error_namespace: str,
        content_is_resource: bool,
    ) -> None:
        self._types = types
        self._shapes = shapes
        self._header = header
        self._namespace = namespace
        self._error_namespace = error_namespace
        self._content_is_resource = content_is_resource
        spaces = {key: type_.namespace for key, type_ in types.items()}
        others = {key: space for key, space in spaces.items() if space != namespace}
        self._attributes = {key: f' xmlns="{space}"' for key, space in others.items()}
        self._templates: dict[type[msgspec.Struct], WriteFields | None] = {}
        """What writes `message` objects (`write_structs`), each made when it is first needed."""

    def write(self, tree: Mapping[str, Any], *, plain: bool = False) -> bytes:
        """A tidied tree as XML; it is known to be `plain` if the JSON that it was read from is.

        Raises:
            UnwritableMessage: it holds what XML cannot.
        """
        return write_distribution(
            tree,
            self._write_message,
            content_is_resource=self._content_is_resource,
            plain=plain or _prints_plainly(tree),
        )

    def write_structs(
        self, envelope: EnvelopeTexts, messages: Sequence[msgspec.Struct]
    ) -> bytes | None:
        """Plain `message` objects in their envelope as XML; `None` if no template is theirs.

        Args:
            envelope: as it is printed.
            messages: of one class, nothing in their texts must be escaped.
        """
        described = type(messages[0])
        if described not in self._templates:
            self._templates[described] = template_of(described, self._attributes)
        write_fields = self._templates[described]
        if write_fields is None:
            return None
        return self._enveloped(envelope, list(map(write_fields, messages)))

    def write_formed(self, message: Formed, style: DateStyle) -> bytes | None:
        """A message read by its form as XML; `None` if something in it must be escaped."""
        fields = message.fields_xml(self._attributes)
        return (
            None if fields is None else self._enveloped(message.envelope.printed(style), [fields])
        )

    def _enveloped(self, envelope: EnvelopeTexts, messages: list[str]) -> bytes:
        written = [f'<message xmlns="{self._namespace}">{one}</message>' for one in messages]
        resource = self._content_is_resource
        return in_xml(envelope, written, content_is_resource=resource)

    def enclose(self, tree: Mapping[str, Any], content: Element) -> bytes:
        """A tree without content as XML, with that element, as it is, for its content.

        Raises:
            UnwritableMessage: it holds what XML cannot.
        """
        from lxml import etree  # not for who writes what was read from JSON

        text = etree.tostring(content, encoding="unicode", with_tail=False)

        def write_message(out: Parts, header: Mapping[str, Any]) -> None:
            out.append(f'<message xmlns="{self._namespace}">')
            for name, value in header.items():
                write_element(out, name, value)
            out.extend((text, "</message>"))

        return write_distribution(
            tree, write_message, content_is_resource=self._content_is_resource
        )

    def _write_message(self, out: Parts, message: Mapping[str, Any]) -> None:
        outer = self._error_namespace if "error" in message else self._namespace
        out.append(f'<message xmlns="{outer}">')
        for name, value in message.items():
            type_ = self._types.get(name)
            own = type_ is not None and type_.namespace != self._namespace
            write_element(out, name, value, f' xmlns="{type_.namespace}"' if type_ and own else "")
        out.append("</message>")


def _prints_plainly(tree: Mapping[str, Any]) -> bool:
    """Whether the JSON of a tree `is_plain`: that costs less than to look at each text."""
    try:
        return is_plain(dump_json(tree))
    except UnwritableMessage:
        return False
