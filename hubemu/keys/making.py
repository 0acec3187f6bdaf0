"""A program that makes RSA keys, one line of two primes each, until it has made enough.

It runs beside a start, as a process of its own: it neither waits for Python's lock nor has others
wait, and it begins after some 20 ms, since it loads nothing but OpenSSL.

OpenSSL's own making of a 2,048-bit key asks 64 times whether each prime is one (64 rounds of
Miller and Rabin), two thirds of the time. For random candidates of 1,024 bits five rounds are
what FIPS 186-5 asks for (table B.1), so candidates are drawn and asked here, by OpenSSL's
arithmetic. Where that cannot be reached, the keys are `cryptography`'s.
"""

from __future__ import annotations

import ctypes
import math
import secrets
import sys
from collections.abc import Callable, Iterator
from importlib import import_module

__all__ = ["PUBLIC_EXPONENT", "primes"]

PUBLIC_EXPONENT = 65537
_BITS = 1024
_ROUNDS = 5
_SIEVED = 4096
"""Numbers looked at after one that was drawn: a prime is among them mostly."""
_SMALL = 1 << 14


def primes() -> Callable[[], int]:
    """What gives random primes of 1,024 bits whose two upper bits are set.

    Raises:
        OSError: OpenSSL cannot be reached.
    """
    is_prime = _tester()
    small = [number for number in range(3, _SMALL, 2) if _is_small_prime(number)]

    def draw() -> int:
        while True:
            for candidate in _candidates(small):
                if is_prime(candidate) and math.gcd(candidate - 1, PUBLIC_EXPONENT) == 1:
                    return candidate

    return draw


def _is_small_prime(number: int) -> bool:
    return all(number % divisor for divisor in range(3, math.isqrt(number) + 1, 2))


def _candidates(small: list[int]) -> Iterator[int]:
    """Odd numbers from a random one on that no small prime divides."""
    first = secrets.randbits(_BITS) | 3 << (_BITS - 2) | 1
    divided = bytearray(_SIEVED)
    for prime in small:
        # first + 2 * place is a multiple of the prime
        place = -(first % prime) * (prime + 1) // 2 % prime
        divided[place::prime] = b"\1" * len(range(place, _SIEVED, prime))
    last = (1 << _BITS) - 1
    place = divided.find(0)
    while place >= 0 and first + 2 * place <= last:
        yield first + 2 * place
        place = divided.find(0, place + 1)


def _tester() -> Callable[[int], bool]:
    """Whether an odd number above 3 is a prime, after Miller and Rabin (OSError: no OpenSSL)."""
    try:
        library = ctypes.CDLL(getattr(import_module("_ssl"), "__file__", None))
        power = library.BN_mod_exp
        number_of, octets_of = library.BN_bin2bn, library.BN_bn2binpad
        library.BN_new.restype = library.BN_CTX_new.restype = number_of.restype = ctypes.c_void_p
    except (AttributeError, ImportError) as error:
        raise OSError(f"no OpenSSL: {error}") from None
    pointer = ctypes.c_void_p
    number_of.argtypes = (ctypes.c_char_p, ctypes.c_int, pointer)
    octets_of.argtypes = (pointer, ctypes.c_char_p, ctypes.c_int)
    power.argtypes = (pointer, pointer, pointer, pointer, pointer)
    size = _BITS // 8
    base, exponent, modulus, result = (library.BN_new() for _ in range(4))
    scratch, octets = library.BN_CTX_new(), ctypes.create_string_buffer(size)

    def load(value: int, into: int) -> None:
        number_of(value.to_bytes(size, "big"), size, into)

    def is_prime(candidate: int) -> bool:
        halvings = (candidate - 1 & 1 - candidate).bit_length() - 1
        load(candidate, modulus)
        load(candidate - 1 >> halvings, exponent)
        for number in range(_ROUNDS):
            load(2 if not number else 2 + secrets.randbelow(candidate - 3), base)
            if not power(result, base, exponent, modulus, scratch):
                raise OSError("OpenSSL does not calculate")
            octets_of(result, octets, size)
            if not _is_root_of_one(int.from_bytes(octets.raw, "big"), candidate, halvings):
                return False
        return True

    return is_prime


def _is_root_of_one(power: int, candidate: int, halvings: int) -> bool:
    """Whether squaring leads to one by its negative, or began there, as in a field."""
    if power in (1, candidate - 1):
        return True
    for _ in range(halvings - 1):
        power = power * power % candidate
        if power == candidate - 1:
            return True
    return False


def _primes_of_cryptography() -> Callable[[], int]:
    """Primes of keys that `cryptography` makes, both of each."""
    from cryptography.hazmat.primitives.asymmetric.rsa import generate_private_key

    left: list[int] = []

    def draw() -> int:
        if not left:
            numbers = generate_private_key(PUBLIC_EXPONENT, 2 * _BITS).private_numbers()
            left.extend((numbers.p, numbers.q))
        return left.pop()

    return draw


def main() -> None:
    """Make as many keys as the first argument says, or until nobody reads them any more."""
    try:
        draw = primes()
    except OSError:
        draw = _primes_of_cryptography()
    for _ in range(int(sys.argv[1])):
        sys.stdout.write(f"{draw():x} {draw():x}\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main()
