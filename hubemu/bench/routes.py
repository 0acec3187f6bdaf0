"""The ways of a message through the Hub that are measured: in which form it comes and leaves."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

from hubemu.edxl import Format
from hubemu.errors import InputError
from hubemu.messages import example_message

__all__ = ["ROUTES", "SENDER", "Route"]

SENDER: Final = "fr.health.samuA"
_READS_JSON: Final = "fr.health.samuC"
_READS_XML: Final = "fr.health.samuB"
_SEED = 31
"""Draws the optional fields of the message so that it is about as large as a real one."""
_A_CODE: Final = re.compile(rb'(perimeter"?[>:"]+)\w+')


@dataclass(frozen=True, slots=True, kw_only=True)
class Route:
    """In which form a message is `sent`, and to whom; `refused` as its content is invalid."""

    sent: Format
    recipient: str
    refused: bool = False

    @property
    def reader(self) -> str:
        """Who gets something of it: the recipient, or the sender a report."""
        return SENDER if self.refused else self.recipient

    @property
    def queue(self) -> str:
        """Where that comes."""
        return f"{SENDER}.info" if self.refused else f"{self.recipient}.message"

    def body(self, kind: str, release: str) -> bytes:
        """A message of a type; one that is refused has a code that no list has.

        Raises:
            InputError: there is no such type, or none of its codes is known here.
        """
        body = example_message(
            kind,
            release,
            sender=SENDER,
            recipient=self.recipient,
            written=self.sent,
            extent="full" if self.refused else "random",
            seed=_SEED,
        )
        if not self.refused:
            return body
        wrong, found = _A_CODE.subn(rb"\1NOWHERE", body, count=1)
        if not found:
            raise InputError("--type", f"{kind} has no code to spoil: measure refusals of RS-EDA")
        return wrong


ROUTES: Final = {
    "json-json": Route(sent="json", recipient=_READS_JSON),
    "json-xml": Route(sent="json", recipient=_READS_XML),
    "xml-json": Route(sent="xml", recipient=_READS_JSON),
    "xml-xml": Route(sent="xml", recipient=_READS_XML),
    "refused-json": Route(sent="json", recipient=_READS_JSON, refused=True),
    "refused-xml": Route(sent="xml", recipient=_READS_JSON, refused=True),
}
"""By name: the form a message comes in, and that it leaves in."""
