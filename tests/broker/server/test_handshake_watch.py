"""What a handshake comes to, seen from outside: accepted or refused, by whom, with what."""

from __future__ import annotations

import os
import ssl
from collections.abc import Callable
from typing import Any

import pytest
import trustme

from hubemu.broker.handshake_watch import HandshakeWatch, Watched
from hubemu.broker.tls import TlsGate
from hubemu.broker.tls_policy import Objection, TlsPolicy
from hubemu.common_name import common_name
from tests.support.tls_pair import (
    VERSIONS,
    MemoryPair,
    accept_all,
    client_certificate,
    client_context,
    server_context,
)

AUTHORITY, STRANGER = trustme.CA(), trustme.CA()
GOOD = client_certificate(AUTHORITY, "samuA")
both_versions = pytest.mark.parametrize("version", VERSIONS)
every_style = pytest.mark.parametrize("size", [1, 7, 100_000])


class Watching(MemoryPair):
    """Both ends in memory, with a watch between them that gets the bytes in pieces."""

    size = 100_000

    def __init__(self, policy: TlsPolicy, client: ssl.SSLContext) -> None:
        super().__init__(policy, client, gate=TlsGate(policy))
        self.watch = HandshakeWatch()
        tapped: Any = self
        tapped.to_server = _Tap(self.to_server, self.watch.from_client, self.size)
        tapped.to_client = _Tap(self.to_client, self.watch.from_server, self.size)


class _Tap:
    """A queue of bytes whose reader's side is looked at."""

    def __init__(self, queue: ssl.MemoryBIO, look: Callable[[bytes], object], size: int) -> None:
        self._queue, self._look, self._size = queue, look, size

    def read(self) -> bytes:
        data = self._queue.read()
        for at in range(0, len(data), self._size):
            self._look(data[at : at + self._size])
        return data

    def write(self, data: bytes) -> None:
        for at in range(0, len(data), self._size):
            self._look(data[at : at + self._size])
        self._queue.write(data)


def seen(
    policy: TlsPolicy, client: ssl.SSLContext, size: int, *, talk: bool = True
) -> HandshakeWatch:
    pair = Watching.__new__(Watching)
    pair.size = size
    Watching.__init__(pair, policy, client)
    pair.shake_hands()
    if talk and pair.pipe.established:
        pair.client.write(b"AMQP\0\0\x09\x01")
        pair.to_server.read()
        pair.to_client.write(pair.pipe.encrypt(b"start" * 50))
    return pair.watch


def names(outcome: Watched) -> list[str | None]:
    """The name in the leaf that was seen."""
    return [common_name(leaf) for leaf in outcome.chain[:1]]


def policy(objection: Objection | None = None) -> TlsPolicy:
    verdict = accept_all if objection is None else lambda _chain: objection
    return TlsPolicy(server_context(AUTHORITY), verdict, decides=True)


@both_versions
@every_style
def test_a_client_that_is_let_in(version: ssl.TLSVersion, size: int) -> None:
    outcome = seen(policy(), client_context(AUTHORITY, GOOD, version), size).outcome
    assert outcome is not None
    assert (outcome.accepted, outcome.alert) == (True, None)
    assert outcome.version == version.name.replace("_", ".")
    assert names(outcome) == (["samuA"] if version is ssl.TLSVersion.TLSv1_2 else [])


@both_versions
@every_style
def test_a_client_that_is_refused(version: ssl.TLSVersion, size: int) -> None:
    objection = Objection("no", 44)
    outcome = seen(policy(objection), client_context(AUTHORITY, GOOD, version), size).outcome
    assert outcome is not None
    assert (outcome.accepted, outcome.by_client) == (False, False)
    shown = version is ssl.TLSVersion.TLSv1_2
    assert outcome.alert == (44 if shown else None)
    assert names(outcome) == (["samuA"] if shown else [])


@both_versions
def test_a_client_that_refuses_the_server(version: ssl.TLSVersion) -> None:
    outcome = seen(policy(), client_context(STRANGER, GOOD, version), 100_000).outcome
    assert outcome is not None
    assert (outcome.accepted, outcome.by_client) == (False, True)


@both_versions
def test_a_client_without_certificate(version: ssl.TLSVersion) -> None:
    outcome = seen(policy(), client_context(AUTHORITY, None, version), 100_000).outcome
    assert outcome is not None
    assert (outcome.accepted, outcome.by_client, outcome.chain) == (False, False, ())


def test_what_is_no_tls_is_looked_at_no_more() -> None:
    for data in (
        b"AMQP\0\0\x09\x01",
        b"GET / HTTP/1.1\r\n\r\n",
        os.urandom(64).replace(b"\x16", b"x"),
    ):
        watch = HandshakeWatch()
        watch.from_client(data)
        assert watch.outcome is None
        assert watch.over
    endless = HandshakeWatch()
    for _ in range(300):
        endless.from_client(b"\x17\x03\x03\x04\x00" + bytes(1024))
    assert endless.over


def test_the_server_may_refuse_before_any_certificate() -> None:
    watch = HandshakeWatch()
    watch.from_server(b"\x15\x03\x03\x00\x02\x02\x46")
    assert watch.outcome == Watched(accepted=False, version="TLSv1.2", alert=70)
