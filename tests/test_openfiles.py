"""The limit of open files is raised as far as the system allows."""

from __future__ import annotations

import subprocess
import sys

import pytest

SCRIPT = """
import resource
resource.setrlimit(resource.RLIMIT_NOFILE, (256, 512))
from hubemu.cli.loop import run_async
from hubemu.openfiles import allowed_open_files
async def work():
    return allowed_open_files()
print(allowed_open_files(), run_async(work()))
"""


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no such limit")
def test_the_soft_limit_is_raised_to_the_hard_one() -> None:
    done = subprocess.run(
        [sys.executable, "-c", SCRIPT], capture_output=True, text=True, check=True
    )
    assert done.stdout.split() == ["256", "512"]
