"""What a command tells of the libraries beneath it."""

from __future__ import annotations

import subprocess
import sys

PROGRAM = """
import logging
from hubemu.cli.logging_set_up import warnings_to_stderr
warnings_to_stderr()
logging.getLogger("aiormq.connection").error("error when creating transport")
logging.getLogger("uvicorn.error").warning("Invalid HTTP request received.")
"""


def test_what_is_told_as_ours_is_not_told_by_the_library_too() -> None:
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM], capture_output=True, text=True, timeout=60, check=True
    )
    [line] = done.stderr.splitlines()
    assert line.endswith("WARNING uvicorn.error: Invalid HTTP request received.")
