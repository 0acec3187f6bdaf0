"""What is wrong with a chain, and with the authorities in a file."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from cryptography import x509
from cryptography.x509.oid import ExtensionOID

from hubemu.common_name import common_name_of
from hubemu.pki.chains import issued_by
from hubemu.pki.inspection.finding import Case, FileFinding, extension, is_authority
from hubemu.pki.inspection.path_findings import path_findings

__all__ = ["chain_findings", "missing_intermediate"]

_REORDER = "write the leaf first, then each one's issuer"


def chain_findings(case: Case) -> Iterator[FileFinding]:
    """All of them, in their order."""
    certificates = case.material.certificates
    if case.leaf is not None:
        yield from _completeness(case, case.leaf)
        yield from _order(case, case.leaf)
        yield from path_findings(case, case.leaf)
    yield from _doubled(certificates)
    for certificate in dict.fromkeys(certificates):
        yield from _extensions(certificate, own=certificate == case.leaf)


def missing_intermediate(case: Case, leaf: x509.Certificate) -> bool:
    """Whether the file lacks an authority between its leaf and a root.

    Of an authority that is nowhere known here nobody can tell whether it is a root.
    """
    at, seen = leaf, {leaf}
    while at.issuer != at.subject:
        above = next((one for one in case.material.certificates if issued_by(at, one)), None)
        if above is None:
            known = next((one for one in case.authorities if issued_by(at, one)), None)
            return known is not None and known.issuer != known.subject
        if above in seen:
            return False
        seen.add(above)
        at = above
    return False


def _completeness(case: Case, leaf: x509.Certificate) -> Iterator[FileFinding]:
    others = [one for one in case.material.certificates if one != leaf]
    roots = [one for one in others if one.issuer == one.subject]
    issuer = common_name_of(leaf.issuer)
    stranger = next(iter(roots), None)
    linked = any(issued_by(leaf, one) for one in (leaf, *others))
    if stranger is not None and len(others) == len(roots) and not linked:
        text = (
            f"the leaf and the root {common_name_of(stranger.subject)!r}, and nothing that links "
            "them: OTP 29 refuses such a chain even where the rest is known"
        )
        yield FileFinding(
            "F11", text, f"put the certificate of {issuer!r} between, or leave the root"
        )
    if not missing_intermediate(case, leaf):
        return
    text = (
        f"the intermediate certificate is missing: {issuer!r} issued it, and that is not in the "
        "file. Java and Go then send no certificate at all, others one that is refused"
    )
    yield FileFinding("C2", text, f"append the certificate of {issuer!r} behind the leaf")


def _order(case: Case, leaf: x509.Certificate) -> Iterator[FileFinding]:
    certificates = case.material.certificates
    if case.material.form == "pem" and certificates[0] != leaf:
        text = "the leaf is not the first certificate: most libraries take the first for it"
        yield FileFinding("F10", text, _REORDER)
    path, rest = [leaf], [one for one in dict.fromkeys(certificates) if one != leaf]
    while above := next((one for one in rest if issued_by(path[-1], one)), None):
        path.append(above)
        rest.remove(above)
    if rest:
        names = ", ".join(repr(common_name_of(one.subject)) for one in rest)
        text = f"not of the chain of {case.name!r}: {names}"
        yield FileFinding("F10", text, "leave it out, unless another certificate here needs it")
    behind = [one for one in dict.fromkeys(certificates) if one in path[1:]]
    if behind != path[1:] and case.material.form in ("pem", "jks"):
        yield FileFinding("F10", "the authorities are not in the order of the chain", _REORDER)
    if len(path) > 1 and path[-1].issuer == path[-1].subject and is_authority(path[-1]):
        text = f"the root {common_name_of(path[-1].subject)!r} is sent along: harmless, not needed"
        yield FileFinding("F10", text, "leave it out")


def _doubled(certificates: list[x509.Certificate]) -> Iterator[FileFinding]:
    for certificate, number in Counter(certificates).items():
        if number > 1:
            name = common_name_of(certificate.subject)
            yield FileFinding("F10", f"{name!r} is in it {number} times", "leave it in once")


def _extensions(certificate: x509.Certificate, *, own: bool) -> Iterator[FileFinding]:
    name = common_name_of(certificate.subject)
    constraints = extension(certificate, x509.BasicConstraints)
    if constraints is not None and constraints.value.ca and not constraints.critical:
        text = f"the basic constraints of {name!r} are not critical: Python 3.13 refuses it"
        yield FileFinding("S17", text, "the authority must be issued anew (RFC 5280, 4.2.1.9)")
    issued_itself = certificate.issuer == certificate.subject
    if not issued_itself and extension(certificate, x509.AuthorityKeyIdentifier) is None:
        text = f"{name!r} has no authority key identifier: Python 3.13 refuses it"
        yield FileFinding("S17", text, "have one issued that has it (RFC 5280, 4.2.1.1)")
    usage = extension(certificate, x509.ExtendedKeyUsage)
    if usage is not None and usage.critical and not own and is_authority(certificate):
        text = f"the extended key usage of the authority {name!r} is critical: newer OTP refuses it"
        yield FileFinding(
            "C16", text, "have the authority issued with it not critical, or without it"
        )
    for unknown in certificate.extensions:
        if unknown.critical and unknown.oid not in _KNOWN:
            text = (
                f"{name!r} has a critical extension that RabbitMQ does not know "
                f"({unknown.oid.dotted_string}): unsupported certificate"
            )
            yield FileFinding("C17", text, "have one issued with that extension not critical")


_KNOWN = {
    ExtensionOID.BASIC_CONSTRAINTS,
    ExtensionOID.KEY_USAGE,
    ExtensionOID.EXTENDED_KEY_USAGE,
    ExtensionOID.SUBJECT_ALTERNATIVE_NAME,
    ExtensionOID.NAME_CONSTRAINTS,
}
