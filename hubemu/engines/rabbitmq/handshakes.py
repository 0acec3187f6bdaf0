"""TLS handshakes with a RabbitMQ behind our relay, told as those of the embedded engine are.

The relay sees whose handshake was refused, and in TLS 1.2 with which certificate; the node's log
says why, and not whose. Both are put together here.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import replace

from hubemu.broker.handshake_watch import Watched
from hubemu.broker.protocol.refused import Refused
from hubemu.broker.tls_policy import TlsAttempt
from hubemu.clock import Clock
from hubemu.engines.attempts import attempt_json
from hubemu.events import ConnectionLog
from hubemu.pki import Pki
from hubemu.settings import Phase

__all__ = ["HandshakeTeller"]

_KEPT = 1_000
"""Clients that were let in, of whom the log may yet tell that they were refused."""
_PATIENCE = 2.0
"""Seconds that what the relay saw and what the log says may be apart."""
_ALERTS: Mapping[int, str] = {
    10: "unexpected message",
    40: "handshake failure",
    42: "bad certificate",
    43: "unsupported certificate",
    44: "certificate revoked",
    45: "certificate expired",
    46: "certificate unknown",
    48: "unknown ca",
    70: "protocol version",
    80: "internal error",
    116: "certificate required",
}
_HIDDEN = (
    "RabbitMQ refused this client in the TLS handshake ({alert}); in TLS 1.3 its certificate is "
    "hidden from us: try the same client by TLS 1.2, or on the embedded engine, which says more"
)


class HandshakeTeller:
    """Tells of each handshake once; inside the event loop.

    Args:
        pki: says why a certificate is refused.
        phase: gives the phase that is met now.
        clock: the Hub's time.
        log: is told.
        users: who the user names are.
    """

    def __init__(
        self,
        pki: Pki,
        phase: Callable[[], Phase],
        clock: Clock,
        log: ConnectionLog,
        users: Mapping[str, str],
    ) -> None:
        self._pki = pki
        self._phase = phase
        self._clock = clock
        self._log = log
        self._users = users
        self._told = 0
        """Refusals that were told, whose line in the node's log is still to come."""
        self._waiting: deque[TlsAttempt] = deque()
        self._unowned: deque[str] = deque()
        self._let_in: dict[str, TlsAttempt] = {}

    def use_certificates(self, pki: Pki) -> None:
        """Explain by the certificates of another folder from now on."""
        self._pki = pki

    def watched(self, peer: str, seen: Watched) -> None:
        """The relay saw how a handshake ended."""
        attempt = self._attempt(peer, seen)
        if seen.accepted:
            self._let_in[peer] = attempt
            if len(self._let_in) > _KEPT:
                self._let_in.pop(next(iter(self._let_in)))
            self._log.attempt(attempt_json(attempt, "", self._users))
        elif seen.by_client or seen.alert is not None:
            self._refused(attempt, self._why(attempt, seen))
            if not seen.by_client:
                self._own_alert()
        elif self._unowned:
            self._refused_in_hiding(attempt, self._unowned.popleft())
        else:
            self._waiting.append(attempt)
            self._later(lambda: self._give_up(attempt))

    def refused_later(self, refused: Refused) -> None:
        """The node's log tells that a login or a vHost was refused to a client it had let in."""
        known = self._let_in.pop(refused.peer.address, None)
        if known is None or refused.scope not in ("login", "vhost"):
            return
        attempt = replace(known, at=self._clock.now(), accepted=False, reason=refused.text)
        self._log.attempt(attempt_json(attempt, refused.text, self._users))

    def alert(self, text: str) -> None:
        """The node's log tells of a refused handshake, not whose."""
        if self._waiting:
            self._refused_in_hiding(self._waiting.popleft(), text)
        elif self._told:
            self._told -= 1
        else:
            self._unowned.append(text)
            self._later(lambda: self._disown(text))

    def _own_alert(self) -> None:
        """The log's line about a refusal that was told is nobody else's."""
        if self._unowned:
            self._unowned.popleft()
            return
        self._told += 1
        self._later(self._forget)

    def _forget(self) -> None:
        self._told = max(0, self._told - 1)

    def _give_up(self, attempt: TlsAttempt) -> None:
        if attempt in self._waiting:
            self._waiting.remove(attempt)
            self._refused_in_hiding(attempt, "no reason was given")

    def _disown(self, text: str) -> None:
        if text in self._unowned:
            self._unowned.remove(text)
            self._log.alert(text)

    def _later(self, call: Callable[[], None]) -> None:
        asyncio.get_running_loop().call_later(_PATIENCE, call)

    def _attempt(self, peer: str, seen: Watched) -> TlsAttempt:
        words = "" if seen.accepted else _ALERTS.get(seen.alert or 0, f"alert {seen.alert}")
        return TlsAttempt(
            at=self._clock.now(),
            peer=peer,
            accepted=seen.accepted,
            tls_version=seen.version,
            reason=words,
            chain=seen.chain,
        )

    def _why(self, attempt: TlsAttempt, seen: Watched) -> str:
        words = attempt.reason
        if seen.by_client:
            words = f"alert {_ALERTS.get(seen.alert or 0, 'certificate unknown')}"
        elif not attempt.chain and seen.alert in (40, 116):
            words = "peer did not return a certificate"
        chain = () if seen.by_client else attempt.chain
        now = self._clock.datetime()
        return self._pki.explain_refusal(chain, self._phase(), now, words)

    def _refused(self, attempt: TlsAttempt, why: str) -> None:
        self._log.refused_in_tls(attempt_json(attempt, why, self._users))

    def _refused_in_hiding(self, attempt: TlsAttempt, alert: str) -> None:
        told = attempt_json(attempt, _HIDDEN.format(alert=alert), self._users)
        self._log.refused_in_tls(told | {"openssl": alert})
