"""Whose a folder is: told by what only its owner can have written."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from hubemu.ownership import Owner, Ownership

KILLED = (
    "import os, sys; from pathlib import Path; from hubemu.ownership import Ownership;"
    "assert Ownership(Path(sys.argv[1])).take(); os.kill(os.getpid(), 9)"
)


def test_the_owner_names_itself(tmp_path: Path) -> None:
    own, other = Ownership(tmp_path), Ownership(tmp_path)
    assert own.take()
    assert other.owner() == Owner.this_process()
    assert other.owner() == own.owner()
    assert Owner.this_process().pid == os.getpid()
    assert not other.take()
    assert other.owner() == Owner.this_process(), "who tried in vain has changed nothing"
    own.give_up()
    assert other.owner() is None
    assert not other.is_taken()


def test_a_killed_owner_owns_nothing_whoever_looks_at_the_same_time(tmp_path: Path) -> None:
    subprocess.run([sys.executable, "-c", KILLED, str(tmp_path)], check=False)
    assert json.loads((tmp_path / "owner").read_bytes())["pid"] > 0, "it has left its number"
    with (tmp_path / "lock").open("r+b") as lock, (tmp_path / "owner").open("r+b") as owner:
        fcntl = pytest.importorskip("fcntl")
        for one in (lock, owner):  # another command looks, just now
            fcntl.flock(one, fcntl.LOCK_SH | fcntl.LOCK_NB)
        assert not Ownership(tmp_path).is_taken()
        assert Ownership(tmp_path).owner() is None


def test_who_takes_the_lock_is_not_taken_for_the_one_before(tmp_path: Path) -> None:
    subprocess.run([sys.executable, "-c", KILLED, str(tmp_path)], check=False)
    with (tmp_path / "lock").open("r+b") as lock:
        fcntl = pytest.importorskip("fcntl")
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)  # a command has it, but said no name yet
        assert Ownership(tmp_path).is_taken()
        assert Ownership(tmp_path).owner() is None


def test_a_process_of_another_container_is_not_reachable() -> None:
    assert Owner.this_process().is_reachable
    assert not Owner(1, "another machine").is_reachable


def test_nobody_owns_an_absent_folder(tmp_path: Path) -> None:
    absent = Ownership(tmp_path / "absent")
    assert not absent.is_taken()
    assert absent.owner() is None
