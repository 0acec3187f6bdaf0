"""What is refused past TLS, as the log and the list of attempts to connect tell it."""

from __future__ import annotations

import logging

from hubemu.broker.protocol.refused import Refused
from hubemu.broker.tls_policy import TlsAttempt
from hubemu.printable import printable

__all__ = ["failed_attempt", "log_refused"]

_LOG = logging.getLogger(__name__)


def failed_attempt(refused: Refused, at: float) -> TlsAttempt | None:
    """The attempt to connect that failed for want of login or vHost; `None` for other refusals.

    Many clients hide the reason from their user (facts: clients).
    """
    peer = refused.peer
    if refused.scope not in ("login", "vhost") or not peer.tls_version:
        return None
    return TlsAttempt(
        at=at,
        peer=peer.address,
        accepted=False,
        tls_version=peer.tls_version,
        reason=_reason(refused),
        chain=peer.chain,
        in_amqp=True,
    )


def log_refused(refused: Refused) -> None:
    """Tell of a refusal where nobody else does."""
    _LOG.warning("%s: %s", refused.peer.address, printable(refused.text))


def _reason(refused: Refused) -> str:
    """In the broker's words."""
    if refused.scope == "login":
        return refused.text
    return f"{refused.method} refused: {refused.code} {refused.text}"
