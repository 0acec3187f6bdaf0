"""What of a Hub a test steers and reads: its faults, its clock, its journal; calls that block."""

from __future__ import annotations

from collections.abc import Mapping
from http import HTTPStatus
from typing import Any

from hubemu.client.control import ControlClient
from hubemu.errors import CheckFailed
from hubemu.testing.frames import TOLD

__all__ = ["Clock", "Faults", "Journal", "call"]
__tracebackhide__ = TOLD

_OF_THE_RULE = ("after", "every", "probability", "seconds")
_LIMIT = "10000"


def call(control: ControlClient, method: str, path: str, body: Any = None) -> Any:
    """What the Hub answers.

    Raises:
        CheckFailed: it refuses, in its own words.
    """
    status, answer = control.call(method, path, body, 30.0)
    if status >= HTTPStatus.BAD_REQUEST:
        detail = answer.get("detail") if isinstance(answer, dict) else None
        raise CheckFailed(f"{method} {path}: {detail or f'the Hub answers {status}'}")
    return answer


class Faults:
    """The fault rules of a Hub."""

    def __init__(self, control: ControlClient) -> None:
        self._control = control

    def add(
        self,
        effect: str,
        *,
        where: str | None = None,
        match: Mapping[str, Any] | None = None,
        times: int | None = None,
        **parameters: Any,
    ) -> dict[str, Any]:
        """Put a rule in force; `after`, `every`, `probability` and `seconds` are the rule's own.

        Raises:
            CheckFailed: the Hub refuses it, and says why.
        """
        rule: dict[str, Any] = {"effect": effect, "match": dict(match or {})}
        rule |= {name: parameters.pop(name) for name in _OF_THE_RULE if name in parameters}
        given = {"where": where, "times": times, "parameters": parameters or None}
        rule |= {name: value for name, value in given.items() if value is not None}
        added: dict[str, Any] = call(self._control, "POST", "/api/v1/faults", rule)
        return added

    def list(self) -> list[dict[str, Any]]:
        """Every rule with its strikes."""
        found: list[dict[str, Any]] = call(self._control, "GET", "/api/v1/faults")["faults"]
        return found

    def clear(self) -> None:
        """End every rule."""
        call(self._control, "DELETE", "/api/v1/faults")


class Clock:
    """The clock of a Hub."""

    def __init__(self, control: ControlClient) -> None:
        self._control = control

    def advance(self, seconds: float) -> None:
        """Move it forward; what has expired is expired when this returns.

        Raises:
            CheckFailed: the engine's clock cannot be moved, and what to do instead.
        """
        call(self._control, "POST", "/api/v1/clock", {"advance": seconds})


class Journal:
    """What became of each message."""

    def __init__(self, control: ControlClient) -> None:
        self._control = control

    def messages(self, **filters: str | float) -> list[dict[str, Any]]:
        """The rows, newest last; filters: `vhost sender recipient type outcome q after wait`."""
        wait = float(filters.get("wait", 0))
        asked = {"limit": _LIMIT} | {name: str(value) for name, value in filters.items()}
        page = self._control.get("/api/v1/messages", asked, timeout=wait + 10)
        rows: list[dict[str, Any]] = page["messages"]
        return rows

    def message(self, identifier: str) -> dict[str, Any]:
        """One message with its bodies and its trace."""
        found: dict[str, Any] = call(self._control, "GET", f"/api/v1/messages/{identifier}")
        return found

    def text(self) -> str:
        """Every message in a line or two, for a person."""
        lines = []
        for row in self.messages():
            code = row["errorCode"]
            error = f" {code['statusCode']} {code['statusString']}" if code else ""
            what = f"{row['type'] or 'message'} {row['distributionID'] or row['id']}"
            lines.append(
                f"{row['outcome']}{error}: {what} from {row['sender']} to "
                f"{row['recipient'] or '?'} on {row['vhost']}"
            )
            lines += [f"  {line}" for line in (row["errorCause"] or "").splitlines()]
        return "\n".join(lines) or "the Hub has seen no message"
