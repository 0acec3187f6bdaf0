"""RS-EDA becomes RC-EDA (facts: converter 3.1)."""

from __future__ import annotations

from copy import deepcopy
from typing import Any

from hubemu.conversion.draw import Draw
from hubemu.conversion.message import ConversionMessage
from hubemu.conversion.places import Tree, delete, value_at
from hubemu.conversion.rules import ConvertedBody, Default

__all__ = ["case_to_cisu"]

_URGENT = ("P0", "P1")
_HEALTH = "fr.health."
_SEVERAL, _MANY = 2, 5

_DEFAULTS = (
    Default("qualification.whatsHappen", {"code": "C11.06.00", "label": "Autre nature de fait"}),
    Default("location.externalInfo[].type", "AUTRE"),
)

_DELETED = (
    "owner",
    "patient",
    "medicalNote",
    "decision",
    "perimeter",
    "interventionType",
    "qualification.origin",
    "qualification.details",
    "location.detailedAddress.highway",
    "location.geometry.point.isAml",
)
"""What CISU does not have."""


def case_to_cisu(message: ConversionMessage, draw: Draw) -> ConversionMessage:
    """The case of a SAMU as the other forces know cases."""
    body = deepcopy(message.body("createCaseHealth"))
    stamp = draw.stamp()
    priority = value_at(body, "qualification.details.priority")
    body["referenceVersion"] = "2.0"
    _section(body, "qualification")["victims"] = {"count": _count(body.get("patient"))}
    _section(body, "location").update(locID=f"LOC-{stamp}", country="FR")
    work = ConvertedBody(body, message.sender, draw)
    for rule in _DEFAULTS:
        rule.apply(work)
    delete(body, *_DELETED)
    if isinstance(alert := body.get("initialAlert"), dict):
        alert.update(_alert(body, message.sender, stamp, urgent=priority in _URGENT))
    return message.with_body("createCase", body)


def _section(body: Tree, name: str) -> Tree:
    if not isinstance(body.get(name), dict):
        body[name] = {}
    section: Tree = body[name]
    return section


def _count(patients: Any) -> str:
    number = len(patients) if isinstance(patients, list) else 0
    if number >= _MANY:
        return "BEAUCOUP"
    return "PLUSIEURS" if number >= _SEVERAL else str(number)


def _alert(body: Tree, sender: str, stamp: str, *, urgent: bool) -> Tree:
    return {
        "id": f"INAL-{stamp}",
        "callTaker": {
            "organization": sender,
            "controlRoom": f"CRRA {sender.removeprefix(_HEALTH)}",
        },
        "reception": body.get("creation"),
        "reporting": "ATTENTION" if urgent else "STANDARD",
        "qualification": deepcopy(body["qualification"]),
        "location": deepcopy(body["location"]),
    }
