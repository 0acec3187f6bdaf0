"""A message as a test gets it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from hubemu.documents import Summary, summary_of
from hubemu.edxl import XML

if TYPE_CHECKING:
    from lxml.etree import _Element as Element

    from hubemu.client.inbox import Inbox
    from hubemu.client.received import ReceivedMessage as Delivery

__all__ = ["Received"]


@dataclass(frozen=True, slots=True)
class Received:
    """One delivery, not acknowledged yet.

    Attributes:
        body: as it came.
        content_type: what it declares.
        headers: the AMQP headers.
        queue: where it came from.
        delivery: what it is acknowledged by.
    """

    body: bytes
    content_type: str | None
    headers: Mapping[str, Any]
    queue: str
    delivery: tuple[Inbox, Delivery] = field(repr=False)

    @property
    def json(self) -> Any:
        """The body read as JSON.

        Raises:
            ValueError: it is none.
        """
        if self.content_type == XML:
            raise ValueError("the message came in XML: use .xml")
        return json.loads(self.body)

    @property
    def xml(self) -> Element:
        """The body read as XML, its root element.

        Raises:
            ValueError: it is none.
        """
        from lxml import etree

        parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False)
        try:
            return etree.fromstring(self.body, parser)
        except etree.XMLSyntaxError as error:
            raise ValueError(f"the message is no XML: {error.msg}") from None

    @property
    def distribution_id(self) -> str | None:
        """The distributionID, `None` where it cannot be read."""
        return self.summary.distribution_id

    @property
    def code(self) -> int | None:
        """The code of an error report, `None` of anything else."""
        return self.summary.status_code

    @property
    def cause(self) -> str | None:
        """The cause of an error report, `None` of anything else."""
        return self.summary.cause

    @property
    def reference(self) -> str | None:
        """The distributionID that an acknowledgement or a report is about."""
        return self.summary.reference

    @property
    def summary(self) -> Summary:
        """The first facts of it."""
        return summary_of(self.body, self.content_type)
