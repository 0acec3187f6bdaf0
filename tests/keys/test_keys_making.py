"""Keys whose primes are found here: they are what OpenSSL takes for good ones."""

from __future__ import annotations

import ctypes
import runpy
import sys

import pytest
from cryptography.hazmat.primitives.asymmetric import padding
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import load_pem_private_key

from hubemu.keys import making
from hubemu.keys.makers import KeyMakers
from hubemu.keys.making import primes
from hubemu.keys.rsa import key_pem


def test_a_prime_is_of_its_size_and_prime_to_the_exponent() -> None:
    draw = primes()
    found = [draw() for _ in range(4)]
    assert len(set(found)) == 4
    for number in found:
        assert number >> 1022 == 3, "1,024 bits, so that the key has 2,048"
        assert (number - 1) % 65537
        assert all(pow(base, number - 1, number) == 1 for base in (2, 3, 5, 7, 11))


@pytest.mark.parametrize("number", [5, 7, 65537, 2**127 - 1, 2**521 - 1, 2**607 - 1])
def test_primes_are_told(number: int) -> None:
    assert making._tester()(number)


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
    assert not making._tester()(number)


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


def test_a_machine_of_many_processors_is_not_filled_with_processes(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("os.cpu_count", lambda: 64)
    makers = KeyMakers(4)
    try:
        assert len(makers._processes) == 4
    finally:
        makers.close()


def test_where_openssl_cannot_be_reached_keys_are_those_of_cryptography(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(ctypes, "CDLL", lambda _: object())
    monkeypatch.setattr(sys, "argv", ["making", "1"])
    runpy.run_path(making.__file__, run_name="__main__")
    p, q = (int(prime, 16) for prime in capsys.readouterr().out.split())
    assert (p * q).bit_length() == 2048
