"""The certificates of the Hub, its dispatcher and its clients: what each must be, made, checked."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey

from hubemu.common_name import common_name_of
from hubemu.errors import InputError
from hubemu.keys.rsa import key_pem
from hubemu.pki.chains import Chain, ends_within, issued_by
from hubemu.pki.definitions import Profile
from hubemu.pki.distribution import distribution_base
from hubemu.pki.issuing import Authority, Request, certify, general_names, subject
from hubemu.pki.layout import read_certificates, read_key
from hubemu.pki.stores import key_stores, pem

__all__ = ["Issued", "Issuer", "NewKey", "WantedLeaf", "issue", "must_be_issued", "read_leaf"]


NewKey = Callable[[int], RSAPrivateKey]
"""Gives a key of so many bits that nobody else has."""
_STORES = (".p12", ".pfx", ".jks")


@dataclass(frozen=True, slots=True, kw_only=True)
class WantedLeaf:
    """A certificate that the home must hold.

    `path` is without suffix (`clients/x/igc`), `chain` names the chain it belongs to, `names` are
    its subject alternative names, `alias` is that of its key stores (`None`: it has none).
    """

    path: Path
    chain: str
    profile: Profile
    common_name: str
    names: tuple[str, ...] = ()
    alias: str | None = None

    def file(self, suffix: str) -> Path:
        """Its `.crt`, `.key`, `.p12`, `.pfx` or `.jks`."""
        return self.path.with_name(self.path.name + suffix)

    @property
    def mend(self) -> str:
        """The mend for a damaged one: its authority can issue another."""
        both = f"{self.file('.crt')} and {self.file('.key').name}"
        return f"delete {both} to have them made anew at the next start"


@dataclass(frozen=True, slots=True)
class Issuer:
    """What issues leaves: a chain and its last authority with the key."""

    chain: Chain
    authority: Authority


@dataclass(frozen=True, slots=True)
class Issued:
    """The files of a leaf just issued, still unwritten."""

    secret: tuple[tuple[Path, bytes], ...]
    public: tuple[tuple[Path, bytes], ...]


def read_leaf(leaf: WantedLeaf, chains: Mapping[str, Chain]) -> tuple[x509.Certificate, ...]:
    """The certificates on disk, leaf first; none when neither certificate nor key is there.

    Raises:
        InputError: half of it is missing or unreadable, key and certificate do not match, or
            another authority than that of `chains[leaf.chain]` issued it.
    """
    crt, key = leaf.file(".crt"), leaf.file(".key")
    if not crt.exists() and not key.exists():
        return ()
    certificates = read_certificates(crt, leaf.mend)
    _check_issuer(leaf, certificates[0], chains)
    read_key(key, certificates[0], leaf.mend)
    return certificates


def _check_issuer(
    leaf: WantedLeaf, certificate: x509.Certificate, chains: Mapping[str, Chain]
) -> None:
    if issued_by(certificate, chains[leaf.chain].issuing):
        return
    crt = leaf.file(".crt")
    for chain in chains.values():
        if issued_by(certificate, chain.issuing):
            problem = f"belongs to chain {chain.name}, not {leaf.chain}: use another --home"
            raise InputError(crt, problem)
    issuer = common_name_of(certificate.issuer)
    raise InputError(crt, f"no authority of this home issued it, but {issuer!r}: {leaf.mend}")


def must_be_issued(
    leaf: WantedLeaf,
    found: Sequence[x509.Certificate],
    chain: Chain,
    base: str,
    now: datetime,
    since: datetime | None = None,
) -> bool:
    """Whether a leaf is absent, near its end, not to hold `since` then, or no longer as asked for.

    `found` is what `read_leaf` gave. A renewed authority and a lost store count too, and another
    `base`: its revocation list would not be found.
    """
    if not found or ends_within(found[0], leaf.profile.renew, now):
        return True
    if since is not None and found[0].not_valid_before_utc > since:
        return True
    if leaf.alias and not all(leaf.file(suffix).exists() for suffix in _STORES):
        return True
    return (
        tuple(found[1:]) != chain.sent_along
        or distribution_base(found[0]) != base
        or common_name_of(found[0].subject) != leaf.common_name
        or set(_names_in(found[0])) != set(general_names(leaf.names))
    )


def _names_in(certificate: x509.Certificate) -> tuple[x509.GeneralName, ...]:
    try:
        found = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName)
    except x509.ExtensionNotFound:
        return ()
    return tuple(found.value)


def issue(
    leaf: WantedLeaf,
    found: Sequence[x509.Certificate],
    issuer: Issuer,
    passphrase: str,
    now: datetime,
    new_key: NewKey,
    since: datetime | None = None,
) -> Issued:
    """Issue a leaf: with a new key, or with the key of what was `found`; `since` as in `certify`.

    Raises:
        InputError: a name does not fit into a certificate, or the old key is damaged.
    """
    if found:
        key = read_key(leaf.file(".key"), found[0], leaf.mend)
    else:
        key = new_key(issuer.authority.key.key_size)
    request = Request(
        subject=subject(leaf.common_name, organization=leaf.profile.organization),
        key=key,
        profile=leaf.profile,
        names=general_names(leaf.names),
    )
    certificates = (certify(request, issuer.authority, now, since), *issuer.chain.sent_along)
    secret = [(leaf.file(".key"), key_pem(key))]
    if leaf.alias:
        stores = key_stores(leaf.alias, key, certificates, passphrase, now.timestamp())
        secret += [(leaf.file(suffix), content) for suffix, content in stores.items()]
    return Issued(tuple(secret), ((leaf.file(".crt"), pem(certificates)),))
