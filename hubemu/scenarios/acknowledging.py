"""The acknowledgement of final reception (RC-REF) of a message that came (DST 3.4)."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone
from uuid import UUID

from hubemu.documents import Summary
from hubemu.edxl import CONTENT_TYPES, XML, Format
from hubemu.messages import Letter, Release, wrap

__all__ = ["PARIS", "acknowledgement"]

PARIS = timezone(timedelta(hours=1))
"""Of the dates of our messages. Not UTC: the 1.0 and 2.0 lines print that as Z, which their own
schemas refuse (quirk utc-z)."""


def acknowledgement(
    seen: Summary,
    content_type: str | None,
    release: Release,
    by: str,
    now: datetime,
    unique: UUID,
) -> tuple[bytes, str]:
    """Body and content type of an RC-REF by a client, in the format that the message came in.

    `unique` makes its distributionID.

    Raises:
        ValueError: the message does not say who sent it.
    """
    if seen.sender is None or seen.distribution_id is None:
        raise ValueError("the message does not say who sent it: it cannot be acknowledged")
    letter = Letter(
        sender=by, recipient=seen.sender, internal_id=str(unique), now=now.astimezone(PARIS)
    )
    tree = wrap({"reference": {"distributionID": seen.distribution_id}}, release, letter)
    written: Format = "xml" if content_type == XML else "json"
    return release.write_tree(tree, written), CONTENT_TYPES[written]
