"""A release of the message models: validates, reads and writes the messages of a vHost.

Works on any set of JSON Schemas and XSDs laid out like the official library's, compiled from our
own notation or imported; nothing here knows one message type from another, but for the error report
whose codes the reader checks.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property, partial
from typing import TYPE_CHECKING, Any

from hubemu.edxl import ENVELOPE_KEYS, Format
from hubemu.messages.envelope.envelope import Envelope, Formed, MessageType
from hubemu.messages.envelope.reading import (
    UNREADABLE_KEYS,
    check_keys,
    check_values,
    content_messages,
    envelope_of_form,
    envelope_of_struct,
    identifier_of,
    make_envelope,
)
from hubemu.messages.errors import MessageError, UnreadableMessage
from hubemu.messages.json.messages import JsonMessages
from hubemu.messages.json.structs import (
    StructMessages,
    envelope_texts,
    print_struct,
    struct_tree,
)
from hubemu.messages.releases.generations import generation_of
from hubemu.messages.releases.normalizing import print_dates, tidy
from hubemu.messages.schemas.schema_set import Schema, SchemaSet
from hubemu.messages.schemas.shapes import Shapes
from hubemu.messages.text.json_text import dump_json
from hubemu.messages.xerces.doubts import DoubtfulTexts
from hubemu.messages.xml.templates import LARGEST
from hubemu.messages.xml.writer import XmlWriter
from hubemu.messages.xml.writing import is_plain

if TYPE_CHECKING:
    from lxml.etree import _Element as Element

    from hubemu.messages.xml.form_messages import FormMessages
    from hubemu.messages.xml.messages import XmlMessages

__all__ = ["Release", "ReleaseFiles"]

_ERROR = "error"


@dataclass(frozen=True, slots=True)
class ReleaseFiles:
    """What a release is made of.

    Attributes:
        name: such as `2.0.0`.
        json_schemas: by file name.
        xsds: by file name.
        namespace: of the `message` element.
        namespaces: of the body of each type, by its key.
    """

    name: str
    json_schemas: Mapping[str, Schema]
    xsds: Mapping[str, bytes]
    namespace: str
    namespaces: Mapping[str, str]


class Release:
    """One release.

    Attributes:
        name: such as `2.0.0`.
        line: 1, 2 or 3.
        namespace: the XML namespace of the `message` element.
        types: its message types by name.
        schemas: its JSON Schemas.
        error_codes: the codes its reader knows, with their names.

    Args:
        files: its schemas.
        quirks: the faults of the real Hub that are reproduced (`hubemu.settings.QUIRKS`).
    """

    def __init__(self, files: ReleaseFiles, quirks: frozenset[str]) -> None:
        self.name = files.name
        self.namespace = files.namespace
        schemas = self.schemas = SchemaSet(files.json_schemas)
        self._types = {
            content.key: MessageType(
                content.name, content.key, files.namespaces[content.key], content.header
            )
            for content in schemas.contents
        }
        self.types: Mapping[str, MessageType] = {t.name: t for t in self._types.values()}
        shapes = Shapes(schemas)
        self._header = shapes.header
        self._shapes = {content.key: shapes.content(content) for content in schemas.contents}
        generation = generation_of(files.name, files.namespace, self._types.keys(), quirks)
        self.line = generation.line
        self.error_codes = generation.error_codes
        self._style = generation.date_style
        plain = frozenset(self._types) - UNREADABLE_KEYS - {_ERROR}
        self._json = JsonMessages(schemas, quirks)
        self._structs = StructMessages(schemas, plain, self._style)
        self._plain = plain
        self._xsds = files.xsds
        self._qualified = "qualified-names" in quirks
        self._writer = XmlWriter(
            self._types,
            self._shapes,
            self._header,
            namespace=files.namespace,
            error_namespace=generation.error_namespace,
            content_is_resource=generation.content_is_resource,
        )

    # What reads XML is loaded for the first who sends any: half of a start to judge one JSON file.

    @cached_property
    def _forms(self) -> FormMessages:
        from hubemu.messages.xml.form_messages import FormMessages

        readable = {key: self._types[key] for key in self._plain}
        return FormMessages(self._xsds, readable, self._shapes, self._header, self._style)

    @cached_property
    def _xml(self) -> XmlMessages:
        from hubemu.messages.xml.messages import XmlMessages
        from hubemu.messages.xml.schemas import XmlSchemas

        schemas = XmlSchemas(self._xsds, qualified=self._qualified)
        return XmlMessages(schemas, self._types, self._shapes, self._header)

    def validate(self, body: bytes, format_: Format) -> None:
        """Give the schemas' verdict on a message.

        Raises:
            InvalidMessage: it is refused, with the cause as the Hub words it.
            UnparsableMessage: it is not JSON.
        """
        if format_ == "xml":
            found = self._forms.read(body)
            if found is None or isinstance(found, DoubtfulTexts):
                self._xml.check(self._xml.parse(body), body, found)
            return
        if self._structs.read(body) is None:
            self._json.check(self._json.parse(body), body)

    def read(self, body: bytes, format_: Format) -> Envelope:
        """Read a message that has been validated, or is trusted.

        Raises:
            UnreadableMessage: the reader does not understand it.
        """
        try:
            if format_ == "xml":
                return self._envelope(self._xml.read(self._xml.parse(body), body), format_)
            return self._envelope(self._json.parse(body), format_)
        except UnreadableMessage:
            raise
        except MessageError as error:
            raise UnreadableMessage(error.cause, error.distribution_id) from error

    def parse(self, body: bytes, format_: Format) -> Envelope:
        """Validate and read a message at once.

        Raises:
            InvalidMessage: as `validate`.
            UnparsableMessage: as `validate`.
            UnreadableMessage: as `read`.
        """
        if format_ == "xml":
            formed = self._forms.read(body)
            if formed is not None and not isinstance(formed, DoubtfulTexts):
                source = partial(self._tree_of_xml, body)
                return envelope_of_form(formed, self._types[formed.key], source)
            root = self._xml.parse(body)
            self._xml.check(root, body, formed)
            return self._envelope(self._xml.read(root, body), format_)
        if (found := self._structs.read(body)) is not None:
            return envelope_of_struct(found.message, self._types[found.key], body)
        tree = self._json.parse(body)
        self._json.check(tree, body)
        return self._envelope(tree, format_)

    def write(self, envelope: Envelope, format_: Format) -> bytes:
        """The message as the Hub prints it: fixed order, nothing empty, dates re-printed.

        Raises:
            UnwritableMessage: it holds what the format cannot.
        """
        struct = envelope.struct
        if envelope.formed is not None:
            return self._written_formed(envelope.formed, format_)
        if struct is None:
            return self.write_tree(envelope.tree, format_)
        if format_ == "json":
            return print_struct(struct, self._style)
        source = envelope.source if isinstance(envelope.source, bytes) else b""
        plain = bool(source) and is_plain(source)
        if plain and len(source) <= LARGEST:
            written = self._writer.write_structs(*envelope_texts(struct, self._style))
            if written is not None:
                return written
        return self._writer.write(struct_tree(struct, self._style), plain=plain)

    def _written_formed(self, formed: Formed, format_: Format) -> bytes:
        style = self._style
        if format_ == "xml":
            written = self._writer.write_formed(formed, style)
        else:
            written = formed.as_json(style)
        return written or self._printed(print_dates(formed.tidied, style), format_)

    def write_tree(self, tree: Mapping[str, Any], format_: Format) -> bytes:
        """The same, of a valid message in JSON form."""
        return self._printed(self._tidied(tree), format_)

    def _printed(self, tidied: dict[str, Any], format_: Format) -> bytes:
        return self._writer.write(tidied) if format_ == "xml" else dump_json(tidied)

    def enclose(self, tree: Mapping[str, Any], content: Element) -> bytes:
        """A message made as a tree without content, in XML, with that element for its content.

        Raises:
            UnwritableMessage: it holds what XML cannot.
        """
        return self._writer.enclose(tree, content)

    def type_of_key(self, key: str) -> MessageType:
        """The message type whose body stands under `key`.

        Raises:
            KeyError: there is none.
        """
        return self._types[key]

    def _tree_of_xml(self, body: bytes) -> Mapping[str, Any]:
        return self._xml.read(self._xml.parse(body), body)

    def _envelope(self, tree: Any, format_: Format) -> Envelope:
        if not isinstance(tree, dict):
            raise UnreadableMessage("the message is not an object")
        deep = format_ == "json"  # reading XML has looked at every value already
        try:
            types = [self._readable(message, deep=deep) for message in content_messages(tree)]
        except UnreadableMessage as error:
            raise UnreadableMessage(error.cause, identifier_of(tree)) from None
        return make_envelope(tree, types[0], format_)

    def _readable(self, message: Mapping[str, Any], *, deep: bool) -> MessageType:
        """The type of one `message` object that the reader understands."""
        keys = message.keys() & self._types.keys()
        if len(keys) != 1:
            raise UnreadableMessage(f"a message has {len(keys)} contents that are known")
        type_ = self._types[keys.pop()]
        check_keys(message, type_)
        if deep:
            check_values(message[type_.key], self._shapes[type_.key], type_.key)
            for name, field in self._header.fields.items() if type_.header else ():
                check_values(message[name], field.shape, name)
        if type_.key == _ERROR:
            body = message[_ERROR]
            self._check_error_code(body.get("errorCode") if isinstance(body, dict) else None)
        return type_

    def _check_error_code(self, code: Any) -> None:
        known = self.error_codes.items()
        if not any(code == {"statusCode": number, "statusString": name} for number, name in known):
            raise UnreadableMessage(f"{code} is not an error code of release {self.name}")

    def _tidied(self, tree: Mapping[str, Any]) -> dict[str, Any]:
        tidied = print_dates({key: tree.get(key) for key in ENVELOPE_KEYS}, self._style)
        address = tree["descriptor"]["explicitAddress"]
        tidied["descriptor"] = {
            "language": tree["descriptor"].get("language"),
            "explicitAddress": {
                "explicitAddressScheme": address.get("explicitAddressScheme"),
                "explicitAddressValue": address["explicitAddressValue"],
            },
        }
        tidied["content"] = [
            {"jsonContent": {"embeddedJsonContent": {"message": self._tidied_message(message)}}}
            for message in content_messages(tree)
        ]
        return tidied

    def _tidied_message(self, message: Mapping[str, Any]) -> dict[str, Any]:
        key = next(key for key in message if key in self._types)
        tidied = tidy(message, self._header, self._style) if self._types[key].header else {}
        tidied[key] = tidy(message[key], self._shapes[key], self._style)
        return tidied
