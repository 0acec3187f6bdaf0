"""Component schemas of who is connected, who came, and who was refused."""

from __future__ import annotations

from collections.abc import Mapping

from hubemu.control.operations import Schema
from hubemu.control.schemas.terms import COUNT, INSTANT, TEXT, TEXT_OR_NULL, list_of, object_of

__all__ = ["CONNECTION_SCHEMAS"]

_CERTIFICATE: Schema = {
    "oneOf": [
        {"type": "null"},
        object_of(
            {
                "subject": TEXT_OR_NULL,
                "commonName": TEXT_OR_NULL,
                "issuer": TEXT_OR_NULL,
                "serial": TEXT_OR_NULL,
                "notBefore": TEXT_OR_NULL,
                "notAfter": TEXT_OR_NULL,
                "sha256": TEXT_OR_NULL,
                "chainLength": COUNT,
            }
        ),
    ],
    "description": "The leaf that came, null when none did; its parts are null if unreadable",
}
_CONNECTION = object_of(
    {
        "id": {},
        "client": TEXT_OR_NULL,
        "user": TEXT,
        "vhost": TEXT,
        "peer": TEXT,
        "tlsVersion": TEXT_OR_NULL,
        "certificate": _CERTIFICATE,
        "connectedAt": INSTANT,
        "channels": COUNT,
        "product": TEXT_OR_NULL,
        "productVersion": TEXT_OR_NULL,
        "faults": {**list_of(TEXT), "description": "Fault rules that have struck it"},
    }
)
_ATTEMPT = object_of(
    {
        "at": INSTANT,
        "peer": TEXT,
        "accepted": {"type": "boolean"},
        "tlsVersion": TEXT_OR_NULL,
        "client": TEXT_OR_NULL,
        "reason": {"type": ["string", "null"], "description": "Why it was refused, and the mend"},
        "openssl": {"type": ["string", "null"], "description": "OpenSSL's own words"},
        "certificate": _CERTIFICATE,
    }
)
_REFUSAL = object_of(
    {
        "at": INSTANT,
        "scope": {"enum": ["login", "vhost", "channel", "connection"]},
        "peer": TEXT,
        "client": {"type": ["string", "null"], "description": "By its login or certificate"},
        "user": TEXT_OR_NULL,
        "vhost": TEXT_OR_NULL,
        "channel": {**COUNT, "description": "0 for the connection"},
        "method": {"type": ["string", "null"], "description": "AMQP method that was refused"},
        "code": {**COUNT, "description": "AMQP reply code, 0 where there is none"},
        "text": {"type": "string", "description": "The reply text, or the broker's log line"},
        "why": {"type": "string", "description": "The reason in plain words"},
        "mend": {"type": "string", "description": "What to do about it"},
    }
)

CONNECTION_SCHEMAS: Mapping[str, Schema] = {
    "Connections": object_of(
        {
            "connections": list_of(_CONNECTION),
            "attempts": list_of(_ATTEMPT),
            "refusals": list_of(_REFUSAL),
        }
    ),
}
"""Name to schema."""
