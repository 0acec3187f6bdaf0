"""One message to or from CISU: none, one or several messages (facts: converter 3.1).

The side of CISU is always v3. What comes from a health actor is brought to v3 first, what goes to
one is brought from v3 to its version afterwards.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

from hubemu.conversion.cisu.case_from_cisu import case_from_cisu
from hubemu.conversion.cisu.case_resources import CaseMemory
from hubemu.conversion.cisu.case_to_cisu import case_to_cisu
from hubemu.conversion.cisu.resources import infos_from_cisu, infos_to_cisu, status_to_cisu
from hubemu.conversion.draw import Draw
from hubemu.conversion.message import ConversionMessage
from hubemu.conversion.places import Tree
from hubemu.conversion.refusal import ConversionRefused
from hubemu.conversion.versions.chain import VERSIONS, convert_version
from hubemu.routing import is_health

__all__ = ["CISU_VERSION", "Circumstances", "translate"]

CISU_VERSION = "v3"
"""The one version of the side of CISU."""


@dataclass(frozen=True, slots=True)
class Circumstances:
    """What a translation knows beside its message.

    Attributes:
        draw: ids that are made up.
        memory: what was told of the case before.
        vhost: where; cases of the same name elsewhere are others.
        vehicle: the code of every health vehicle in RC-RI.
    """

    draw: Draw
    memory: CaseMemory
    vhost: str
    vehicle: str

    def told(self, key: str, message: ConversionMessage, besides: str = "") -> Iterator[Tree]:
        """What messages of a type told of the case of one, newest first, but for one of them."""
        return self.memory.told(self.vhost, key, message.body().get("caseId"), besides)


_Way = Callable[[ConversionMessage, Circumstances], list[ConversionMessage]]


def _case_to_cisu(message: ConversionMessage, about: Circumstances) -> list[ConversionMessage]:
    return [case_to_cisu(message, about.draw)]


def _case_from_cisu(message: ConversionMessage, about: Circumstances) -> list[ConversionMessage]:
    return [case_from_cisu(message, about.draw)]


def _as_it_is(message: ConversionMessage, about: Circumstances) -> list[ConversionMessage]:
    return [message]


def _infos_to_cisu(message: ConversionMessage, about: Circumstances) -> list[ConversionMessage]:
    return infos_to_cisu(message, about.told("resourcesStatus", message), about.vehicle)


def _infos_from_cisu(message: ConversionMessage, about: Circumstances) -> list[ConversionMessage]:
    before = next(about.told("resourcesInfoCisu", message, message.distribution_id), None)
    return infos_from_cisu(message, before, about.draw)


def _status_to_cisu(message: ConversionMessage, about: Circumstances) -> list[ConversionMessage]:
    info = next(about.told("resourcesInfo", message), None)
    return status_to_cisu(message, info, about.told("resourcesStatus", message), about.vehicle)


@dataclass(frozen=True, slots=True)
class _Pair:
    """A type on both sides, and the ways between; `None`: there is none."""

    health: str
    cisu: str
    to_cisu: _Way
    from_cisu: _Way | None


_CASES = _Pair("createCaseHealth", "createCase", _case_to_cisu, _case_from_cisu)
_REFERENCES = _Pair("reference", "reference", _as_it_is, _as_it_is)
_INFOS = _Pair("resourcesInfo", "resourcesInfoCisu", _infos_to_cisu, _infos_from_cisu)
_STATUSES = _Pair("resourcesStatus", "resourcesInfoCisu", _status_to_cisu, None)

_PAIRS: Mapping[str, _Pair] = {
    "createCaseHealth": _CASES,
    "createCase": _CASES,
    "reference": _REFERENCES,
    "resourcesInfo": _INFOS,
    "resourcesInfoCisu": _INFOS,
    "resourcesStatus": _STATUSES,
}


def translate(
    message: ConversionMessage, source: str, target: str, about: Circumstances
) -> list[ConversionMessage]:
    """The messages that one becomes on the other side.

    Raises:
        ConversionRefused: the service does not do it.
    """
    sender, recipient = message.sender, message.recipient
    if is_health(sender) and is_health(recipient):
        raise ConversionRefused(f"Both sender and recipient are health: {sender} -> {recipient}")
    pair = _PAIRS.get(message.key)
    if pair is None:
        raise ConversionRefused(
            f"Perimeter translation for message type '{message.key}' is not implemented."
        )
    if is_health(sender):
        return _to_cisu(message, pair, source, target, about)
    return _from_cisu(message, pair, source, target, about)


def _to_cisu(
    message: ConversionMessage, pair: _Pair, source: str, target: str, about: Circumstances
) -> list[ConversionMessage]:
    _require_cisu("target", target)
    message.body(pair.health)
    health = convert_version(message, source, CISU_VERSION, about.draw)
    made = pair.to_cisu(health, about)
    about.memory.remember(about.vhost, health)
    return made


def _from_cisu(
    message: ConversionMessage, pair: _Pair, source: str, target: str, about: Circumstances
) -> list[ConversionMessage]:
    _require_cisu("source", source)
    if pair.from_cisu is None:
        raise ConversionRefused(
            f"Traduction from '{pair.cisu}' to '{pair.health}' is not supported."
        )
    message.body(pair.cisu)
    if target not in VERSIONS:
        raise ConversionRefused(
            f"Unknown target version {target}. Must be one of: {list(VERSIONS)}"
        )
    made = pair.from_cisu(message, about)
    about.memory.remember(about.vhost, message)
    return [convert_version(one, CISU_VERSION, target, about.draw) for one in made]


def _require_cisu(side: str, version: str) -> None:
    if version != CISU_VERSION:
        raise ConversionRefused(f"Unknown {side} version {version}. Must be: {CISU_VERSION}")
