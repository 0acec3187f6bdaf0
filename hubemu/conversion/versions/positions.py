"""GEO-POS and GEO-RES, of v2 and v3 (facts: converter 3.2)."""

from __future__ import annotations

from hubemu.conversion.places import objects_at
from hubemu.conversion.rules import Codes, ConvertedBody, Drop, Make, VersionStep

__all__ = ["DETAILS", "POSITIONS"]


def _one_coord(work: ConvertedBody) -> None:
    """v3 has one place for each position: the first."""
    for position in objects_at(work.body, "position[]"):
        coord = position.get("coord")
        if isinstance(coord, list) and coord:
            position["coord"] = coord[0]


def _listed_coord(work: ConvertedBody) -> None:
    for position in objects_at(work.body, "position[]"):
        if isinstance(position.get("coord"), dict):
            position["coord"] = [position["coord"]]


def _checked_heading(work: ConvertedBody) -> None:
    """A heading is a number; it stays a text, although 3.4.1 wants no text (facts: an oddity)."""
    for position in objects_at(work.body, "position[]"):
        if isinstance(position.get("cap"), str) and not _is_number(position["cap"]):
            del position["cap"]


def _heading_as_text(work: ConvertedBody) -> None:
    for position in objects_at(work.body, "position[]"):
        heading = position.get("cap")
        if heading is not None and not isinstance(heading, str):
            position["cap"] = str(heading)


def _is_number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return True


POSITIONS = VersionStep(
    up=(Make(_one_coord), Make(_checked_heading), Drop("position[].receptionDatetime")),
    down=(Make(_listed_coord), Make(_heading_as_text)),
)

DETAILS = VersionStep(both=(Codes("resource[].mobility", {"SHIP ": "SHIP"}),))
