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
    also_at: datetime | None = None,
    base: str | None = None,
    new_key: NewKey = made_anew,
) -> Pki:
    """The PKI of a home in `folder`, complete: made, reused or renewed as of `now`.

    `sans` are further names (DNS or IP) of the server certificates; `base` is the URL where the Hub
    tells what is revoked, which certificates name; `None`: what they name already. `also_at` is
    where the Hub's own clock is, if elsewhere: what it judges by that clock holds then too.
    `new_key` gives the keys that lack.

    Raises:
        InputError: the folder is damaged, of another environment or not to be read or written, or
            a name cannot be used.
    """
    told = base or known_base(folder) or DEFAULT_BASE
    held = _Held.at(now, also_at)
    order = _Order(load_definitions(), environment.igc_chain, clients, sans, told, held, new_key)
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
    pki: Pki,
    clients: Sequence[IdentityRequest],
    now: datetime,
    also_at: datetime | None = None,
    new_key: NewKey = made_anew,
) -> list[WantedLeaf]:
    """Issue what the home of a Hub that is up lacks of these clients; every leaf of theirs.

    `now` and `also_at` as in `ensure_pki`.

    Raises:
        InputError: the folder is damaged or cannot be written, or a name cannot be used.
    """
    held = _Held.at(now, also_at)
    order = _Order(pki.definitions, pki.igc_chain, clients, (), pki.base, held, new_key)
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
class _Held:
    """When certificates are to hold: from `first` on, and as long from `last` as they are to.

    `real` is real time, by which clients judge what the Hub shows.
    """

    first: datetime
    last: datetime
    real: datetime

    @classmethod
    def at(cls, now: datetime, also_at: datetime | None) -> _Held:
        also = also_at or now
        return cls(min(now, also), max(now, also), now)

    def of_server(self) -> _Held:
        """The same for what nobody judges but clients: an end far off is refused by some."""
        return _Held(self.real, self.real, self.real)


@dataclass(frozen=True, slots=True)
class _Order:
    """What a home must hold, and when."""

    definitions: Definitions
    igc_chain: str
    clients: Sequence[IdentityRequest]
    sans: Sequence[str]
    base: str
    held: _Held
    new_key: NewKey

    def held_by(self, leaf: WantedLeaf) -> _Held:
        """When a leaf is to hold."""
        return self.held.of_server() if leaf.profile is self.definitions.server else self.held


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
    held = order.held
    return make_chains(layout, definitions, by_name, order.base, held.last, held.first)


def _chains_in_force(layout: Layout, order: _Order) -> dict[str, Chain]:
    """The chains on disk, renewed if near their end, naming another base, or not to hold then."""
    definitions, held = order.definitions, order.held

    def stays(chain: Chain) -> bool:
        over = chain.ends_soon(definitions.authority.renew, held.last)
        return chain.names(order.base) and chain.holds(held.first) and not over

    return {
        name: chain
        if stays(chain)
        else renew_chain(chain, layout, definitions, order.base, held.last, held.first)
        for name, chain in read_chains(layout, definitions).items()
    }


def _complete(layout: Layout, order: _Order, chains: Mapping[str, Chain]) -> None:
    """Issue what lacks below the authorities and write the trust stores."""
    passphrase = read_passphrase(layout)
    leaves = wanted_leaves(layout, order.definitions, order.igc_chain, order.clients, order.sans)
    _write(_issue_what_lacks(layout, order, chains, passphrase, list(leaves)), layout)
    write_truststores(
        layout, order.definitions, chains, order.igc_chain, passphrase, order.held.real
    )


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
    lacking = [leaf for leaf, old in found.items() if _lacks(leaf, old, order, chains)]
    issuers = {
        name: Issuer(
            chains[name], open_authority(chains[name], layout, order.definitions, order.base)
        )
        for name in {leaf.chain for leaf in lacking}
    }

    def work(leaf: WantedLeaf) -> Issued:
        issuer, held = issuers[leaf.chain], order.held_by(leaf)
        return issue(leaf, found[leaf], issuer, passphrase, held.last, order.new_key, held.first)

    with _workers() as pool:
        return list(pool.map(work, lacking))


def _lacks(
    leaf: WantedLeaf,
    old: Sequence[x509.Certificate],
    order: _Order,
    chains: Mapping[str, Chain],
) -> bool:
    held = order.held_by(leaf)
    return must_be_issued(leaf, old, chains[leaf.chain], order.base, held.last, held.first)


def _workers() -> ThreadPoolExecutor:
    return ThreadPoolExecutor(os.cpu_count() or 1)
