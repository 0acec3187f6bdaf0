"""The place between a client's socket and its session, below TLS, in both directions."""

from __future__ import annotations

from typing import Protocol

__all__ = ["Transit"]


class Transit(Protocol):
    """What the octets of one connection pass, where a `ClientSocket` has one.

    It may hold, delay, slice or lose them, and holds back the ends of both sides the same way. What
    it holds it hands on, in order, by the methods of `ClientSocket` that are named here; then it
    may leave (`ClientSocket.transit = None`). While it holds enough, `ClientSocket.stall` has the
    socket not be read, and `ClientSocket.hold_output` the broker say no more.
    `ClientSocket.part` ends the connection for both.
    """

    def to_hub(self, data: bytes) -> None:
        """Octets came; `ClientSocket.take_in` hands them on."""

    def client_ends(self) -> None:
        """The client sends no more; `ClientSocket.end_input` hands that on."""

    def to_client(self, data: bytes) -> None:
        """Octets are to be sent; `ClientSocket.put_out` hands them on."""

    def hub_closes(self) -> None:
        """The broker has said its last; `ClientSocket.hang_up` hands that on. Comes once."""

    def lost(self) -> None:
        """The socket is gone; `ClientSocket.forget` hands that on: the broker knows only then."""

    def ended(self) -> None:
        """The session is over: no timer may be left, and what is held goes nowhere any more."""
