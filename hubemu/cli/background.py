"""A Hub that goes on after the command that started it has returned."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any, BinaryIO, Protocol

import click
from click.core import ParameterSource
from click.exceptions import Exit

from hubemu.cli.output import talk
from hubemu.errors import StartError
from hubemu.home import Home, unusable

__all__ = ["start_in_background"]

_POLL = 0.01
_OPEN_FILES = Path("/proc/self/fd")
_STANDARD = (0, 1, 2)


def start_in_background(
    arguments: Sequence[str], home: Home, http_token: str | None
) -> dict[str, Any] | None:
    """Start `hubemu up` with `arguments` as a process of its own; its endpoints once it is ready.

    `None`: this is that process, which has all that this command has loaded already; it is to be
    the Hub. `http_token` goes by the environment: the arguments of a process can be read by every
    user.

    Raises:
        StartError: a Hub is up in this home.
        InputError: the home cannot be written to.
        Exit: the Hub did not start; its own words were shown, its exit code is kept.
    """
    if home.is_claimed():
        raise StartError(f"{home.path}: a Hub is already up in this home; use another --home")
    try:
        home.path.mkdir(mode=0o700, parents=True, exist_ok=True)
        log = home.log_file.open("ab")
    except OSError as error:
        raise unusable(home.path, error) from None
    with log:
        start = log.tell()
        # Where standard output is closed, the log has its number.
        whole = log.fileno() not in _STANDARD and _may_fork()
        process = _fork(log) if whole else _begin(arguments, home, http_token, log)
    return None if process is None else _wait_until_ready(process, home, start)


class _Process(Protocol):
    """What is asked of a process that was started."""

    pid: int
    returncode: int | Any

    def poll(self) -> int | None:
        """Its exit code, if it has ended."""

    def terminate(self) -> None:
        """Ask it to end."""


def _begin(arguments: Sequence[str], home: Home, http_token: str | None, log: BinaryIO) -> _Process:
    """Another interpreter."""
    # The home is said even where it is the default: HUBEMU_HOME must not win in the new process.
    command = [sys.executable, "-P", "-m", "hubemu", "up", *arguments, "--home", str(home.path)]
    return subprocess.Popen(  # noqa: S603 (our own command, no shell)
        command,
        stdin=subprocess.DEVNULL,
        stdout=log,
        stderr=log,
        start_new_session=True,
        env=_environment() | ({} if http_token is None else {"HUBEMU_HTTP_TOKEN": http_token}),
    )


def _environment() -> dict[str, str]:
    """That of this process, less the options in it: the arguments say all but the default ones."""
    context = click.get_current_context(silent=True)
    options = () if context is None else context.command.params
    said = {f"HUBEMU_{one.name}".upper() for one in options}
    return {name: value for name, value in os.environ.items() if name not in said}


def _may_fork() -> bool:
    """Whether this process may become two, and the arguments of both be its own.

    It is to be the command and nothing else (`entry.main`): whoever calls it from a program does
    not expect to return twice. Elsewhere than on Linux, forks without another program are unsafe.
    """
    context = click.get_current_context(silent=True)
    if context is None or context.find_root().obj != "process":
        return False
    secret = context.get_parameter_source("http_token") is ParameterSource.COMMANDLINE
    return sys.platform == "linux" and _OPEN_FILES.is_dir() and not secret


def _fork(log: BinaryIO) -> _Process | None:
    """A fork of this process, in a session of its own; `None` in that."""
    sys.stdout.flush()
    sys.stderr.flush()
    pid = os.fork()
    if pid:
        return _Fork(pid)
    os.setsid()
    with open(os.devnull, "rb") as nothing:
        for source, standard in zip((nothing, log, log), _STANDARD, strict=True):
            os.dup2(source.fileno(), standard)
    log.close()
    # Whoever waits for the end of what this command had open is not to wait for the Hub's.
    for one in os.listdir(_OPEN_FILES):
        if int(one) not in _STANDARD:
            with suppress(OSError):
                os.close(int(one))
    return None


class _Fork:
    """The other half of this process."""

    def __init__(self, pid: int) -> None:
        self.pid = pid
        self.returncode: int | None = None

    def poll(self) -> int | None:
        """Its exit code, if it has ended."""
        if self.returncode is None:
            ended, status = os.waitpid(self.pid, os.WNOHANG)
            if ended:
                self.returncode = os.waitstatus_to_exitcode(status)
        return self.returncode

    def terminate(self) -> None:
        """Ask it to end."""
        if self.poll() is None:
            os.kill(self.pid, signal.SIGTERM)


def _wait_until_ready(process: _Process, home: Home, log_start: int) -> dict[str, Any]:
    published = str(home.endpoints_file)
    try:
        while process.poll() is None:
            # Asked cheaply: the Hub and the makers of its keys have the processors to themselves.
            endpoints = home.endpoints() if os.path.exists(published) else None
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
