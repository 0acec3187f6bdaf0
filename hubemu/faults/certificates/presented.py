"""What new handshakes meet while the Hub shows another certificate (embedded engine).

The event is a handshake. Whose it is, is known only when the client has seen the certificate.
"""

from __future__ import annotations

from typing import Final

from hubemu.broker.tls import TlsGate
from hubemu.engines.embedded import EmbeddedEngine
from hubemu.faults.certificates.bad_certificates import BadCertificates
from hubemu.faults.fault import Fault
from hubemu.openssl import openssl

__all__ = ["Presented", "why_not"]

_TOO_EARLY: Final = (
    "the Hub shows its certificate before it sees the client's: leave out {}, use times or every "
    "to strike some handshakes only"
)

_COMPLETED: Final = (
    "with this Python, OpenSSL cannot be kept from sending the intermediate: use another profile"
)


class Presented:
    """The rules of the family `certificates` on one engine."""

    def __init__(self, engine: EmbeddedEngine, certificates: BadCertificates) -> None:
        self._engine = engine
        self._certificates = certificates
        self._faults: list[Fault] = []
        self._last: Fault | None = None

    async def begin(self, fault: Fault) -> None:
        """Put a rule in force."""
        await self._certificates.prepare(fault.parameters["profile"], self._engine.phase)
        self._faults.append(fault)

    def end(self, fault: Fault) -> None:
        """Take it away: the next handshake meets the Hub's own certificate."""
        self._faults.remove(fault)
        if self._last is fault:
            self._last = None

    @property
    def shown(self) -> str | None:
        """The id of the rule in force that struck last."""
        return self._last.id if self._last is not None else None

    def gate(self) -> TlsGate | None:
        """What the next handshake meets, if a rule strikes it."""
        struck = next((fault for fault in self._faults if fault.strikes()), None)
        self._last = struck or self._last
        return self._gate(struck.parameters["profile"]) if struck is not None else None

    def _gate(self, profile: str) -> TlsGate:
        """Made each time: whom the Hub trusts may have changed since."""
        with self._certificates.get(profile, self._engine.phase).files() as shown:
            return TlsGate(self._engine.tls(shown))


def why_not(fault: Fault) -> str | None:
    """Why a rule of the family `certificates` cannot be put in force; `None` if it can."""
    if fault.parameters["profile"] == "missing-intermediate" and openssl() is None:
        return _COMPLETED
    if not fault.matched:
        return None
    return _TOO_EARLY.format(" and ".join(sorted(fault.matched)))
