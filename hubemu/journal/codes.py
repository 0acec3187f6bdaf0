"""The Hub's error codes: where the specification speaks of each, and what a sender can do.

Of the sections only that on the sender (3.4.3) is known by its number; the others stand in DST 3.4.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

__all__ = ["HUB_CODES", "HubCode"]


@dataclass(frozen=True, slots=True)
class HubCode:
    """One code of an error report: section of the DST, and the mend for who sent the message."""

    spec: str
    mend: str


_CLIENTS = "another client reported it: its errorCause says what to do"

HUB_CODES: Mapping[int, HubCode] = {
    100: HubCode("DST 3.4", "publish persistent: delivery_mode 2"),
    101: HubCode(
        "DST 3.4", "set the property content_type to application/json or application/xml, exactly"
    ),
    102: HubCode(
        "DST 3.4",
        "leave out what the model does not know (keys beside the content, error codes); the trace "
        "of the message says what could not be read",
    ),
    200: HubCode("DST 3.4.3", "put the routing key that you publish with into senderID"),
    300: HubCode(
        "DST 3.4",
        "mend the fields that the cause names; `hubemu check FILE --vhost VHOST` judges a file "
        "without sending it",
    ),
    301: HubCode("DST 3.4", "send a body that is valid JSON, in UTF-8 and without a BOM"),
    400: HubCode(
        "DST 3.4", "give a dateTimeExpires that is still to come, and set the sender's clock right"
    ),
    500: HubCode(
        "DST 3.4",
        "nobody took the message in time, or its recipient rejected it: look at the recipient",
    ),
    501: HubCode(
        "DST 3.4",
        "address a client that the Hub has (explicitAddressValue), sender or recipient being one "
        "of health: GET /api/v1/hub lists them",
    ),
    600: HubCode(
        "DST 3.4", "look at the conversion service: it could not convert the message (--converter)"
    ),
    **dict.fromkeys(range(700, 705), HubCode("DST 3.4", _CLIENTS)),
}
