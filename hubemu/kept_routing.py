"""What was changed of the routing tables of a Hub that keeps its state (`--state disk`).

It is kept in the home, beside the tables that the Hub was started with then: whoever starts it with
others means those.
"""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

from hubemu.errors import InputError, unwritable
from hubemu.files import write_atomically
from hubemu.routing import RoutingTables
from hubemu.routing_json import tables_of, tables_row

__all__ = ["KeptRouting"]

_FILE = "routing.json"


class KeptRouting:
    """The file of a home.

    Args:
        home: its folder.
        given: the tables that the Hub is started with.
    """

    def __init__(self, home: Path, given: RoutingTables) -> None:
        self.file = home / _FILE
        self._given = _mark(given)

    def read(self) -> RoutingTables | None:
        """The tables as they were changed last; `None`: they were not, or not from those given.

        Raises:
            InputError: the file is damaged.
        """
        try:
            kept = json.loads(self.file.read_bytes())
            return tables_of(kept["tables"]) if kept["given"] == self._given else None
        except FileNotFoundError:
            return None
        except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
            mend = f"delete it: the clients and vHosts are then those of the start ({error})"
            raise InputError(self.file, f"damaged: {mend}") from None

    def start_from(self, given: RoutingTables) -> None:
        """The Hub's files are others now, and in force: nothing is kept beside them.

        Raises:
            HubemuError: the file cannot be written.
        """
        self._given = _mark(given)
        self.write(given)

    def write(self, tables: RoutingTables) -> None:
        """Keep the tables as they are now; nothing is kept of those given.

        Raises:
            HubemuError: the file cannot be written.
        """
        try:
            if _mark(tables) == self._given:
                self.file.unlink(missing_ok=True)
                return
            content = {"given": self._given, "tables": tables_row(tables)}
            text = json.dumps(content, indent=1, ensure_ascii=False) + "\n"
            write_atomically(self.file, text.encode())
        except OSError as error:
            raise unwritable(self.file, error, f"cannot be written ({error.strerror})") from None


def _mark(tables: RoutingTables) -> str:
    return hashlib.sha256(json.dumps(tables_row(tables)).encode()).hexdigest()
