"""What a home is given beside its own material, and checks of it before anything is kept."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from cryptography import x509

from hubemu.common_name import common_name_of
from hubemu.errors import InputError
from hubemu.pki.additions import Additions
from hubemu.pki.certificate_files import Material
from hubemu.pki.certificates import Pki
from hubemu.pki.inspection.finding import extension, is_authority
from hubemu.pki.revocation import authority_of
from hubemu.settings import Phase
from hubemu.suggestions import did_you_mean

__all__ = ["Bound", "Revoked", "Trusted", "bind", "revoke", "trust"]


@dataclass(frozen=True, slots=True)
class Trusted:
    """The authorities that are trusted from now on, in a phase or (`None`) in every one."""

    authorities: tuple[x509.Certificate, ...]
    phase: Phase | None

    @property
    def lacks_root(self) -> bool:
        """Whether no root is among them: RabbitMQ trusts no intermediate alone."""
        return not any(one.issuer == one.subject for one in self.authorities)


@dataclass(frozen=True, slots=True)
class Revoked:
    """A certificate that is on the list of `authority` from now on."""

    authority: str
    certificate: x509.Certificate


@dataclass(frozen=True, slots=True)
class Bound:
    """A Common Name, and the clients it logs in as from now on."""

    common_name: str
    clients: tuple[str, ...]


def trust(
    pki: Pki, material: Material, source: object, phase: Phase | None, now: datetime
) -> Trusted:
    """Trust the authorities in a file; whatever else is in it is not kept.

    Raises:
        InputError: there is none in it, or the home is damaged or cannot be written to.
    """
    found = tuple(dict.fromkeys(one for one in material.certificates if _may_be_trusted(one)))
    if not found:
        problem = "holds no authority's certificate: give the root, and the intermediates"
        raise InputError(source, problem)
    try:
        pki.additions.trust(found, phase)
        pki.write_truststores(now)
    except OSError as error:
        raise _unwritable(pki, error) from None
    return Trusted(found, phase)


def _may_be_trusted(certificate: x509.Certificate) -> bool:
    """Whether it is an authority's, or an old root that says of itself neither that nor not."""
    says_nothing = extension(certificate, x509.BasicConstraints) is None
    return is_authority(certificate) or (says_nothing and certificate.issuer == certificate.subject)


def revoke(pki: Pki, material: Material, source: object, now: datetime) -> Revoked:
    """Put the leaf of a file on the list of its authority; at a step, in the home.

    Raises:
        InputError: there is none in it, or no authority of the home issued it.
    """
    leaves = [one for one in material.certificates if not is_authority(one)]
    certificate = next(iter((*leaves, *material.certificates)), None)
    if certificate is None:
        raise InputError(source, "holds no certificate: give the one to be revoked")
    name = authority_of(pki, certificate, source)
    try:
        Additions(pki.home or pki.folder).revoke(name, certificate.serial_number, now)
    except OSError as error:
        raise _unwritable(pki, error) from None
    return Revoked(name, certificate)


def bind(pki: Pki, common_name: str, clients: Sequence[str], known: Sequence[str]) -> Bound:
    """Have a Common Name log in as clients, of those that are `known`.

    Raises:
        InputError: the Hub has no such client, or the name can be none.
    """
    if not common_name or len(common_name) > 64:
        raise InputError("--cn", "a Common Name has 1 to 64 characters")
    for client in clients:
        if client not in known:
            hint = did_you_mean(client, list(known))
            raise InputError("--client", f"the Hub has no client {client!r}; {hint}".rstrip("; "))
    chosen = tuple(dict.fromkeys(clients))
    try:
        pki.additions.bind(common_name, chosen)
    except OSError as error:
        raise _unwritable(pki, error) from None
    return Bound(common_name, chosen)


def _unwritable(pki: Pki, error: OSError) -> InputError:
    where = Path(error.filename) if error.filename else pki.folder
    return InputError(where, f"cannot be written: {error.strerror}")


def names_of(found: Sequence[x509.Certificate]) -> list[str]:
    """Common Names of certificates, or whole subjects where there is none."""
    return [common_name_of(one.subject) or one.subject.rfc4514_string() for one in found]
