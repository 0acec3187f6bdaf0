"""Node's AMQP client, installed once beside this Python environment."""

from __future__ import annotations

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
    """The `node_modules` folder that holds amqplib, installed on first use.

    Raises:
        NodeMissing: no node, no npm, or npm reaches no registry.
    """
    for program in ("node", "npm"):
        if shutil.which(program) is None:
            raise NodeMissing(f"no {program} on this machine")
    installed = _CACHE / "node_modules"
    if not (installed / "amqplib").is_dir():
        _CACHE.mkdir(parents=True, exist_ok=True)
        shutil.copy(_PACKAGE / "package.json", _CACHE)
        _install()
    return installed


def _install() -> None:
    command = ["npm", "install", "--no-audit", "--no-fund", "--loglevel=error"]
    try:
        subprocess.run(
            command, cwd=_CACHE, check=True, capture_output=True, text=True, timeout=_TIMEOUT
        )
    except subprocess.CalledProcessError as error:
        raise NodeMissing(f"npm install of amqplib failed: {error.stderr.strip()[-300:]}") from None
    except subprocess.TimeoutExpired:
        raise NodeMissing(f"npm install of amqplib took more than {_TIMEOUT:g} s") from None
