"""The chains of authorities: made once, read back, renewed with the keys they have."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey

from hubemu.errors import InputError
from hubemu.keys.rsa import key_pem
from hubemu.pki.definitions import Definitions
from hubemu.pki.distribution import distribution_base
from hubemu.pki.issuing import Authority, Request, certify, subject
from hubemu.pki.layout import Layout, read_certificates, read_key, write_public, write_secret
from hubemu.pki.paths import signed_by
from hubemu.pki.stores import pem

__all__ = [
    "DEFAULT_BASE",
    "Chain",
    "ends_within",
    "issued_by",
    "make_chains",
    "open_authority",
    "read_chains",
    "renew_chain",
]


DEFAULT_BASE = "http://127.0.0.1:8671"
"""Where a Hub serves revocation lists unless it was told another port."""


@dataclass(frozen=True, slots=True)
class Chain:
    """The certificates of one chain of authorities, root first."""

    name: str
    certificates: tuple[x509.Certificate, ...]

    @property
    def issuing(self) -> x509.Certificate:
        """The authority that issues leaves."""
        return self.certificates[-1]

    @property
    def sent_along(self) -> tuple[x509.Certificate, ...]:
        """What a leaf is shown with: intermediates, nearest first; the root is not sent."""
        return self.certificates[:0:-1]

    def names(self, base: str) -> bool:
        """Whether its intermediates name `base` for their revocation; a root names nothing."""
        return all(distribution_base(one) == base for one in self.certificates[1:])

    def ends_soon(self, days: int, now: datetime) -> bool:
        """Whether one of its authorities ends within `days`."""
        return any(ends_within(certificate, days, now) for certificate in self.certificates)

    def holds(self, since: datetime) -> bool:
        """Whether all of them held by then."""
        return all(one.not_valid_before_utc <= since for one in self.certificates)


def issued_by(certificate: x509.Certificate, issuer: x509.Certificate) -> bool:
    """Whether `issuer` signed `certificate` (names and signature; not dates)."""
    return certificate.issuer == issuer.subject and signed_by(certificate, issuer)


def ends_within(certificate: x509.Certificate, days: int, now: datetime) -> bool:
    """Whether a certificate ends within `days`."""
    return certificate.not_valid_after_utc - now < timedelta(days=days)


def make_chains(
    layout: Layout,
    definitions: Definitions,
    keys: Mapping[str, RSAPrivateKey],
    base: str,
    now: datetime,
    since: datetime | None = None,
) -> dict[str, Chain]:
    """Make and write every chain; `keys` holds one key by authority name.

    `base` is the URL where revocation is told, in what each authority issues; `now` and `since` are
    as in `certify`.
    """
    for name, key in keys.items():
        write_secret([(layout.authority_key(name), key_pem(key))], within=layout.folder)
    return {
        name: _certify_chain(name, layout, definitions, keys, base, (since or now, now))
        for name in definitions.chains
    }


def read_chains(layout: Layout, definitions: Definitions) -> dict[str, Chain]:
    """Every chain as it is on disk.

    Raises:
        InputError: one is missing, unreadable or not a chain.
    """
    return {name: _read_chain(name, layout, definitions) for name in definitions.chains}


def renew_chain(
    chain: Chain,
    layout: Layout,
    definitions: Definitions,
    base: str,
    now: datetime,
    since: datetime | None = None,
) -> Chain:
    """New certificates for the authorities of a chain, which keep their keys.

    A root that holds and does not end soon stays as it is: it names no `base`, and clients have it.

    Raises:
        InputError: a key is missing or another.
    """
    keys = {
        authority.name: read_key(
            layout.authority_key(authority.name), certificate, layout.start_anew()
        )
        for authority, certificate in zip(
            definitions.chains[chain.name], chain.certificates, strict=True
        )
    }
    root = chain.certificates[0]
    over = ends_within(root, definitions.authority.renew, now)
    kept = None if over or root.not_valid_before_utc > (since or now) else root
    return _certify_chain(chain.name, layout, definitions, keys, base, (since or now, now), kept)


def open_authority(
    chain: Chain, layout: Layout, definitions: Definitions, base: str = DEFAULT_BASE
) -> Authority:
    """The issuing authority of a chain with its key; `base` as in `make_chains`.

    Raises:
        InputError: the key is missing or another.
    """
    name = definitions.chains[chain.name][-1].name
    key = read_key(layout.authority_key(name), chain.issuing, layout.start_anew())
    return _authority(name, chain.issuing, key, definitions, base)


def _authority(
    name: str,
    certificate: x509.Certificate,
    key: RSAPrivateKey,
    definitions: Definitions,
    base: str,
) -> Authority:
    return Authority(
        certificate,
        key,
        crl=definitions.crl.format(base=base, authority=name),
        ocsp=definitions.ocsp.format(base=base, authority=name),
    )


def _certify_chain(
    name: str,
    layout: Layout,
    definitions: Definitions,
    keys: Mapping[str, RSAPrivateKey],
    base: str,
    held: tuple[datetime, datetime],
    root: x509.Certificate | None = None,
) -> Chain:
    """Certify a chain from the top down, below a `root` that is there already or with a new one.

    It is to hold at both instants, the earlier one first.
    """
    since, now = held
    issuer: Authority | None = None
    certificates: list[x509.Certificate] = []
    authorities = definitions.chains[name]
    for below, authority in zip(reversed(range(len(authorities))), authorities, strict=True):
        request = Request(
            subject=subject(
                authority.common_name,
                country=authority.country,
                organization=authority.organization,
                units=(*authority.units, definitions.mark),
            ),
            key=keys[authority.name],
            profile=definitions.authority,
            path_length=below,
        )
        there = root if not certificates else None
        certificates.append(there or certify(request, issuer, now, since))
        issuer = _authority(authority.name, certificates[-1], request.key, definitions, base)
    write_public([(layout.chain(name), pem(certificates))], within=layout.folder)
    return Chain(name, tuple(certificates))


def _read_chain(name: str, layout: Layout, definitions: Definitions) -> Chain:
    path, mend = layout.chain(name), layout.start_anew()
    certificates = read_certificates(path, mend)
    expected = len(definitions.chains[name])
    if len(certificates) != expected:
        raise InputError(path, f"holds {len(certificates)} authorities, not {expected}: {mend}")
    issuers = (certificates[0], *certificates)
    for certificate, issuer in zip(certificates, issuers, strict=False):
        if not issued_by(certificate, issuer):
            raise InputError(path, f"its authorities are not one chain: {mend}")
    return Chain(name, certificates)
