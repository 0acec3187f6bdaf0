"""What an authority of a home says of the certificates it revoked: its list (CRL, RFC 5280) and its
answers (OCSP, RFC 6960)."""

from __future__ import annotations

from datetime import datetime, timedelta

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509 import ocsp

from hubemu.errors import InputError
from hubemu.pki.certificates import Pki
from hubemu.pki.chains import issued_by
from hubemu.suggestions import did_you_mean

__all__ = ["authority_of", "ocsp_answer", "require_authority", "revocation_list"]

_SKEW = timedelta(minutes=5)
_LIFE = timedelta(days=7)
_STALE = timedelta(days=1)
"""How long ago a stale answer should have been renewed."""


def require_authority(pki: Pki, name: str) -> str:
    """See that an authority of that name has a list.

    Raises:
        InputError: none has.
    """
    if name not in pki.authorities:
        known = list(pki.authorities)
        hint = did_you_mean(name, known)
        problem = f"no authority is called {name!r}; {hint}use one of {', '.join(known)}"
        raise InputError("--authority", problem)
    return name


def authority_of(pki: Pki, certificate: x509.Certificate, source: object) -> str:
    """The name of the home's authority that issued a certificate, whose list it goes on.

    Raises:
        InputError: none did.
    """
    for name, authority in (*pki.authorities.items(), *pki.earlier.items()):
        if issued_by(certificate, authority):
            return name
    issuer = certificate.issuer.rfc4514_string()
    problem = f"issued by {issuer}, which is no authority of this home: ask that one to revoke it"
    raise InputError(source, problem)


def revocation_list(
    pki: Pki,
    name: str,
    now: datetime,
    *,
    stale: bool = False,
    until: datetime | None = None,
) -> bytes:
    """The list of an authority in DER, as of `now`; a stale one ended yesterday.

    `until` is when it is to be renewed, if not in a week.

    Raises:
        InputError: its key, or an entry, is damaged.
    """
    authority = pki.authority_named(name)
    starts, ends = _validity(now, stale=stale)
    builder = (
        x509.CertificateRevocationListBuilder()
        .issuer_name(authority.certificate.subject)
        .last_update(starts)
        .next_update(until or ends)
        .add_extension(x509.CRLNumber(int(now.timestamp())), critical=False)
        .add_extension(
            x509.AuthorityKeyIdentifier.from_issuer_public_key(authority.key.public_key()),
            critical=False,
        )
    )
    for one in pki.additions.revocations(name):
        entry = x509.RevokedCertificateBuilder().serial_number(one.serial).revocation_date(one.at)
        builder = builder.add_revoked_certificate(entry.build())
    return builder.sign(authority.key, hashes.SHA256()).public_bytes(Encoding.DER)


def ocsp_answer(
    pki: Pki, name: str, request: bytes, now: datetime, *, stale: bool = False
) -> bytes:
    """What the responder of an authority answers to a request, both in DER.

    Raises:
        InputError: the authority's key, or an entry of its list, is damaged.
    """
    try:
        asked = ocsp.load_der_ocsp_request(request)
        serial, digest = asked.serial_number, asked.hash_algorithm
    except (ValueError, NotImplementedError):
        return _failure(ocsp.OCSPResponseStatus.MALFORMED_REQUEST)
    authority = pki.authority_named(name)
    if asked.issuer_name_hash != _hashed(authority.certificate.subject.public_bytes(), digest):
        return _failure(ocsp.OCSPResponseStatus.UNAUTHORIZED)
    since = {one.serial: one.at for one in pki.additions.revocations(name)}.get(serial)
    starts, ends = _validity(now, stale=stale)
    builder = (
        ocsp.OCSPResponseBuilder()
        .add_response_by_hash(
            issuer_name_hash=asked.issuer_name_hash,
            issuer_key_hash=asked.issuer_key_hash,
            serial_number=serial,
            algorithm=digest,
            cert_status=ocsp.OCSPCertStatus.GOOD if since is None else ocsp.OCSPCertStatus.REVOKED,
            this_update=starts,
            next_update=ends,
            revocation_time=since,
            revocation_reason=None,
        )
        .responder_id(ocsp.OCSPResponderEncoding.HASH, authority.certificate)
    )
    for extension in asked.extensions:
        if isinstance(extension.value, x509.OCSPNonce):
            builder = builder.add_extension(extension.value, critical=False)
    return builder.sign(authority.key, hashes.SHA256()).public_bytes(Encoding.DER)


def _validity(now: datetime, *, stale: bool) -> tuple[datetime, datetime]:
    starts = now - _SKEW
    return (starts - _LIFE - _STALE, now - _STALE) if stale else (starts, now + _LIFE)


def _hashed(data: bytes, algorithm: hashes.HashAlgorithm) -> bytes:
    digest = hashes.Hash(algorithm)
    digest.update(data)
    return digest.finalize()


def _failure(status: ocsp.OCSPResponseStatus) -> bytes:
    return ocsp.OCSPResponseBuilder.build_unsuccessful(status).public_bytes(Encoding.DER)
