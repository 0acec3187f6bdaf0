"""Connections and TLS attempts as the control API shows them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
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


def certificate_json(chain: Sequence[bytes]) -> dict[str, Any] | None:
    """The leaf of a DER chain; `None` when no certificate came, its parts null if unreadable."""
    if not chain:
        return None
    try:
        facts = certificate_facts(chain[0])
    except ValueError:
        names = ("subject", "commonName", "issuer", "serial", "notBefore", "notAfter", "sha256")
        return dict.fromkeys(names) | {"chainLength": len(chain)}
    return {
        "subject": facts.subject,
        "commonName": facts.common_name,
        "issuer": facts.issuer,
        "serial": str(facts.serial),
        "notBefore": facts.not_before.isoformat(),
        "notAfter": facts.not_after.isoformat(),
        "sha256": facts.sha256,
        "chainLength": len(chain),
    }


def _instant(seconds: float) -> str:
    return datetime.fromtimestamp(seconds, UTC).isoformat(timespec="milliseconds")


def _text(properties: Mapping[str, Any], name: str) -> str | None:
    value = properties.get(name)
    return None if value is None else str(value)
