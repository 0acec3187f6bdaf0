"""The authorities that come next: a new intermediate of the same root, or a new root with one."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey

from hubemu.keys.rsa import new_key
from hubemu.pki.certificates import Pki
from hubemu.pki.chains import Chain
from hubemu.pki.definitions import AuthorityDefinition
from hubemu.pki.issuing import Authority, Request, certify, subject
from hubemu.pki.layout import Layout, read_key
from hubemu.pki.leaves import Issuer

__all__ = ["NextAuthorities", "next_authorities"]

_NEXT = "2"
"""What follows the Common Name of an authority's successor."""


@dataclass(frozen=True, slots=True)
class NextAuthorities:
    """A chain that issues, and the keys of its authorities by name."""

    issuer: Issuer
    keys: dict[str, RSAPrivateKey]


def next_authorities(pki: Pki, *, new_root: bool, now: datetime) -> NextAuthorities:
    """The successor of a home's IGC Santé chain, made anew.

    Raises:
        InputError: a key of the home is damaged.
    """
    root, below = pki.definitions.chains[pki.igc_chain]
    if new_root:
        above = _authority(pki, root, None, now)
    else:
        path = Layout(pki.folder).authority_key(root.name)
        certificate = pki.chains[pki.igc_chain].certificates[0]
        above = Authority(certificate, read_key(path, certificate, "restore the home"))
    issuing = _authority(pki, below, above, now)
    chain = Chain(pki.igc_chain, (above.certificate, issuing.certificate))
    keys = {root.name: above.key, below.name: issuing.key}
    return NextAuthorities(Issuer(chain, issuing), keys)


def _authority(
    pki: Pki, definition: AuthorityDefinition, issuer: Authority | None, now: datetime
) -> Authority:
    names = pki.definitions
    request = Request(
        subject=subject(
            f"{definition.common_name} {_NEXT}",
            country=definition.country,
            organization=definition.organization,
            units=(*definition.units, names.mark),
        ),
        key=new_key(names.key_bits),
        profile=names.authority,
        path_length=1 if issuer is None else 0,
    )
    return Authority(
        certify(request, issuer, now),
        request.key,
        crl=names.crl.format(base=pki.base, authority=definition.name),
        ocsp=names.ocsp.format(base=pki.base, authority=definition.name),
    )
