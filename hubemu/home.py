"""The home of a Hub: its folder, who owns it now, and the endpoints it publishes.

1. One Hub at a time: the owner holds a lock that dies with its process (`hubemu.ownership`), so a
   killed Hub never leaves a home blocked.
2. `endpoints.json` is only ever seen whole, and only while its Hub is up.
3. A home belongs to one environment for good, because its certificates do.
4. The token of the control API stands in a file that only the owner's user can read.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from hubemu.errors import HubemuError, InputError, StartError, unwritable
from hubemu.files import write_atomically
from hubemu.ownership import Owner, Ownership
from hubemu.settings import Environment

__all__ = ["Home", "unusable"]

_FORMAT = 1
_USUAL = ".hubemu"
"""Name of a home in the folder of whoever says none."""
_MARKER = "home.json"


class Home:
    """A Hub's folder; nothing is created before `claim`."""

    def __init__(self, path: Path) -> None:
        self.path = path.absolute()
        self._owned = Ownership(self.path)

    @property
    def environment(self) -> Environment | None:
        """The environment it belongs to; `None` before it was claimed, or if that is damaged."""
        try:
            return Environment(json.loads((self.path / _MARKER).read_bytes())["environment"])
        except (OSError, ValueError, KeyError, TypeError):
            return None

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
    def token_file(self) -> Path:
        """Where the token of the control API is, mode 0600, while a Hub that wants one is up."""
        return self.path / "http-token"

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
            taken = self._owned.take()
        except OSError as error:
            raise unusable(self.path, error) from None
        if not taken:
            raise StartError(f"{self.path}: a Hub is already up in this home; use another --home")
        try:
            self._belong_to(environment)
            self._withdraw()
        except BaseException:
            self.release()
            raise

    def next_life(self) -> int:
        """Which life of its messages begins now, from 1; for who owns the home.

        Raises:
            HubemuError: that cannot be written.
            InputError: what was written is damaged.
        """
        file = self.state / "lives"
        try:
            life = int(file.read_text("ascii")) + 1 if file.exists() else 1
            self.state.mkdir(mode=0o700, exist_ok=True)
            write_atomically(file, b"%d\n" % life)
        except ValueError:
            raise InputError(file, "damaged: delete it (ids may come again then)") from None
        except OSError as error:
            raise unwritable(file, error, f"cannot be written ({error.strerror})") from None
        return life

    def release(self) -> None:
        """Withdraw the endpoints and let another Hub have the home."""
        if self._owned.is_ours:
            self._withdraw()
            self._owned.give_up()

    def _withdraw(self) -> None:
        self.endpoints_file.unlink(missing_ok=True)
        self.token_file.unlink(missing_ok=True)

    def write_token(self, token: str) -> None:
        """Keep the token of the control API where the commands of this user find it."""
        write_atomically(self.token_file, token.encode() + b"\n", mode=0o600)

    def token(self) -> str | None:
        """The token that the control API of the Hub that is up here wants, if it wants one."""
        try:
            return self.token_file.read_text("ascii").strip() or None
        except (OSError, ValueError):
            return None

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
        return self._owned.is_taken()

    def owner(self) -> Owner | None:
        """The process that owns this home, by what only that process can have written."""
        return self._owned.owner()

    def require_endpoints(self) -> dict[str, Any]:
        """The endpoints of the Hub that is up here.

        Raises:
            StartError: no Hub is up in this home.
        """
        found = self.endpoints()
        if found is None:
            inner = Home(self.path / _USUAL)
            mend = (
                f"one is up in {inner.path}: name that"
                if inner.is_claimed()
                else "start one with `hubemu up` or name its home"
            )
            raise StartError(
                f"{self.path}: no Hub is up in this home; {mend} with --home or HUBEMU_HOME"
            )
        return found

    def _belong_to(self, environment: Environment) -> None:
        marker = self.path / _MARKER
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


def unusable(folder: Path, error: OSError) -> HubemuError:
    """Why a folder cannot be a home."""
    reason = error.strerror or str(error)
    if folder.exists() and not folder.is_dir():
        reason = "it is a file"
    mend = "name another folder by --home"
    return unwritable(folder, error, f"cannot be a home ({reason.lower()}): {mend}")
