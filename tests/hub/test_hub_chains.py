"""Both engines give each chain the verdict that is pinned for it, and the same alert."""

from __future__ import annotations

import socket
import ssl
from pathlib import Path

import pytest

from hubemu.pki.paths import PathFaultKind
from hubemu.pki.stores import pem
from tests.support.chain_making import HOST, Case
from tests.support.chains import CASES
from tests.support.live import PATIENCE, LiveHub

SHOWN = {
    40: "SSLV3_ALERT_HANDSHAKE_FAILURE",
    42: "SSLV3_ALERT_BAD_CERTIFICATE",
    43: "SSLV3_ALERT_UNSUPPORTED_CERTIFICATE",
    45: "SSLV3_ALERT_CERTIFICATE_EXPIRED",
    48: "TLSV1_ALERT_UNKNOWN_CA",
    80: "TLSV1_ALERT_INTERNAL_ERROR",
}
"""OpenSSL's words for an alert, by its number."""
OF_RABBITMQ_4 = {
    "leaf and a stranger, all trusted": "TLSV1_ALERT_UNKNOWN_CA",
    "intermediate without constraints and usage": "SSLV3_ALERT_HANDSHAKE_FAILURE",
    "intermediate for servers": "SSLV3_ALERT_UNSUPPORTED_CERTIFICATE",
    "for servers": "SSLV3_ALERT_UNSUPPORTED_CERTIFICATE",
    "for anything": "SSLV3_ALERT_UNSUPPORTED_CERTIFICATE",
    "leaf that may encipher only": "SSLV3_ALERT_UNSUPPORTED_CERTIFICATE",
    "critical policies": "in",
    "policy constraints above": "SSLV3_ALERT_HANDSHAKE_FAILURE",
    "critical policy constraints above": "SSLV3_ALERT_HANDSHAKE_FAILURE",
    "any policy inhibited": "in",
}
"""What becomes of a chain on RabbitMQ 4.0 (OTP 27) where it is not what 3.10 (OTP 25) says."""


@pytest.fixture(scope="module")
def trusting(the_hub: LiveHub) -> LiveHub:
    """A Hub that trusts whatever any case trusts, and knows the leaves' name."""
    trusted = dict.fromkeys(one.certificate for case in CASES.values() for one in case.trusted)
    the_hub.http("POST", "/api/v1/certs/trust", {"file": pem(list(trusted)).decode()})
    bound = {"commonName": HOST, "clients": ["fr.health.samuA"]}
    the_hub.http("POST", "/api/v1/certs/bind", bound)
    return the_hub


@pytest.mark.parametrize("case", CASES.values(), ids=CASES.keys())
def test_a_chain_meets_the_same_verdict(trusting: LiveHub, tmp_path: Path, case: Case) -> None:
    expected = "in" if case.fault is None else SHOWN[PathFaultKind(case.fault).alert]
    if trusting.version >= 4:
        expected = OF_RABBITMQ_4.get(case.name, expected)
    version = ssl.TLSVersion.TLSv1_3 if case.tls13 else ssl.TLSVersion.TLSv1_2
    assert outcome(trusting.port, client(tmp_path, case, version)) == expected


@pytest.mark.parametrize(
    "case", [case for case in CASES.values() if case.fault is None], ids=lambda case: case.name
)
def test_what_is_let_in_is_let_in_by_tls_1_3_too(
    trusting: LiveHub, tmp_path: Path, case: Case
) -> None:
    expected = OF_RABBITMQ_4.get(case.name, "in") if trusting.version >= 4 else "in"
    context = client(tmp_path, case, ssl.TLSVersion.TLSv1_3)
    assert outcome(trusting.port, context) == expected


def client(folder: Path, case: Case, version: ssl.TLSVersion) -> ssl.SSLContext:
    """A client that sends exactly the chain of a case."""
    (folder / "x.crt").write_bytes(pem(case.chain))
    (folder / "x.key").write_bytes(case.sent[0].key_pem)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    # With no authority of its own it cannot add one that it was not told to send.
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    context.set_ciphers("DEFAULT:@SECLEVEL=0")
    context.minimum_version = context.maximum_version = version
    context.load_cert_chain(folder / "x.crt", folder / "x.key")
    return context


def outcome(port: int, context: ssl.SSLContext) -> str:
    """`in` once the broker speaks AMQP, or the alert that came."""
    with socket.create_connection(("127.0.0.1", port), timeout=PATIENCE) as plain:
        try:
            with context.wrap_socket(plain, server_hostname="localhost") as tls:
                tls.sendall(b"AMQP\0\0\x09\x01")
                return "in" if tls.recv(1) == b"\x01" else "closed"
        except ssl.SSLError as error:
            return str(error.reason)
