"""RC-EDA becomes RS-EDA (facts: converter 3.1 and 5)."""

from __future__ import annotations

from collections.abc import Iterator
from copy import deepcopy
from typing import Any

from hubemu.conversion.draw import Draw
from hubemu.conversion.message import ConversionMessage
from hubemu.conversion.notes import add_medical_note, as_text
from hubemu.conversion.places import Tree, delete, value_at
from hubemu.conversion.rules import ConvertedBody, Prune

__all__ = ["case_from_cisu"]

_PRIORITIES = {"ATTENTION": "P0"}
_OTHER_PRIORITY = "P2"
_BETWEEN_NOTES = "; "

_NOTED = (
    ("initialAlert.attachment", "Pièces jointes :"),
    ("initialAlert.callTaker", "Contact de l'opérateur SIS :"),
    ("freetext", ""),
    ("newAlert", "Nouvelles alertes :"),
    ("qualification.victims.count", "Nombre de victimes :"),
    ("qualification.victims.mainVictim", "Victime principale :"),
    ("initialAlert.callTaker.organization", "Organisation de l'appelant :"),
)
"""What goes to the notes of the alert, in their order, and behind which words."""

_DELETED = (
    "referenceVersion",
    "freetext",
    "newAlert",
    "qualification.victims",
    "location.locID",
    "location.locLabel",
    "location.country",
    "location.city.detail",
    "location.geometry.sketch",
    "location.geometry.point.coord.heading",
    "location.geometry.point.coord.speed",
    "initialAlert.id",
    "initialAlert.attachment",
    "initialAlert.reporting",
    "initialAlert.qualification",
    "initialAlert.location",
    "initialAlert.callTaker",
    "additionalInformation.customMap",
)
"""What the health model does not have."""
_EMPTY = Prune("location.city", "additionalInformation")


def case_from_cisu(message: ConversionMessage, draw: Draw) -> ConversionMessage:
    """The case of another force as the SAMU it is for knows cases."""
    body = deepcopy(message.body("createCase"))
    body["owner"] = message.recipient
    _tell_city(body)
    _tell_priority(body)
    _tell_notes(body, message.sender, draw)
    victims = value_at(body, "qualification.victims")
    if victims:
        add_medical_note(body, draw, message.sender, as_text(victims))
    delete(body, *_DELETED)
    _EMPTY.apply(ConvertedBody(body, message.sender, draw))
    return message.with_body("createCaseHealth", body)


def _tell_city(body: Tree) -> None:
    location = body.get("location")
    if not isinstance(location, dict):
        return
    text = location.setdefault("freetext", "")
    if detail := value_at(body, "location.city.detail"):
        told = f"Détails de commune : {as_text(detail)}"
        location["freetext"] = f"{text} {told}" if text else told


def _tell_priority(body: Tree) -> None:
    reporting = value_at(body, "initialAlert.reporting")
    qualification = body.get("qualification")
    if isinstance(reporting, str) and isinstance(qualification, dict):
        priority = _PRIORITIES.get(reporting, _OTHER_PRIORITY)
        qualification["details"] = {"priority": priority}


def _tell_notes(body: Tree, sender: str, draw: Draw) -> None:
    """All that has no place of its own, in one note of the alert.

    A case without an alert has a medical note for it: nothing else could hold it.
    """
    alert = body.get("initialAlert")
    texts = [*_noted(body)]
    if not isinstance(alert, dict):
        if texts:
            add_medical_note(body, draw, sender, _BETWEEN_NOTES.join(texts))
        return
    notes = alert.get("notes")
    notes = notes if isinstance(notes, list) else []
    own = [as_text(one["freetext"]) for one in notes if isinstance(one, dict) and "freetext" in one]
    without = [one for one in notes if not (isinstance(one, dict) and "freetext" in one)]
    joined = _BETWEEN_NOTES.join([*own, *texts])
    merged = [*([{"freetext": joined}] if joined else []), *without]
    if merged:
        alert["notes"] = merged
    else:
        alert.pop("notes", None)


def _noted(body: Tree) -> Iterator[str]:
    for path, label in _NOTED:
        value = value_at(body, path)
        if value in (None, "", [], {}):
            continue
        if not label:
            yield from _lines(value)
            continue
        text = as_text(value)
        yield f"{label}\n{text}" if isinstance(value, (dict, list)) else f"{label} {text}"


def _lines(value: Any) -> Iterator[str]:
    yield from map(as_text, value if isinstance(value, list) else [value])
