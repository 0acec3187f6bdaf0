"""Where the keys of a home come from, and where they go."""

from __future__ import annotations

import asyncio
import os
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey

from hubemu.keys import supply
from hubemu.keys.filling import fill, filled_meanwhile
from hubemu.keys.pool import KeyPool
from hubemu.keys.rsa import key_of_pem, key_pem, new_key
from hubemu.keys.supply import (
    BITS,
    KeySupply,
    keys_for_a_kept_home,
    keys_for_a_passing_home,
    unused,
)
from hubemu.pki import IdentityRequest, ensure_pki
from hubemu.pki.definitions import load_definitions
from hubemu.routing import load_routing
from hubemu.settings import Environment
from hubemu.supervision import Supervision
from hubemu.temporary_home import temporary_home

pytestmark = pytest.mark.skipif(not hasattr(os, "geteuid"), reason="no pool without file modes")

Made = list[RSAPrivateKey]


@pytest.fixture(scope="module")
def keys() -> Made:
    return [new_key(BITS) for _ in range(4)]


@pytest.fixture(autouse=True)
def _own_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("HUBEMU_DATA", raising=False)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    monkeypatch.setattr(supply, "ENOUGH", 0)  # nothing is made ahead unless a test wants it


@pytest.fixture
def made(keys: Made, monkeypatch: pytest.MonkeyPatch) -> Made:
    """Those of `keys` that were made anew, in place of new ones."""
    rest, made = iter(keys), []

    def make(_bits: int) -> RSAPrivateKey:
        made.append(next(rest))
        return made[-1]

    monkeypatch.setattr(supply, "new_key", make)
    return made


def _numbers(*keys: RSAPrivateKey) -> set[int]:
    return {key.private_numbers().p for key in keys}


def test_a_passing_home_gives_its_keys_to_the_next(made: Made) -> None:
    with keys_for_a_passing_home() as first:
        before = _numbers(first(BITS), first(BITS))
    with keys_for_a_passing_home() as second:
        assert _numbers(second(BITS), second(BITS)) == before
        assert len(made) == 2
        second(BITS)
        assert len(made) == 3


def test_two_at_once_share_no_key(made: Made) -> None:
    with keys_for_a_passing_home() as first:
        first(BITS)
    with keys_for_a_passing_home() as one, keys_for_a_passing_home() as other:
        assert not _numbers(one(BITS)) & _numbers(other(BITS))
    assert len(made) == 2


def test_a_home_that_stays_gets_no_key_that_another_had(made: Made, tmp_path: Path) -> None:
    with keys_for_a_passing_home() as passing:
        had = _numbers(passing(BITS))
    with keys_for_a_kept_home(tmp_path / "home") as kept:
        kept_ones = _numbers(kept(BITS))
        assert kept.gave
    with keys_for_a_passing_home() as again, keys_for_a_kept_home(tmp_path / "other") as other:
        assert _numbers(again(BITS)) == had
        assert not _numbers(other(BITS)) & kept_ones
    assert len(made) == 3


def test_a_damaged_key_is_passed_over(made: Made, keys: Made) -> None:
    pool = unused()
    for damage in (b"", b"no key", key_pem(new_key(1024))):
        pool.put(damage, BITS)
    pool.put(key_pem(keys[3]), BITS)
    assert _numbers(KeySupply(pool)(BITS)) == _numbers(keys[3])
    KeySupply(pool)(BITS)
    assert pool.count(BITS) == 0
    assert len(made) == 1


def test_keys_made_ahead_are_used_and_the_rest_is_kept(
    made: Made, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(supply, "ENOUGH", 3)
    monkeypatch.setattr("os.cpu_count", lambda: 1)
    with keys_for_a_kept_home(tmp_path / "home") as kept:
        taken = [kept(BITS), kept(BITS)]
        assert [key.key_size for key in taken] == [BITS, BITS]
        assert len(_numbers(*taken)) == 2
        kept(BITS)
        assert made == [], "whoever asks for more than is made waits for them no longer"
        kept(BITS)
        assert len(made) == 1
    assert unused().count(BITS) == 0


def test_keys_that_nobody_asked_for_are_kept(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(supply, "ENOUGH", 2)
    monkeypatch.setattr("os.cpu_count", lambda: 1)
    with keys_for_a_kept_home(tmp_path / "home") as kept:
        given = kept(BITS)
        assert kept._makers is not None
        for process in kept._makers._processes:
            process.wait()
    left = unused().take(BITS)
    assert left is not None
    assert key_of_pem(left).private_numbers() != given.private_numbers()
    assert unused().count(BITS) == 0


def test_as_many_are_made_ahead_as_a_home_of_the_built_in_tables_wants(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.undo()
    leaves = 2 * (len(load_routing().clients) + len(("server", "dispatcher")))
    authorities = sum(len(chain) for chain in load_definitions().chains.values())
    assert leaves + authorities == supply.ENOUGH


def test_a_home_that_is_there_has_none_made_ahead(
    made: Made, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(supply, "ENOUGH", 2)
    (tmp_path / "home" / "certs").mkdir(parents=True)
    with keys_for_a_kept_home(tmp_path / "home"):
        pass
    assert made == []


def test_keys_of_any_other_size_are_made(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(supply, "ENOUGH", 1)
    with keys_for_a_kept_home(tmp_path / "home") as kept:
        assert kept(1024).key_size == 1024


def test_a_temporary_home_is_gone_and_its_certificates_are_new() -> None:
    seen: list[tuple[list[bytes], bytes]] = []
    for _ in range(2):
        with temporary_home("test-") as home:
            certs = home.path / "certs"
            ensure_pki(
                certs,
                environment=Environment.SANDBOX,
                clients=[IdentityRequest("fr.health.samuA", "fr.health.samuA", "a.example")],
                sans=(),
                now=datetime.now(UTC),
                new_key=home.new_key,
            )
            keys = sorted(file.read_bytes() for file in certs.rglob("*.key"))
            seen.append((keys, (certs / "ca" / "igc-test.pem").read_bytes()))
        assert not home.path.exists()
    (first, first_authority), (second, second_authority) = seen
    assert len(set(first)) == len(first) == 11
    assert first == second
    assert first_authority != second_authority


def test_the_pool_is_filled_up_and_no_further(keys: Made) -> None:
    made = iter(keys)
    fill(unused(), made, 2)
    fill(unused(), made, 2)
    assert unused().count(BITS) == 2
    assert list(made) == keys[2:]


def test_a_pool_that_takes_no_key_is_given_up(keys: Made, tmp_path: Path) -> None:
    made = iter(keys)
    (tmp_path / "file").write_text("")
    fill(KeyPool(tmp_path / "file"), made, 3)
    assert list(made) == keys[1:]


def test_it_is_filled_by_a_program_that_ends_with_the_hub(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    started: list[asyncio.subprocess.Process] = []
    start = asyncio.create_subprocess_exec

    async def noted(*arguments: str, **options: Any) -> asyncio.subprocess.Process:
        started.append(await start(*arguments, **options))
        return started[-1]

    async def until_there_is_one() -> None:
        async with filled_meanwhile(Supervision(), after=0):
            while not unused().count(BITS):
                await asyncio.sleep(0.02)

    monkeypatch.setattr(asyncio, "create_subprocess_exec", noted)
    asyncio.run(until_there_is_one())
    assert [process.returncode is not None for process in started] == [True]


def test_a_hub_that_is_stopped_at_once_starts_no_such_program(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    async def stopped_at_once() -> None:
        async with filled_meanwhile(Supervision(), after=3_600):
            await asyncio.sleep(0)

    monkeypatch.setattr(asyncio, "create_subprocess_exec", None)
    asyncio.run(stopped_at_once())
