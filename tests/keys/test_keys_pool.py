"""Keys that wait to be used: taken by one alone, and out of everybody else's reach."""

from __future__ import annotations

import os
import stat
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from hubemu.keys.pool import KeyPool

pytestmark = pytest.mark.skipif(not hasattr(os, "geteuid"), reason="no pool without file modes")

BITS = 2048


def _files(folder: Path) -> list[Path]:
    return sorted(folder.iterdir())


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "cache" / "keys"


def test_a_key_is_kept_and_taken_once(folder: Path) -> None:
    pool = KeyPool(folder)
    pool.put(b"one", BITS)
    pool.put(b"two", 3072)
    assert pool.count(BITS) == 1
    assert pool.take(BITS) == b"one"
    assert pool.take(BITS) is None
    assert pool.take(3072) == b"two"
    assert _files(folder) == []


@pytest.mark.parametrize("umask", [0o000, 0o077, 0o277])
def test_nobody_else_can_read_or_enter(folder: Path, umask: int) -> None:
    folder.parent.mkdir()
    before = os.umask(umask & 0o077)
    try:
        KeyPool(folder).put(b"one", BITS)
    finally:
        os.umask(before)
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    assert [stat.S_IMODE(file.stat().st_mode) for file in _files(folder)] == [0o600]


def test_many_at_once_never_get_the_same_key(folder: Path) -> None:
    pool = KeyPool(folder)
    keys = {f"key {number}".encode() for number in range(60)}
    for key in keys:
        pool.put(key, BITS)
    with ThreadPoolExecutor(8) as workers:
        taken = list(workers.map(lambda _: KeyPool(folder).take(BITS), range(80)))
    found = [key for key in taken if key is not None]
    assert sorted(found) == sorted(keys)


@pytest.mark.parametrize("mode", [0o755, 0o770, 0o707, 0o701])
def test_a_folder_that_others_can_enter_is_not_looked_into(folder: Path, mode: int) -> None:
    pool = KeyPool(folder)
    pool.put(b"one", BITS)
    folder.chmod(mode)
    assert (pool.count(BITS), pool.take(BITS)) == (0, None)
    pool.put(b"two", BITS)
    assert len(_files(folder)) == 1


@pytest.mark.parametrize("mode", [0o644, 0o660, 0o604])
def test_a_file_that_others_could_read_or_write_is_no_key(folder: Path, mode: int) -> None:
    pool = KeyPool(folder)
    pool.put(b"one", BITS)
    _files(folder)[0].chmod(mode)
    assert pool.take(BITS) is None


def test_no_symbolic_link_is_followed(folder: Path, tmp_path: Path) -> None:
    pool, outside = KeyPool(folder), tmp_path / "outside.pem"
    pool.put(b"one", BITS)
    assert pool.take(BITS) == b"one"
    outside.write_bytes(b"not ours")
    outside.chmod(0o600)
    (folder / f"{BITS}-planted.pem").symlink_to(outside)
    assert pool.take(BITS) is None
    assert outside.read_bytes() == b"not ours"
    moved = tmp_path / "moved"
    folder.rename(moved)
    folder.symlink_to(moved)
    pool.put(b"two", BITS)
    assert [file.name for file in _files(moved)] == [f"{BITS}-planted.pem"]


def test_what_is_no_file_is_passed_over(folder: Path) -> None:
    pool = KeyPool(folder)
    pool.put(b"one", BITS)
    (folder / f"{BITS}-a").mkdir()
    os.mkfifo(folder / f"{BITS}-b", 0o600)
    assert pool.take(BITS) == b"one"


def test_it_does_not_grow_without_end(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("hubemu.keys.pool._MOST", 3)
    pool = KeyPool(folder)
    for number in range(5):
        pool.put(bytes([number]), BITS)
    assert pool.count(BITS) == 3


def test_a_cache_that_cannot_be_made_is_done_without(tmp_path: Path) -> None:
    in_the_way = tmp_path / "file"
    in_the_way.write_text("")
    pool = KeyPool(in_the_way / "keys")
    pool.put(b"one", BITS)
    assert (pool.count(BITS), pool.take(BITS)) == (0, None)
