"""A Hub that goes on after the command that started it has returned."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Sequence
from typing import Any

from click.exceptions import Exit

from hubemu.cli.output import talk
from hubemu.errors import StartError
from hubemu.home import Home, unusable

__all__ = ["start_in_background"]

_POLL = 0.02


def start_in_background(
    arguments: Sequence[str], home: Home, http_token: str | None
) -> dict[str, Any]:
    """Start `hubemu up` with `arguments` as a process of its own; its endpoints once it is ready.

    `http_token` goes by the environment: the arguments of a process can be read by every user.

    Raises:
        StartError: a Hub is up in this home.
        InputError: the home cannot be written to.
        Exit: the Hub did not start; its own words were shown, its exit code is kept.
    """
    if home.is_claimed():
        raise StartError(f"{home.path}: a Hub is already up in this home; use another --home")
    # The home is said even where it is the default: HUBEMU_HOME must not win in the new process.
    command = [sys.executable, "-P", "-m", "hubemu", "up", *arguments, "--home", str(home.path)]
    try:
        home.path.mkdir(mode=0o700, parents=True, exist_ok=True)
        log = home.log_file.open("ab")
    except OSError as error:
        raise unusable(home.path, error) from None
    with log:
        start = log.tell()
        process = subprocess.Popen(  # noqa: S603 (our own command, no shell)
            command,
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            start_new_session=True,
            env=os.environ | ({} if http_token is None else {"HUBEMU_HTTP_TOKEN": http_token}),
        )
    return _wait_until_ready(process, home, start)


def _wait_until_ready(
    process: subprocess.Popen[bytes], home: Home, log_start: int
) -> dict[str, Any]:
    try:
        while process.poll() is None:
            endpoints = home.endpoints()
            if endpoints is not None and endpoints["pid"] == process.pid:
                process.returncode = 0  # left running on purpose: not ours to reap
                return endpoints
            time.sleep(_POLL)
    except KeyboardInterrupt:
        process.terminate()
        raise
    with home.log_file.open("rb") as log:
        log.seek(log_start)
        talk(log.read().decode(errors="replace").rstrip())
    killed = process.returncode < 0
    raise Exit(StartError.exit_code if killed else process.returncode)
