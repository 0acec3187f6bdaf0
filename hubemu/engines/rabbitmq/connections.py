"""RabbitMQ's rows of connections as the control API shows them."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

__all__ = ["connection_json"]


def connection_json(row: Mapping[str, Any], users: Mapping[str, str]) -> dict[str, Any]:
    """One open connection; RabbitMQ tells less of its certificate than the embedded broker."""
    user = row.get("user")
    name = str(row.get("name"))
    told = row.get("client_properties")
    product: Mapping[str, Any] = told if isinstance(told, dict) else {}
    return {
        "id": name,
        "client": users.get(str(user)),
        "user": user,
        "vhost": row.get("vhost"),
        "peer": name.partition(" -> ")[0],
        "tlsVersion": _tls_version(row.get("ssl_protocol")),
        "certificate": _certificate(row),
        "connectedAt": _instant(row.get("connected_at")),
        "channels": row.get("channels", 0),
        "product": product.get("product"),
        "productVersion": product.get("version"),
    }


def _certificate(row: Mapping[str, Any]) -> dict[str, Any] | None:
    subject = row.get("peer_cert_subject")
    if not subject:
        return None
    not_before, _, not_after = str(row.get("peer_cert_validity", "")).partition(" - ")
    return {
        "subject": subject,
        "commonName": row.get("user"),
        "issuer": row.get("peer_cert_issuer"),
        "serial": None,
        "notBefore": not_before or None,
        "notAfter": not_after or None,
        "sha256": None,
        "chainLength": None,
    }


def _tls_version(protocol: object) -> str | None:
    """`tlsv1.3` as OpenSSL writes it."""
    return str(protocol).replace("tlsv", "TLSv") if protocol else None


def _instant(milliseconds: object) -> str | None:
    if not isinstance(milliseconds, int):
        return None
    return datetime.fromtimestamp(milliseconds / 1000, UTC).isoformat(timespec="milliseconds")
