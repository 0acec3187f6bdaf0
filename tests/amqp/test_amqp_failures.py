"""What is said of a broker that is not there, or is not the right one."""

from __future__ import annotations

import asyncio
import re
import socket
import ssl
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from typing import Any, NoReturn

import pytest
import trustme

from hubemu.amqp import Address, LinkError, link, open_link
from hubemu.amqp.failures import version_problem
from hubemu.broker.wire.methods import encode_method
from tests.support.tls_pair import client_certificate, client_context, server_context

AUTHORITY = trustme.CA()
OURS = client_certificate(AUTHORITY, "dispatcher")
SECONDS = 0.3
LISTENER = "name RabbitMQ's TLS port"


def refusal(
    answer: bytes | None,
    *,
    tls: ssl.SSLContext | None = None,
    host: str = "localhost",
    mine: ssl.SSLContext | None = None,
) -> str:
    """Why no link comes about to a server that gives this answer; `None` is silence."""

    with served(answer, tls) as port, pytest.raises(LinkError) as refused:
        asyncio.run(opened(Address(host, port, mine or client_context(AUTHORITY, OURS))))
    told = str(refused.value)
    assert told.startswith(f"{host}:{port}: ")
    return told


async def opened(address: Address) -> None:
    await open_link(address, "v")


@contextmanager
def served(answer: bytes | None, tls: ssl.SSLContext | None) -> Iterator[int]:
    """One connection answered in a thread, by blocking sockets: they send their TLS alerts."""
    done = threading.Event()

    def serve() -> None:
        with suppress(OSError):
            plain, _ = listener.accept()
            with plain, tls.wrap_socket(plain, server_side=True) if tls else plain as came:
                came.recv(8)
                if answer is None:
                    done.wait()
                came.sendall(answer or b"")

    with socket.create_server(("127.0.0.1", 0)) as listener:
        thread = threading.Thread(target=serve)
        thread.start()
        try:
            yield listener.getsockname()[1]
        finally:
            done.set()
            thread.join()


def start(product: str, version: str, mechanisms: bytes = b"EXTERNAL") -> bytes:
    """A broker's first method."""
    told: dict[str, Any] = {"product": product, "version": version}
    return encode_method(
        0,
        "connection.start",
        version_major=0,
        version_minor=9,
        server_properties=told,
        mechanisms=mechanisms.decode(),
        locales="en_US",
    )


def test_nobody_there_is_told() -> None:
    with pytest.raises(LinkError, match=r"^127\.0\.0\.1:1: nothing listens there"):
        asyncio.run(opened(Address("127.0.0.1", 1, client_context(AUTHORITY, OURS))))


def test_a_name_that_nobody_has_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    """As a resolver says it; where none answers, the name is waited for like a host."""

    def nobody(*_: object, **__: object) -> NoReturn:
        raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")

    monkeypatch.setattr(socket, "getaddrinfo", nobody)
    with pytest.raises(LinkError, match="no such host"):
        asyncio.run(opened(Address("none.invalid", 1, client_context(AUTHORITY, OURS))))


@pytest.mark.parametrize("answer", [b"HTTP/1.1 400 Bad Request\r\n\r\n", b"AMQP\0\0\x09\x01"])
def test_a_listener_without_tls_is_told(answer: bytes) -> None:
    told = refusal(answer)
    assert "does not speak TLS" in told
    assert LISTENER in told


def test_a_listener_that_hangs_up_is_told() -> None:
    assert LISTENER in refusal(b"")


@pytest.mark.parametrize(
    ("tls", "step", "seconds"),
    # In the second case TLS must have its time first, on a busy machine too.
    [(None, "TLS", SECONDS), (server_context(AUTHORITY), "AMQP", 10 * SECONDS)],
)
def test_silence_is_told(
    tls: ssl.SSLContext | None, step: str, seconds: float, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(link, "_HANDSHAKE_SECONDS", seconds)
    assert f"no {step} answer" in refusal(None, tls=tls)


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        (b"HTTP/1.1 400 Bad Request\r\n\r\n", r"an HTTP server .*'HTTP/1.1 400 Bad Request'"),
        (b"* OK IMAP4 ready\r\n", r"no AMQP broker .*IMAP4"),
        (b"AMQP\x03\x01\x00\x00", "another AMQP than 0-9-1"),
        (start("RabbitMQ", "3.9.29"), r"it is RabbitMQ 3\.9\.29: hubemu needs RabbitMQ 3\.10"),
        (start("LavinMQ", "2.0.0"), r"it is LavinMQ 2\.0\.0: hubemu needs RabbitMQ"),
        (start("RabbitMQ", "4.0.5", b"PLAIN AMQPLAIN"), "rabbitmq_auth_mechanism_ssl"),
        (b"\x01\x00\x00\x00\x00\x00\x04\x00\x0a\x00\x0a\x00", "does not speak AMQP 0-9-1"),
    ],
)
def test_another_server_behind_tls_is_told(answer: bytes, words: str) -> None:
    assert re.search(words, refusal(answer, tls=server_context(AUTHORITY)))


def server_of(authority: trustme.CA, *names: str, **more: Any) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert(*names, **more).configure_cert(context)
    return context


@pytest.mark.parametrize(
    ("server", "words"),
    [
        (
            lambda: server_of(trustme.CA(), "localhost"),
            "an authority that this home does not trust",
        ),
        (lambda: server_of(AUTHORITY, "other.example"), "not made for this name"),
        (
            lambda: server_of(AUTHORITY, "localhost", not_after=datetime(2020, 1, 1, tzinfo=UTC)),
            "has expired",
        ),
    ],
)
def test_a_wrong_certificate_is_told(server: Callable[[], ssl.SSLContext], words: str) -> None:
    assert words in refusal(b"", tls=server())


@pytest.mark.parametrize("version", [ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3])
def test_a_broker_that_refuses_our_certificate_is_told(version: ssl.TLSVersion) -> None:
    stranger = client_certificate(trustme.CA(), "dispatcher")
    told = refusal(
        start("RabbitMQ", "3.13.0"),
        tls=server_context(AUTHORITY),
        mine=client_context(AUTHORITY, stranger, version),
    )
    assert "refuses the dispatcher's certificate" in told
    assert "truststores" in told


@pytest.mark.parametrize("version", ["3.10.0", "3.10.8", "3.13.7", "4.0.5", "4.1.0-rc.1"])
def test_every_version_from_3_10_on_will_do(version: str) -> None:
    assert version_problem("RabbitMQ", version) is None


@pytest.mark.parametrize("version", ["3.9.29", "2.8.7", "0.0.0", "", "unknown"])
def test_any_other_version_will_not(version: str) -> None:
    assert "3.10" in str(version_problem("RabbitMQ", version))
