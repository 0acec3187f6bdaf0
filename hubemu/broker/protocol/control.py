"""Channel 0: the life of a connection, from the protocol header to the last close.

Rules:
1. Only `state.NEXT` decides which method may come now; an illegal one is refused (504).
2. Ending is final: the channels give back what they hold before the client is told.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Final

from hubemu.broker.core import ConnectionOwner
from hubemu.broker.core.alarms import told
from hubemu.broker.protocol.channels import Channels
from hubemu.broker.protocol.handshake import (
    ANSWER_TO_UNKNOWN,
    Handshake,
    HandshakeFailed,
    supported,
)
from hubemu.broker.protocol.heartbeat import Heartbeat
from hubemu.broker.protocol.refusal import Refusal, connection_refusal
from hubemu.broker.protocol.refused import OnRefused, Refused, Scope
from hubemu.broker.protocol.state import ENDED, NEXT, State
from hubemu.broker.wire.frames import HEARTBEAT_FRAME, FrameReader
from hubemu.broker.wire.methods import Method, encode_method, method_name

__all__ = ["PENALTY", "Control"]

PENALTY: Final = 3.0
"""Seconds for which RabbitMQ holds the socket of a client that broke handshake or framing."""
_CLOSE_TIMEOUT: Final = 30.0
"""Seconds a client has, at most, to answer our close or to close its socket after its own."""


_UNFINISHED: Final = {State.STARTING: "connection.start", State.TUNING: "connection.tune"}
"""What a client that leaves in this state did not answer."""
_LEFT: Final = {
    State.STARTING: "client closed the connection when it was offered EXTERNAL only",
    State.TUNING: "client closed the connection after its login",
}


class Control:
    """State, handshake, heartbeats and ends of one connection.

    Args:
        handshake: who the client is, and what was agreed.
        reader: whose limit the agreed frame-max becomes.
        channels: what ends with the connection.
        now: the shell's clock, in seconds.
        on_refused: told of everything that is refused to the client.
    """

    def __init__(
        self,
        handshake: Handshake,
        reader: FrameReader,
        channels: Channels,
        now: Callable[[], float],
        on_refused: OnRefused,
    ) -> None:
        self.state = State.AWAIT_HEADER
        self.closing_in: float | None = None
        """Seconds after which the socket must be closed; `None` while it stays open."""
        self.blocked = False
        """Whether the client, who published, has to wait."""
        self.owner: ConnectionOwner | None = None
        """Whom exclusive queues belong to, while the connection is open."""
        self.heartbeat = Heartbeat(0, 0.0)
        self.holds_heartbeats = False
        """Whether none is sent for now."""
        self._owes_heartbeat = False
        self._handshake = handshake
        self._reader = reader
        self._channels = channels
        self._outbox = channels.outbox
        self._now = now
        self._on_refused = on_refused
        self._asked_vhost = ""
        self._alarms: dict[tuple[str, str], None] = {}
        """Reasons to wait, each with who holds it up."""
        channels.published_under_pressure = self.block

    # What the client says

    def on_header(self, header: bytes) -> None:
        """The eight octets that open every connection came."""
        if supported(header):
            self._outbox.write(self._handshake.start())
            self.state = State.STARTING
        else:
            self._outbox.write(ANSWER_TO_UNKNOWN)
            self.end(State.CLOSED, 0.0)

    def on_method(self, method: Method) -> None:
        """A method came on channel 0.

        Raises:
            Refusal: it may not come now, or the vHost cannot be opened.
            HandshakeFailed: the client may not log in, or asks for too much.
        """
        name = method.spec.name
        following = NEXT[self.state].get(name)
        if following is None:
            state = self.state.value
            raise connection_refusal(504, f"unexpected method in connection state {state}", name)
        match name:
            case "connection.start_ok":
                self._outbox.write(self._handshake.start_ok(method.fields))
            case "connection.tune_ok":
                self._tune(method)
            case "connection.open":
                self._open(method)
            case "connection.update_secret":
                self.send("connection.update_secret_ok")
            case "connection.close":
                self.end(following, self._close_timeout())
                self.send("connection.close_ok")
            case "connection.close_ok":
                self.end(following, 0.0)
        self.state = following

    def _tune(self, method: Method) -> None:
        agreed = self._handshake
        agreed.tune_ok(method.fields)
        self._reader.frame_max = self._channels.frame_max = agreed.frame_max
        self._channels.channel_max = agreed.channel_max
        self.heartbeat = Heartbeat(agreed.heartbeat, self._now())

    def _open(self, method: Method) -> None:
        """The insist bit and the capabilities string mean nothing any more."""
        self._asked_vhost = method.fields["virtual_host"]
        self._handshake.open(self._asked_vhost)
        self._channels.capabilities = self._handshake.announced()
        self.owner = ConnectionOwner(self._handshake.peer.address)
        self.send("connection.open_ok", known_hosts="")

    # What the broker says

    def send(self, name: str, **fields: object) -> None:
        """Send a connection method."""
        self._outbox.write(encode_method(0, name, **fields))

    def refuse(self, refused: Refusal) -> None:
        """Close because of `refused`; told to the client where RabbitMQ tells it."""
        if self.state in ENDED:
            return
        opening = self.state is State.OPENING and refused.code == 530
        self.tell(refused, "vhost" if opening else "connection")
        if self.state in _UNFINISHED:
            self.end(State.CLOSED, PENALTY)
        else:
            self.end(State.CLOSING, self._close_timeout())
            self._outbox.write(refused.close_frame())

    def fail(self, failure: HandshakeFailed) -> None:
        """Close because the handshake failed."""
        self._told("login", 0, "connection.start_ok", failure.code, str(failure))
        self.end(State.CLOSED if failure.answer is None else State.CLOSING, PENALTY)
        if failure.answer is not None:
            self._outbox.write(failure.answer)

    def tick(self, now: float, received: int, *, waiting: bool) -> None:
        """Send a heartbeat if one is due; give the client up if it is gone.

        `received` are the octets that came so far; a client that is made to wait cannot be heard.
        """
        if self.heartbeat.due(now, self._outbox.sent):
            self._beat()
        if waiting:
            self.heartbeat.excuse(now)
        elif self.heartbeat.lost(now, received):
            self._told("connection", 0, "", 0, "missed heartbeats from client")
            self.end(State.CLOSED, 0.0)

    def alarm(self, reason: str, raised: bool, holder: str = "") -> None:
        """Who publishes from now on has to wait; or goes on, once no reason is left."""
        if raised:
            self._alarms[reason, holder] = None
        else:
            self._alarms.pop((reason, holder), None)
        self._channels.under_pressure = bool(self._alarms)
        if self.blocked and not self._alarms:
            self.blocked = False
            if self._channels.can("connection.blocked"):
                self.send("connection.unblocked")

    def block(self) -> None:
        """It has published: tell it why it has to wait."""
        if not self.blocked:
            self.blocked = True
            if self._channels.can("connection.blocked"):
                self.send("connection.blocked", reason=told(self._reasons()))

    def _reasons(self) -> Iterable[str]:
        return dict.fromkeys(reason for reason, _ in self._alarms)

    def release_heartbeats(self) -> None:
        """Send heartbeats again, at once if one came due while they were held."""
        self.holds_heartbeats = False
        if self._owes_heartbeat and self.state not in ENDED:
            self._beat()

    def _beat(self) -> None:
        self._owes_heartbeat = self.holds_heartbeats
        if not self.holds_heartbeats:
            self._outbox.write(HEARTBEAT_FRAME)

    def tell(self, refused: Refusal, scope: Scope) -> None:
        """Tell people what is refused; the client is told elsewhere."""
        method = method_name(refused.class_id, refused.method_id)
        self._told(scope, refused.channel, method, refused.code, refused.text)

    def _told(self, scope: Scope, channel: int, method: str, code: int, words: str) -> None:
        agreed = self._handshake
        self._on_refused(
            Refused(
                scope=scope,
                peer=agreed.peer,
                user=agreed.user_name,
                vhost=agreed.vhost_name or self._asked_vhost,
                channel=channel,
                method=method,
                code=code,
                text=words,
            )
        )

    def _close_timeout(self) -> float:
        """RabbitMQ waits for one heartbeat at most, where heartbeats were agreed."""
        agreed = float(self._handshake.heartbeat)
        return min(agreed, _CLOSE_TIMEOUT) if agreed else _CLOSE_TIMEOUT

    def lost(self) -> None:
        """The socket is gone; a client that left in the middle of its login did not get in."""
        if self.state in _UNFINISHED:
            self._told("login", 0, _UNFINISHED[self.state], 0, _LEFT[self.state])
        self.end(State.CLOSED, 0.0)

    def end(self, state: State, seconds: float) -> None:
        """Give back all that the client holds, and have the socket closed in `seconds` at most.

        Args:
            state: one of `ENDED`; the later one is kept.
        """
        if self.state is not State.CLOSED:
            self.state = state
        self.closing_in = seconds
        self._channels.end()
        owner, self.owner = self.owner, None
        if owner is not None:
            owner.close()
