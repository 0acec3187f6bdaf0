"""What TLS connections meet, as values: a policy, an objection to a certificate, an attempt."""

from __future__ import annotations

import ssl
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TypeAlias

__all__ = ["Objection", "TlsAttempt", "TlsPolicy", "Verdict"]


@dataclass(frozen=True, slots=True)
class Objection:
    """Why a certificate is refused, in a TLS library's words, and the TLS alert that says so."""

    reason: str
    alert: int = 46


Verdict: TypeAlias = Callable[[Sequence[bytes]], Objection | None]


@dataclass(frozen=True, slots=True)
class TlsPolicy:
    """What new TLS connections meet.

    `context` is a server context that requires a client certificate. `verdict` gets the DER chain
    (leaf first) that a client sent; it objects, or gives `None`. If it `decides`, it stands in
    OpenSSL's place, wherever the interpreter lets it; else it is asked about what OpenSSL accepted.
    """

    context: ssl.SSLContext
    verdict: Verdict
    decides: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class TlsAttempt:
    """One TLS handshake, accepted or not.

    `at` is in seconds since the epoch; `chain` is DER, leaf first, empty if no certificate came;
    `reason` is empty or in OpenSSL's words; or in the broker's, where TLS was accepted and the
    login or the vHost was not (`in_amqp`).
    """

    at: float
    peer: str
    accepted: bool
    tls_version: str
    reason: str
    chain: tuple[bytes, ...]
    in_amqp: bool = False
