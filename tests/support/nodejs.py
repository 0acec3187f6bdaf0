"""Node's packages that the tests use: those of a bundle, or installed once beside this Python.

    python -m tests.support.nodejs      prints the folder; why not, and 1, where they cannot be had

A registry that cannot be reached is asked once a run, not by each worker again.
"""

from __future__ import annotations

import fcntl
import os
import shutil
import subprocess
import sys
from pathlib import Path

__all__ = ["NodeMissing", "node_modules"]

_PACKAGE = Path(__file__).with_name("node")
_CACHE = Path(sys.prefix) / "share" / "hubemu-node"
_GIVEN = "HUBEMU_NODE_MODULES"
_TIMEOUT = 100.0
_IMPATIENT = ("--prefer-offline", "--fetch-retries=0", "--fetch-timeout=20000")
"""What npm has kept is not asked for again, and what it does not get at once it does not get."""


class NodeMissing(Exception):
    """Node.js or its package cannot be had here; the text says why."""


def node_modules() -> Path:
    """The `node_modules` folder that holds what `node/package.json` names.

    That of a bundle, which its `test.sh` names in `HUBEMU_NODE_MODULES`; else installed on first
    use.

    Raises:
        NodeMissing: no node, no npm, npm reaches no registry, or the folder named is not there.
    """
    _need("node")
    if given := os.environ.get(_GIVEN):
        if not Path(given).is_dir():
            raise NodeMissing(f"{_GIVEN} names {given}, which is no folder")
        return Path(given)
    _need("npm")
    _CACHE.mkdir(parents=True, exist_ok=True)
    with (_CACHE / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)  # several workers of one run want it at once
        return _installed(_CACHE, run=os.environ.get("PYTEST_XDIST_TESTRUNUID"))


def _need(program: str) -> None:
    if shutil.which(program) is None:
        raise NodeMissing(f"no {program} on this machine")


def _installed(folder: Path, run: str | None) -> Path:
    """The packages in a folder, where they are all there; else as npm installs or refuses them."""
    wanted = (_PACKAGE / "package.json").read_text()
    done, refused = folder / "installed.json", folder / "refused"
    if not done.exists() or done.read_text() != wanted:
        first, _, reason = refused.read_text().partition("\n") if refused.exists() else ("", "", "")
        if run and run == first:
            raise NodeMissing(reason)
        shutil.copy(_PACKAGE / "package.json", folder)
        try:
            _install(folder)
        except NodeMissing as why:
            refused.write_text(f"{run or ''}\n{why}")
            raise
        done.write_text(wanted)
    return folder / "node_modules"


def _install(folder: Path) -> None:
    command = ["npm", "install", "--no-audit", "--no-fund", "--loglevel=error", *_IMPATIENT]
    try:
        subprocess.run(
            command, cwd=folder, check=True, capture_output=True, text=True, timeout=_TIMEOUT
        )
    except subprocess.CalledProcessError as error:
        raise NodeMissing(
            f"npm install of the test clients failed: {error.stderr.strip()[-300:]}"
        ) from None
    except subprocess.TimeoutExpired:
        raise NodeMissing(f"npm install took more than {_TIMEOUT:g} s") from None


if __name__ == "__main__":
    try:
        sys.stdout.write(f"{node_modules()}\n")
    except NodeMissing as why:
        sys.exit(str(why))
