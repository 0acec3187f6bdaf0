"""Parsers of files from anybody: whatever comes, an answer or one error of theirs."""

from __future__ import annotations

import contextlib
import random
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.serialization import Encoding
from hypothesis import given, settings
from hypothesis import strategies as st

from hubemu.errors import InputError
from hubemu.pki import Pki, jks
from hubemu.pki.ber import encoded, read_all, read_one
from hubemu.pki.certificate_files import read_material
from hubemu.pki.issued_on_demand import IssueOrder, issue_certificate
from hubemu.pki.stores import key_stores, pem
from tests.pki.test_pki_issue import NOW

ALIASES = st.text(st.characters(codec="utf-8", exclude_characters="\0"), max_size=40)


@given(st.binary(max_size=300))
def test_any_octets_are_ber_or_an_error(data: bytes) -> None:
    for read in (read_one, read_all):
        with contextlib.suppress(ValueError):
            read(data)


@given(st.integers(0, 30), st.binary(max_size=70_000))
def test_what_is_encoded_is_read(tag: int, content: bytes) -> None:
    value = read_one(encoded(tag, content))
    assert (value.tag, value.content) == (tag, content)


def test_an_open_ended_value_is_read_as_the_same_in_der() -> None:
    inner = encoded(0x04, b"abc") + encoded(0x04, b"de")
    value = read_one(b"\x24\x80" + inner + b"\0\0")
    assert value.octets == read_one(encoded(0x24, inner)).octets == b"abcde"


def test_values_too_deep_end() -> None:
    data = b""
    for _ in range(100):
        data = encoded(0x30, data)
    with pytest.raises(ValueError, match="too deep"):
        read_one(data)


@settings(max_examples=30)
@given(ALIASES, st.text(max_size=20), st.binary(min_size=1, max_size=3000), st.floats(0, 2e9))
def test_a_jks_comes_back_as_it_was_written(
    pki: Pki, alias: str, word: str, key: bytes, created: float
) -> None:
    chain = pki.chains["igc-test"].certificates
    entries = {alias: jks.JksEntry(chain, key), alias + "2": jks.JksEntry(chain[:1])}
    written = jks.write_jks(entries, word, created)
    assert jks.read_jks(written, word) == {name.lower(): one for name, one in entries.items()}


@pytest.mark.parametrize("suffix", [".p12", ".pfx", ".jks", ".pem", ".der"])
def test_a_broken_file_is_read_or_refused_in_one_line(pki: Pki, suffix: str) -> None:
    made = issue_certificate(pki, IssueOrder(common_name="x.example"), NOW)
    stores = key_stores("x", made.key, made.chain, "word", 0)
    stores |= {".pem": pem(made.chain), ".der": made.leaf.public_bytes(Encoding.DER)}
    chance = random.Random(20261128)
    for _ in range(150):
        broken = bytearray(stores[suffix])
        for _ in range(chance.choice((1, 2, 8))):
            broken[chance.randrange(len(broken))] = chance.randrange(256)
        with contextlib.suppress(InputError):
            read_material(Path("x"), "word", bytes(broken))


@pytest.mark.parametrize("suffix", [".p12", ".pfx"])
def test_a_key_that_takes_for_ever_to_derive_is_refused(
    pki: Pki, monkeypatch: pytest.MonkeyPatch, suffix: str
) -> None:
    store = (pki.folder / f"clients/fr.health.samuA/igc{suffix}").read_bytes()
    assert read_material(Path("x"), pki.passphrase, store).kind == "pkcs12"
    monkeypatch.setattr("hubemu.pki.pkcs12_anatomy._MOST_ROUNDS", 1000)
    with pytest.raises(InputError, match=r"\d+ rounds of key derivation: 1000 at most"):
        read_material(Path("x"), pki.passphrase, store)
