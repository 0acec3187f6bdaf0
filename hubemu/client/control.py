"""The control API of a Hub that is up, as the commands ask it."""

from __future__ import annotations

import json
import urllib.parse
from collections.abc import Mapping
from contextlib import closing
from dataclasses import dataclass, field
from datetime import datetime
from http import HTTPStatus
from http.client import HTTPConnection, HTTPException
from typing import Any

from hubemu.errors import InputError, StartError

__all__ = ["ControlClient"]

_PATIENCE = 10.0
"""Seconds a call may take."""


@dataclass(frozen=True, slots=True)
class ControlClient:
    """Asks the Hub whose HTTP side is at `url`, bearing `token` where it wants one."""

    url: str
    token: str | None = field(default=None, repr=False)

    def clock(self) -> datetime:
        """The Hub's time, which may have been moved."""
        return datetime.fromisoformat(self.get("/api/v1/clock")["now"])

    def get(
        self, path: str, parameters: Mapping[str, str] | None = None, timeout: float = _PATIENCE
    ) -> Any:
        """The decoded answer of a GET.

        Raises:
            InputError: the Hub refuses a parameter, in its own words.
            StartError: it does not answer, it is still starting, or it wants another token.
        """
        query = f"?{urllib.parse.urlencode(parameters)}" if parameters else ""
        status, answer = self.call("GET", f"{path}{query}", timeout=timeout)
        if status == HTTPStatus.SERVICE_UNAVAILABLE:
            raise StartError(f"{self.url}: {_detail(status, answer)}")
        if status != HTTPStatus.OK:
            raise InputError(path, _detail(status, answer))
        return answer

    def text(self, path: str) -> bytes:
        """The answer of a GET that is no JSON.

        Raises:
            StartError: nothing answers there, or it refuses.
        """
        try:
            status, content = self._exchange("GET", path, None, _PATIENCE)
        except (OSError, HTTPException) as error:
            raise StartError(f"{self.url}: the Hub does not answer: {error}") from None
        if status != HTTPStatus.OK:
            raise StartError(f"{self.url}: the Hub answers {status}")
        return content

    def call(
        self, method: str, path: str, body: Any = None, timeout: float = _PATIENCE
    ) -> tuple[int, Any]:
        """Status and decoded JSON of any answer, a refusal too; `None` where it has no body.

        Raises:
            StartError: nothing answers there, or no Hub does, or it wants another token.
        """
        try:
            status, content = self._exchange(method, path, body, timeout)
            answer: Any = json.loads(content) if content else None
        except (OSError, HTTPException) as error:
            raise StartError(f"{self.url}: the Hub does not answer: {error}") from None
        except ValueError:
            raise StartError(f"{self.url}: what answers there is no Hub") from None
        if status == HTTPStatus.UNAUTHORIZED:
            raise StartError(f"{self.url}: {_detail(status, answer)}")
        return status, answer

    def _exchange(self, method: str, path: str, body: Any, timeout: float) -> tuple[int, bytes]:
        headers = {} if self.token is None else {"Authorization": f"Bearer {self.token}"}
        data = None if body is None else json.dumps(body).encode()
        where = urllib.parse.urlsplit(self.url)
        # It is on this machine: no proxy stands between, whatever the environment names.
        with closing(HTTPConnection(where.netloc, timeout=timeout)) as connection:
            connection.request(method, where.path.rstrip("/") + path, data, headers)
            answer = connection.getresponse()
            return answer.status, answer.read()


def _detail(status: int, answer: Any) -> str:
    try:
        return str(answer["detail"])
    except (KeyError, TypeError):
        return f"the Hub answers {status}"
