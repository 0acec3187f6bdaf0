"""Where the keys of a home come from: those kept for it, those made ahead, else new ones.

A 2,048-bit key takes some 10 ms of a processor and a home wants 69 of them, a good part of what a
first start takes. So they are begun before anything else is loaded, by processes beside it
(`makers`); and a home that is gone with its Hub (`hubemu run`, a test kit's) gives back what it
used for the next of its kind. A home that stays never gets a key that another had.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from hubemu.keys.makers import KeyMakers
from hubemu.keys.pool import KeyPool
from hubemu.keys.rsa import key_of_pem, key_pem, new_key
from hubemu.user_cache import user_cache

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey

__all__ = [
    "BITS",
    "ENOUGH",
    "KeySupply",
    "keys_for_a_kept_home",
    "keys_for_a_passing_home",
    "unused",
]

BITS = 2048
"""What the PKI's data asks for; any other size is made when it is asked for."""
ENOUGH = 69
"""Keys that are made ahead: what a home of the built-in routing tables wants."""


def unused() -> KeyPool:
    """The pool of keys that nobody has had."""
    return KeyPool(user_cache() / "keys" / "unused")


def _used() -> KeyPool:
    """The pool of keys whose homes are gone."""
    return KeyPool(user_cache() / "keys" / "used")


class KeySupply:
    """Gives keys; may be called by several threads at once.

    Args:
        pools: where keys are looked for, in this order.
        back: the pool that gets back what was given, once it is closed.
    """

    def __init__(self, *pools: KeyPool, back: KeyPool | None = None) -> None:
        self._pools = pools
        self._back = back
        self._given: list[RSAPrivateKey] = []
        self._makers: KeyMakers | None = None

    def __call__(self, bits: int) -> RSAPrivateKey:
        """A key of that size."""
        key = self._kept(bits) or self._made_ahead(bits) or new_key(bits)
        self._given.append(key)
        return key

    @property
    def gave(self) -> bool:
        """Whether it was asked for any."""
        return bool(self._given)

    def make_ahead(self) -> None:
        """Have keys made from now on, where the pools have too few."""
        lack = ENOUGH - sum(pool.count(BITS) for pool in self._pools)
        if lack > 0:
            self._makers = KeyMakers(lack)

    def close(self) -> None:
        """Keep what nobody asked for, and what is given back."""
        if self._makers is not None:
            _keep(self._makers.close(), unused())
        if self._back is not None:
            _keep(self._given, self._back)
        self._makers, self._given = None, []

    def _made_ahead(self, bits: int) -> RSAPrivateKey | None:
        makers = self._makers
        return makers.take() if makers is not None and bits == BITS else None

    def _kept(self, bits: int) -> RSAPrivateKey | None:
        for pool in self._pools:
            while (pem := pool.take(bits)) is not None:
                try:
                    key = key_of_pem(pem)
                except ValueError:
                    continue  # damaged, and out of the way now
                if key.key_size == bits:
                    return key
        return None


def _keep(keys: Iterable[RSAPrivateKey], pool: KeyPool) -> None:
    for key in keys:
        pool.put(key_pem(key), key.key_size)


@contextmanager
def keys_for_a_kept_home(home: Path) -> Iterator[KeySupply]:
    """Keys that nobody has had, made from now on if the home has no certificates yet."""
    ahead = not (home / "certs").exists()
    with _supplied(KeySupply(unused()), ahead=ahead) as keys:
        yield keys


@contextmanager
def keys_for_a_passing_home(*, ahead: bool = True) -> Iterator[KeySupply]:
    """Keys for a home that is gone when the context ends, which gives them back.

    `ahead`: all of them will be wanted soon.
    """
    used = _used()
    with _supplied(KeySupply(used, unused(), back=used), ahead=ahead) as keys:
        yield keys


@contextmanager
def _supplied(keys: KeySupply, *, ahead: bool) -> Iterator[KeySupply]:
    if ahead:
        keys.make_ahead()
    try:
        yield keys
    finally:
        keys.close()
