"""The management API of a Hub's private node, asked with the login that the Hub made for itself."""

from __future__ import annotations

import base64
import json
import re
import urllib.error
import urllib.request
from pathlib import Path
from typing import Any

__all__ = ["NodeManagement"]


class NodeManagement:
    """The API of the node that was started with the files in a folder."""

    def __init__(self, folder: Path) -> None:
        known = json.loads((folder / "administrator.json").read_text())
        port = re.search(r"management\.tcp\.port = (\d+)", (folder / "rabbitmq.conf").read_text())
        assert port is not None
        self._root = f"http://127.0.0.1:{port[1]}"
        self._login = base64.b64encode(f"{known['name']}:{known['password']}".encode()).decode()

    def get(self, path: str) -> Any:
        """What it answers."""
        return json.loads(self.send("GET", path))

    def send(self, method: str, path: str, body: Any = None) -> bytes:
        """Ask for anything."""
        request = urllib.request.Request(
            self._root + path,
            method=method,
            data=None if body is None else json.dumps(body).encode(),
            headers={
                "Authorization": f"Basic {self._login}",
                "Content-Type": "application/json",
            },
        )
        with urllib.request.urlopen(request, timeout=30) as answer:
            content: bytes = answer.read()
            return content

    def close_connections(self, user: str) -> None:
        """Close every connection of a user.

        RabbitMQ answers 500 if one of them ends by itself just then: it is asked again.
        """
        for _ in range(10):
            try:
                self.send("DELETE", f"/api/connections/username/{user}")
                return
            except urllib.error.HTTPError as error:
                error.close()
                if error.code != 500:
                    raise
        raise AssertionError(f"RabbitMQ cannot close the connections of {user}")
