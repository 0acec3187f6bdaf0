"""The texts of an envelope in which nothing is missing, and what is printed of them."""

from __future__ import annotations

from typing import NamedTuple

from hubemu.messages.text.datetimes import DateStyle, print_datetime

__all__ = ["EnvelopeTexts"]


class EnvelopeTexts(NamedTuple):
    """What stands in an envelope beside its content, in the order in which it is written."""

    distribution_id: str
    sender_id: str
    sent: str
    expires: str
    status: str
    kind: str
    language: str
    scheme: str
    recipient_id: str

    def printed(self, style: DateStyle) -> EnvelopeTexts:
        """The same with its dates as a release prints them."""
        sent, expires = print_datetime(self.sent, style), print_datetime(self.expires, style)
        return self._replace(sent=sent, expires=expires)
