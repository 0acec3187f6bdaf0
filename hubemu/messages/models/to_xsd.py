"""A release compiled to XML Schemas, laid out like the official library's folder.

One XSD per message type, `RC-XML-ContentType.xsd` that gathers them, and three envelopes: full,
full for contents without header, envelope only. Source: facts validation 3 and 5, json-xml 2.1.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import cache

from hubemu.messages.models.model import Field, MessageModel, ObjectModel, ReleaseModel
from hubemu.messages.schemas.layout import BARE_XSD, CONTENT_XSD, ENVELOPE_XSD, FULL_XSD

__all__ = ["compile_xsds"]

_XS = "http://www.w3.org/2001/XMLSchema"
_BUILT_IN: Mapping[str, str] = {
    "string": "string",
    "integer": "int",
    "number": "decimal",
    "boolean": "boolean",
    "datetime": "dateTime",
}
_ESCAPED = str.maketrans(
    {"&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;"}
    | {character: f"&#{ord(character)};" for character in "\n\r\t"}
)
_WITH_HEADER = "cisuXMLContentType"
_BARE = "cisuXMLContentTypeNoHeader"


def compile_xsds(model: ReleaseModel, templates: Mapping[str, str]) -> dict[str, str]:
    """The XSDs of a release by file name; `templates` are the files of models/xsd by name."""
    messages = {message.name: message for message in (model.header, *model.messages)}
    xsds = {name: text for name, text in templates.items() if name != "envelope.xsd"}
    xsds |= {f"{name}.xsd": "".join(_type_file(message)) for name, message in messages.items()}
    xsds[CONTENT_XSD] = "".join(_content_file(model, tuple(messages.values())))
    envelope = templates["envelope.xsd"]
    for file, embedded in ((FULL_XSD, f"m:{_WITH_HEADER}"), (BARE_XSD, f"m:{_BARE}")):
        xsds[file] = _filled(envelope, model.namespace, embedded)
    xsds[ENVELOPE_XSD] = _filled(envelope, "", "de:AnyXMLType")
    return xsds


def _type_name(name: str) -> str:
    """The name of an object's type as the official XSDs have it: texts quote it."""
    return name[:1].lower() + name[1:]


@cache
def _quoted(value: str) -> str:
    """An attribute's value (`xml.sax.saxutils` does it, and loads an HTTP client and e-mail)."""
    return f'"{value.translate(_ESCAPED)}"'


def _filled(template: str, namespace: str, embedded: str) -> str:
    imported = f'<xs:import namespace="{namespace}" schemaLocation="{CONTENT_XSD}"/>'
    return (
        template.replace("{prefixes}", f'xmlns:m="{namespace}"' if namespace else "")
        .replace("{imports}", imported if namespace else "")
        .replace("{embedded}", embedded)
        .replace("{any}", "strict" if namespace else "lax")
    )


def _schema(namespace: str, body: Iterator[str]) -> Iterator[str]:
    yield (
        f'<xs:schema xmlns:xs="{_XS}" xmlns:x="{namespace}" targetNamespace="{namespace}" '
        'elementFormDefault="qualified">'
    )
    yield from body
    yield "</xs:schema>"


def _type_file(message: MessageModel) -> Iterator[str]:
    return _schema(message.namespace, _type_body(message))


def _type_body(message: MessageModel) -> Iterator[str]:
    yield f'<xs:element name="{message.key}" type="x:{message.key}"/>'
    yield from _complex(message.key, message.root)
    for name, model in message.objects.items():
        yield from _complex(_type_name(name), model)


def _complex(name: str, model: ObjectModel) -> Iterator[str]:
    yield f'<xs:complexType name="{name}"><xs:sequence>'
    for field in model.fields:
        yield from _element(field)
    wildcard = model.open if model.open in ("skip", "lax") else ""
    if wildcard:
        least = 1 if model.at_least_one else 0
        yield f'<xs:any processContents="{wildcard}" minOccurs="{least}" maxOccurs="unbounded"/>'
    yield "</xs:sequence>"
    if wildcard:
        yield f'<xs:anyAttribute processContents="{wildcard}"/>'
    yield "</xs:complexType>"


def _element(field: Field) -> Iterator[str]:
    start = f'<xs:element name="{field.name}"{_occurs(field)}'
    if field.type == "object":
        yield f'{start} type="x:{_type_name(field.target)}"/>'
        return
    # The official XSDs have no pattern on the items of a list (facts: validation 5).
    patterns = (field.pattern,) if field.pattern and not field.many else ()
    facets = [f"<xs:enumeration value={_quoted(code)}/>" for code in field.codes]
    facets += [f"<xs:pattern value={_quoted(pattern)}/>" for pattern in patterns]
    if not facets:
        yield f'{start} type="xs:{_BUILT_IN[field.type]}"/>'
        return
    yield f'{start}><xs:simpleType><xs:restriction base="xs:{_BUILT_IN[field.type]}">'
    yield from facets
    yield "</xs:restriction></xs:simpleType></xs:element>"


def _occurs(field: Field) -> str:
    if not field.many:
        return "" if field.required else ' minOccurs="0"'
    least = (field.least or 0) if field.required else 0
    return f' minOccurs="{least}" maxOccurs="{field.most or "unbounded"}"'


def _content_file(model: ReleaseModel, messages: tuple[MessageModel, ...]) -> Iterator[str]:
    return _schema(model.namespace, _content_body(model, messages))


def _content_body(model: ReleaseModel, messages: tuple[MessageModel, ...]) -> Iterator[str]:
    for message in messages:
        if message.namespace == model.namespace:
            yield f'<xs:include schemaLocation="{message.name}.xsd"/>'
        elif message.in_xml:
            yield (
                f'<xs:import namespace="{message.namespace}" schemaLocation="{message.name}.xsd"/>'
            )
    yield from _message_type(_WITH_HEADER, "MessageType", model, header=True)
    yield from _message_type(_BARE, "NoHeaderMessageType", model, header=False)


def _message_type(
    name: str, message_type: str, model: ReleaseModel, *, header: bool
) -> Iterator[str]:
    yield f'<xs:complexType name="{name}"><xs:sequence>'
    yield f'<xs:element name="message" type="x:{message_type}"/></xs:sequence></xs:complexType>'
    yield f'<xs:complexType name="{message_type}"><xs:sequence>'
    if header:
        for field in model.header.root.fields:
            yield from _element(field)
    yield "<xs:choice>"
    for message in model.messages:
        if message.header is header and message.in_xml:
            yield f'<xs:element xmlns:t="{message.namespace}" ref="t:{message.key}"/>'
    yield "</xs:choice></xs:sequence></xs:complexType>"
