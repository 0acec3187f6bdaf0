"""What a TLS connection holds of OpenSSL's memory once its handshake is over."""

from __future__ import annotations

import contextlib
import ctypes
import gc
import ssl
from collections.abc import Callable

import pytest
import trustme

from hubemu.broker import tls
from hubemu.broker.tls import TlsGate, TlsPipe
from hubemu.broker.tls_policy import TlsPolicy
from hubemu.openssl import openssl
from tests.support.tls_pair import (
    VERSIONS,
    MemoryPair,
    accept_all,
    client_certificate,
    client_context,
    server_context,
)

AUTHORITY = trustme.CA()
IDENTITY = client_certificate(AUTHORITY.create_child_ca(), "samuA")
QUIET = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
GIVEN_BACK = 2_000
"""Octets of a connection at least: 3,700 with the certificates here, 16 KiB of 41 with RSA."""
LARGE = 500_000

both_versions = pytest.mark.parametrize("version", VERSIONS)


_FIELDS = (
    *("arena", "ordblks", "smblks", "hblks", "hblkhd"),
    *("usmblks", "fsmblks", "uordblks", "fordblks", "keepcost"),
)
"""Of `struct mallinfo2` (malloc.h)."""


class _MallInfo(ctypes.Structure):
    _fields_ = [(name, ctypes.c_size_t) for name in _FIELDS]


@pytest.fixture
def in_use() -> Callable[[], int]:
    """Octets that this process has from malloc and not given back."""
    library = ctypes.CDLL(None)
    if openssl() is None or not hasattr(library, "mallinfo2"):
        pytest.skip("needs glibc, and an interpreter whose OpenSSL can be reached")
    library.mallinfo2.restype = _MallInfo

    def octets() -> int:
        gc.collect()
        found = library.mallinfo2()
        return int(found.uordblks + found.hblkhd)

    return octets


def _gate() -> TlsGate:
    return TlsGate(TlsPolicy(server_context(AUTHORITY), accept_all))


def _connected(gate: TlsGate, client: ssl.SSLContext) -> MemoryPair:
    """Both ends after the handshake, the last of it sent."""
    policy = TlsPolicy(QUIET, accept_all)
    link = MemoryPair(policy, client, gate=gate).shake_hands()
    assert link.pipe.established
    return link


@both_versions
def test_a_connection_that_does_nothing_holds_little(
    version: ssl.TLSVersion, in_use: Callable[[], int], monkeypatch: pytest.MonkeyPatch
) -> None:
    gate, client = _gate(), client_context(AUTHORITY, IDENTITY, version)

    def each() -> float:
        before = in_use()
        idle: list[TlsPipe] = [_connected(gate, client).pipe for _ in range(20)]
        return (in_use() - before) / len(idle)

    each()  # what OpenSSL keeps for all of them
    little = each()
    monkeypatch.setattr(tls, "forget_handshake", lambda _: False)
    assert each() - little > GIVEN_BACK


@both_versions
def test_what_was_large_leaves_nothing_behind(
    version: ssl.TLSVersion, in_use: Callable[[], int]
) -> None:
    link = _connected(_gate(), client_context(AUTHORITY, IDENTITY, version))
    data = bytes(LARGE)
    link.client.write(data)
    encrypted = link.to_server.read()
    before = in_use()
    assert link.pipe.decrypt(encrypted) == data
    assert len(link.pipe.encrypt(data)) > len(data)
    assert in_use() - before < LARGE / 8


@both_versions
def test_what_came_with_the_end_of_the_handshake_is_read(version: ssl.TLSVersion) -> None:
    gate, client = _gate(), client_context(AUTHORITY, IDENTITY, version)
    link = MemoryPair(TlsPolicy(QUIET, accept_all), client, gate=gate)
    said: list[bytes] = []
    while not link.pipe.established:
        with contextlib.suppress(ssl.SSLWantReadError):
            link.client.do_handshake()
            if not said:
                said.append(b"AMQP at once")
                link.client.write(said[0])
        link.pipe.shake_hands(link.to_server.read())
        link.to_client.write(link.pipe.outgoing())
    early = link.pipe.decrypt(link.to_server.read())
    with contextlib.suppress(ssl.SSLWantReadError):
        link.client.do_handshake()
    link.client.write(b"and later")
    both = early + link.pipe.decrypt(link.to_server.read())
    assert both == b"".join([*said, b"and later"])
    assert len(link.pipe.chain) >= 2
