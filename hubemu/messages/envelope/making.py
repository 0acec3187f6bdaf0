"""An envelope around a message, and its RC-DE header (facts: hub 3)."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from hubemu.edxl import LIFETIME, timestamp

__all__ = ["distribution", "header"]


def distribution(
    message: Mapping[str, Any],
    *,
    distribution_id: str,
    sender: str,
    recipient: str,
    kind: str,
    now: datetime,
) -> dict[str, Any]:
    """An envelope in JSON form around one `message` object; it expires a day after `now`."""
    return {
        "distributionID": distribution_id,
        "senderID": sender,
        "dateTimeSent": timestamp(now),
        "dateTimeExpires": timestamp(now + LIFETIME),
        "distributionStatus": "Actual",
        "distributionKind": kind,
        "descriptor": {
            "language": "fr-FR",
            "explicitAddress": {
                "explicitAddressScheme": "hubex",
                "explicitAddressValue": recipient,
            },
        },
        "content": [{"jsonContent": {"embeddedJsonContent": {"message": dict(message)}}}],
    }


def header(
    identifier: str, *, sender: str, recipient: str, kind: str, now: datetime
) -> dict[str, Any]:
    """The RC-DE header of the message that `identifier` names, in JSON form."""
    return {
        "messageId": identifier,
        "sender": {"name": sender, "URI": f"hubex:{sender}"},
        "sentAt": timestamp(now),
        "kind": kind,
        "status": "Actual",
        "recipient": [{"name": recipient, "URI": f"hubex:{recipient}"}],
    }
