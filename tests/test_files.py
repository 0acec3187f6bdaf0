"""Files that are only ever seen whole."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from hubemu.files import write_atomically


def _modes(path: Path) -> int:
    return path.lstat().st_mode & 0o777


@pytest.mark.skipif(os.name != "posix", reason="no such modes")
def test_content_and_mode_are_those_asked_for_whatever_was_there(tmp_path: Path) -> None:
    other, path = tmp_path / "other", tmp_path / "file"
    other.write_bytes(b"another's")
    path.symlink_to(other)
    (tmp_path / f".file.{os.getpid()}").symlink_to(other)  # left by an earlier process
    before = os.umask(0o077)
    try:
        write_atomically(path, b"x" * 1_000_000)
        write_atomically(tmp_path / "secret", b"", 0o600)
    finally:
        os.umask(before)
    assert (path.read_bytes(), _modes(path)) == (b"x" * 1_000_000, 0o644)
    assert not path.is_symlink()
    assert _modes(tmp_path / "secret") == 0o600
    assert other.read_bytes() == b"another's"
    assert sorted(one.name for one in tmp_path.iterdir()) == ["file", "other", "secret"]


def test_what_cannot_be_written_is_named_and_nothing_is_left(tmp_path: Path) -> None:
    (tmp_path / "folder" / "in it").mkdir(parents=True)
    for path in (tmp_path / "folder", tmp_path / "absent" / "file"):
        with pytest.raises(OSError, match=path.name) as caught:
            write_atomically(path, b"text")
        assert caught.value.filename is not None
    assert [one.name for one in tmp_path.iterdir()] == ["folder"]
