"""One path, certificate by certificate from its anchor down (`public_key:pkix_path_validation`).

Of the anchor only name, key and dates count. Of every certificate below it, in this order:
extensions, dates, issuer, names, signature, revocation. As in OTP 25, an extended key usage binds
intermediates too, and any critical extension that is not known is refused.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import TypeAlias

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric.padding import PSS
from cryptography.x509.oid import ExtendedKeyUsageOID

from hubemu.pki.paths.faults import PathFaultKind, PathRefused
from hubemu.pki.paths.name_constraints import NameConstraints, named
from hubemu.pki.paths.names import is_self_issued, same
from hubemu.pki.paths.trusted import signed_by

__all__ = ["Revoked", "validate_path"]

Revoked: TypeAlias = Callable[[x509.Certificate, x509.Certificate], bool]
"""Whether a certificate is on the revocation list of its issuer, the second one."""


@dataclass(frozen=True, slots=True)
class _State:
    """What is known at one certificate of a path: who must have issued it, and what it may be."""

    issuer: x509.Certificate | None
    depth: int
    names: NameConstraints


def validate_path(
    anchor: x509.Certificate | None,
    path: Sequence[x509.Certificate],
    now: datetime,
    depth: int,
    revoked: Revoked,
) -> None:
    """See that a path is valid; `depth` is how many authorities may stand between.

    Without an anchor all is checked but who issued its first certificate.

    Raises:
        PathRefused: it is not.
    """
    if anchor is not None:
        _check_dates(anchor, now)
    state = _State(anchor, depth, NameConstraints())
    for certificate in path:
        last = certificate is path[-1]
        if state.depth < 0:
            raise PathRefused(PathFaultKind.DEPTH, certificate)
        below = _read_extensions(certificate, state, last=last)
        _check_dates(certificate, now)
        _check_issuer(certificate, state.issuer)
        if (last or not is_self_issued(certificate)) and not state.names.allow(
            tuple(named(certificate))
        ):
            raise PathRefused(PathFaultKind.NAME, certificate)
        _check_signature(certificate, state.issuer, revoked)
        state = replace(below, issuer=certificate)


def _check_issuer(certificate: x509.Certificate, issuer: x509.Certificate | None) -> None:
    if issuer is not None and not same(certificate.issuer, issuer.subject):
        raise PathRefused(PathFaultKind.OTHER_ROOT, certificate)


def _check_signature(
    certificate: x509.Certificate, issuer: x509.Certificate | None, revoked: Revoked
) -> None:
    if issuer is None:
        return
    if _is_pss(certificate) or not signed_by(certificate, issuer):
        raise PathRefused(PathFaultKind.SIGNATURE, certificate)
    if revoked(certificate, issuer):
        raise PathRefused(PathFaultKind.REVOKED, certificate)


def _is_pss(certificate: x509.Certificate) -> bool:
    """Whether it is signed with RSA-PSS by an ordinary RSA key, which OTP 25 does not verify."""
    return isinstance(certificate.signature_algorithm_parameters, PSS)


def _check_dates(certificate: x509.Certificate, now: datetime) -> None:
    if not certificate.not_valid_before_utc <= now <= certificate.not_valid_after_utc:
        raise PathRefused(PathFaultKind.DATES, certificate)


def _read_extensions(certificate: x509.Certificate, state: _State, *, last: bool) -> _State:
    """The state for what is below, unless an extension forbids the certificate where it stands."""
    own = is_self_issued(certificate)
    authority = signs = False
    for extension in certificate.extensions:
        value = extension.value
        if isinstance(value, x509.BasicConstraints):
            if value.ca:
                authority = True
                state = _limited(state, value.path_length, self_issued=own)
        elif isinstance(value, x509.KeyUsage):
            signs = value.key_cert_sign
            if not last and not signs:
                raise PathRefused(PathFaultKind.KEY_USAGE, certificate)
        elif isinstance(value, x509.NameConstraints):
            state = replace(state, names=state.names.narrowed(value))
        elif isinstance(value, x509.ExtendedKeyUsage):
            if ExtendedKeyUsageOID.CLIENT_AUTH not in value:
                raise PathRefused(PathFaultKind.PURPOSE, certificate)
        elif extension.critical and not isinstance(value, x509.SubjectAlternativeName):
            raise PathRefused(PathFaultKind.CRITICAL, certificate)
    if not authority and not last and signs:
        raise PathRefused(PathFaultKind.NO_AUTHORITY, certificate)
    return state


def _limited(state: _State, length: int | None, *, self_issued: bool) -> _State:
    left = state.depth if self_issued else state.depth - 1
    return replace(state, depth=left if length is None else min(length, left))
