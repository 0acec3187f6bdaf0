"""Where the log goes: stderr, warnings only unless `HUBEMU_DEBUG` asks for everything."""

from __future__ import annotations

import logging
import os
import time

__all__ = ["log_to_stderr"]


def log_to_stderr() -> None:
    """Send the log of this process to stderr, in UTC."""
    formatter = logging.Formatter(
        "%(asctime)s.%(msecs)03dZ %(levelname)s %(name)s: %(message)s", "%Y-%m-%dT%H:%M:%S"
    )
    formatter.converter = time.gmtime
    handler = logging.StreamHandler()
    handler.setFormatter(formatter)
    logging.basicConfig(level=logging.WARNING, handlers=[handler])
    if os.environ.get("HUBEMU_DEBUG"):
        logging.getLogger("hubemu").setLevel(logging.DEBUG)
