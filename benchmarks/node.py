"""Load generators in Node: a Python client would itself be what limits a measurement."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from pathlib import Path
from typing import Any

__all__ = ["install_amqplib", "load"]

HERE = Path(__file__).resolve().parent
PACKAGE = HERE.parent / "tests" / "support" / "node"


def install_amqplib() -> None:
    """Node's client, beside the test suite's own.

    Raises:
        SystemExit: there is no Node or no npm here, or npm cannot install it.
    """
    missing = [program for program in ("node", "npm") if shutil.which(program) is None]
    if missing:
        raise SystemExit(f"no {' and no '.join(missing)} here: the load is made by Node's amqplib")
    if not (PACKAGE / "node_modules" / "amqplib").is_dir():
        command = ["npm", "install", "--silent", "--no-audit", "--no-fund"]
        if subprocess.run(command, cwd=PACKAGE, check=False).returncode:
            raise SystemExit(f"npm cannot install amqplib in {PACKAGE}")


def load(script: str, run: dict[str, Any]) -> dict[str, Any]:
    """What one run of a load generator of this folder measured.

    Raises:
        SystemExit: it failed; the text says how.
    """
    done = subprocess.run(
        ["node", str(HERE / script), json.dumps(run)],
        env=os.environ | {"NODE_PATH": str(PACKAGE / "node_modules")},
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        raise SystemExit(f"the load generator failed:\n{done.stderr}")
    measured: dict[str, Any] = json.loads(done.stdout)
    return measured
