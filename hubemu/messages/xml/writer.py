"""Messages of a release written as XML: of a tree, by templates, or around an element."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import msgspec

from hubemu.messages.envelope.envelope import MessageType
from hubemu.messages.errors import UnwritableMessage
from hubemu.messages.schemas.shapes import FieldShape, Kind, Shape
from hubemu.messages.text.json_text import dump_json
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
        self._templates: dict[type[msgspec.Struct] | str, WriteFields | None] = {}
        """What writes `message` objects (`write_plain`), each made when it is first needed."""

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

    def write_plain(
        self, tree: Mapping[str, Any], described: type[msgspec.Struct] | str
    ) -> bytes | None:
        """A plain tidied tree as XML, by templates; `None` where there are none.

        Args:
            tree: nothing in its texts must be escaped.
            described: the class of its `message` objects, which are structs; or the key of their
                content, where they were read by its form.
        """
        if described not in self._templates:
            self._templates[described] = self._template(described)
        write_fields = self._templates[described]
        if write_fields is None:
            return None

        def write_message(out: Parts, message: Any) -> None:
            out.append(f'<message xmlns="{self._namespace}">{write_fields(message)}</message>')

        resource = self._content_is_resource
        return write_distribution(tree, write_message, content_is_resource=resource, plain=True)

    def _template(self, described: type[msgspec.Struct] | str) -> WriteFields | None:
        spaces = {key: type_.namespace for key, type_ in self._types.items()}
        others = {key: space for key, space in spaces.items() if space != self._namespace}
        attributes = {key: f' xmlns="{space}"' for key, space in others.items()}
        if not isinstance(described, str):
            return template_of(described, attributes)
        header = self._header.fields if self._types[described].header else {}
        content = FieldShape(described, self._shapes[described], False, True, False, False)
        return template_of(Shape(Kind.OBJECT, {**header, described: content}), attributes)

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
