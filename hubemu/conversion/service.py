"""The conversion service: what it knows, and what it answers (facts: converter 1, 2 and 5)."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from hubemu.conversion.cisu.case_resources import CaseMemory
from hubemu.conversion.cisu.translation import CISU_VERSION, Circumstances, translate
from hubemu.conversion.draw import Draw
from hubemu.conversion.message import ConversionMessage
from hubemu.conversion.refusal import ConversionRefused
from hubemu.conversion.vehicles import NEWEST
from hubemu.conversion.versions.chain import VERSIONS, convert_version

__all__ = ["ConversionService", "RememberedConversions"]

_ACTIVE = "vactive"
_IN_USE = VERSIONS[-1]
_TYPES = ("CISUTranscoding", "HealthVersionConversion", "CISUVersionConversion")
_REQUIRED = ("sourceVersion", "targetVersion", "edxl")
_CISU_KEYS = ("createCase", "reference", "resourcesInfoCisu")


@dataclass(frozen=True, slots=True)
class RememberedConversions:
    """What a service knows of cases, and what it would draw next on each vHost."""

    memory: CaseMemory
    draws: Mapping[str, Draw]


class ConversionService:
    """Converts messages; remembers what it needs of a case until `forget`.

    Args:
        seed: of the ids that it makes up.
        now: tells the time in seconds since the epoch.
    """

    def __init__(self, *, seed: str, now: Callable[[], float]) -> None:
        self.seed = seed
        self._now = now
        self._memory = CaseMemory()
        self._draws: dict[str, Draw] = {}

    def forget(self) -> None:
        """Be as at the start: no case is remembered, the same ids are drawn again."""
        self._memory.clear()
        self._draws.clear()

    def contents(self) -> RememberedConversions:
        """What is remembered now, and where its draws are."""
        draws = {vhost: draw.copy() for vhost, draw in self._draws.items()}
        return RememberedConversions(self._memory.copy(), draws)

    def put_back(self, contents: RememberedConversions) -> None:
        """Remember that alone, and draw on from there."""
        self._memory = contents.memory.copy()
        self._draws = {vhost: draw.copy() for vhost, draw in contents.draws.items()}

    def translate(
        self,
        message: ConversionMessage,
        source: str = CISU_VERSION,
        target: str = CISU_VERSION,
        *,
        vhost: str = "",
        vehicle: str | None = None,
    ) -> list[ConversionMessage]:
        """The messages that one becomes on the other side of CISU.

        Args:
            message: from a health actor or to one.
            source: its version, such as `v3`.
            target: the version wanted; the side of CISU has `v3` only.
            vhost: where; cases of the same name elsewhere are others.
            vehicle: the code of every health vehicle in RC-RI, the newest by default.

        Raises:
            ConversionRefused: it cannot be.
        """
        about = Circumstances(self._draw(vhost), self._memory, vhost, vehicle or NEWEST)
        return translate(message, source, target, about)

    def convert_version(
        self, message: ConversionMessage, source: str, target: str
    ) -> ConversionMessage:
        """A health message in another version.

        Raises:
            ConversionRefused: it cannot be.
        """
        return convert_version(message, source, target, self._draw())

    def _draw(self, vhost: str = "") -> Draw:
        """Of a vHost alone: what is converted on another one meanwhile changes no id."""
        if vhost not in self._draws:
            seed = f"{self.seed} on {vhost}" if vhost else self.seed
            self._draws[vhost] = Draw(seed, self._now)
        return self._draws[vhost]

    def answer(self, request: Mapping[str, Any]) -> dict[str, Any]:
        """The answer to the body of `POST /convert`, in any of its three forms.

        The older ones (`cisuConversion`) are answered with `converted_messages`, and with `edxl`
        too where that is one message, so that whoever reads either is served. The newest one
        (`type`) is answered with `converted_messages`.

        Raises:
            ConversionRefused: the service answers 400.
        """
        newest = "type" in request
        messages = self._asked_by_type(request) if newest else self._asked(request)
        converted = [dict(one.edxl) for one in messages]
        answer: dict[str, Any] = {"converted_messages": converted}
        if not newest and len(converted) == 1:
            answer["edxl"] = converted[0]
        return answer

    def _asked(self, request: Mapping[str, Any]) -> list[ConversionMessage]:
        source, target, message = _fields(request)
        if request.get("cisuConversion", False):
            return self.translate(message, source, target)
        return [self.convert_version(message, source, target)]

    def _asked_by_type(self, request: Mapping[str, Any]) -> list[ConversionMessage]:
        unknown = sorted(request.keys() - {"type", *_REQUIRED})
        if unknown:
            raise ConversionRefused(f"Unknown fields: {', '.join(unknown)}")
        kind = request["type"]
        if kind not in _TYPES:
            raise ConversionRefused(f"Unknown type {kind}. Must be one of: {list(_TYPES)}")
        source, target, message = _fields(request)
        source, target = (_IN_USE if one == _ACTIVE else one for one in (source, target))
        if kind == "CISUTranscoding":
            return self.translate(message, source, target)
        if kind == "HealthVersionConversion":
            return [self.convert_version(message, source, target)]
        return [_in_cisu(message, source, target)]


def _fields(request: Mapping[str, Any]) -> tuple[str, str, ConversionMessage]:
    source, target, edxl = (request.get(name) for name in _REQUIRED)
    if not (source and target and edxl):
        raise ConversionRefused(
            f"Missing required fields: sourceVersion={source}, targetVersion={target}, "
            f"edxl present={bool(edxl)}"
        )
    return str(source), str(target), ConversionMessage.of(edxl)


def _in_cisu(message: ConversionMessage, source: str, target: str) -> ConversionMessage:
    """A CISU message in another version: there is one."""
    if message.key not in _CISU_KEYS:
        raise ConversionRefused(
            f"Version conversion for message type '{message.key}' is currently not implemented."
        )
    for side, version in (("source", source), ("target", target)):
        if version != CISU_VERSION:
            raise ConversionRefused(f"Unknown {side} version {version}. Must be: {CISU_VERSION}")
    return message
