"""Messages that the Hub or a client makes: an envelope around a content, and error reports.

Source: facts hub 3 (ids, addresses, header) and 6 (error reports).
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from hubemu.edxl import LIFETIME, timestamp
from hubemu.messages.envelope.envelope import Envelope
from hubemu.messages.envelope.reading import make_envelope
from hubemu.messages.releases.release import Release

__all__ = ["HUB_ID", "distribution", "error_report", "wrap"]

HUB_ID = "fr.health.hub"
"""The sender of error reports."""


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


def wrap(
    content: Mapping[str, Any],
    release: Release,
    *,
    sender: str,
    recipient: str,
    internal_id: str,
    now: datetime,
) -> dict[str, Any]:
    """A whole message, in JSON form, around a bare content such as `{"createCaseHealth": {...}}`.

    The RC-DE header is added where the type needs one. Nothing is validated.

    Args:
        content: the type's key and its body.
        release: whose types are meant.
        sender: client id of the sender.
        recipient: client id of the recipient.
        internal_id: what makes the message's id its own: the id is `<sender>_<internal_id>`.
        now: when it is sent.

    Raises:
        KeyError: the content's key is not one of the release's.
    """
    identifier = f"{sender}_{internal_id}"
    kind = "Ack" if "reference" in content else "Error" if "error" in content else "Report"
    header = {
        "messageId": identifier,
        "sender": {"name": sender, "URI": f"hubex:{sender}"},
        "sentAt": timestamp(now),
        "kind": kind,
        "status": "Actual",
        "recipient": [{"name": recipient, "URI": f"hubex:{recipient}"}],
    }
    needs_header = any(release.type_of_key(key).header for key in content)
    return distribution(
        {**header, **content} if needs_header else content,
        distribution_id=identifier,
        sender=sender,
        recipient=recipient,
        kind=kind,
        now=now,
    )


def error_report(  # noqa: PLR0913 - the fields of a report, by name
    release: Release,
    *,
    distribution_id: str,
    recipient: str,
    code: int,
    status: str,
    cause: str,
    source: Envelope | Mapping[str, Any] | None,
    referenced_id: str,
    now: datetime,
) -> Envelope:
    """The report of a refusal, to be written in the format its recipient prefers.

    Args:
        release: that of the vHost.
        distribution_id: the id of the report itself.
        recipient: the sender of the message refused.
        code: of the error.
        status: its name, such as `INVALID_MESSAGE`.
        cause: why, as the Hub words it.
        source: the message refused, as far as it could be read.
        referenced_id: the id of the message refused.
        now: when the report is sent; it expires a day after.
    """
    report: dict[str, Any] = {
        "errorCode": {"statusCode": code, "statusString": status},
        "errorCause": cause,
    }
    if source is not None:
        seen = release.as_received(source) if isinstance(source, Envelope) else source
        report["sourceMessage"] = dict(seen)
    report["referencedDistributionID"] = referenced_id
    tree = distribution(
        {"error": report},
        distribution_id=distribution_id,
        sender=HUB_ID,
        recipient=recipient,
        kind="Error",
        now=now,
    )
    return make_envelope(tree, release.type_of_key("error"), "json")
