"""Keeps the PKI of a home complete: made on the first start, then reused, completed, renewed.

1. The first time, all is made in a folder beside and put in place at once: half a PKI is never
   seen.
2. Later, only what is absent, near its end or no longer as asked for is issued; renewals keep
   their keys.
3. Damage is told, not repaired: only the user knows whether a copy of the original exists.
"""

from __future__ import annotations

import os
import secrets
import shutil
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from cryptography import x509

from hubemu.errors import unwritable
from hubemu.keys.rsa import new_key as made_anew
from hubemu.pki.certificates import Pki
from hubemu.pki.chains import (
    DEFAULT_BASE,
    Chain,
    make_chains,
    open_authority,
    read_chains,
    renew_chain,
)
from hubemu.pki.definitions import Definitions, load_definitions
from hubemu.pki.distribution import distribution_base
from hubemu.pki.layout import Layout, read_passphrase, write_public, write_secret
from hubemu.pki.leaves import Issued, Issuer, NewKey, WantedLeaf, issue, must_be_issued, read_leaf
from hubemu.pki.truststores import write_truststores
from hubemu.pki.wanted import IdentityRequest, wanted_leaves
from hubemu.settings import Environment

__all__ = ["complete_clients", "ensure_pki", "holders_of"]


def ensure_pki(
    folder: Path,
    *,
    environment: Environment,
    clients: Sequence[IdentityRequest],
    sans: Sequence[str],
    now: datetime,
    base: str | None = None,
    new_key: NewKey = made_anew,
) -> Pki:
    """The PKI of a home in `folder`, complete: made, reused or renewed as of `now`.

    `sans` are further names (DNS or IP) of the server certificates; `base` is the URL where the Hub
    tells what is revoked, which certificates name; `None`: what they name already. `new_key` gives
    the keys that lack.

    Raises:
        InputError: the folder is damaged, of another environment or not to be read or written, or
            a name cannot be used.
    """
    told = base or known_base(folder) or DEFAULT_BASE
    order = _Order(load_definitions(), environment.igc_chain, clients, sans, told, now, new_key)
    try:
        if folder.is_dir() and any(folder.iterdir()):
            chains = _chains_in_force(Layout(folder), order)
            _complete(Layout(folder), order, chains)
        else:
            chains = _make(folder, order)
    except OSError as error:
        where = error.filename or folder
        raise unwritable(where, error, f"cannot keep certificates here: {error.strerror}") from None
    return Pki(folder, order.igc_chain, chains, order.definitions, holders_of(clients))


def holders_of(clients: Sequence[IdentityRequest]) -> dict[str, str]:
    """Whose certificates bear which Common Name."""
    return {name: c.client_id for c in clients for name in (c.legacy_name, c.igc_name)}


def complete_clients(
    pki: Pki, clients: Sequence[IdentityRequest], now: datetime, new_key: NewKey = made_anew
) -> list[WantedLeaf]:
    """Issue what the home of a Hub that is up lacks of these clients; every leaf of theirs.

    Raises:
        InputError: the folder is damaged or cannot be written, or a name cannot be used.
    """
    order = _Order(pki.definitions, pki.igc_chain, clients, (), pki.base, now, new_key)
    layout = Layout(pki.folder)
    wanted = wanted_leaves(layout, pki.definitions, pki.igc_chain, clients, ())
    leaves = [leaf for leaf in wanted if leaf.alias is not None]
    try:
        _write(_issue_what_lacks(layout, order, pki.chains, pki.passphrase, leaves), layout)
    except OSError as error:
        where = error.filename or pki.folder
        raise unwritable(where, error, f"cannot keep certificates here: {error.strerror}") from None
    return leaves


def known_base(folder: Path) -> str | None:
    """The URL that the certificates in `folder` name for their revocation, if there are any."""
    try:
        shown = x509.load_pem_x509_certificate(Layout(folder).server("igc.crt").read_bytes())
        return distribution_base(shown)
    except (OSError, ValueError):
        return None  # damage is told when they are used


@dataclass(frozen=True, slots=True)
class _Order:
    """What a home must hold, as of `now`."""

    definitions: Definitions
    igc_chain: str
    clients: Sequence[IdentityRequest]
    sans: Sequence[str]
    base: str
    now: datetime
    new_key: NewKey


def _make(folder: Path, order: _Order) -> dict[str, Chain]:
    """Make everything beside `folder`, which is absent or empty, and move it there."""
    scratch = folder.with_name(f".{folder.name}.{os.getpid()}")
    try:
        scratch.mkdir(parents=True)
        layout = Layout(scratch)
        write_secret([(layout.passphrase, secrets.token_hex(16).encode())])
        chains = _first_chains(layout, order)
        _complete(layout, order, chains)
        if folder.exists():
            folder.rmdir()
        scratch.rename(folder)
    finally:
        shutil.rmtree(scratch, ignore_errors=True)
    return chains


def _first_chains(layout: Layout, order: _Order) -> dict[str, Chain]:
    definitions = order.definitions
    names = [authority.name for chain in definitions.chains.values() for authority in chain]
    with _workers() as pool:
        keys = pool.map(order.new_key, [definitions.key_bits] * len(names))
        by_name = dict(zip(names, keys, strict=True))
    return make_chains(layout, definitions, by_name, order.base, order.now)


def _chains_in_force(layout: Layout, order: _Order) -> dict[str, Chain]:
    """The chains on disk, renewed if near their end or naming another base."""
    definitions, now = order.definitions, order.now
    return {
        name: renew_chain(chain, layout, definitions, order.base, now)
        if chain.ends_soon(definitions.authority.renew, now) or not chain.names(order.base)
        else chain
        for name, chain in read_chains(layout, definitions).items()
    }


def _complete(layout: Layout, order: _Order, chains: Mapping[str, Chain]) -> None:
    """Issue what lacks below the authorities and write the trust stores."""
    passphrase = read_passphrase(layout)
    leaves = wanted_leaves(layout, order.definitions, order.igc_chain, order.clients, order.sans)
    _write(_issue_what_lacks(layout, order, chains, passphrase, list(leaves)), layout)
    write_truststores(layout, order.definitions, chains, order.igc_chain, passphrase, order.now)


def _write(every: Sequence[Issued], layout: Layout) -> None:
    for issued in every:
        write_secret(issued.secret, within=layout.folder)
        write_public(issued.public, within=layout.folder)


def _issue_what_lacks(
    layout: Layout,
    order: _Order,
    chains: Mapping[str, Chain],
    passphrase: str,
    leaves: Sequence[WantedLeaf],
) -> list[Issued]:
    """Everything is issued before anything is written: a failure changes no file."""
    found = {leaf: read_leaf(leaf, chains) for leaf in leaves}
    lacking = [
        leaf
        for leaf, old in found.items()
        if must_be_issued(leaf, old, chains[leaf.chain], order.base, order.now)
    ]
    issuers = {
        name: Issuer(
            chains[name], open_authority(chains[name], layout, order.definitions, order.base)
        )
        for name in {leaf.chain for leaf in lacking}
    }

    def work(leaf: WantedLeaf) -> Issued:
        return issue(leaf, found[leaf], issuers[leaf.chain], passphrase, order.now, order.new_key)

    with _workers() as pool:
        return list(pool.map(work, lacking))


def _workers() -> ThreadPoolExecutor:
    return ThreadPoolExecutor(os.cpu_count() or 1)
