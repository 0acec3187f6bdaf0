"""Both ends of TLS in memory, and certificates good and bad made with trustme."""

from __future__ import annotations

import ssl
from collections.abc import Callable, Sequence
from datetime import UTC, datetime

import trustme
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from hubemu.broker.tls import TlsGate, TlsPipe, TlsRefused
from hubemu.broker.tls_policy import TlsPolicy

VERSIONS = (ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3)


def server_context(authority: trustme.CA) -> ssl.SSLContext:
    """A server of `authority` that requires a client certificate of it."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.verify_mode = ssl.CERT_REQUIRED
    authority.configure_trust(context)
    authority.issue_cert("localhost", "127.0.0.1").configure_cert(context)
    return context


def client_context(
    authority: trustme.CA,
    identity: trustme.LeafCert | None,
    version: ssl.TLSVersion = ssl.TLSVersion.TLSv1_3,
) -> ssl.SSLContext:
    """A client that trusts `authority` and shows `identity`."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.minimum_version = context.maximum_version = version
    authority.configure_trust(context)
    if identity is not None:
        identity.configure_cert(context)
    return context


def client_certificate(
    authority: trustme.CA, name: str, *, expired: bool = False
) -> trustme.LeafCert:
    """A client certificate with this common name."""
    not_after = datetime(2020, 1, 1, tzinfo=UTC) if expired else None
    return authority.issue_cert(f"{name}@example.org", common_name=name, not_after=not_after)


def server_only_certificate(authority: trustme.CA, name: str) -> trustme.LeafCert:
    """A certificate that may be used by servers only."""
    key = serialization.load_pem_private_key(authority.private_key_pem.bytes(), None)
    assert isinstance(key, ec.EllipticCurvePrivateKey)
    issuer = x509.load_pem_x509_certificate(authority.cert_pem.bytes())
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    certificate = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer.subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(datetime(2000, 1, 1, tzinfo=UTC))
        .not_valid_after(datetime(3000, 1, 1, tzinfo=UTC))
        .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), critical=True)
        .sign(key, hashes.SHA256())
    )
    return trustme.LeafCert(
        authority.private_key_pem.bytes(),
        certificate.public_bytes(serialization.Encoding.PEM),
        [],
    )


def accept_all(_chain: Sequence[bytes]) -> None:
    """A verdict without objections."""


class MemoryPair:
    """A `TlsPipe` and a client that talk to each other in memory."""

    def __init__(
        self,
        policy: TlsPolicy,
        client: ssl.SSLContext,
        session: ssl.SSLSession | None = None,
        gate: TlsGate | None = None,
    ) -> None:
        self.pipe: TlsPipe = (gate or TlsGate(policy)).pipe()
        self.to_client, self.to_server = ssl.MemoryBIO(), ssl.MemoryBIO()
        self.client = client.wrap_bio(
            self.to_client, self.to_server, server_hostname="localhost", session=session
        )
        self.refusal = ""
        """why the server refused"""
        self.seen = ""
        """what the client saw of a refusal, in OpenSSL's words"""

    def shake_hands(self) -> MemoryPair:
        """Exchange flights until both are done, or one refuses; then let the client read."""
        for _ in range(4):
            self.step()
        if self.refusal and not self.seen:
            self._client_step(lambda: self.client.read(1))
        return self

    def step(self) -> None:
        """One flight of each side."""
        self._client_step(self.client.do_handshake)
        if not self.pipe.established and not self.refusal:
            self._server_step()

    def _client_step(self, step: Callable[[], object]) -> None:
        try:
            step()
        except ssl.SSLWantReadError:
            pass
        except ssl.SSLError as error:
            self.seen = self.seen or (error.reason or "")

    def _server_step(self) -> None:
        try:
            self.pipe.shake_hands(self.to_server.read())
        except TlsRefused as refused:
            self.refusal = str(refused)
        self.to_client.write(self.pipe.outgoing())
