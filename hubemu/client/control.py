"""The control API of a Hub that is up, as the commands ask it."""

from __future__ import annotations

import json
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Mapping
from datetime import datetime
from http.client import HTTPException
from typing import Any

from hubemu.errors import InputError, StartError

__all__ = ["ControlClient"]

_PATIENCE = 10.0


class ControlClient:
    """Asks the Hub whose HTTP side is at `http`."""

    def __init__(self, http: str) -> None:
        self._http = http

    def clock(self) -> datetime:
        """The Hub's time, which may have been moved."""
        return datetime.fromisoformat(self.get("/api/v1/clock")["now"])

    def get(
        self, path: str, parameters: Mapping[str, str] | None = None, timeout: float = _PATIENCE
    ) -> Any:
        """The decoded answer of a GET.

        Raises:
            InputError: the Hub refuses a parameter, in its own words.
            StartError: it does not answer.
        """
        query = f"?{urllib.parse.urlencode(parameters)}" if parameters else ""
        url = f"{self._http}{path}{query}"
        try:
            with urllib.request.urlopen(url, timeout=timeout) as answer:  # noqa: S310 (the scheme is the Hub's own http)
                return json.load(answer)
        except urllib.error.HTTPError as error:
            raise InputError(path, _detail(error)) from None
        except (OSError, HTTPException, ValueError) as error:
            raise StartError(f"{self._http}: the Hub does not answer: {error}") from None


def _detail(error: urllib.error.HTTPError) -> str:
    try:
        return str(json.load(error)["detail"])
    except (ValueError, KeyError, TypeError):
        return f"the Hub answers {error.code} {error.reason}"
