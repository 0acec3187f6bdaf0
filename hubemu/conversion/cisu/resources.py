"""RS-RI and RS-SR become RC-RI, and back (facts: converter 3.1)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from copy import deepcopy
from datetime import UTC, datetime
from typing import Any

from hubemu.conversion.draw import Draw
from hubemu.conversion.message import ConversionMessage
from hubemu.conversion.places import Tree, objects_at
from hubemu.conversion.refusal import ConversionRefused

__all__ = ["infos_from_cisu", "infos_to_cisu", "status_to_cisu"]

_FIRE_VEHICLE = "SIS"
_CISU = "resourcesInfoCisu"
_NEVER = datetime.min.replace(tzinfo=UTC)


def infos_to_cisu(
    message: ConversionMessage, statuses: Iterable[Tree], vehicle: str
) -> list[ConversionMessage]:
    """RC-RI of RS-RI and of the statuses (RS-SR) told before; nothing if no resource is left.

    Args:
        message: the RS-RI.
        statuses: bodies of RS-SR of the case.
        vehicle: the code that every vehicle gets.
    """
    body = deepcopy(message.body("resourcesInfo"))
    latest = _latest(statuses)
    resources = [
        made
        for one in objects_at(body, "resource[]")
        if (made := _to_cisu(one, latest, vehicle)) is not None
    ]
    if not resources:
        return []
    body["resource"] = resources
    return [message.with_body(_CISU, body)]


def status_to_cisu(
    message: ConversionMessage, info: Tree | None, statuses: Iterable[Tree], vehicle: str
) -> list[ConversionMessage]:
    """RC-RI of RS-SR: the resources as `info`, the last RS-RI of the case, told them.

    Raises:
        ConversionRefused: there is no such RS-RI, or it does not know the resource.
    """
    status = message.body("resourcesStatus")
    case_id, resource_id = status.get("caseId"), status.get("resourceId")
    if info is None:
        raise ConversionRefused(f"No RS-RI found for caseId: '{case_id}'")
    if all(one.get("resourceId") != resource_id for one in objects_at(info, "resource[]")):
        raise ConversionRefused(
            f"Resource '{resource_id}' from RS-SR not found in RS-RI for caseId '{case_id}'."
        )
    told = message.with_body("resourcesInfo", info)
    return infos_to_cisu(told, [*statuses, status], vehicle)


def infos_from_cisu(
    message: ConversionMessage, before: Tree | None, draw: Draw
) -> list[ConversionMessage]:
    """RS-RI if the resources are others than `before`, RS-SR for each that is new or has changed.

    Args:
        message: the RC-RI.
        before: the body of the RC-RI of the case before this one.
        draw: gives the ids of all messages but the first.

    Raises:
        ConversionRefused: a resource has no vehicle type.
    """
    body = message.body(_CISU)
    resources = list(objects_at(body, "resource[]"))
    known = {} if before is None else _statuses(before)
    made: list[ConversionMessage] = []
    if before is None or {_id(one) for one in resources} != known.keys():
        info = deepcopy(body)
        info["resource"] = [_from_cisu(one) for one in objects_at(info, "resource[]")]
        made.append(message.with_body("resourcesInfo", info))
    for resource in resources:
        if _id(resource) not in known or known[_id(resource)] != _status(resource):
            made.append(_status_message(message, resource, draw if made else None))
    return made


def _status_message(
    message: ConversionMessage, resource: Tree, draw: Draw | None
) -> ConversionMessage:
    """RS-SR of a resource; the first message of all keeps the id of the one it comes from."""
    told = {
        "caseId": message.body().get("caseId"),
        "resourceId": resource.get("resourceId"),
        "state": deepcopy(resource.get("state")),
    }
    made_up = None if draw is None else f"{message.sender}_{draw.uuid()}"
    return message.with_body("resourcesStatus", told, made_up)


def _to_cisu(resource: Tree, latest: dict[str, Tree], vehicle: str) -> Tree | None:
    states = [one for one in _listed(resource.get("state")) if isinstance(one, dict)]
    if _id(resource) in latest:
        states.append(latest[_id(resource)])
    if not resource.get("vehicleType") or not states:
        return None
    made = _renamed(resource, "missionId", "operationId")
    made.pop("patientId", None)
    return made | {"vehicleType": vehicle, "state": max(states, key=_when)}


def _from_cisu(resource: Tree) -> Tree:
    if not resource.get("vehicleType"):
        raise ConversionRefused(f"Resource '{_id(resource)}' from RC-RI has no vehicleType.")
    made = _renamed(resource, "operationId", "missionId")
    made.pop("position", None)
    state = made.get("state")
    return made | {"vehicleType": _FIRE_VEHICLE, "state": [] if state is None else [state]}


def _renamed(resource: Tree, old: str, new: str) -> Tree:
    """The resource with a field under its other name, which it takes from whatever bore it."""
    if old not in resource:
        return dict(resource)
    kept = {key: value for key, value in resource.items() if key != new}
    return {(new if key == old else key): value for key, value in kept.items()}


def _latest(statuses: Iterable[Tree]) -> dict[str, Tree]:
    """The latest state of each resource."""
    latest: dict[str, Tree] = {}
    for status in statuses:
        state = status.get("state")
        if isinstance(state, dict):
            named = _id(status)
            if named not in latest or _when(state) >= _when(latest[named]):
                latest[named] = state
    return latest


def _statuses(body: Tree) -> dict[str, Any]:
    return {_id(one): _status(one) for one in objects_at(body, "resource[]")}


def _status(resource: Tree) -> Any:
    state = resource.get("state")
    return state.get("status") if isinstance(state, dict) else None


def _id(resource: Tree) -> str:
    return str(resource.get("resourceId"))


def _listed(value: Any) -> Iterator[Any]:
    return iter(value if isinstance(value, list) else [value])


def _when(state: Tree) -> datetime:
    try:
        moment = datetime.fromisoformat(str(state.get("datetime")))
    except ValueError:
        return _NEVER
    return moment if moment.tzinfo is not None else moment.replace(tzinfo=UTC)
