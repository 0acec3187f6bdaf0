"""The user's folder for what can be made again."""

from __future__ import annotations

import os
import sys
from pathlib import Path

__all__ = ["user_cache"]


def user_cache() -> Path:
    """The folder for what can be made again: `$HUBEMU_DATA/cache`, `$XDG_CACHE_HOME/hubemu` or the
    system's custom.

    A user without a home has none: nothing is found there, and nothing kept.
    """
    if data := os.environ.get("HUBEMU_DATA"):
        return Path(data) / "cache"
    if named := os.environ.get("XDG_CACHE_HOME"):
        return Path(named) / "hubemu"
    if sys.platform == "win32":
        return Path(os.environ.get("LOCALAPPDATA", Path.home())) / "hubemu" / "Cache"
    try:
        home = Path.home()
    except RuntimeError:
        return Path(os.devnull)
    if sys.platform == "darwin":
        return home / "Library" / "Caches" / "hubemu"
    return home / ".cache" / "hubemu"
