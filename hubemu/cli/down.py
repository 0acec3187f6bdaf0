"""`hubemu down`: stop the Hub of a home."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Mapping
from typing import Any, TypeGuard

from hubemu.cli.options import DEFAULT_HOME, HomeFolder, Json
from hubemu.cli.output import result, result_json
from hubemu.errors import StartError
from hubemu.home import Home
from hubemu.ownership import Owner

__all__ = ["down"]

_PATIENCE = 10.0
_POLL = 0.02


def down(home: HomeFolder = DEFAULT_HOME, as_json: Json = False) -> None:
    """Stop the Hub of a home and wait until it has ended; exit 0 where none is up, too."""
    where = Home(home)
    pid = _stop(where) if where.is_claimed() else None
    if as_json:
        result_json({"stopped": pid is not None, "pid": pid})
    elif pid is None:
        result(f"no Hub is up in {where.path}")
    else:
        result(f"stopped the Hub of {where.path}")


def _stop(home: Home) -> int | None:
    """The number of the process that was stopped; `None` where it ended by itself meanwhile."""
    pid = _hub_of(home)
    if pid is None:
        return None
    try:
        os.kill(pid, signal.SIGTERM)
    except ProcessLookupError:
        pass  # it ended meanwhile, which is what was wanted
    except PermissionError:
        raise StartError(f"the Hub of {home.path} (pid {pid}) is another user's") from None
    deadline = time.monotonic() + _PATIENCE
    while home.is_claimed():
        if time.monotonic() > deadline:
            raise StartError(f"the Hub of {home.path} (pid {pid}) did not stop in {_PATIENCE:g} s")
        time.sleep(_POLL)
    return pid


def _hub_of(home: Home) -> int | None:
    """The process that owns the home, which must be a Hub that is ready: none else is signalled."""
    deadline = time.monotonic() + _PATIENCE
    while not _is_ready(owner := home.owner(), home.endpoints()):
        if not home.is_claimed():
            return None
        if time.monotonic() > deadline:
            raise StartError(
                f"{home.path}: a Hub is still starting, or another command works in this home: "
                "try again when it is done"
            )
        time.sleep(_POLL)
    if not owner.is_reachable:
        raise StartError(
            f"the Hub of {home.path} runs in a container: stop it there, such as by "
            "`docker compose down`"
        )
    return owner.pid


def _is_ready(owner: Owner | None, endpoints: Mapping[str, Any] | None) -> TypeGuard[Owner]:
    """Whether the owner is the Hub that the endpoints are of."""
    return owner is not None and endpoints is not None and endpoints["pid"] == owner.pid
