"""The conversions that hubemu makes itself, in this process."""

from __future__ import annotations

from collections.abc import Mapping

from hubemu.conversion import ConversionMessage, ConversionRefused, ConversionService
from hubemu.conversion.vehicles import health_vehicle
from hubemu.dispatcher.context import VHostContext
from hubemu.dispatcher.converter import ConversionFailed
from hubemu.messages import MessageError, dump_json, parse_json

__all__ = ["BuiltInConverter"]


class BuiltInConverter:
    """A `Converter` that asks nobody.

    Args:
        service: makes the conversions, and remembers the cases.
        contexts: the vHosts; what a vehicle is called in RC-RI depends on their releases.
    """

    def __init__(self, service: ConversionService, contexts: Mapping[str, VHostContext]) -> None:
        self._service = service
        self._contexts = contexts
        self._vehicles: dict[str, str] = {}
        """By release, once asked for."""

    async def convert(self, edxl: bytes, vhost: str) -> tuple[bytes, ...]:
        """See `Converter`."""
        return self.converted(edxl, vhost)

    def converted(self, edxl: bytes, vhost: str) -> tuple[bytes, ...]:
        """The same, at once.

        Raises:
            ConversionFailed: it was refused.
        """
        try:
            message = ConversionMessage.of(parse_json(edxl))
            vehicle = self._vehicle(vhost)
            made = self._service.translate(message, vhost=vhost, vehicle=vehicle)
            return tuple(dump_json(one.edxl) for one in made)
        except ConversionRefused as refused:
            raise ConversionFailed(str(refused)) from None
        except MessageError as error:
            raise ConversionFailed(error.cause) from error

    def _vehicle(self, vhost: str) -> str | None:
        """What a vehicle of the health actors is called there, if resources are converted."""
        context = self._contexts.get(vhost)
        if context is None or not context.converts_resources:
            return None
        release = context.release.name
        if release not in self._vehicles:
            self._vehicles[release] = health_vehicle(release)
        return self._vehicles[release]

    async def close(self) -> None:
        """See `Converter`: nothing is open."""
