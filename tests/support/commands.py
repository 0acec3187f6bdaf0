"""The command `hubemu` as users run it."""

from __future__ import annotations

import io
import json
import os
import subprocess
import sys
from contextlib import redirect_stderr, redirect_stdout
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from unittest.mock import patch

from hubemu.cli.entry import run

__all__ = ["HUBEMU", "Ended", "hubemu", "hubemu_here"]

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
    """Run a command to its end, a process of its own; `home` is given as HUBEMU_HOME."""
    ended = subprocess.run(
        [*HUBEMU, *arguments],
        env=os.environ | _settings(home, environment),
        capture_output=True,
        text=True,
        timeout=110,
        check=False,
    )
    return Ended(ended.returncode, ended.stdout, ended.stderr)


def hubemu_here(*arguments: str, home: Path | None = None, **environment: str) -> Ended:
    """The same in this process, for what asks many command lines and starts no Hub: a process
    takes longer to import hubemu than most commands take."""
    out, err = (io.TextIOWrapper(io.BytesIO(), write_through=True) for _ in range(2))
    with (
        patch.dict(os.environ, _settings(home, environment)),
        redirect_stdout(out),
        redirect_stderr(err),
    ):
        try:
            code = run(arguments)
        except SystemExit as ended:  # the shell's completion
            code = int(ended.code or 0)
    return Ended(code, _written(out), _written(err))


def _written(to: io.TextIOWrapper) -> str:
    to.seek(0)
    return to.read()


def _settings(home: Path | None, environment: dict[str, str]) -> dict[str, str]:
    settings = {"NO_COLOR": "1", "COLUMNS": "200"} | environment
    return settings if home is None else settings | {"HUBEMU_HOME": str(home)}
