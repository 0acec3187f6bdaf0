"""What a TLS connection holds of OpenSSL's memory once its handshake is over."""

from __future__ import annotations

import contextlib
import ctypes
import gc
import ssl
from collections.abc import Callable

import pytest
import trustme

from hubemu import openssl as openssl_module
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
CERTIFICATE = 2_000
"""Octets of a client's certificate at least: 7 KiB with RSA."""
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


@both_versions
def test_equal_certificates_are_held_once_and_others_are_not_taken_for_them(
    version: ssl.TLSVersion, in_use: Callable[[], int], monkeypatch: pytest.MonkeyPatch
) -> None:
    gate = _gate()
    clients = [
        client_context(AUTHORITY, client_certificate(AUTHORITY.create_child_ca(), name), version)
        for name in ("samuB", "samuC")
    ]
    before = len(openssl_module._SHARED)
    pipes = [_connected(gate, client).pipe for client in clients * 3]
    leaves = [pipe._tls.getpeercert(binary_form=True) for pipe in pipes]
    assert [leaf == pipe.chain[0] for leaf, pipe in zip(leaves, pipes, strict=True)] == [True] * 6
    assert len(set(leaves)) == 2
    assert len(openssl_module._SHARED) == before + 2

    def each() -> float:
        before = in_use()
        idle = [_connected(gate, clients[0]).pipe for _ in range(20)]
        return (in_use() - before) / len(idle)

    each()
    shared = each()
    monkeypatch.setattr(openssl_module, "_share_peer", lambda *_: None)
    assert each() - shared > CERTIFICATE


def test_no_more_certificates_are_kept_than_a_bound(monkeypatch: pytest.MonkeyPatch) -> None:
    if openssl() is None:
        pytest.skip("needs an interpreter whose OpenSSL can be reached")
    monkeypatch.setattr(openssl_module, "_MOST_SHARED", 2)
    gate = _gate()
    pipes = []
    for name in ("one", "two", "three", "one", "two"):
        identity = client_certificate(AUTHORITY, name)
        context = client_context(AUTHORITY, identity, ssl.TLSVersion.TLSv1_3)
        pipes += [_connected(gate, context).pipe for _ in range(2)]
        assert len(openssl_module._SHARED) <= 2
    gc.collect()
    for pipe in pipes:
        assert pipe._tls.getpeercert(binary_form=True) == pipe.chain[0]


@both_versions
def test_an_opened_connection_gives_back_what_its_beginning_took(
    version: ssl.TLSVersion, in_use: Callable[[], int]
) -> None:
    link = _connected(_gate(), client_context(AUTHORITY, IDENTITY, version))
    link.client.write(bytes(8_000))
    link.pipe.decrypt(link.to_server.read())
    link.pipe.encrypt(bytes(8_000))
    before = in_use()
    link.pipe.rest()
    assert before - in_use() > 8_000
    link.client.write(b"and goes on")
    assert link.pipe.decrypt(link.to_server.read()) == b"and goes on"
