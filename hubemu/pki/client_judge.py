"""Who is let in: the verdict of a Hub, in one phase, on the chain a client shows."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from cryptography import x509

from hubemu.pki.certificate_facts import UNREADABLE, parse_chain
from hubemu.pki.paths import Judging, PathFault, PathFaultKind, verify

__all__ = ["ClientJudge"]


@dataclass(frozen=True, slots=True)
class ClientJudge:
    """What one phase of a Hub judges by, as it was when this was made.

    `revoked` are serial numbers by the authority that issued and revoked them.
    """

    anchors: Sequence[x509.Certificate]
    revoked: Mapping[x509.Certificate, frozenset[int]]

    def fault(self, chain: Sequence[bytes], now: datetime) -> PathFault | None:
        """What is wrong with a chain (DER, leaf first, not empty); `None`: it is accepted."""
        try:
            return self.fault_of(parse_chain(chain), now)
        except UNREADABLE:
            return PathFault(PathFaultKind.UNREADABLE)

    def fault_of(self, chain: Sequence[x509.Certificate], now: datetime) -> PathFault | None:
        """The same of certificates that were read."""
        return verify(chain, Judging(anchors=self.anchors, now=now, revoked=self.is_revoked))

    def is_revoked(self, certificate: x509.Certificate, issuer: x509.Certificate) -> bool:
        """Whether a certificate is on the list of its issuer."""
        return any(
            certificate.serial_number in serials
            for authority, serials in self.revoked.items()
            if serials and authority.public_key() == issuer.public_key()
        )
