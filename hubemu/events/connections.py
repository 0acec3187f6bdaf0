"""Who connected, who tried to, and what the broker refused: the last of each, ready for JSON."""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Callable, Mapping
from typing import Any

from hubemu.broker.protocol.refused import Refused
from hubemu.events.log import EventLog
from hubemu.events.refusals import Directory, refusal_json

__all__ = ["ConnectionLog"]

_KEPT = 1_000
_CONNECTION_FORCED = 320
_STOPPING = "shutdown"


class ConnectionLog:
    """Keeps the last attempts and refusals, and tells each as an event; the oldest give way.

    Args:
        events: is told.
        directory: who is who.
        kept: how many of each are kept.
    """

    def __init__(self, events: EventLog, directory: Directory, kept: int = _KEPT) -> None:
        self._events = events
        self._directory = directory
        self._attempts: deque[dict[str, Any]] = deque(maxlen=kept)
        self._refusals: deque[dict[str, Any]] = deque(maxlen=kept)
        self.fault_behind: Callable[[Refused], str | None] = lambda _refused: None
        """Which rule for faults has something refused, if one does."""
        self.fault_shown: Callable[[], str | None] = lambda: None
        """Which rule for faults has the Hub show a bad certificate, if one does."""
        self.refused: Counter[tuple[str, int]] = Counter()
        """How many things were refused, by scope and reply code (0: without one)."""

    def follow(self, directory: Directory) -> None:
        """Who is who is another now."""
        self._directory = directory

    def connected(self, connection: Mapping[str, Any]) -> None:
        """A connection is open."""
        self._events.tell("connected", connection)

    def attempt(self, attempt: dict[str, Any]) -> None:
        """A TLS handshake is over, or a login or a vHost was refused after it."""
        self._attempts.append(attempt)

    def refused_in_tls(self, attempt: dict[str, Any]) -> None:
        """A TLS handshake was refused: an attempt, told as an event.

        A client that takes the Hub's certificate for bad sends none of its own.
        """
        if attempt["certificate"] is None and (rule := self.fault_shown()) is not None:
            attempt |= {"reason": f"fault rule {rule} strikes: the Hub shows a bad certificate"}
        self.attempt(attempt)
        self.refused["tls", 0] += 1
        told = {name: attempt[name] for name in ("peer", "client", "tlsVersion", "certificate")}
        self._events.tell(
            "refused",
            {"scope": "tls", **told, "code": 0, "text": attempt["openssl"]}
            | {"why": attempt["reason"], "mend": None},
        )

    def unknown(self, text: str) -> None:
        """What refusals there are cannot be known: said once."""
        self._events.tell("warning", {"logger": "hubemu", "text": text})

    def alert(self, text: str) -> None:
        """A broker that tells no more than this refused a TLS handshake."""
        self.refused["tls", 0] += 1
        why = "RabbitMQ refused a TLS handshake, and tells neither whose nor with which certificate"
        mend = "try the same client on the embedded engine (hubemu up), which says why"
        self._events.tell(
            "refused",
            {"scope": "tls", "peer": "somebody", "client": None, "tlsVersion": None}
            | {"certificate": None, "code": 0, "text": text, "why": why, "mend": mend},
        )

    def refuse(self, refused: Refused, at: float) -> None:
        """The broker refused something past TLS, at seconds since the epoch.

        What a Hub closes because it stops is nobody's mistake and is not told; what it closes for
        another reason of its own is an event, and no refusal.
        """
        if refused.code == _CONNECTION_FORCED and _STOPPING in refused.text:
            return
        told = refusal_json(refused, self._directory, at)
        if (rule := self.fault_behind(refused)) is not None:
            told |= {"why": f"fault rule {rule} strikes", "mend": "hubemu faults clear ends it"}
        facts = {name: value for name, value in told.items() if name != "at"}
        if refused.code == _CONNECTION_FORCED:
            self._events.tell("closed", facts)
            return
        self._refusals.append(told)
        self.refused[refused.scope, refused.code] += 1
        self._events.tell("refused", facts)

    def attempts(self) -> list[dict[str, Any]]:
        """The attempts kept, newest last."""
        return list(self._attempts)

    def refusals(self) -> list[dict[str, Any]]:
        """The refusals kept, newest last."""
        return list(self._refusals)
