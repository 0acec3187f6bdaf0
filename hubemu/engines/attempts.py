"""Connections and TLS attempts as the control API shows them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any

from hubemu.broker.server import ConnectionInfo, TlsAttempt
from hubemu.pki import certificate_facts

__all__ = ["attempt_json", "certificate_json", "connection_json"]


def attempt_json(attempt: TlsAttempt, reason: str, users: Mapping[str, str]) -> dict[str, Any]:
    """One TLS attempt; `reason` says in words why it was refused, `users` maps CN to client id."""
    certificate = certificate_json(attempt.chain)
    return {
        "at": _instant(attempt.at),
        "peer": attempt.peer,
        "accepted": attempt.accepted,
        "tlsVersion": attempt.tls_version or None,
        "client": users.get(certificate["commonName"]) if certificate else None,
        "reason": reason or None,
        "openssl": attempt.reason or None,
        "certificate": certificate,
    }


def connection_json(connection: ConnectionInfo, users: Mapping[str, str]) -> dict[str, Any]:
    """One open AMQP connection."""
    return {
        "id": connection.id,
        "client": users.get(connection.user),
        "user": connection.user,
        "vhost": connection.vhost,
        "peer": connection.peer,
        "tlsVersion": connection.tls_version or None,
        "certificate": certificate_json(connection.chain),
        "connectedAt": _instant(connection.connected_at),
        "channels": connection.channels,
        "product": _text(connection.client_properties, "product"),
        "productVersion": _text(connection.client_properties, "version"),
    }


def certificate_json(chain: Sequence[bytes]) -> Mapping[str, Any] | None:
    """The leaf of a DER chain; `None` when no certificate came, its parts null if unreadable.

    It is the same for equal ones: not to be changed.
    """
    return _leaf_json(chain[0], len(chain)) if chain else None


@lru_cache(maxsize=1_000)
def _leaf_json(leaf: bytes, chain_length: int) -> Mapping[str, Any]:
    try:
        facts = certificate_facts(leaf)
    except ValueError:
        names = ("subject", "commonName", "issuer", "serial", "notBefore", "notAfter", "sha256")
        return dict.fromkeys(names) | {"chainLength": chain_length}
    return {
        "subject": facts.subject,
        "commonName": facts.common_name,
        "issuer": facts.issuer,
        "serial": str(facts.serial),
        "notBefore": facts.not_before.isoformat(),
        "notAfter": facts.not_after.isoformat(),
        "sha256": facts.sha256,
        "chainLength": chain_length,
    }


def _instant(seconds: float) -> str:
    return datetime.fromtimestamp(seconds, UTC).isoformat(timespec="milliseconds")


def _text(properties: Mapping[str, Any], name: str) -> str | None:
    value = properties.get(name)
    return None if value is None else str(value)
