"""Certificates with one thing different in each, and the chains they make."""

from __future__ import annotations

import ipaddress
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import cache
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, padding, rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID, ObjectIdentifier

from hubemu.pki.weak_signature import sign_with_sha1

__all__ = [
    "CLIENT",
    "HOST",
    "SERVER",
    "UNKNOWN",
    "Case",
    "Certificate",
    "Make",
    "arranged",
    "authority",
    "below",
    "constrained",
    "deep",
    "host",
    "issuer_by_serial",
    "leaf",
    "made",
    "network",
    "plainly",
    "root",
    "rsa_key",
    "subject",
    "usual",
    "weak_key",
]

HOST = "chains.test.vendor.example"
NOW = datetime.now(UTC).replace(microsecond=0)
CLIENT, SERVER = ExtendedKeyUsageOID.CLIENT_AUTH, ExtendedKeyUsageOID.SERVER_AUTH
UNKNOWN = x509.UnrecognizedExtension(ObjectIdentifier("1.3.6.1.4.1.99999.7"), b"\x05\x00")


@dataclass(frozen=True)
class Certificate:
    """A certificate and its key."""

    certificate: x509.Certificate
    key: Any

    @property
    def key_pem(self) -> bytes:
        """The key as PKCS#8."""
        return bytes(self.key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))


@dataclass(frozen=True)
class Case:
    """What is trusted and sent (leaf first); `fault` is RabbitMQ's, `None` if it lets it in.

    `tls13` says that RabbitMQ takes such a key in TLS 1.3 only.
    """

    name: str
    trusted: Sequence[Certificate]
    sent: Sequence[Certificate]
    fault: str | None = None
    tls13: bool = False

    @property
    def chain(self) -> tuple[x509.Certificate, ...]:
        """What is sent."""
        return tuple(one.certificate for one in self.sent)


@dataclass
class Make:
    """How a certificate differs from a good one; extensions that are `None` are left out."""

    name: str
    days: tuple[int, int] = (-10, 500)
    ca: bool = False
    constraints: bool = True
    path_length: int | None = None
    usage: Sequence[str] | None = ("digital_signature", "key_encipherment")
    purposes: Sequence[ObjectIdentifier] | None = (SERVER, CLIENT)
    purposes_critical: bool = False
    names: Sequence[x509.GeneralName] = (x509.DNSName(HOST),)
    authority_key: bool = True
    extra: Sequence[tuple[x509.ExtensionType, bool]] = ()
    sha1: bool = False
    pss: bool = False
    subject: x509.Name | None = None
    issuer_name: x509.Name | None = None
    key: Any = field(default_factory=lambda: ec.generate_private_key(ec.SECP256R1()))


def subject(name: str) -> x509.Name:
    """A name in this suite."""
    return x509.Name(
        [
            x509.NameAttribute(NameOID.ORGANIZATION_NAME, "chains"),
            x509.NameAttribute(NameOID.COMMON_NAME, name),
        ]
    )


def made(make: Make, issuer: Certificate | None) -> Certificate:
    """The certificate."""
    own = make.subject or subject(make.name)
    starts, ends = make.days
    builder = (
        x509.CertificateBuilder()
        .subject_name(own)
        .issuer_name(make.issuer_name or (issuer.certificate.subject if issuer else own))
        .public_key(make.key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(NOW + timedelta(days=starts))
        .not_valid_after(NOW + timedelta(days=ends))
    )
    for extension, critical in _extensions(make, issuer):
        builder = builder.add_extension(extension, critical)
    key = issuer.key if issuer else make.key
    how = {"rsa_padding": padding.PSS(padding.MGF1(hashes.SHA256()), 32)} if make.pss else {}
    digest = None if isinstance(key, ed25519.Ed25519PrivateKey) else hashes.SHA256()
    certificate = builder.sign(key, digest, **how)  # type: ignore[arg-type]  # by name
    return Certificate(sign_with_sha1(certificate, key) if make.sha1 else certificate, make.key)


def _extensions(make: Make, issuer: Certificate | None) -> list[tuple[x509.ExtensionType, bool]]:
    found: list[tuple[x509.ExtensionType, bool]] = []
    if make.constraints:
        found.append((x509.BasicConstraints(make.ca, make.path_length), True))
    if make.usage is not None:
        every = (
            "digital_signature content_commitment key_encipherment data_encipherment "
            "key_agreement key_cert_sign crl_sign encipher_only decipher_only"
        )
        usages = {one: one in make.usage for one in every.split()}
        found.append((x509.KeyUsage(**usages), True))
    if make.purposes is not None:
        found.append((x509.ExtendedKeyUsage(make.purposes), make.purposes_critical))
    if make.names:
        found.append((x509.SubjectAlternativeName(make.names), False))
    if issuer is not None and make.authority_key:
        identifier = x509.AuthorityKeyIdentifier.from_issuer_public_key(issuer.key.public_key())
        found.append((identifier, False))
    return [*found, *make.extra]


def root(name: str, **more: Any) -> Certificate:
    """A root."""
    return made(Make(name, **authority(more)), None)


def below(issuer: Certificate, name: str, **more: Any) -> Certificate:
    """An intermediate."""
    return made(Make(name, **authority(more)), issuer)


def leaf(issuer: Certificate, **more: Any) -> Certificate:
    """A client's certificate: its name is bound to a client."""
    return made(Make(HOST, **more), issuer)


def authority(more: dict[str, Any]) -> dict[str, Any]:
    """What makes a certificate an authority's, but for what is given."""
    good = {"ca": True, "usage": ("key_cert_sign", "crl_sign"), "purposes": None, "names": ()}
    return good | more


@cache
def weak_key() -> rsa.RSAPrivateKey:
    """RSA 1024."""
    return rsa.generate_private_key(65537, 1024)


@cache
def rsa_key() -> rsa.RSAPrivateKey:
    """RSA 2048."""
    return rsa.generate_private_key(65537, 2048)


def usual(name: str, **more: Any) -> tuple[Certificate, Certificate, Certificate]:
    """Root, intermediate and leaf; `more` is of the leaf, but `middle_...` of the intermediate."""
    middle = {
        key.removeprefix("middle_"): v for key, v in more.items() if key.startswith("middle_")
    }
    own = {key: v for key, v in more.items() if not key.startswith("middle_")}
    top = root(f"{name} root")
    mid = below(top, f"{name} middle", **middle)
    return top, mid, leaf(mid, **own)


def plainly(name: str, fault: str | None, **more: Any) -> Case:
    """The usual chain with something different in it, sent in order."""
    top, mid, end = usual(name, **more)
    return Case(name, [top], [end, mid], fault)


def arranged(
    name: str,
    fault: str | None,
    pick: Callable[[Certificate, Certificate, Certificate], tuple[Sequence[Any], Sequence[Any]]],
) -> Case:
    """The usual certificates, trusted and sent otherwise."""
    trusted, sent = pick(*usual(name))
    return Case(name, trusted, sent, fault)


def deep(name: str, fault: str | None, number: int, **lengths: int) -> Case:
    """A chain with so many intermediates, the path lengths given by their place from the root."""
    at = top = root(f"{name} root", path_length=lengths.get("root"))
    chain = []
    for place in range(number):
        at = below(at, f"{name} {place}", path_length=lengths.get(f"at{place}"))
        chain.append(at)
    return Case(name, [top], [leaf(at), *reversed(chain)], fault)


def constrained(
    name: str,
    fault: str | None,
    names: Sequence[x509.GeneralName] = (x509.DNSName(HOST),),
    **subtrees: Sequence[x509.GeneralName],
) -> Case:
    """An intermediate with name constraints."""
    trees = {f"{kind}_subtrees": list(some) for kind, some in subtrees.items()}
    limits = x509.NameConstraints(trees.get("permitted_subtrees"), trees.get("excluded_subtrees"))
    return plainly(name, fault, names=names, middle_extra=[(limits, True)])


def issuer_by_serial(name: str, fault: str | None, *, right: bool) -> Case:
    """A leaf whose authority key identifier names its issuer by name and serial number."""
    top = root(f"{name} root")
    mid = below(top, f"{name} middle")
    serial = mid.certificate.serial_number if right else 12345
    named = x509.AuthorityKeyIdentifier(None, [x509.DirectoryName(mid.certificate.issuer)], serial)
    end = leaf(mid, authority_key=False, extra=[(named, False)])
    return Case(name, [top], [end, mid], fault)


def network(text: str) -> x509.IPAddress:
    """A network as a constraint."""
    return x509.IPAddress(ipaddress.ip_network(text))


def host(text: str) -> x509.DNSName:
    """A host as a name or constraint."""
    return x509.DNSName(text)
