"""A home has one owner, one environment, and whole endpoints."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from hubemu.errors import InputError, StartError
from hubemu.home import Home
from hubemu.settings import Environment

SANDBOX = Environment.SANDBOX


def test_nothing_is_up_in_an_absent_home(tmp_path: Path) -> None:
    home = Home(tmp_path / "absent")
    assert home.endpoints() is None
    assert not home.path.exists()
    with pytest.raises(StartError, match="no Hub is up"):
        home.require_endpoints()


def test_endpoints_are_there_while_the_home_is_owned(tmp_path: Path) -> None:
    home, other = Home(tmp_path), Home(tmp_path)
    home.claim(SANDBOX)
    assert other.endpoints() is None
    home.write_endpoints({"pid": 1})
    assert other.require_endpoints() == {"pid": 1}
    home.release()
    assert other.endpoints() is None
    assert not home.endpoints_file.exists()


def test_a_second_hub_is_refused(tmp_path: Path) -> None:
    home = Home(tmp_path)
    home.claim(SANDBOX)
    with pytest.raises(StartError, match="already up"):
        Home(tmp_path).claim(SANDBOX)
    assert Home(tmp_path).is_claimed()
    home.release()
    again = Home(tmp_path)
    again.claim(SANDBOX)
    again.release()


def test_a_killed_hub_leaves_the_home_free(tmp_path: Path) -> None:
    script = (
        "import os, sys; from pathlib import Path; from hubemu.home import Home;"
        "from hubemu.settings import Environment;"
        f"h = Home(Path({str(tmp_path)!r})); h.claim(Environment.SANDBOX);"
        "h.write_endpoints({'pid': 1}); os.kill(os.getpid(), 9)"
    )
    subprocess.run([sys.executable, "-c", script], check=False)
    home = Home(tmp_path)
    assert home.endpoints_file.exists()
    assert home.endpoints() is None
    home.claim(SANDBOX)
    assert not home.endpoints_file.exists()
    home.release()


def test_a_home_belongs_to_one_environment(tmp_path: Path) -> None:
    home = Home(tmp_path)
    home.claim(SANDBOX)
    home.release()
    with pytest.raises(InputError, match="use another --home"):
        home.claim(Environment.PROD)
    assert not home.is_claimed()


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"format": 1}', json.dumps({"format": 9})])
def test_a_damaged_marker_is_told(tmp_path: Path, text: str) -> None:
    (tmp_path / "home.json").write_text(text)
    with pytest.raises(InputError, match=r"home\.json"):
        Home(tmp_path).claim(SANDBOX)


def test_a_home_that_is_a_file_is_told(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(InputError, match=r"cannot be a home \(it is a file\): name another folder"):
        Home(tmp_path / "file").claim(SANDBOX)


def test_the_home_inside_the_folder_that_was_named_is_told(tmp_path: Path) -> None:
    with pytest.raises(StartError, match="start one with `hubemu up` or name its home with --home"):
        Home(tmp_path).require_endpoints()
    inner = Home(tmp_path / ".hubemu")
    inner.claim(SANDBOX)
    try:
        with pytest.raises(StartError, match=r"one is up in .*/\.hubemu: name that with --home"):
            Home(tmp_path).require_endpoints()
    finally:
        inner.release()


def test_each_life_of_its_messages_has_a_number_of_its_own(tmp_path: Path) -> None:
    home = Home(tmp_path)
    home.claim(SANDBOX)
    assert [home.next_life(), home.next_life()] == [1, 2]
    (home.state / "lives").write_text("many")
    with pytest.raises(InputError, match="damaged: delete it"):
        home.next_life()
    (home.state / "lives").unlink()
    assert home.next_life() == 1
    home.release()
