"""Where the data of a private node are: in memory where there is room, and gone at the end."""

from __future__ import annotations

from pathlib import Path

import pytest

from hubemu.engines.rabbitmq.node_data import make_data_folder, memory_of, remove_data

LITTLE = 1
"""Octets that are free anywhere."""
TOO_MUCH = 2**62


@pytest.fixture
def node(tmp_path: Path) -> Path:
    folder = tmp_path / "node"
    folder.mkdir()
    return folder


@pytest.fixture
def memory(tmp_path: Path) -> Path:
    folder = tmp_path / "memory"
    folder.mkdir()
    return folder


def test_they_are_in_memory_where_there_is_room(node: Path, memory: Path) -> None:
    if not Path("/proc/meminfo").exists():
        pytest.skip("only Linux says how much memory is free")
    made = make_data_folder(node, memory=memory, room=LITTLE)
    assert made.parent == memory
    assert made.stat().st_mode & 0o077 == 0
    assert memory_of(node) == made
    (made / "file").write_text("x")
    remove_data(node)
    assert list(memory.iterdir()) == list(node.iterdir()) == []
    remove_data(node)


@pytest.mark.parametrize(("place", "room"), [("memory", TOO_MUCH), ("nowhere", LITTLE)])
def test_they_are_on_the_disk_where_there_is_none(node: Path, place: str, room: int) -> None:
    made = make_data_folder(node, memory=node.parent / place, room=room)
    assert (made, memory_of(node)) == (node / "data", None)
    (made / "file").write_text("x")
    remove_data(node)
    assert list(node.iterdir()) == []


def test_what_a_node_left_that_could_not_clean_up_goes_first(node: Path, memory: Path) -> None:
    first = make_data_folder(node, memory=memory, room=LITTLE)
    (first / "file").write_text("x")
    second = make_data_folder(node, memory=memory, room=LITTLE)
    assert not first.exists()
    assert list(second.iterdir()) == []


def test_a_link_to_anything_else_takes_nothing_with_it(node: Path, tmp_path: Path) -> None:
    other = tmp_path / "documents"
    other.mkdir()
    (node / "data").symlink_to(other)
    remove_data(node)
    assert other.is_dir()
    assert list(node.iterdir()) == []
