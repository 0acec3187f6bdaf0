"""Makes keys and certificates: X.509 as the profiles say, and nothing about files."""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, RSAPublicKey
from cryptography.x509.oid import (
    AuthorityInformationAccessOID,
    ExtendedKeyUsageOID,
    NameOID,
)

from hubemu.errors import InputError
from hubemu.pki.definitions import Profile
from hubemu.pki.weak_signature import sign_with_sha1

__all__ = ["Authority", "Request", "certify", "general_names", "is_host", "subject"]

_KEY_USAGES = {
    "digitalSignature": "digital_signature",
    "keyEncipherment": "key_encipherment",
    "keyCertSign": "key_cert_sign",
    "cRLSign": "crl_sign",
}
_OTHER_USAGES = (
    "content_commitment",
    "data_encipherment",
    "key_agreement",
    "encipher_only",
    "decipher_only",
)
_EXTENDED_KEY_USAGES = {
    "serverAuth": ExtendedKeyUsageOID.SERVER_AUTH,
    "clientAuth": ExtendedKeyUsageOID.CLIENT_AUTH,
}
_HOST = re.compile(r"(?:\*\.)?[a-z0-9_-]{1,63}(?:\.[a-z0-9_-]{1,63})*", re.IGNORECASE)
_CLOCK_SKEW = timedelta(days=1)
"""How far the clocks of clients and containers may be behind that of the Hub."""


@dataclass(frozen=True, slots=True)
class Authority:
    """An authority that can issue.

    `crl` is the distribution point of what it issues, `ocsp` who answers about it; empty: nobody.
    """

    certificate: x509.Certificate
    key: RSAPrivateKey
    crl: str = ""
    ocsp: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """What a certificate is asked for.

    `path_length` is set for authorities only; `validity` (first and last instant) stands for that
    of the profile; `sha1` has it signed with SHA-1, as none should be any more.
    """

    subject: x509.Name
    key: RSAPrivateKey
    profile: Profile
    names: Sequence[x509.GeneralName] = ()
    path_length: int | None = None
    validity: tuple[datetime, datetime] | None = None
    sha1: bool = False


def subject(
    common_name: str, *, country: str = "FR", organization: str, units: Iterable[str] = ()
) -> x509.Name:
    """A distinguished name, from the country down to the Common Name.

    Raises:
        InputError: a part is empty or longer than X.509 allows (64 characters).
    """
    parts = [(NameOID.COUNTRY_NAME, country), (NameOID.ORGANIZATION_NAME, organization)]
    parts += [(NameOID.ORGANIZATIONAL_UNIT_NAME, unit) for unit in units]
    parts.append((NameOID.COMMON_NAME, common_name))
    try:
        return x509.Name(x509.NameAttribute(oid, value) for oid, value in parts)
    except ValueError as error:
        mend = "shorten it" if common_name else "name it"
        raise InputError(f"certificate name {common_name!r}", f"{error}: {mend}") from None


def is_host(name: str) -> bool:
    """Whether `name` is a DNS name, a wildcard included."""
    return len(name) <= 253 and _HOST.fullmatch(name) is not None


def general_names(names: Iterable[str]) -> tuple[x509.GeneralName, ...]:
    """Host names and IP addresses as subject alternative names, each once, in their order.

    Raises:
        InputError: one is neither.
    """
    return tuple(dict.fromkeys(_general_name(name) for name in names))


def _general_name(name: str) -> x509.GeneralName:
    try:
        return x509.IPAddress(ipaddress.ip_address(name))
    except ValueError:
        if not is_host(name):
            problem = "neither a host name nor an IP address (give it without port or scheme)"
            raise InputError(f"certificate name {name!r}", problem) from None
        return x509.DNSName(name)


def certify(
    request: Request, issuer: Authority | None, now: datetime, since: datetime | None = None
) -> x509.Certificate:
    """The certificate asked for, signed by `issuer`, or by its own key if that is `None`.

    It holds from `since`, which is `now` if not given, for as long from `now` as its profile says.
    """
    public_key = request.key.public_key()
    starts, ends = request.validity or _validity(request.profile, now, since or now)
    builder = (
        x509.CertificateBuilder()
        .subject_name(request.subject)
        .issuer_name(issuer.certificate.subject if issuer else request.subject)
        .public_key(public_key)
        .serial_number(x509.random_serial_number())
        .not_valid_before(starts)
        .not_valid_after(ends)
    )
    for extension, critical in _extensions(request, public_key):
        builder = builder.add_extension(extension, critical)
    if issuer:
        builder = builder.add_extension(_key_of(issuer.certificate), critical=False)
        for extension in _revocation(issuer):
            builder = builder.add_extension(extension, critical=False)
    key = issuer.key if issuer else request.key
    certificate = builder.sign(key, hashes.SHA256())
    return sign_with_sha1(certificate, key) if request.sha1 else certificate


def _validity(profile: Profile, now: datetime, since: datetime) -> tuple[datetime, datetime]:
    return since - _CLOCK_SKEW, now + timedelta(days=profile.days)


def _extensions(
    request: Request, public_key: RSAPublicKey
) -> Iterable[tuple[x509.ExtensionType, bool]]:
    """The extensions that do not depend on the issuer, each with whether it is critical."""
    is_authority = request.path_length is not None
    yield x509.BasicConstraints(ca=is_authority, path_length=request.path_length), True
    usages = dict.fromkeys((*_KEY_USAGES.values(), *_OTHER_USAGES), False)
    usages.update((_KEY_USAGES[name], True) for name in request.profile.key_usage)
    yield x509.KeyUsage(**usages), True
    if request.profile.extended_key_usage:
        oids = [_EXTENDED_KEY_USAGES[name] for name in request.profile.extended_key_usage]
        yield x509.ExtendedKeyUsage(oids), False
    if request.names:
        yield x509.SubjectAlternativeName(request.names), False
    yield x509.SubjectKeyIdentifier.from_public_key(public_key), False


def _key_of(issuer: x509.Certificate) -> x509.AuthorityKeyIdentifier:
    identifier = issuer.extensions.get_extension_for_class(x509.SubjectKeyIdentifier).value
    return x509.AuthorityKeyIdentifier.from_issuer_subject_key_identifier(identifier)


def _revocation(issuer: Authority) -> Iterable[x509.ExtensionType]:
    """Where to ask whether what an authority issued is revoked."""
    if issuer.crl:
        url = x509.UniformResourceIdentifier(issuer.crl)
        yield x509.CRLDistributionPoints([x509.DistributionPoint([url], None, None, None)])
    if issuer.ocsp:
        answers = x509.UniformResourceIdentifier(issuer.ocsp)
        yield x509.AuthorityInformationAccess(
            [x509.AccessDescription(AuthorityInformationAccessOID.OCSP, answers)]
        )
