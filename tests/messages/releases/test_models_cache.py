"""Compiled models on disk: found again, made again when damaged, safe to share."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from hubemu.messages.releases import catalogue
from hubemu.messages.releases.cache import digest_of
from hubemu.messages.releases.catalogue import release_files
from hubemu.user_cache import user_cache


def _kept(cache: Path) -> list[Path]:
    return sorted(path for path in cache.rglob("*") if path.is_file())


def test_a_release_is_compiled_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    first = release_files("2.0.0", cache=tmp_path)
    monkeypatch.setattr(catalogue, "_compile", None)
    assert release_files("2.0.0", cache=tmp_path) == first
    assert [path.name for path in _kept(tmp_path)] == ["2.0.0.json"]


@pytest.mark.parametrize("damage", [b"", b"{", b"[]", b"\xff"])
def test_a_damaged_cache_is_made_again(tmp_path: Path, damage: bytes) -> None:
    first = release_files("3.0.0", cache=tmp_path)
    _kept(tmp_path)[0].write_bytes(damage)
    assert release_files("3.0.0", cache=tmp_path) == first


def test_a_cache_that_cannot_be_written_is_done_without(tmp_path: Path) -> None:
    in_the_way = tmp_path / "file"
    in_the_way.write_text("")
    assert release_files("1.0", cache=in_the_way).name == "1.0"


def test_the_quirk_that_changes_the_xsd_is_kept_apart(tmp_path: Path) -> None:
    with_quirk = release_files("1.0", cache=tmp_path)
    without = release_files("1.0", quirks=frozenset(), cache=tmp_path)
    content = "RC-XML-ContentType.xsd"
    assert b"createCaseHealthUpdate" not in with_quirk.xsds[content]
    assert b"createCaseHealthUpdate" in without.xsds[content]


def test_several_at_once_see_whole_files(tmp_path: Path) -> None:
    with ThreadPoolExecutor(4) as pool:
        found = list(pool.map(lambda _: release_files("1.0", cache=tmp_path), range(8)))
    assert all(files == found[0] for files in found)
    assert len(_kept(tmp_path)) == 1


def test_the_digest_changes_with_names_and_contents(tmp_path: Path) -> None:
    one, other = tmp_path / "a", tmp_path / "b"
    one.write_bytes(b"x")
    other.write_bytes(b"y")
    before = digest_of([one, other])
    assert digest_of([other, one]) == before
    other.write_bytes(b"z")
    assert digest_of([one, other]) != before


def test_the_cache_folder_follows_the_environment(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("HUBEMU_DATA", raising=False)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    assert user_cache() == tmp_path / "hubemu"
    monkeypatch.setenv("HUBEMU_DATA", str(tmp_path / "data"))
    assert user_cache() == tmp_path / "data" / "cache"
