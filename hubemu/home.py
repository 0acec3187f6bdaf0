"""The home of a Hub: its folder, who owns it now, and the endpoints it publishes.

1. One Hub at a time: the owner holds an operating-system lock, which dies with the process, so a
   killed Hub never leaves a home blocked.
2. `endpoints.json` is only ever seen whole, and only while its Hub is up.
3. A home belongs to one environment for good, because its certificates do.
"""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Mapping
from pathlib import Path
from typing import IO, Any

from hubemu.errors import InputError, StartError
from hubemu.files import write_atomically
from hubemu.settings import Environment

__all__ = ["Home"]

_FORMAT = 1


class Home:
    """A Hub's folder; nothing is created before `claim`."""

    def __init__(self, path: Path) -> None:
        self.path = path.absolute()
        self._lock: IO[bytes] | None = None

    @property
    def certs(self) -> Path:
        """The folder of the test PKI."""
        return self.path / "certs"

    @property
    def state(self) -> Path:
        """The folder of what survives the embedded broker."""
        return self.path / "state"

    @property
    def endpoints_file(self) -> Path:
        """Where a Hub that is up says how to reach it."""
        return self.path / "endpoints.json"

    @property
    def log_file(self) -> Path:
        """Where a detached Hub writes its log."""
        return self.path / "hubemu.log"

    def claim(self, environment: Environment) -> None:
        """Make the folder if need be and own it until `release`.

        Raises:
            StartError: a Hub is up in this home.
            InputError: the folder cannot be used, or belongs to another environment.
        """
        try:
            self.path.mkdir(mode=0o700, parents=True, exist_ok=True)
            lock = (self.path / "lock").open("ab")
        except OSError as error:
            raise InputError(self.path, f"cannot be a home: {error.strerror}") from None
        if not _lock_soon(lock):
            lock.close()
            raise StartError(f"{self.path}: a Hub is already up in this home; use another --home")
        self._lock = lock
        try:
            self._belong_to(environment)
            self.endpoints_file.unlink(missing_ok=True)
        except BaseException:
            self.release()
            raise

    def release(self) -> None:
        """Withdraw the endpoints and let another Hub have the home."""
        if self._lock is not None:
            self.endpoints_file.unlink(missing_ok=True)
            self._lock.close()
            self._lock = None

    def write_endpoints(self, endpoints: Mapping[str, Any]) -> None:
        """Publish how to reach the Hub, atomically."""
        text = json.dumps(endpoints, indent=1, ensure_ascii=False) + "\n"
        write_atomically(self.endpoints_file, text.encode())

    def endpoints(self) -> dict[str, Any] | None:
        """What the Hub that is up here has published, or `None` when none is up and ready."""
        if not self.endpoints_file.exists() or not self.is_claimed():
            return None
        try:
            found = json.loads(self.endpoints_file.read_bytes())
        except (OSError, ValueError):
            return None
        return found if isinstance(found, dict) else None

    def is_claimed(self) -> bool:
        """Whether a Hub owns this home, ready or still starting or stopping."""
        return self._lock is not None or self._held_by_another()

    def require_endpoints(self) -> dict[str, Any]:
        """The endpoints of the Hub that is up here.

        Raises:
            StartError: no Hub is up in this home.
        """
        found = self.endpoints()
        if found is None:
            raise StartError(
                f"{self.path}: no Hub is up in this home; start one with `hubemu up` "
                "or name its home with --home or HUBEMU_HOME"
            )
        return found

    def _held_by_another(self) -> bool:
        try:
            lock = (self.path / "lock").open("r+b")
        except OSError:
            return False
        with lock:
            return not _lock(lock)

    def _belong_to(self, environment: Environment) -> None:
        marker = self.path / "home.json"
        if not marker.exists():
            content = {"format": _FORMAT, "environment": environment.value}
            write_atomically(marker, json.dumps(content).encode() + b"\n")
            return
        try:
            found = json.loads(marker.read_bytes())
            owner, version = found["environment"], found["format"]
        except (OSError, ValueError, KeyError, TypeError) as error:
            raise InputError(marker, f"damaged ({error}): use another --home") from None
        if version != _FORMAT:
            raise InputError(marker, f"format {version!r} of another hubemu: use another --home")
        if owner != environment.value:
            raise InputError(
                self.path,
                f"this home belongs to environment {owner}, not {environment}: use another --home",
            )


def _lock_soon(file: IO[bytes]) -> bool:
    """Take the lock, waiting out those who only look whether it is taken (microseconds each)."""
    deadline = time.monotonic() + 0.2
    while not _lock(file):
        if time.monotonic() > deadline:
            return False
        time.sleep(0.005)
    return True


if sys.platform == "win32":
    import msvcrt

    def _lock(file: IO[bytes]) -> bool:
        """Take the lock for as long as `file` is open; `False` when another has it."""
        try:
            msvcrt.locking(file.fileno(), msvcrt.LK_NBLCK, 1)
        except OSError:
            return False
        return True
else:
    import fcntl

    def _lock(file: IO[bytes]) -> bool:
        """Take the lock for as long as `file` is open; `False` when another has it."""
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            return False
        return True
