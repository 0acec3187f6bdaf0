"""`hubemu down`: stop the Hub of a home."""

from __future__ import annotations

import os
import signal
import time

from hubemu.cli.options import DEFAULT_HOME, HomeFolder
from hubemu.cli.output import result
from hubemu.errors import StartError
from hubemu.home import Home

__all__ = ["down"]

_PATIENCE = 10.0
_POLL = 0.02


def down(home: HomeFolder = DEFAULT_HOME) -> None:
    """Stop the Hub of a home and wait until it has ended."""
    where = Home(home)
    pid = where.require_endpoints()["pid"]
    try:
        os.kill(pid, signal.SIGTERM)
    except ProcessLookupError:
        pass  # it ended meanwhile, which is what was wanted
    except PermissionError:
        raise StartError(f"the Hub of {where.path} (pid {pid}) is another user's") from None
    deadline = time.monotonic() + _PATIENCE
    while where.is_claimed():
        if time.monotonic() > deadline:
            raise StartError(f"the Hub of {where.path} (pid {pid}) did not stop in {_PATIENCE:g} s")
        time.sleep(_POLL)
    result(f"stopped the Hub of {where.path}")
