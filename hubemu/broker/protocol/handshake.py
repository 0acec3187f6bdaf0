"""From the protocol header to connection.open: who the client is, and what was agreed.

RabbitMQ tells a client why it is refused only for a wrong login (if the client announced that it
understands), a vHost it may not open, and frames out of order after tune-ok. All else before
connection.open ends with a silent close, a few seconds later; the reason is in the log.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping
from typing import Any, Final

from hubemu.broker.core import Broker, BrokerError, User, VirtualHost
from hubemu.broker.protocol.auth import Authenticator, BadResponse, LoginRefused, Peer
from hubemu.broker.protocol.identity import server_properties
from hubemu.broker.protocol.limits import ConnectionLimits
from hubemu.broker.protocol.refusal import connection_refusal, refusal
from hubemu.broker.wire.methods import encode_method

__all__ = ["ANSWER_TO_UNKNOWN", "Handshake", "HandshakeFailed", "supported"]

_LOG = logging.getLogger(__name__)

ANSWER_TO_UNKNOWN: Final = b"AMQP\x00\x00\x09\x01"
"""Sent to who speaks another protocol or version, before the socket is closed."""

_SUPPORTED: Final = frozenset({ANSWER_TO_UNKNOWN, b"AMQP\x01\x01\x00\x09"})
"""AMQP 0-9-1, and the older way to say 0-9 that some clients kept."""


class HandshakeFailed(Exception):
    """The handshake ends here; `answer` is what the client is told, `None` for nothing.

    `code` is the reply code that goes with it, 0 where RabbitMQ only hangs up.
    """

    def __init__(self, reason: str, answer: bytes | None = None, code: int = 0) -> None:
        self.answer = answer
        self.code = code
        super().__init__(reason)


def supported(header: bytes) -> bool:
    """Whether the eight octets of a protocol header ask for a version spoken here."""
    return header in _SUPPORTED


class Handshake:
    """What one client said of itself, and what was agreed with it."""

    def __init__(
        self, broker: Broker, authenticator: Authenticator, peer: Peer, limits: ConnectionLimits
    ) -> None:
        self._broker = broker
        self._authenticator = authenticator
        self.peer = peer
        self._limits = limits
        self.client_properties: Mapping[str, Any] = {}
        self.capabilities: Mapping[str, Any] = {}
        self.mechanism = ""
        self.user_name = ""
        self.vhost_name = ""
        self.user: User | None = None
        """set by connection.open, as `vhost`"""
        self.vhost: VirtualHost | None = None
        self.channel_max = limits.channel_max
        self.frame_max = limits.frame_max
        self.heartbeat = 0
        """seconds"""

    def announced(self) -> frozenset[str]:
        """Names of the capabilities that the client says it has."""
        return frozenset(name for name, value in self.capabilities.items() if value is True)

    def start(self) -> bytes:
        """The connection.start frame."""
        return encode_method(
            0,
            "connection.start",
            version_major=0,
            version_minor=9,
            server_properties=server_properties(),
            mechanisms=" ".join(self._authenticator.mechanisms),
            locales="en_US",
        )

    def start_ok(self, fields: Mapping[str, Any]) -> bytes:
        """Log the client in (any locale will do); gives the connection.tune frame.

        Raises:
            HandshakeFailed: it may not log in.
        """
        self.client_properties = fields["client_properties"]
        capabilities = self.client_properties.get("capabilities")
        self.capabilities = capabilities if isinstance(capabilities, dict) else {}
        self._log_in(fields["mechanism"], fields["response"])
        return encode_method(
            0,
            "connection.tune",
            channel_max=self._limits.channel_max,
            frame_max=self._limits.frame_max,
            heartbeat=self._limits.heartbeat,
        )

    def tune_ok(self, fields: Mapping[str, Any]) -> None:
        """Agree to what the client asks for: no more than was proposed, 0 being without limit.

        Raises:
            HandshakeFailed: it asks for more, or for less than AMQP allows.
        """
        limits = self._limits
        _check("frame_max", fields["frame_max"], limits.frame_min, limits.frame_max)
        _check("channel_max", fields["channel_max"], 1, limits.channel_max)
        self.frame_max = fields["frame_max"]
        self.channel_max = fields["channel_max"]
        self.heartbeat = fields["heartbeat"]

    def open(self, vhost: str) -> None:
        """Open `vhost` for the user who logged in.

        Raises:
            Refusal: 530, no such vHost or no right to it.
        """
        try:
            self.vhost, self.user = self._broker.open(vhost, self.user_name)
        except BrokerError as error:
            raise refusal(error, 0, "connection.open") from error
        self.vhost_name = vhost

    def _log_in(self, mechanism: str, response: bytes) -> None:
        if mechanism not in self._authenticator.mechanisms:
            raise HandshakeFailed(f"unknown authentication mechanism '{mechanism}'")
        try:
            self.user_name = self._authenticator.login(mechanism, response, self.peer)
            self.mechanism = mechanism
        except LoginRefused as error:
            reason = f"{mechanism} login refused: {error}"
            raise HandshakeFailed(reason, self._answer_to_login(mechanism), 403) from error
        except BadResponse as error:
            raise HandshakeFailed(f"{mechanism} response invalid: {error}") from error

    def _answer_to_login(self, mechanism: str) -> bytes | None:
        if self.capabilities.get("authentication_failure_close") is not True:
            return None
        explanation = (
            f"Login was refused using authentication mechanism {mechanism}. "
            "For details see the broker logfile."
        )
        return connection_refusal(403, explanation).close_frame()


def _check(name: str, asked: int, lowest: int, highest: int) -> None:
    if 0 < asked < lowest:
        raise HandshakeFailed(
            f"negotiated {name} = {asked} is lower than the minimum allowed value ({lowest})"
        )
    if highest > 0 and not 0 < asked <= highest:
        raise HandshakeFailed(
            f"negotiated {name} = {asked} is higher than the maximum allowed value ({highest})"
        )
