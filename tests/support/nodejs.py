"""Node's packages that the tests use, installed once beside this Python environment."""

from __future__ import annotations

import fcntl
import shutil
import subprocess
import sys
from pathlib import Path

__all__ = ["NodeMissing", "node_modules"]

_PACKAGE = Path(__file__).with_name("node")
_CACHE = Path(sys.prefix) / "share" / "hubemu-node"
_TIMEOUT = 100.0


class NodeMissing(Exception):
    """Node.js or its package cannot be had here; the text says why."""


def node_modules() -> Path:
    """The `node_modules` folder that holds what `node/package.json` names, installed on first use.

    Raises:
        NodeMissing: no node, no npm, or npm reaches no registry.
    """
    for program in ("node", "npm"):
        if shutil.which(program) is None:
            raise NodeMissing(f"no {program} on this machine")
    wanted = (_PACKAGE / "package.json").read_text()
    installed, done = _CACHE / "node_modules", _CACHE / "installed.json"
    _CACHE.mkdir(parents=True, exist_ok=True)
    with (_CACHE / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)  # several workers of one run want it at once
        if not done.exists() or done.read_text() != wanted:
            shutil.copy(_PACKAGE / "package.json", _CACHE)
            _install()
            done.write_text(wanted)
    return installed


def _install() -> None:
    # Without a network npm would try again for minutes, and each worker waits for the others.
    patience = [
        "--fetch-retries=1",
        "--fetch-retry-mintimeout=1000",
        "--fetch-retry-maxtimeout=2000",
    ]
    command = ["npm", "install", "--no-audit", "--no-fund", "--loglevel=error", *patience]
    try:
        subprocess.run(
            command, cwd=_CACHE, check=True, capture_output=True, text=True, timeout=_TIMEOUT
        )
    except subprocess.CalledProcessError as error:
        raise NodeMissing(
            f"npm install of the test clients failed: {error.stderr.strip()[-300:]}"
        ) from None
    except subprocess.TimeoutExpired:
        raise NodeMissing(f"npm install took more than {_TIMEOUT:g} s") from None
