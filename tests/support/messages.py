"""Hub messages for the behaviour suite, made by hand: independent of hubemu's own models."""

from __future__ import annotations

import json
import uuid
from datetime import UTC, datetime, timedelta
from typing import Any

__all__ = [
    "HELLO",
    "as_bytes",
    "as_forwarded",
    "envelope",
    "header",
    "reference",
    "technical",
    "xml_envelope",
]

HELLO = "<customContent><hello>hub</hello></customContent>"
"""The small content of `envelope` in XML."""

_DE = "urn:oasis:names:tc:emergency:EDXL:DE:2.0"


def envelope(
    sender: str,
    recipient: str,
    message: dict[str, Any] | None = None,
    *,
    kind: str = "Report",
    expires_in: float = 3600,
    now: datetime | None = None,
    **changed: Any,
) -> dict[str, Any]:
    """An EDXL-DE envelope in JSON form; `message` defaults to a small customContent."""
    at = (now or datetime.now(UTC)).replace(microsecond=0)
    return {
        "distributionID": f"{sender}_{uuid.uuid4()}",
        "senderID": sender,
        "dateTimeSent": at.isoformat(),
        "dateTimeExpires": (at + timedelta(seconds=expires_in)).isoformat(),
        "distributionStatus": "Actual",
        "distributionKind": kind,
        "descriptor": {
            "language": "fr-FR",
            "explicitAddress": {
                "explicitAddressScheme": "hubex",
                "explicitAddressValue": recipient,
            },
        },
        "content": [
            {
                "jsonContent": {
                    "embeddedJsonContent": {
                        "message": message or {"customContent": {"hello": "hub"}}
                    }
                }
            }
        ],
    } | changed


def header(
    sender: str,
    recipient: str,
    kind: str = "Report",
    *,
    identifier: str | None = None,
    sent: str | None = None,
) -> dict[str, Any]:
    """The RC-DE header of a message; `identifier` and `sent` are new ones unless they are given."""
    return {
        "messageId": identifier or f"{sender}_{uuid.uuid4()}",
        "sender": {"name": sender, "URI": f"hubex:{sender}"},
        "sentAt": sent or datetime.now(UTC).replace(microsecond=0).isoformat(),
        "kind": kind,
        "status": "Actual",
        "recipient": [{"name": recipient, "URI": f"hubex:{recipient}"}],
    }


def reference(sender: str, recipient: str, acknowledged: str) -> dict[str, Any]:
    """The RC-REF that acknowledges a message; valid in every release."""
    message = header(sender, recipient, "Ack") | {"reference": {"distributionID": acknowledged}}
    return envelope(sender, recipient, message, kind="Ack")


def technical(sender: str, recipient: str, **body: Any) -> dict[str, Any]:
    """A TECHNICAL message of model 2.0.0, whose body is `body`."""
    message = header(sender, recipient) | {"technical": body}
    return envelope(sender, recipient, message)


def as_bytes(message: dict[str, Any]) -> bytes:
    """The message as a client would send it in JSON."""
    return json.dumps(message, ensure_ascii=False).encode()


def as_forwarded(message: dict[str, Any]) -> dict[str, Any]:
    """The message as model lines 1.0 and 2.0 print it again: UTC as Z (quirk `utc-z`)."""
    dates = ("dateTimeSent", "dateTimeExpires")
    return message | {name: message[name].replace("+00:00", "Z") for name in dates}


def unaddressed(body: bytes) -> bytes:
    """An XML message made by `xml_envelope`, without its recipient: the XSDs let it pass."""
    before, found, rest = body.partition(b"<explicitAddress>")
    assert found
    return before + rest.partition(b"</explicitAddress>")[2]


def xml_envelope(
    message: dict[str, Any], content: str, namespace: str = "urn:emergency:cisu:2.0"
) -> bytes:
    """The XML form of an envelope made by `envelope`, with `content` inside `message`."""
    address = message["descriptor"]["explicitAddress"]
    return f"""<?xml version='1.0' encoding='UTF-8'?>
<edxlDistribution xlink:type="extended" xmlns="{_DE}" xmlns:xlink="http://www.w3.org/1999/xlink">
<distributionID>{message["distributionID"]}</distributionID>
<senderID>{message["senderID"]}</senderID>
<dateTimeSent>{message["dateTimeSent"]}</dateTimeSent>
<dateTimeExpires>{message["dateTimeExpires"]}</dateTimeExpires>
<distributionStatus>{message["distributionStatus"]}</distributionStatus>
<distributionKind>{message["distributionKind"]}</distributionKind>
<descriptor xlink:type="resource"><language>fr-FR</language><explicitAddress>
<explicitAddressScheme>{address["explicitAddressScheme"]}</explicitAddressScheme>
<explicitAddressValue>{address["explicitAddressValue"]}</explicitAddressValue>
</explicitAddress></descriptor>
<content><contentObject xlink:type="resource"><contentXML><embeddedXMLContent>
<message xmlns="{namespace}">{content}</message>
</embeddedXMLContent></contentXML></contentObject></content>
</edxlDistribution>""".encode()
