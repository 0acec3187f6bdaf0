"""The certificate that a RabbitMQ shows instead of the Hub's, for as long as a rule is in force.

The Hub's own dispatcher is a client of it, too: links that are open stay, new ones wait for the
end.
"""

from __future__ import annotations

from typing import Final

from hubemu.engines.rabbitmq.engine import RabbitMqEngine
from hubemu.faults.certificates.bad_certificates import BadCertificates
from hubemu.faults.fault import Fault
from hubemu.settings import Phase

__all__ = ["ShownByRabbitMq", "why_not"]

_COMPLETED: Final = (
    "RabbitMQ adds the intermediates that it trusts to what it sends: use the embedded engine"
)
_ALL: Final = (
    "RabbitMQ shows every client the same certificate: leave out {}, or use the embedded engine"
)
_COUNTS: Final = "after, every, times and probability"


class ShownByRabbitMq:
    """The rules of the family `certificates` on one RabbitMQ; the last one in force is shown."""

    def __init__(self, engine: RabbitMqEngine, certificates: BadCertificates) -> None:
        self._engine = engine
        self._certificates = certificates
        self._faults: list[Fault] = []

    async def begin(self, fault: Fault) -> None:
        """Put a rule in force; some seconds pass until RabbitMQ reads its files."""
        await self._certificates.prepare(fault.parameters["profile"], self._engine.phase)
        self._faults.append(fault)
        fault.strikes()
        await self._show()

    async def end(self, fault: Fault) -> None:
        """Take it away: new connections meet the Hub's own certificate."""
        self._faults.remove(fault)
        await self._show()

    @property
    def shown(self) -> str | None:
        """The id of the rule whose certificate is shown."""
        return self._faults[-1].id if self._faults else None

    async def _show(self) -> None:
        await self._engine.show(self._last if self._faults else None)

    def _last(self, phase: Phase) -> tuple[bytes, bytes]:
        shown = self._certificates.get(self._faults[-1].parameters["profile"], phase)
        return shown.chain, shown.key


def why_not(fault: Fault) -> str | None:
    """Why a rule of the family `certificates` cannot be put in force; `None` if it can."""
    if fault.matched or not fault.certain:
        return _ALL.format(" and ".join(sorted(fault.matched)) or _COUNTS)
    return _COMPLETED if fault.parameters["profile"] == "missing-intermediate" else None
