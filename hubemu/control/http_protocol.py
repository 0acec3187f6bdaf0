"""One HTTP connection: uvicorn's protocol, with an end to whoever keeps it waiting.

Rules:
1. A request that is not all there after `REQUEST_SECONDS` is answered with 408, and its connection
   closed. (Between two requests uvicorn's own keep-alive counts.)
2. Whoever speaks TLS or AMQP here has the wrong port or URL, and is told so.
3. Who reads nothing of an answer or of a stream of events for `READING_SECONDS`, while more waits
   than buffers hold, is cut off.
"""

from __future__ import annotations

import asyncio
import logging
from http import HTTPStatus

import h11
from uvicorn.protocols.http.h11_impl import H11Protocol

from hubemu.address import authority
from hubemu.control.problems import PROBLEM_JSON, Problem, problem_bytes

__all__ = ["READING_SECONDS", "REQUEST_SECONDS", "HttpProtocol"]

_LOG = logging.getLogger(__name__)

REQUEST_SECONDS = 30.0
READING_SECONDS = 60.0
_FOREIGN = (
    (b"\x16\x03", "TLS is spoken to the port of the control API: its URL begins with http://"),
    (b"AMQP", "AMQP is spoken to the port of the control API"),
)
"""How what is no HTTP begins, and what that is."""


class HttpProtocol(H11Protocol):
    """HTTP/1.1 whose refusals of malformed and unfinished requests are problem JSON too."""

    _unfinished: asyncio.TimerHandle | None = None
    _unread: asyncio.TimerHandle | None = None
    _began = False

    # Uvicorn asks for it narrower.
    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """A client connected; its request is to come."""
        super().connection_made(transport)
        self._watch_request()

    def data_received(self, data: bytes) -> None:
        """Part of a request came."""
        if not self._began:
            self._began = True
            if (mistake := _foreign(data)) is not None:
                host, port = self.client or ("?", 0)
                _LOG.warning("%s from %s", mistake, authority(host, port))
                self._refuse(HTTPStatus.BAD_REQUEST, mistake)
                return
        super().data_received(data)
        self._watch_request()

    def pause_writing(self) -> None:
        """The client does not read as fast as is written."""
        super().pause_writing()
        self._unread = self._unread or self.loop.call_later(READING_SECONDS, self.transport.abort)

    def resume_writing(self) -> None:
        """The client reads."""
        super().resume_writing()
        self._unread = _cancel(self._unread)

    def connection_lost(self, exc: Exception | None) -> None:
        """The connection is gone."""
        super().connection_lost(exc)
        self._unfinished, self._unread = _cancel(self._unfinished), _cancel(self._unread)

    def send_400_response(self, msg: str) -> None:
        """See `H11Protocol`."""
        self._refuse(HTTPStatus.BAD_REQUEST, f"{msg} Speak HTTP/1.1, without TLS.")

    def _watch_request(self) -> None:
        if self.conn.their_state not in (h11.IDLE, h11.SEND_BODY):
            self._unfinished = _cancel(self._unfinished)
        elif self._unfinished is None:
            self._unfinished = self.loop.call_later(REQUEST_SECONDS, self._too_slow)

    def _too_slow(self) -> None:
        detail = f"The request was not all there after {REQUEST_SECONDS:g} s."
        self._refuse(HTTPStatus.REQUEST_TIMEOUT, detail)

    def _refuse(self, status: HTTPStatus, detail: str) -> None:
        if self.conn.our_state not in (h11.IDLE, h11.SEND_RESPONSE):
            self.transport.abort()  # an answer is half sent: no other can follow it
            return
        headers = [("content-type", PROBLEM_JSON), ("connection", "close")]
        events = (
            h11.Response(status_code=status.value, headers=headers, reason=status.phrase),
            h11.Data(data=problem_bytes(Problem(status, detail))),
            h11.EndOfMessage(),
        )
        for event in events:
            self.transport.write(self.conn.send(event) or b"")
        self.transport.close()


def _foreign(data: bytes) -> str | None:
    """What is wrong with whoever begins so, if it is no HTTP at all."""
    for start, mistake in _FOREIGN:
        if data.startswith(start):
            return f"{mistake}; clients of the Hub connect to amqps://, on another port"
    return None


def _cancel(timer: asyncio.TimerHandle | None) -> asyncio.TimerHandle | None:
    """What is left of a timer: nothing."""
    if timer is not None:
        timer.cancel()
    return None
