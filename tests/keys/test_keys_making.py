"""Keys whose primes are found here: they are what OpenSSL takes for good ones."""

from __future__ import annotations

import ctypes
import subprocess
import sys
from importlib import import_module
from itertools import islice
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric import padding
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import load_pem_private_key
from hypothesis import given
from hypothesis import strategies as st

from hubemu.keys import making
from hubemu.keys.makers import KeyMakers
from hubemu.keys.making import is_prime, primes
from hubemu.keys.rsa import key_pem

_POWERS = making._powers()
_PRIMES = [5, 7, 65537, 2**127 - 1, 2**521 - 1, 2**607 - 1]


class _OlderOpenSsl:
    """OpenSSL's library before version 3."""

    def __init__(self) -> None:
        self._library = ctypes.CDLL(import_module("_ssl").__file__)

    def __getattr__(self, name: str) -> Any:
        if name.endswith("_x2"):
            raise AttributeError(name)
        return getattr(self._library, name)


def _told(number: int, rounds: int = 5, powers: making._Powers = _POWERS) -> bool:
    """What is said of a number, beside one of 1,024 bits."""
    asking, beside = is_prime(number, rounds), (3, 2**1022 + 1, 2**1023 + 1155)
    try:
        asked = next(asking)
        while True:
            asked = asking.send(powers(asked, beside)[0])
    except StopIteration as end:
        return bool(end.value)


def test_a_prime_is_of_its_size_and_prime_to_the_exponent() -> None:
    found = list(islice(primes(), 4))
    assert len(set(found)) == 4
    for number in found:
        assert number >> 1022 == 3, "1,024 bits, so that the key has 2,048"
        assert (number - 1) % 65537
        assert all(pow(base, number - 1, number) == 1 for base in (2, 3, 5, 7, 11))


@pytest.mark.parametrize("number", _PRIMES)
def test_primes_are_told(number: int) -> None:
    assert _told(number)


@pytest.mark.parametrize(
    "number",
    [
        9,
        561,  # Carmichael: every base that is prime to it takes it, by Fermat alone
        2047,  # strong pseudoprime to base 2
        3215031751,  # ... to 2, 3, 5 and 7
        (2**127 - 1) * (2**521 - 1),
    ],
)
def test_products_are_told(number: int) -> None:
    # A round misses one of four at most: five would miss some of the small ones now and then.
    assert not _told(number, rounds=40)


@given(
    *[
        st.tuples(
            st.integers(0, 2**1024 - 1),
            st.integers(0, 2**1024 - 1),
            st.integers(0, 2**1023 - 1).map(lambda half: 2 * half + 1),
        )
    ]
    * 2
)
def test_two_powers_are_what_they_are(one: making._Power, other: making._Power) -> None:
    assert _POWERS(one, other) == (pow(*one), pow(*other))


def test_an_older_openssl_calculates_one_power_after_the_other() -> None:
    powers = making._powers_of(_OlderOpenSsl())
    large = 2**1024 - 105
    assert powers((3, large - 1, large), (5, 7, 11)) == (1, 5**7 % 11)
    assert [_told(number, powers=powers) for number in (*_PRIMES, 2**1024 - 107)] == [
        *(True for _ in _PRIMES),
        False,
    ]


def test_candidates_have_no_small_divisor_and_their_upper_bits() -> None:
    small = making._small_primes()
    assert small[:5] == [3, 5, 7, 11, 13]
    assert len(small) == 1899, "the odd primes below 16,384"
    candidates = list(making._candidates(small))
    assert len(candidates) > 100
    assert all(number % prime for number in candidates for prime in small)
    assert {number >> 1022 for number in candidates} == {3}
    assert all(number % 2 for number in candidates)
    # Nothing was passed over that has no small divisor.
    between = range(candidates[-1], candidates[0] + 1, 2)
    assert [n for n in between if all(n % p for p in small)] == candidates[::-1]


def test_the_primes_of_a_key_are_not_near_each_other() -> None:
    first, far = 2**1023, 2**1023 + 2**924
    assert list(making._far_apart(iter([first, first + 2, first, far, 1, 1, 1]))) == [(first, far)]


def test_the_keys_pass_openssls_own_checks_and_sign() -> None:
    makers = KeyMakers(2)
    try:
        key = makers.take()
        assert key is not None
        checked = load_pem_private_key(key_pem(key), None)  # looks at the primes again
        # Of any kind, for the type checker; that it is RSA is what is compared.
        assert checked.private_numbers() == key.private_numbers()  # type: ignore[union-attr]
        key.public_key().verify(
            key.sign(b"octets", padding.PKCS1v15(), SHA256()),
            b"octets",
            padding.PKCS1v15(),
            SHA256(),
        )
    finally:
        makers.close()
    assert makers.take() is None
    assert all(process.returncode is not None for process in makers._processes)


def test_who_wants_no_key_any_more_does_not_wait_for_any() -> None:
    makers = KeyMakers(1_000)
    assert makers.close() == []
    assert makers.take() is None
    assert all(process.returncode is not None for process in makers._processes)


def test_a_machine_of_many_processors_is_not_filled_with_processes(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("os.cpu_count", lambda: 64)
    makers = KeyMakers(4)
    try:
        assert len(makers._processes) == 3, "one processor is for who wants the keys"
        assert makers.take() is not None
        assert len(makers._processes) == 4
    finally:
        makers.close()


@pytest.mark.parametrize("broken", ["ctypes.CDLL = lambda _: object()", "sys.modules['_ssl'] = 0"])
def test_where_openssl_cannot_be_reached_keys_are_those_of_cryptography(broken: str) -> None:
    running = f"runpy.run_path({making.__file__!r}, None, '__main__')"
    program = f"import ctypes, runpy, sys; {broken}; {running}"
    made = subprocess.run(
        [sys.executable, "-I", "-S", "-c", program, *filter(None, sys.path)],
        input=b"kk",
        capture_output=True,
        check=True,
    )
    assert made.stderr == b""
    lines = made.stdout.splitlines()
    assert len(lines) == 2
    for line in lines:
        p, q, coefficient = (int(number, 16) for number in line.split())
        assert (p * q).bit_length() == 2048
        assert coefficient * q % p == 1
