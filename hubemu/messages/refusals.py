"""How a refusal by the schemas is told, whatever the format (facts: validation 1, 3).

The real Hub quotes the whole code list in each problem with a code and tells every problem: 165 KB
of wrong codes become a text of hundreds of megabytes. Here such a text ends, and says so.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from hubemu.messages.errors import InvalidMessage

__all__ = [
    "BROKEN_XML",
    "GOES_ON",
    "MAX_CAUSE",
    "PREAMBLE",
    "UNKNOWN_ID",
    "bounded",
    "extract_id",
    "untrusted",
    "xml_cause",
]

MAX_CAUSE = 100_000
"""Characters of a cause that are told; what stands behind them is told to have been left out."""
GOES_ON = (
    f"... (hubemu tells {MAX_CAUSE} characters of a cause at most: the real Hub's text goes on "
    "here, with every further problem in the same form)\n"
)
PREAMBLE = "Could not validate message against schema : errors occurred. "
UNKNOWN_ID = "distributionID_could_not_be_extracted"
"""What stands for the id of a message in which none can be found."""
BROKEN_XML = "Something went wrong with the XSD Validator."
"""The reference's whole text for XML that is not well-formed."""

_CAUTION = (
    "CAUTION: distributionID has been extracted by regex because the envelope could not be "
    "deserialized.\n"
)
# Of bytes, `\w` is ASCII, as in Java.
_IN_JSON = re.compile(rb'"distributionID"\s*:\s*"([\w._-]+)"')
_IN_XML = re.compile(rb"<distributionID>([\w._-]+)</distributionID>")


def bounded(text: str, *, goes_on: bool = False) -> str:
    """The text, cut where it is longer than `MAX_CAUSE`; cut or known to go on, it says so."""
    goes_on = goes_on or text.endswith(GOES_ON)
    text = text.removesuffix(GOES_ON)
    if len(text) <= MAX_CAUSE and not goes_on:
        return text
    kept = text[:MAX_CAUSE]
    return f"{kept}{'' if kept.endswith(chr(10)) else chr(10)}{GOES_ON}"


def extract_id(body: bytes) -> str:
    """The distributionID that stands in a body whose envelope cannot be trusted.

    Both ways of writing it are tried, whatever the body was declared to be (facts: hub 4.2).
    """
    found = _IN_JSON.search(body) or _IN_XML.search(body)
    return found[1].decode("ascii") if found else UNKNOWN_ID


def untrusted(cause: str, body: bytes, remark: str = "") -> InvalidMessage:
    """The refusal of a message whose envelope is wrong itself."""
    return InvalidMessage(bounded(_CAUTION + cause), extract_id(body), remark)


def xml_cause(problems: Sequence[str]) -> str:
    """The text for XML problems, as the reference prints a list."""
    told, room = [], MAX_CAUSE
    for problem in problems:
        told.append(problem)
        room -= len(problem)
        if room < 0:
            break
    return bounded(f"{PREAMBLE}\n[{', '.join(told)}]", goes_on=len(told) < len(problems))
