"""Put an envelope and a header around a bare content, such as the official examples are.

A JSON content is an object whose one key is the type's, an XML content the type's element.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import uuid4
from xml.sax.saxutils import escape

import orjson

from hubemu.edxl import LIFETIME, XML, timestamp
from hubemu.errors import InputError

__all__ = ["Letter", "wrap", "wrap_json"]

_HEADERLESS = frozenset({"error", "customContent", "technicalNoreq", "info", "distributionElement"})
"""Contents that have no RC-DE header beside them (facts: message-types 2)."""
_KINDS = {"reference": "Ack", "error": "Error"}
_XML_ENVELOPE = """<?xml version='1.0' encoding='UTF-8'?>
<edxlDistribution xlink:type="extended" xmlns="urn:oasis:names:tc:emergency:EDXL:DE:2.0"\
 xmlns:xlink="http://www.w3.org/1999/xlink" xmlns:ct="urn:oasis:names:tc:emergency:edxl:ct:1.0">
<distributionID>{id}</distributionID>
<senderID>{sender}</senderID>
<dateTimeSent>{sent}</dateTimeSent>
<dateTimeExpires>{expires}</dateTimeExpires>
<distributionStatus>Actual</distributionStatus>
<distributionKind>{kind}</distributionKind>
<descriptor xlink:type="resource"><language>fr-FR</language><explicitAddress>\
<explicitAddressScheme>hubex</explicitAddressScheme>\
<explicitAddressValue>{recipient}</explicitAddressValue></explicitAddress></descriptor>
<content xlink:type="resource"><contentObject xlink:type="resource"><contentXML>\
<embeddedXMLContent><message xmlns="{namespace}">{message}</message></embeddedXMLContent>\
</contentXML></contentObject></content>
</edxlDistribution>
"""
_XML_HEADER = """
<messageId>{id}</messageId>
<sender><name>{sender}</name><URI>hubex:{sender}</URI></sender>
<sentAt>{sent}</sentAt>
<kind>{kind}</kind>
<status>Actual</status>
<recipient><name>{recipient}</name><URI>hubex:{recipient}</URI></recipient>
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Letter:
    """Who writes to whom and when (aware); good for a day."""

    sender: str
    recipient: str
    now: datetime

    def fields(self, kind: str) -> dict[str, str]:
        """The texts of envelope and header, by name."""
        return {
            "id": f"{self.sender}_{uuid4()}",
            "kind": kind,
            "sent": timestamp(self.now),
            "expires": timestamp(self.now + LIFETIME),
        }


def wrap(content: bytes, content_type: str, letter: Letter, source: object) -> bytes:
    """The whole message around a content file; `source` names it in errors.

    Raises:
        InputError: it is not a bare content.
    """
    if content_type == XML:
        return _wrap_xml(content, letter, source)
    try:
        bare = orjson.loads(content)
    except orjson.JSONDecodeError as error:
        raise InputError(source, f"not valid JSON: {error.msg}") from None
    if not isinstance(bare, dict) or len(bare) != 1:
        raise InputError(source, "--wrap wants an object with one key, the content's type")
    return orjson.dumps(wrap_json(bare, letter))


def wrap_json(content: dict[str, Any], letter: Letter) -> dict[str, Any]:
    """The JSON form of the message around `content`, which has one key: its type's."""
    key = next(iter(content))
    fields = letter.fields(_KINDS.get(key, "Report"))
    header = {} if key in _HEADERLESS else _header(letter, fields)
    return {
        "distributionID": fields["id"],
        "senderID": letter.sender,
        "dateTimeSent": fields["sent"],
        "dateTimeExpires": fields["expires"],
        "distributionStatus": "Actual",
        "distributionKind": fields["kind"],
        "descriptor": {
            "language": "fr-FR",
            "explicitAddress": {
                "explicitAddressScheme": "hubex",
                "explicitAddressValue": letter.recipient,
            },
        },
        "content": [{"jsonContent": {"embeddedJsonContent": {"message": header | content}}}],
    }


def _header(letter: Letter, fields: dict[str, str]) -> dict[str, Any]:
    return {
        "messageId": fields["id"],
        "sender": {"name": letter.sender, "URI": f"hubex:{letter.sender}"},
        "sentAt": fields["sent"],
        "kind": fields["kind"],
        "status": "Actual",
        "recipient": [{"name": letter.recipient, "URI": f"hubex:{letter.recipient}"}],
    }


def _wrap_xml(content: bytes, letter: Letter, source: object) -> bytes:
    from lxml import etree

    parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False)
    try:
        bare = etree.fromstring(content, parser)
    except etree.XMLSyntaxError as error:
        raise InputError(source, f"not well-formed XML: {error.msg}") from None
    name = etree.QName(bare)
    # A type's namespace is the message's with its own name after it; customContent shares it.
    namespace = name.namespace or ""
    if name.localname != "customContent":
        namespace = namespace.rpartition(":")[0]
    fields = letter.fields(_KINDS.get(name.localname, "Report"))
    values = {key: escape(value) for key, value in fields.items()}
    values |= {"sender": escape(letter.sender), "recipient": escape(letter.recipient)}
    header = "" if name.localname in _HEADERLESS else _XML_HEADER.format(**values)
    body = etree.tostring(bare, encoding="unicode", with_tail=False)
    values |= {"namespace": escape(namespace), "message": header + body}
    return _XML_ENVELOPE.format(**values).encode()
