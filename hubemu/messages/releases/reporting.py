"""Error reports: what the Hub answers to a message it refuses (facts: hub 6)."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from hubemu.messages.envelope.envelope import Envelope
from hubemu.messages.envelope.making import distribution
from hubemu.messages.envelope.reading import make_envelope
from hubemu.messages.releases.release import Release

__all__ = ["HUB_ID", "error_report"]

HUB_ID = "fr.health.hub"
"""The sender of error reports."""


def error_report(  # noqa: PLR0913 - the fields of a report, by name
    release: Release,
    *,
    distribution_id: str,
    recipient: str,
    code: int,
    status: str,
    cause: str,
    source: Mapping[str, Any] | None,
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
        report["sourceMessage"] = source
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
