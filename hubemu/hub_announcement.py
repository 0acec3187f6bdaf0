"""What a Hub tells others of where it is: `endpoints.json`, from when it is ready to its end."""

from __future__ import annotations

import os
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from hubemu.engines import Engine
from hubemu.errors import StartError
from hubemu.home import Home
from hubemu.journal import utc_text
from hubemu.settings import Settings

if TYPE_CHECKING:
    from hubemu.pki.migration import MigrationStage

__all__ = ["Announcement"]


class Announcement:
    """Says nothing until it is made.

    Args:
        home: where it is written; the Hub's, and claimed.
        settings: the Hub's.
    """

    def __init__(self, home: Home, settings: Settings) -> None:
        self._home = home
        self._settings = settings
        self._said: dict[str, Any] | None = None

    @property
    def is_made(self) -> bool:
        """Whether others can know where the Hub is."""
        return self._said is not None

    def make(self, engine: Engine, vhosts: Iterable[str], http: str) -> dict[str, Any]:
        """Write where the broker and, at the URL `http`, the control API are.

        The token of the control API, where one is needed, is written first.
        """
        host, port = engine.listener
        said = {
            "pid": os.getpid(),
            "engine": engine.name,
            "environment": self._settings.environment.value,
            "phase": engine.phase.value,
            "amqps": {"host": host, "port": port},
            "http": http,
            "certs": str(self._home.certs),
            "vhosts": list(vhosts),
        } | self._clock()
        if self._settings.http_token is not None:
            self._home.write_token(self._settings.http_token)
        self._home.write_endpoints(said)
        self._said = said
        return said

    def _clock(self) -> dict[str, Any]:
        """Of a clock that does not go with real time: where it began, whether it stands."""
        begins, stands = self._settings.begins, self._settings.stands
        if begins is None and not stands:
            return {}
        at = utc_text(begins) if begins is not None else None
        return {"clock": {"begins": at, "stands": stands}}

    def said(self) -> dict[str, Any]:
        """What `endpoints.json` says.

        Raises:
            StartError: it is not written yet.
        """
        if self._said is None:
            raise StartError("the Hub is still starting: wait until GET /ready answers 200")
        return dict(self._said)

    def changed(self, stage: MigrationStage) -> None:
        """Have it say what a step of a change of certificates shows, if it is made."""
        if self._said is not None:
            self._said["phase"] = stage.phase.value
            self._said["certs"] = str(stage.pki.folder)
            self._home.write_endpoints(self._said)

    def follow(self, vhosts: Iterable[str]) -> None:
        """Have it say which vHosts there are now, if it is made."""
        names = list(vhosts)
        if self._said is not None and self._said["vhosts"] != names:
            self._said["vhosts"] = names
            self._home.write_endpoints(self._said)

    def withdraw(self) -> None:
        """Say nothing any more; the home lets go of the file itself."""
        self._said = None
