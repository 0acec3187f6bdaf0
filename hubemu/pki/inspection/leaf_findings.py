"""What is wrong with a client's certificate itself."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import datetime, timedelta

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePublicKey
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from hubemu.common_name import common_name_of
from hubemu.pki.inspection.finding import Case, FileFinding, extension
from hubemu.pki.issuing import is_host

__all__ = ["leaf_findings"]

_SOON = timedelta(days=30)
_ANOTHER = "ask for another certificate: a new request to its authority"
_SSL_SERV = "have one issued for both sides (SSL_SERV of IGC Santé)"


def leaf_findings(case: Case) -> Iterator[FileFinding]:
    """All of them, in their order (nothing without a leaf)."""
    if case.leaf is not None:
        for check in _CHECKS:
            yield from check(case, case.leaf)


def _dates(case: Case, leaf: x509.Certificate) -> Iterator[FileFinding]:
    for certificate in dict.fromkeys((leaf, *case.chain)):
        name = common_name_of(certificate.subject)
        starts, ends = certificate.not_valid_before_utc, certificate.not_valid_after_utc
        if case.now > ends:
            yield FileFinding("C3", f"the certificate of {name!r} ended on {_day(ends)}", _ANOTHER)
        elif case.now < starts:
            mend = "wait until then, or set the clock of the machine right"
            yield FileFinding(
                "C3", f"the certificate of {name!r} begins only on {_day(starts)}", mend
            )
    left = leaf.not_valid_after_utc - case.now
    if timedelta() <= left < _SOON:
        text = f"it ends in {left.days} days, on {_day(leaf.not_valid_after_utc)}"
        yield FileFinding("P15", text, "renew it now, and have its end watched")


def _day(instant: datetime) -> str:
    return instant.strftime("%Y-%m-%d %H:%M UTC")


def _purpose(case: Case, leaf: x509.Certificate) -> Iterator[FileFinding]:
    usage = extension(leaf, x509.ExtendedKeyUsage)
    if usage is None:
        return
    if ExtendedKeyUsageOID.CLIENT_AUTH not in usage.value:
        text = "its extended key usage lacks clientAuth: no server takes it from a client"
        yield FileFinding("C4", text, _SSL_SERV)
    if ExtendedKeyUsageOID.SERVER_AUTH not in usage.value:
        text = "its extended key usage lacks serverAuth: as a server's, every client refuses it"
        yield FileFinding("S8", text, f"none is needed for a client of the Hub; else {_SSL_SERV}")


def _issuer(case: Case, leaf: x509.Certificate) -> Iterator[FileFinding]:
    if leaf.issuer == leaf.subject:
        text = "it issued itself: no authority vouches for it"
        yield FileFinding("C5", text, _ANOTHER)


def _common_name(case: Case, leaf: x509.Certificate) -> Iterator[FileFinding]:
    names = [str(one.value) for one in leaf.subject.get_attributes_for_oid(NameOID.COMMON_NAME)]
    name = ",".join(names)
    if len(names) > 1:
        text = f"it has {len(names)} Common Names; RabbitMQ makes one user of them: {name!r}"
        yield FileFinding("C15", text, "ask for one with a single Common Name")
    if any(len(one) > 64 for one in names):
        text = "its Common Name is longer than 64 characters, which X.509 does not allow"
        yield FileFinding("C14", text, "ask for one with a shorter Common Name")
    if not case.clients and case.pki is not None:
        what = f"no client of this Hub has the Common Name {name!r}" if names else "no Common Name"
        mend = "tell the Hub's team of it before the change; here: `hubemu certs bind`"
        yield FileFinding("C7", f"{what}: the login is refused", mend)


def _names(case: Case, leaf: x509.Certificate) -> Iterator[FileFinding]:
    found = extension(leaf, x509.SubjectAlternativeName)
    hosts = found.value.get_values_for_type(x509.DNSName) if found is not None else []
    name = common_name_of(leaf.subject)
    if found is None:
        text = "it has no subject alternative name: as a server's, Go refuses it, and others will"
        yield FileFinding(
            "S7", text, "none is needed for a client of the Hub; ask for one next time"
        )
    elif is_host(name) and "." in name and not any(_covers(host, name) for host in hosts):
        text = f"its subject alternative names do not hold its Common Name {name!r}"
        yield FileFinding(
            "S6", text, "as a server's it is refused under that name: ask for another"
        )
    wild = [one for one in (name, *hosts) if one.startswith("*.")]
    if wild:
        text = f"a wildcard, {wild[0]!r}: RabbitMQ takes the Common Name literally as the user"
        yield FileFinding("C8", text, "have the Hub bind that very name; here: `hubemu certs bind`")


def _covers(host: str, name: str) -> bool:
    if host.startswith("*."):
        below = host[2:].lower()
        return name.lower() in (host.lower(), below) or name.partition(".")[2].lower() == below
    return host.lower() == name.lower()


def _strength(case: Case, leaf: x509.Certificate) -> Iterator[FileFinding]:
    for certificate in dict.fromkeys((leaf, *case.chain)):
        name = common_name_of(certificate.subject)
        digest = certificate.signature_hash_algorithm
        own_root = certificate.issuer == certificate.subject and certificate != leaf
        if digest is not None and digest.name in ("sha1", "md5") and not own_root:
            text = (
                f"the certificate of {name!r} is signed with {digest.name.upper()}: OpenSSL 3 and "
                "whatever is built on it (Python, Node, Ruby) refuse it or its use; RabbitMQ and "
                "Java do not"
            )
            yield FileFinding("S11", text, "ask for one signed with SHA-256")
        size = _weak(certificate)
        if size:
            text = (
                f"the key of {name!r} is too weak ({size}): OpenSSL 3 does not load it; RabbitMQ "
                "and Java take it"
            )
            yield FileFinding("S12", text, "make a new key, RSA 2048 or longer, and a new request")


def _weak(certificate: x509.Certificate) -> str:
    key = certificate.public_key()
    if isinstance(key, RSAPublicKey) and key.key_size < 2048:
        return f"RSA {key.key_size}"
    if isinstance(key, EllipticCurvePublicKey) and key.key_size < 224:
        return f"EC {key.key_size}"
    return ""


def _revoked(case: Case, leaf: x509.Certificate) -> Iterator[FileFinding]:
    if case.pki is None:
        return
    for name, authority in case.pki.authorities.items():
        for one in case.pki.additions.revocations(name):
            if one.serial == leaf.serial_number and authority.subject == leaf.issuer:
                text = f"it is on the revocation list of its authority since {_day(one.at)}"
                yield FileFinding("C12", text, _ANOTHER)


_CHECKS: tuple[Callable[[Case, x509.Certificate], Iterator[FileFinding]], ...] = (
    _dates,
    _revoked,
    _issuer,
    _purpose,
    _common_name,
    _names,
    _strength,
)
