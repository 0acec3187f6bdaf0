"""How many files, sockets above all, this process may have open."""

from __future__ import annotations

import contextlib
import sys

__all__ = ["allowed_open_files", "most_open_files", "raise_open_files"]


def raise_open_files() -> None:
    """Raise the soft limit to the hard one: many systems start programs with 1,024 files."""
    if sys.platform == "win32":
        return
    import resource

    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    # macOS names no bound as hard limit and allows less all the same: then it stays as it is.
    with contextlib.suppress(ValueError, OSError):
        resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))


def most_open_files() -> int | None:
    """The hard limit; `None` where there is none, or none is known."""
    if sys.platform == "win32":
        return None
    import resource

    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    return None if hard == resource.RLIM_INFINITY else hard


def allowed_open_files() -> int | None:
    """The soft limit; `None` where there is none."""
    if sys.platform == "win32":
        return None
    import resource

    soft, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    return None if soft == resource.RLIM_INFINITY else soft
