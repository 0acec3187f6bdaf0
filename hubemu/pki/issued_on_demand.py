"""Certificates issued on demand, good ones and each kind of bad one (`hubemu certs issue`)."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from cryptography.x509.oid import NameOID

from hubemu.errors import InputError
from hubemu.keys.rsa import key_pem, new_key
from hubemu.pki.certificates import Pki
from hubemu.pki.chains import Chain
from hubemu.pki.definition_files import IssueProfile, load_issue_profiles
from hubemu.pki.definitions import IdentityKind
from hubemu.pki.issuing import (
    Authority,
    Request,
    certify,
    general_names,
    is_host,
    subject,
)
from hubemu.pki.layout import write_public, write_secret
from hubemu.pki.stores import key_stores, pem
from hubemu.suggestions import did_you_mean

__all__ = ["IssueOrder", "IssuedCertificate", "IssuedFiles", "issue_certificate", "write_issued"]

_OTHER_HOST = "elsewhere.hubemu.example"
_UNSAFE = re.compile(r"[^A-Za-z0-9._-]+")


@dataclass(frozen=True, slots=True, kw_only=True)
class IssueOrder:
    """What is asked for.

    `chain` is the authority's, `names` are subject alternative names beside the Common Name,
    `days` the length of the validity where that of the profile will not do.
    """

    common_name: str
    profile: str = "client"
    chain: IdentityKind = "igc"
    names: tuple[str, ...] = ()
    days: int | None = None


@dataclass(frozen=True, slots=True)
class IssuedCertificate:
    """A certificate and its key: `chain` is what is sent, leaf first; `root` is who vouches."""

    order: IssueOrder
    profile: IssueProfile
    chain: tuple[x509.Certificate, ...]
    key: RSAPrivateKey
    root: x509.Certificate

    @property
    def leaf(self) -> x509.Certificate:
        """The certificate itself."""
        return self.chain[0]


@dataclass(frozen=True, slots=True)
class IssuedFiles:
    """Where it was written; `authority` is that of a stranger, which nobody trusts."""

    certificate: Path
    key: Path
    p12: Path
    authority: Path | None


def issue_certificate(
    pki: Pki, order: IssueOrder, now: datetime, key: RSAPrivateKey | None = None
) -> IssuedCertificate:
    """Issue what is asked for, in memory, for a new key unless one is given.

    Raises:
        InputError: no such profile, or a name, or the days, cannot be used.
    """
    profile = _profile(order.profile)
    if order.days is not None and order.days < 1:
        raise InputError("--days", f"{order.days}: give one or more")
    key = key or new_key(profile.key_bits)
    issuer, above = _issuer(pki, order, profile, now)
    request = Request(
        subject=_subject(pki, order, profile),
        key=key,
        profile=replace(pki.definitions.client, extended_key_usage=profile.usages),
        names=general_names(_names(order, profile)),
        validity=_validity(profile, order.days, now),
        sha1=profile.hash == "sha1",
    )
    leaf = certify(request, issuer, now)
    root = above[-1] if above else leaf
    sent = above[:-1] if profile.intermediates else ()
    return IssuedCertificate(order, profile, (leaf, *sent), key, root)


def write_issued(
    issued: IssuedCertificate, folder: Path, passphrase: str, within: Path | None = None
) -> IssuedFiles:
    """Write certificate, key and key stores (mode 0600), named after the Common Name.

    Below `within`, a home, no symbolic link is followed.

    Raises:
        InputError: the folder cannot be written to.
    """
    name = _UNSAFE.sub("_", issued.order.common_name).lstrip(".") or "_"
    crt, key = (folder / f"{name}{suffix}" for suffix in (".crt", ".key"))
    stranger = folder / f"{name}.authority.crt" if issued.profile.issuer == "stranger" else None
    created = issued.leaf.not_valid_before_utc.timestamp()
    found = key_stores(issued.order.common_name, issued.key, issued.chain, passphrase, created)
    stores = {suffix: folder / f"{name}{suffix}" for suffix in found}
    try:
        secrets = [(key, key_pem(issued.key)), *((stores[s], found[s]) for s in found)]
        write_secret(secrets, within=within)
        write_public([(crt, pem(issued.chain))], within=within)
        if stranger is not None:
            write_public([(stranger, pem([issued.root]))])
    except OSError as error:
        problem = f"cannot be written to: {error.strerror}: name another --out"
        raise InputError(folder, problem) from None
    return IssuedFiles(crt, key, stores[".p12"], stranger)


def _profile(name: str) -> IssueProfile:
    known = load_issue_profiles()
    if name not in known:
        hint = did_you_mean(name, list(known))
        problem = f"no profile is called {name!r}; {hint}use one of {', '.join(known)}"
        raise InputError("--profile", problem)
    return known[name]


def _subject(pki: Pki, order: IssueOrder, profile: IssueProfile) -> x509.Name:
    if profile.subject == "full":
        return subject(order.common_name, organization=pki.definitions.client.organization)
    whole = subject(order.common_name, organization="-")  # refuses what cannot be a name
    return x509.Name(whole.get_attributes_for_oid(NameOID.COMMON_NAME))


def _names(order: IssueOrder, profile: IssueProfile) -> Sequence[str]:
    name = order.common_name
    own = [name] if is_host(name) else []
    match profile.names:
        case "own":
            return [*own, *order.names]
        case "wildcard":
            return [name if name.startswith("*.") else f"*.{name}", *order.names]
        case "other":
            return [_OTHER_HOST]
    if order.names:
        raise InputError("--san", f"profile {order.profile} has no such names: leave it out")
    return []


def _validity(profile: IssueProfile, days: int | None, now: datetime) -> tuple[datetime, datetime]:
    starts, ends = profile.starts, profile.ends
    if days is not None:
        if ends < 0:
            starts = ends - days
        else:
            ends = max(starts, 0) + days
    return now + timedelta(days=starts), now + timedelta(days=ends)


def _issuer(
    pki: Pki, order: IssueOrder, profile: IssueProfile, now: datetime
) -> tuple[Authority | None, tuple[x509.Certificate, ...]]:
    """Who signs, and the authorities above the leaf, root last; nobody for a self-signed one."""
    if profile.issuer == "self":
        return None, ()
    if profile.issuer == "stranger":
        return _stranger(pki, now)
    name = {"prod": "igc-prod", "test": "igc-test"}.get(profile.issuer)
    chain = pki.chains[name or (pki.igc_chain if order.chain == "igc" else "legacy")]
    return pki.authority(chain), _above(chain)


def _above(chain: Chain) -> tuple[x509.Certificate, ...]:
    return tuple(reversed(chain.certificates))


def _stranger(pki: Pki, now: datetime) -> tuple[Authority, tuple[x509.Certificate, ...]]:
    request = Request(
        subject=subject("Unknown authority", organization="hubemu", units=(pki.definitions.mark,)),
        key=new_key(pki.definitions.key_bits),
        profile=pki.definitions.authority,
        path_length=0,
    )
    root = certify(request, None, now)
    return Authority(root, request.key), (root,)
