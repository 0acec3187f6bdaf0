"""The command `hubemu` as users run it: a process of its own."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

__all__ = ["HUBEMU", "Ended", "hubemu"]

HUBEMU = [sys.executable, "-P", "-m", "hubemu"]
"""The command, whatever the PATH."""


@dataclass(frozen=True, slots=True)
class Ended:
    """How a command ended and what it said."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        """What it printed, as JSON."""
        return json.loads(self.out)


def hubemu(*arguments: str, home: Path | None = None, **environment: str) -> Ended:
    """Run a command to its end; `home` is given as HUBEMU_HOME."""
    settings = {"NO_COLOR": "1", "COLUMNS": "200"} | environment
    if home is not None:
        settings["HUBEMU_HOME"] = str(home)
    ended = subprocess.run(
        [*HUBEMU, *arguments],
        env=os.environ | settings,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    return Ended(ended.returncode, ended.stdout, ended.stderr)
