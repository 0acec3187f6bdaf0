"""JSON messages decoded straight into structs: the fast way in and out.

A struct class is made from each schema: its fields in the schema's order, the reader's rules in
their types. Decoding one checks a message, encoding it prints it, both natively. It accepts only
what is beyond doubt (valid, readable, nothing empty that would be left out); "no" says nothing:
the ordinary way then decides. So these rules are the ordinary ones, or stricter, never laxer.
"""

from __future__ import annotations

import re
import typing
from collections.abc import Callable, Iterator, Mapping
from decimal import Decimal
from functools import lru_cache
from typing import Any, NamedTuple

import msgspec

from hubemu.edxl import ENVELOPE_KEYS
from hubemu.messages.envelope.envelope import Distribution
from hubemu.messages.envelope.texts import EnvelopeTexts
from hubemu.messages.json.struct_looks import Look, fraction, look_of
from hubemu.messages.json.struct_types import NotTypable, StructTypes
from hubemu.messages.schemas.layout import FULL_SCHEMA, HEADER_SCHEMA
from hubemu.messages.schemas.schema_set import ContentSchema, Schema, SchemaSet
from hubemu.messages.text.datetimes import DateStyle, print_datetime
from hubemu.messages.text.java_numbers import FreeNumber, free_number
from hubemu.messages.text.json_text import (
    MAX_BODY,
    as_jackson_escapes,
    has_long_number,
    too_deep,
)

__all__ = ["StructMessages", "StructRead", "envelope_texts", "print_struct", "struct_tree"]

_encode = msgspec.json.Encoder(
    decimal_format="number", enc_hook=lambda number: msgspec.Raw(str(number).encode())
).encode
_printed = lru_cache(maxsize=2048)(print_datetime)
"""For dates beyond doubt, which are short. Many messages are of the same second."""
_NAMES = dict(
    zip(
        ("distribution_id", "sender_id", "sent", "expires", "status", "kind"),
        ENVELOPE_KEYS,
        strict=False,
    )
)
"""The fields of the envelope that have another name in a `Distribution`."""
_DATES = ("dateTimeSent", "dateTimeExpires")
_MESSAGE = b'"message"'


class StructRead(NamedTuple):
    """A message beyond doubt, and the key of its content."""

    message: Distribution
    key: str


class StructMessages:
    """The structs of a release, those of a content made when it is first met.

    Args:
        schemas: its schemas.
        keys: of the contents that may be read this way.
        style: how its dates are printed.
    """

    def __init__(self, schemas: SchemaSet, keys: frozenset[str], style: DateStyle) -> None:
        self._schemas = schemas
        self._contents: Mapping[str, ContentSchema] = {
            content.key: content for content in schemas.contents if content.key in keys
        }
        self._types = StructTypes(schemas, style)
        self._decoders: dict[str, Callable[[bytes], Any] | None] = {}
        names = b"|".join(re.escape(key.encode()) for key in self._contents)
        self._key = re.compile(b'"(' + (names or b"(?!)") + b')"\\s*:')
        self._last = "", b""
        """The key of the content last met, and how it stands in JSON."""

    def read(self, body: bytes) -> StructRead | None:
        """The message, if it is valid and readable beyond doubt."""
        if len(body) > MAX_BODY:
            return None
        last, quoted = self._last
        if quoted and body.find(quoted) >= 0:
            # Most messages are of the type of the one before, which is seen at once.
            read = self._read(body, last)
            if read is not None:
                return read
        found = self._key.search(body, max(body.find(_MESSAGE), 0))
        if found is None or (key := found[1].decode()) == last:
            return None
        self._last = key, b'"%b"' % found[1]
        return self._read(body, key)

    def _read(self, body: bytes, key: str) -> StructRead | None:
        """The message, if it is one with the content `key` beyond doubt."""
        decode = self.decoder(key)
        if decode is None:
            return None
        try:
            return StructRead(decode(body), key)
        except (msgspec.MsgspecError, ValueError, TypeError, ArithmeticError, RecursionError):
            # A list or an object where a date-time belongs, however deep it is nested.
            return None

    def decoder(self, key: str) -> Callable[[bytes], Any] | None:
        """What decodes messages with the content `key`; `None` if its schema cannot be expressed.

        Raises:
            KeyError: no such content may be read this way.
        """
        if key not in self._decoders:
            self._decoders[key] = self._made(self._contents[key])
        return self._decoders[key]

    def _made(self, content: ContentSchema) -> Callable[[bytes], Any] | None:
        types = self._types
        types.open_ended = False
        try:
            distribution = self._distribution(content)
        except NotTypable:
            return None
        hook: Any = free_number if types.open_ended else fraction
        made = msgspec.json.Decoder(distribution, float_hook=hook)
        decode = _bounded(made.decode) if types.open_ended else made.decode
        look = look_of(distribution)
        return decode if look is None else _looked_at(decode, look)

    def _distribution(self, content: ContentSchema) -> type[msgspec.Struct]:
        embedded = _wrapped("message", self._message(content))
        item = _wrapped("jsonContent", _wrapped("embeddedJsonContent", embedded))
        root = self._schemas.files[FULL_SCHEMA]
        types = dict(self._envelope_types(root))
        types["content"] = self._types.list_of(item, {"minItems": 1})
        if types.keys() != set(ENVELOPE_KEYS):
            raise NotTypable("another envelope than the one that is known")
        attributes = {key: name for name, key in _NAMES.items()}
        fields = [(attributes.get(key, key), types[key]) for key in ENVELOPE_KEYS]
        return _struct("Distribution", fields, _NAMES)

    def _envelope_types(self, root: Schema) -> Iterator[tuple[str, Any]]:
        """The envelope but for its content; all of it must be there to be beyond doubt."""
        for name, schema in root["properties"].items():
            if name == "descriptor":
                yield name, self._descriptor(schema)
            elif name in _DATES:
                yield name, self._types.date_as_received(FULL_SCHEMA, schema)
            elif name != "content":
                yield name, self._types.value(FULL_SCHEMA, schema)

    def _descriptor(self, schema: Schema) -> type[msgspec.Struct]:
        file, schema = self._schemas.resolve(FULL_SCHEMA, schema)
        language = self._types.value(file, schema["properties"]["language"])
        place, address = self._schemas.resolve(file, schema["properties"]["explicitAddress"])
        names = {"scheme": "explicitAddressScheme", "value": "explicitAddressValue"}
        fields = [
            (name, self._types.value(place, address["properties"][key]))
            for name, key in names.items()
        ]
        return _struct(
            "Descriptor",
            [("language", language), ("address", _struct("Address", fields, names))],
            {"address": "explicitAddress"},
        )

    def _message(self, content: ContentSchema) -> type[msgspec.Struct]:
        """The `message` object: the header's fields, if it has one, and the content, all there."""
        fields = []
        if content.header:
            header = self._schemas.files[HEADER_SCHEMA]
            required = header.get("required", ())
            for name, schema in header["properties"].items():
                value = self._types.value(HEADER_SCHEMA, schema, filled=name not in required)
                fields.append((name, value))
        body = self._types.value(content.file, {"$ref": content.file})
        if self._types.open_ended and typing.get_origin(body) is not dict:
            raise NotTypable("numbers with a type beside free ones")
        fields.append((content.key, body))
        attributes = {f"f{number}": name for number, (name, _) in enumerate(fields)}
        types = zip(attributes, (value for _, value in fields), strict=True)
        return _struct("Message", list(types), attributes)


def print_struct(message: Distribution, style: DateStyle) -> bytes:
    """The message as the Hub prints it, in JSON."""
    sent, expires = message.sent, message.expires
    printed = _printed(sent, style), _printed(expires, style)
    if printed == (sent, expires):
        return as_jackson_escapes(_encode(message))
    message.sent, message.expires = printed
    try:
        return as_jackson_escapes(_encode(message))
    finally:
        message.sent, message.expires = sent, expires


def envelope_texts(
    message: Distribution, style: DateStyle
) -> tuple[EnvelopeTexts, list[msgspec.Struct]]:
    """The texts of the envelope as they are printed, and the `message` objects within."""
    descriptor = message.descriptor
    texts = EnvelopeTexts(
        message.distribution_id,
        message.sender_id,
        print_datetime(message.sent, style),
        print_datetime(message.expires, style),
        message.status,
        message.kind,
        descriptor.language,
        descriptor.address.scheme,
        descriptor.address.value,
    )
    return texts, [item.jsonContent.embeddedJsonContent.message for item in message.content]


def struct_tree(message: Distribution, style: DateStyle) -> dict[str, Any]:
    """The message as a tidied tree."""
    tree: dict[str, Any] = msgspec.to_builtins(
        message, builtin_types=(Decimal, FreeNumber), enc_hook=_exact
    )
    for key in _DATES:
        tree[key] = print_datetime(tree[key], style)
    return tree


def _exact(fraction: msgspec.Raw) -> Decimal:
    return Decimal(str(fraction, "ascii"))


def _bounded(decode: Callable[[bytes], Any]) -> Callable[[bytes], Any]:
    """`decode` where the types do not bound how deep objects are nested, nor their numbers."""

    def decoded(body: bytes) -> Any:
        if too_deep(body) or has_long_number(body):
            raise ValueError("nested too deep, or a long number")
        return decode(body)

    return decoded


def _looked_at(decode: Callable[[bytes], Any], look: Look) -> Callable[[bytes], Any]:
    """`decode`, and what is decoded is looked at."""

    def decoded(body: bytes) -> Any:
        message = decode(body)
        look(message)
        return message

    return decoded


def _wrapped(key: str, value: Any) -> type[msgspec.Struct]:
    return _struct(key, [(key, value)], {})


def _struct(
    name: str, fields: list[tuple[str, Any]], keys: Mapping[str, str]
) -> type[msgspec.Struct]:
    """A closed struct all of whose fields must be there; `keys` are those named otherwise."""
    return msgspec.defstruct(name, fields, rename=dict(keys), forbid_unknown_fields=True, gc=False)
