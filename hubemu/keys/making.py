"""A program that makes RSA keys, a line of two primes (and the inverse of the second modulo the
first) for each octet of its input.

It runs beside a start, as a process of its own: it neither waits for Python's lock nor has others
wait, and it begins after some 15 ms, since it loads nothing but OpenSSL.

1. OpenSSL's own making of a 2,048-bit key asks 64 times whether each prime is one (64 rounds of
   Miller and Rabin), two thirds of the time. For random candidates of 1,024 bits five rounds are
   what FIPS 186-5 asks for (table B.1), so candidates are drawn and asked here, by OpenSSL's
   arithmetic. Where that cannot be reached, the keys are `cryptography`'s.
2. Two primes are searched side by side, and the powers that both searches ask for are calculated in
   one call: processors with AVX-512 IFMA then take the time of one (OpenSSL 3).
"""

from __future__ import annotations

import ctypes
import math
import os
import sys
from collections.abc import Callable, Generator, Iterator
from importlib import import_module
from typing import Any, TypeAlias

__all__ = ["pairs", "primes"]

_PUBLIC_EXPONENT = 65537
_BITS = 1024
_SIZE = _BITS // 8
_ROUNDS = 5
_NEAREST = 924
"""Bits that the two primes of a key differ in at least (FIPS 186-5, A.1.3)."""
_SIEVED = 2048
"""Odd numbers looked at below one that was drawn: a prime is among them mostly."""
_SMALL = 1 << 14
"""Numbers that a smaller prime divides are not asked."""

_Power: TypeAlias = tuple[int, int, int]
"""A power that is asked for: of what, its exponent, modulo an odd number."""
_Powers: TypeAlias = Callable[[_Power, _Power], tuple[int, int]]
_Search: TypeAlias = Generator[_Power, int, int]
"""A search that asks for powers, is sent each, and returns what it found."""


def primes() -> Iterator[int]:
    """Random primes of 1,024 bits whose two upper bits are set, without end.

    Raises:
        OSError: OpenSSL cannot be reached.
    """
    return _found(_powers())


def _found(powers: _Powers) -> Iterator[int]:
    """What searches find, two of which go on side by side."""
    small = _small_primes()
    searches = [_prime(small), _prime(small)]
    asked = [next(search) for search in searches]
    while True:
        for lane, power in enumerate(powers(*asked)):
            try:
                asked[lane] = searches[lane].send(power)
            except StopIteration as end:
                searches[lane] = _prime(small)
                asked[lane] = next(searches[lane])
                yield end.value


def _prime(small: list[int]) -> _Search:
    while True:
        for candidate in _candidates(small):
            if (yield from is_prime(candidate)) and math.gcd(candidate - 1, _PUBLIC_EXPONENT) == 1:
                return candidate


def is_prime(candidate: int, rounds: int = _ROUNDS) -> Generator[_Power, int, bool]:
    """Whether an odd number above 3 is a prime, after so many rounds of Miller and Rabin."""
    halvings = (candidate - 1 & 1 - candidate).bit_length() - 1
    for _ in range(rounds):
        base = 2 + _random() % (candidate - 3)
        power = yield base, candidate - 1 >> halvings, candidate
        if not _is_root_of_one(power, candidate, halvings):
            return False
    return True


def _is_root_of_one(power: int, candidate: int, halvings: int) -> bool:
    """Whether squaring leads to one by its negative, or began there, as in a field."""
    if power in (1, candidate - 1):
        return True
    for _ in range(halvings - 1):
        power = power * power % candidate
        if power == candidate - 1:
            return True
    return False


def _random() -> int:
    """A random number of 1,024 bits (what `secrets` gives: that loads ten modules more)."""
    return int.from_bytes(os.urandom(_SIZE), "big")


def _candidates(small: list[int]) -> Iterator[int]:
    """Odd numbers from a random one down that no small prime divides."""
    half = _random() >> 1 | 3 << (_BITS - 3)
    last = 2 * half + 1
    divided = bytearray(_SIEVED)
    for prime in small:
        # last - 2 * place is a multiple of the prime
        place = (half % prime + (prime + 1 >> 1)) % prime
        if prime < _SIEVED:
            divided[place::prime] = b"\1" * ((_SIEVED - 1 - place) // prime + 1)
        elif place < _SIEVED:
            divided[place] = 1
    place = divided.find(0)
    while place >= 0 and (candidate := last - 2 * place) >> (_BITS - 2) == 3:
        yield candidate
        place = divided.find(0, place + 1)


def _small_primes() -> list[int]:
    """The odd ones, by the sieve of Eratosthenes."""
    composite = bytearray(_SMALL >> 1)
    for number in range(3, math.isqrt(_SMALL) + 1, 2):
        if not composite[number >> 1]:
            multiples = composite[number * number >> 1 :: number]
            composite[number * number >> 1 :: number] = b"\1" * len(multiples)
    return [2 * place + 1 for place in range(1, _SMALL >> 1) if not composite[place]]


def _powers() -> _Powers:
    """What calculates two powers at once (OSError: no OpenSSL)."""
    try:
        library = ctypes.CDLL(getattr(import_module("_ssl"), "__file__", None))
        return _powers_of(library)
    except (AttributeError, ImportError) as error:
        raise OSError(f"no OpenSSL: {error}") from None


def _powers_of(library: Any) -> _Powers:
    """The same of OpenSSL's library (AttributeError: it is none, or cannot be seen)."""
    number_of, octets_of = library.BN_bin2bn, library.BN_bn2binpad
    library.BN_new.restype = library.BN_CTX_new.restype = number_of.restype = ctypes.c_void_p
    pointer = ctypes.c_void_p
    number_of.argtypes = (ctypes.c_char_p, ctypes.c_int, pointer)
    octets_of.argtypes = (pointer, ctypes.c_char_p, ctypes.c_int)
    first, second = (tuple(library.BN_new() for _ in range(4)) for _ in range(2))
    calculate = _calculating(library, first, second)
    octets = ctypes.create_string_buffer(_SIZE)

    def load(power: _Power, into: tuple[int, ...]) -> None:
        for value, number in zip(power, into, strict=False):
            number_of(value.to_bytes(_SIZE, "big"), _SIZE, number)

    def result(of: tuple[int, ...]) -> int:
        octets_of(of[-1], octets, _SIZE)
        return int.from_bytes(octets.raw, "big")

    def powers(one: _Power, other: _Power) -> tuple[int, int]:
        load(one, first)
        load(other, second)
        if not calculate():
            raise OSError("OpenSSL does not calculate")
        return result(first), result(second)

    return powers


def _calculating(
    library: Any, first: tuple[int, ...], second: tuple[int, ...]
) -> Callable[[], bool]:
    """Calculates two powers: each is base, exponent, modulus, result."""
    pointer, scratch = ctypes.c_void_p, library.BN_CTX_new()
    (base, exponent, modulus, result), others = first, second
    both = getattr(library, "BN_mod_exp_mont_consttime_x2", None)
    if both is None:  # before OpenSSL 3
        single = library.BN_mod_exp
        single.argtypes = (pointer,) * 5
        return lambda: all(single(of[3], *of[:3], scratch) for of in (first, second))
    both.argtypes = (pointer,) * 11
    one, other = (result, base, exponent, modulus), (others[3], *others[:3])
    return lambda: bool(both(*one, None, *other, None, scratch))


def _primes_of_cryptography() -> Iterator[int]:
    """Primes of keys that `cryptography` makes, both of each.

    Where it is installed, the arguments of the program say: it is started without `site`.
    """
    sys.path += sys.argv[1:]
    from cryptography.hazmat.primitives.asymmetric.rsa import generate_private_key

    while True:
        numbers = generate_private_key(_PUBLIC_EXPONENT, 2 * _BITS).private_numbers()
        yield numbers.p
        yield numbers.q


def pairs() -> Iterator[tuple[int, int]]:
    """The primes of keys without end, found here or by `cryptography`."""
    try:
        found = primes()
    except OSError:
        found = _primes_of_cryptography()
    return _far_apart(found)


def _far_apart(found: Iterator[int]) -> Iterator[tuple[int, int]]:
    """Pairs of primes that are not near each other."""
    for one, other in zip(found, found, strict=False):
        if abs(one - other).bit_length() > _NEAREST:
            yield one, other


def main() -> None:
    """Make a key for each octet that comes, or until nobody reads them any more."""
    made = pairs()
    while os.read(sys.stdin.fileno(), 1):
        p, q = next(made)
        sys.stdout.write(f"{p:x} {q:x} {pow(q, -1, p):x}\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main()
