"""RS-RI, RS-SR, RS-DR, RS-RR and RS-ER (facts: converter 3.2, version-differences)."""

from __future__ import annotations

from hubemu.conversion.places import Tree, objects_at
from hubemu.conversion.rules import Codes, ConvertedBody, Drop, Make, Prune, Renamed, VersionStep
from hubemu.conversion.versions.codes import DEADLINES, RESOURCE_FAMILIES, STATUSES, VEHICLES

__all__ = ["INFO", "REQUEST", "RESPONSE", "STATUS"]

_STATE = ("datetime", "status", "availability")
_DEADLINES_OF_V2 = frozenset(("DEL0", "ASAP", "RDV", *DEADLINES.values()))
_FINISHED = {"FINMED": "FINPEC"}
_ORIENTED = {"ORIENTAT": "TRANSP"}


def _noted(resource: Tree, label: str, field: str) -> None:
    """A field that the other version lacks becomes a line of the resource's free texts."""
    if field in resource:
        text = f"{label}{resource.pop(field)}"
        others = resource.get("freetext")
        resource["freetext"] = [*others, text] if isinstance(others, list) else [text]


def _vehicles_of_v2(work: ConvertedBody) -> None:
    """`vehicleType` is required in v2, and says what two fields of v1 say."""
    for resource in objects_at(work.body, "resource[]"):
        kind = resource.pop("resourceType", None)
        vehicle = resource.get("vehicleType")
        if isinstance(vehicle, str):
            resource["vehicleType"] = VEHICLES.get(vehicle, vehicle)
        elif vehicle is None:
            family = RESOURCE_FAMILIES.get(kind) if isinstance(kind, str) else None
            resource["vehicleType"] = family or "AUTREVEC"


def _vehicles_of_v1(work: ConvertedBody) -> None:
    kinds = {family: kind for kind, family in RESOURCE_FAMILIES.items()}
    for resource in objects_at(work.body, "resource[]"):
        vehicle = resource.get("vehicleType")
        if isinstance(vehicle, str):
            family, dot, inner = vehicle.partition(".")
            resource["resourceType"] = kinds.get(family, "AUTRE")
            if dot:
                resource["vehicleType"] = inner
            elif family == "AUTREVEC" or family in VEHICLES or family in kinds:
                resource["vehicleType"] = family


def _plates(work: ConvertedBody) -> None:
    for resource in objects_at(work.body, "resource[]"):
        _noted(resource, "Immatriculation : ", "plate")


def _patients(work: ConvertedBody) -> None:
    for resource in objects_at(work.body, "resource[]"):
        _noted(resource, "Patient ID : ", "patientId")


def _unmedicalised(work: ConvertedBody) -> None:
    """`SANS` is no level of v2: no level is told."""
    for team in objects_at(work.body, "resource[].team"):
        if team.get("medicalLevel") == "SANS":
            del team["medicalLevel"]


def _state_of_v2(work: ConvertedBody) -> None:
    """The three fields of a state become an object."""
    body = work.body
    state = {name: body.pop(name) for name in _STATE if name in body}
    if state:
        body["state"] = state


def _state_of_v1(work: ConvertedBody) -> None:
    state = work.body.pop("state", None)
    if isinstance(state, dict):
        work.body.update({name: state[name] for name in _STATE if name in state})


def _deadline(work: ConvertedBody) -> None:
    response = work.body.get("response")
    if isinstance(response, dict) and "deadline" in response:
        known = response["deadline"]
        if not (isinstance(known, str) and known in _DEADLINES_OF_V2):
            response["deadline"] = "DEL0"


INFO = (
    VersionStep(
        both=(
            Renamed("mobilizedResource", "resource"),
            Renamed("resource[].vehiculeType", "vehicleType"),
            Renamed("resource[].team.teamCare", "medicalLevel"),
            Codes("resource[].state[].status", STATUSES),
        ),
        up=(Make(_vehicles_of_v2), Make(_plates), Drop("resource[].coord")),
        down=(Make(_vehicles_of_v1), Codes("resource[].contact.type", {"MSS": "EMAIL"})),
    ),
    VersionStep(
        both=(Codes("resource[].state[].status", _FINISHED),),
        down=(
            Codes("resource[].state[].status", _ORIENTED),
            Make(_patients),
            Make(_unmedicalised),
            Prune("resource[].team"),
        ),
    ),
)
"""v1 and v2, v2 and v3."""

STATUS = (
    VersionStep(
        both=(Codes("status", STATUSES),),
        up=(Make(_state_of_v2),),
        down=(Make(_state_of_v1),),
    ),
    VersionStep(
        both=(Codes("state.status", _FINISHED),),
        down=(Codes("state.status", _ORIENTED),),
    ),
)

REQUEST = (VersionStep(both=(Codes("request.deadline", DEADLINES),)), VersionStep())

RESPONSE = (VersionStep(up=(Make(_deadline),)), VersionStep())
