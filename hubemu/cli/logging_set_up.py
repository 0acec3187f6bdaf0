"""Where the warnings of a command go that tells nothing else while it runs: to stderr, in UTC."""

from __future__ import annotations

import logging
import time

__all__ = ["warnings_to_stderr"]


def warnings_to_stderr() -> None:
    """Send the warnings of this process to stderr.

    Not those of aiormq: each of its failures is told by whoever asked for the connection.
    """
    formatter = logging.Formatter(
        "%(asctime)s.%(msecs)03dZ %(levelname)s %(name)s: %(message)s", "%Y-%m-%dT%H:%M:%S"
    )
    formatter.converter = time.gmtime
    handler = logging.StreamHandler()
    handler.setFormatter(formatter)
    logging.basicConfig(level=logging.WARNING, handlers=[handler])
    logging.getLogger("aiormq").setLevel(logging.CRITICAL)
