"""What is wrong with a path, in Erlang's words, and the TLS alert that says so to a client."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from cryptography import x509

__all__ = ["Fault", "PathFault", "PathRefused"]


class Fault(StrEnum):
    """Why a chain is refused; the value is what RabbitMQ's log calls it."""

    UNKNOWN_AUTHORITY = "unknown_ca"
    SELF_SIGNED = "selfsigned_peer"
    OTHER_ROOT = "invalid_issuer"
    SIGNATURE = "invalid_signature"
    DATES = "cert_expired"
    NAME = "name_not_permitted"
    CRITICAL = "unknown_critical_extension"
    KEY_USAGE = "invalid_key_usage"
    PURPOSE = "invalid_ext_key_usage"
    NO_AUTHORITY = "missing_basic_constraint"
    DEPTH = "max_path_length_reached"
    REVOKED = "revoked"
    UNREADABLE = "failed_to_decode_certificate"
    CRASH = "internal_error"

    @property
    def alert(self) -> int:
        """Number of the TLS alert (RFC 8446, 6.2) that Erlang sends for it."""
        return _ALERTS.get(self, 40)


_ALERTS = {
    Fault.UNKNOWN_AUTHORITY: 48,
    Fault.SELF_SIGNED: 42,
    Fault.OTHER_ROOT: 42,
    Fault.SIGNATURE: 42,
    Fault.NAME: 42,
    Fault.DATES: 45,
    Fault.CRITICAL: 43,
    Fault.REVOKED: 44,
    Fault.UNREADABLE: 46,
    Fault.CRASH: 80,
}
"""Alerts of `ssl_handshake:path_validation_alert`; every other fault is a handshake_failure."""


_WORDS = {
    Fault.UNKNOWN_AUTHORITY: "unable to get local issuer certificate",
    Fault.SELF_SIGNED: "self-signed certificate",
    Fault.OTHER_ROOT: "subject issuer mismatch",
    Fault.SIGNATURE: "certificate signature failure",
    Fault.NAME: "permitted subtree violation",
    Fault.CRITICAL: "unhandled critical extension",
    Fault.KEY_USAGE: "key usage does not include certificate signing",
    Fault.PURPOSE: "unsuitable certificate purpose",
    Fault.NO_AUTHORITY: "invalid CA certificate",
    Fault.DEPTH: "path length constraint exceeded",
    Fault.REVOKED: "certificate revoked",
}


@dataclass(frozen=True, slots=True)
class PathFault:
    """A fault and the certificate that has it; `None`: it is of no single one."""

    fault: Fault
    certificate: x509.Certificate | None = None

    def words(self, now: datetime) -> str:
        """What OpenSSL says of the same, for who knows its words."""
        found = self.certificate
        if self.fault is Fault.DATES and found is not None:
            late = now > found.not_valid_after_utc
            return "certificate has expired" if late else "certificate is not yet valid"
        return _WORDS.get(self.fault, self.fault.value.replace("_", " "))


class PathRefused(Exception):
    """A path is refused."""

    def __init__(self, fault: Fault, certificate: x509.Certificate | None = None) -> None:
        self.fault = PathFault(fault, certificate)
        super().__init__(fault.value)
