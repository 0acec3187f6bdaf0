"""What is wrong with a path, in Erlang's words, and the TLS alert that says so to a client."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from cryptography import x509

__all__ = ["PathFault", "PathFaultKind", "PathRefused"]


class PathFaultKind(StrEnum):
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
    PathFaultKind.UNKNOWN_AUTHORITY: 48,
    PathFaultKind.SELF_SIGNED: 42,
    PathFaultKind.OTHER_ROOT: 42,
    PathFaultKind.SIGNATURE: 42,
    PathFaultKind.NAME: 42,
    PathFaultKind.DATES: 45,
    PathFaultKind.CRITICAL: 43,
    PathFaultKind.REVOKED: 44,
    PathFaultKind.UNREADABLE: 46,
    PathFaultKind.CRASH: 80,
}
"""Alerts of `ssl_handshake:path_validation_alert`; every other fault is a handshake_failure."""


_WORDS = {
    PathFaultKind.UNKNOWN_AUTHORITY: "unable to get local issuer certificate",
    PathFaultKind.SELF_SIGNED: "self-signed certificate",
    PathFaultKind.OTHER_ROOT: "subject issuer mismatch",
    PathFaultKind.SIGNATURE: "certificate signature failure",
    PathFaultKind.NAME: "permitted subtree violation",
    PathFaultKind.CRITICAL: "unhandled critical extension",
    PathFaultKind.KEY_USAGE: "key usage does not include certificate signing",
    PathFaultKind.PURPOSE: "unsuitable certificate purpose",
    PathFaultKind.NO_AUTHORITY: "invalid CA certificate",
    PathFaultKind.DEPTH: "path length constraint exceeded",
    PathFaultKind.REVOKED: "certificate revoked",
}


@dataclass(frozen=True, slots=True)
class PathFault:
    """A fault and the certificate that has it; `None`: it is of no single one."""

    fault: PathFaultKind
    certificate: x509.Certificate | None = None

    def words(self, now: datetime) -> str:
        """What OpenSSL says of the same, for who knows its words."""
        found = self.certificate
        if self.fault is PathFaultKind.DATES and found is not None:
            late = now > found.not_valid_after_utc
            return "certificate has expired" if late else "certificate is not yet valid"
        return _WORDS.get(self.fault, self.fault.value.replace("_", " "))


class PathRefused(Exception):
    """A path is refused."""

    def __init__(self, fault: PathFaultKind, certificate: x509.Certificate | None = None) -> None:
        self.fault = PathFault(fault, certificate)
        super().__init__(fault.value)
