"""The broker alone: who may log in to it, by which mechanism, and files that TLS cannot use."""

from __future__ import annotations

import asyncio
import socket
import ssl
from collections.abc import Callable
from pathlib import Path

import pika
import pika.credentials
import pika.exceptions
import pytest
import trustme

from hubemu.broker.standalone import StandaloneBroker, serve_alone
from hubemu.broker.tls_files import TlsFiles
from hubemu.errors import HubemuError, InputError, StartError
from tests.support.tls_pair import client_certificate, client_context

Talk = Callable[[int], None]


def while_serving(wanted: StandaloneBroker, talk: Talk) -> None:
    """Run a blocking client in a thread while the broker serves."""

    async def serve() -> None:
        async with serve_alone(wanted) as port:
            await asyncio.to_thread(talk, port)

    asyncio.run(serve())


def parameters(port: int, vhost: str = "/", **different: object) -> pika.ConnectionParameters:
    return pika.ConnectionParameters("127.0.0.1", port, vhost, **different)


@pytest.fixture(scope="module")
def authority() -> trustme.CA:
    return trustme.CA()


@pytest.fixture
def files(authority: trustme.CA, tmp_path: Path) -> TlsFiles:
    server = authority.issue_cert("localhost", "127.0.0.1")
    certificate, key, authorities = (tmp_path / name for name in ("a.crt", "a.key", "ca.pem"))
    certificate.write_bytes(b"".join(one.bytes() for one in server.cert_chain_pems))
    server.private_key_pem.write_to_path(key)
    authority.cert_pem.write_to_path(authorities)
    return TlsFiles(certificate=certificate, key=key, authorities=authorities)


def test_it_starts_empty_and_its_user_may_do_all() -> None:
    def talk(port: int) -> None:
        with pika.BlockingConnection(parameters(port)) as connection:
            channel = connection.channel()
            channel.exchange_declare("mine", "fanout")
            queue = channel.queue_declare("").method.queue
            channel.queue_bind(queue, "mine")
            channel.basic_publish("mine", "", b"hello")
            assert channel.basic_get(queue, auto_ack=True)[2] == b"hello"

    while_serving(StandaloneBroker(port=0), talk)


def test_users_and_vhosts_are_those_asked_for() -> None:
    wanted = StandaloneBroker(port=0, users={"ann": "secret"}, vhosts=("/", "orders"))

    def talk(port: int) -> None:
        ann = pika.PlainCredentials("ann", "secret")
        pika.BlockingConnection(parameters(port, "orders", credentials=ann)).close()
        with pytest.raises(pika.exceptions.ProbableAuthenticationError):
            pika.BlockingConnection(parameters(port))
        with pytest.raises(pika.exceptions.ProbableAccessDeniedError):
            pika.BlockingConnection(parameters(port, "nope", credentials=ann))

    while_serving(wanted, talk)


def test_messages_expire_without_anybody_asking() -> None:
    def talk(port: int) -> None:
        with pika.BlockingConnection(parameters(port)) as connection:
            channel = connection.channel()
            channel.queue_declare("dead")
            arguments = {"x-dead-letter-exchange": "", "x-dead-letter-routing-key": "dead"}
            channel.queue_declare("brief", arguments=arguments)
            channel.basic_publish("", "brief", b"m", pika.BasicProperties(expiration="10"))
            for method, _, _body in channel.consume("dead", inactivity_timeout=10):
                assert method is not None, "the message did not expire"
                break
            channel.cancel()

    while_serving(StandaloneBroker(port=0), talk)


def test_a_certificate_of_the_authority_logs_in_as_its_common_name(
    authority: trustme.CA, files: TlsFiles
) -> None:
    context = client_context(authority, client_certificate(authority, "guest"))

    def talk(port: int) -> None:
        options = pika.SSLOptions(context, "localhost")
        external = pika.credentials.ExternalCredentials()
        pika.BlockingConnection(parameters(port, ssl_options=options, credentials=external)).close()

    while_serving(StandaloneBroker(port=0, tls=files), talk)


def test_a_certificate_is_not_asked_of_who_has_a_password(
    authority: trustme.CA, files: TlsFiles
) -> None:
    options = pika.SSLOptions(client_context(authority, None), "localhost")

    def talk(port: int) -> None:
        pika.BlockingConnection(parameters(port, ssl_options=options)).close()

    while_serving(StandaloneBroker(port=0, tls=files), talk)


def test_a_certificate_of_another_authority_is_refused(
    authority: trustme.CA, files: TlsFiles
) -> None:
    stranger = trustme.CA()
    context = client_context(authority, client_certificate(stranger, "guest"))

    def talk(port: int) -> None:
        options = pika.SSLOptions(context, "localhost")
        with pytest.raises((pika.exceptions.AMQPConnectionError, ssl.SSLError)):
            pika.BlockingConnection(parameters(port, ssl_options=options))

    while_serving(StandaloneBroker(port=0, tls=files), talk)


def test_a_busy_port_is_named_with_the_mend() -> None:
    def talk(port: int) -> None:
        with pytest.raises(StartError, match=f"{port}.*--port"):
            while_serving(StandaloneBroker(port=port), lambda _port: None)

    while_serving(StandaloneBroker(port=0), talk)


def refusal(files: TlsFiles) -> HubemuError:
    with pytest.raises(InputError) as refused:
        files.context()
    return refused.value


def test_tls_files_that_cannot_be_used_are_named(
    authority: trustme.CA, files: TlsFiles, tmp_path: Path
) -> None:
    key, certificate = files.key, files.certificate
    missing, empty = tmp_path / "missing.pem", tmp_path / "empty.pem"
    empty.write_text("")
    broken = tmp_path / "broken.pem"
    broken.write_text("-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n")
    other = tmp_path / "other.key"
    authority.issue_cert("other").private_key_pem.write_to_path(other)
    told = {
        str(refusal(TlsFiles(certificate=missing, key=key))): f"{missing}: cannot be read",
        str(refusal(TlsFiles(certificate=empty, key=key))): f"{empty}: holds no PEM `CERTIFICATE`",
        str(refusal(TlsFiles(certificate=key, key=certificate))): f"{key}: holds no PEM",
        str(refusal(TlsFiles(certificate=broken, key=key))): f"{broken}: OpenSSL cannot",
        str(refusal(TlsFiles(certificate=certificate, key=other))): f"{other}: not the key of",
        str(
            refusal(TlsFiles(certificate=certificate, key=key, authorities=broken))
        ): f"{broken}: OpenSSL cannot",
    }
    for text, expected in told.items():
        assert text.startswith(expected)


def test_a_key_with_a_passphrase_is_refused_with_the_mend(
    authority: trustme.CA, files: TlsFiles, tmp_path: Path
) -> None:
    from cryptography.hazmat.primitives import serialization

    plain = serialization.load_pem_private_key(files.key.read_bytes(), None)
    locked = tmp_path / "locked.key"
    locked.write_bytes(
        plain.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.BestAvailableEncryption(b"secret"),
        )
    )
    assert "openssl pkey" in str(refusal(TlsFiles(certificate=files.certificate, key=locked)))


def has_ipv6() -> bool:
    try:
        with socket.create_server(("::1", 0), family=socket.AF_INET6):
            return True
    except OSError:
        return False


@pytest.mark.skipif(not has_ipv6(), reason="this machine has no IPv6 loopback")
def test_localhost_is_both_loopback_addresses() -> None:
    def talk(port: int) -> None:
        for host in ("127.0.0.1", "::1"):
            with pika.BlockingConnection(pika.ConnectionParameters(host, port)) as connection:
                assert connection.is_open

    while_serving(StandaloneBroker(host="localhost", port=0), talk)


def test_localhost_is_one_address_where_there_is_no_ipv6(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("hubemu.broker.listening._LOOPBACK", ("127.0.0.1", "192.0.2.1"))

    def talk(port: int) -> None:
        with pika.BlockingConnection(parameters(port)) as connection:
            assert connection.is_open

    while_serving(StandaloneBroker(host="localhost", port=0), talk)


def test_an_address_that_is_taken_leaves_no_other_open(monkeypatch: pytest.MonkeyPatch) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        monkeypatch.setattr("hubemu.broker.listening._LOOPBACK", ("127.0.0.2", "127.0.0.1"))
        with pytest.raises(StartError, match=f"localhost:{port}: address already in use"):
            while_serving(StandaloneBroker(host="localhost", port=port), lambda _: None)
        with socket.create_server(("127.0.0.2", port)):
            pass
