"""What is wrong with a path whoever is trusted, and where verifiers differ about it."""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Sequence

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric.ed448 import Ed448PublicKey
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from hubemu.common_name import common_name_of
from hubemu.pki.chains import issued_by
from hubemu.pki.fault_words import FAULTS
from hubemu.pki.inspection.finding import Case, FileFinding, extension, is_authority
from hubemu.pki.paths import PathFaultKind, own_fault

__all__ = ["path_findings"]

_TOLD_ELSEWHERE = (PathFaultKind.DATES, PathFaultKind.CRITICAL, PathFaultKind.REVOKED)
_ANOTHER = "ask its authority for another one"


def path_findings(case: Case, leaf: x509.Certificate) -> Iterator[FileFinding]:
    """All of them, in their order."""
    path = _path(case, leaf)
    found = own_fault(path, case.now)
    if found is not None and found.fault not in _TOLD_ELSEWHERE:
        whose = found.certificate or leaf
        if not (found.fault is PathFaultKind.PURPOSE and whose == leaf):
            problem, mend = FAULTS[found.fault]
            yield FileFinding("C18", problem.format(name=common_name_of(whose.subject)), mend)
    yield from _let_in_by_rabbitmq_alone(leaf, path)
    yield from _new_keys(path)


def _path(case: Case, leaf: x509.Certificate) -> Sequence[x509.Certificate]:
    """A leaf below its authorities, those of the file and of the home, without the root."""
    known = (*case.material.certificates, *case.authorities)
    path = [leaf]
    while above := next((one for one in known if issued_by(path[0], one)), None):
        if above in path or above.issuer == above.subject:
            break
        path.insert(0, above)
    return path


def _let_in_by_rabbitmq_alone(
    leaf: x509.Certificate, path: Sequence[x509.Certificate]
) -> Iterator[FileFinding]:
    """What OpenSSL and those built on it refuse, and the Hub's broker does not."""
    usage = extension(leaf, x509.KeyUsage)
    if usage is not None and not usage.value.digital_signature:
        text = (
            "its key usage lacks digitalSignature: RabbitMQ lets it in, OpenSSL and others refuse "
            "it from a client"
        )
        yield FileFinding("C19", text, _ANOTHER)
    for issuer, certificate in itertools.pairwise(path):
        name = common_name_of(issuer.subject)
        if not is_authority(issuer) and extension(issuer, x509.KeyUsage) is None:
            text = (
                f"{name!r} does not say that it is an authority: RabbitMQ lets in what it issued, "
                "OpenSSL and others do not"
            )
            yield FileFinding("C19", text, "have the authority issued with basic constraints")
        if _names_another(certificate, issuer):
            text = (
                f"its authority key identifier is not that of {name!r}, which issued it: RabbitMQ "
                "lets it in, OpenSSL and others find no issuer"
            )
            yield FileFinding("C19", text, _ANOTHER)


def _names_another(certificate: x509.Certificate, issuer: x509.Certificate) -> bool:
    identifier = extension(certificate, x509.AuthorityKeyIdentifier)
    if identifier is None:
        return False
    serial = identifier.value.authority_cert_serial_number
    own = extension(issuer, x509.SubjectKeyIdentifier)
    named = identifier.value.key_identifier
    other_key = own is not None and named is not None and named != own.value.digest
    return other_key or (serial is not None and serial != issuer.serial_number)


def _new_keys(path: Sequence[x509.Certificate]) -> Iterator[FileFinding]:
    for certificate in path:
        if isinstance(certificate.public_key(), Ed25519PublicKey | Ed448PublicKey):
            name = common_name_of(certificate.subject)
            text = f"the key of {name!r} is of EdDSA: RabbitMQ takes it in TLS 1.3 only"
            yield FileFinding("C20", text, "use TLS 1.3, or a key of RSA or on a curve of NIST")
