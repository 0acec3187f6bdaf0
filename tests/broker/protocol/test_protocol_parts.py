"""The small parts of the protocol layer, each alone: heartbeats, logins, quoting."""

from __future__ import annotations

import pytest

from hubemu.broker.protocol.auth import (
    BadResponse,
    CertificateLogin,
    LoginRefused,
    PasswordLogin,
    Peer,
)
from hubemu.broker.protocol.heartbeat import Heartbeat
from hubemu.broker.wire.erlang import binary, snippet
from hubemu.broker.wire.table import encode_table

PEER = Peer(address="test", common_name="samuA")


# --- heartbeats


def test_a_heartbeat_is_due_each_half_interval_without_other_output() -> None:
    heartbeat = Heartbeat(10, now=0.0)
    assert heartbeat.period == 5.0
    assert not heartbeat.due(4.9, sent=100)
    assert not heartbeat.due(5.0, sent=100)
    assert heartbeat.due(10.0, sent=100)
    assert heartbeat.due(15.0, sent=108)
    assert not heartbeat.due(20.0, sent=200)


def test_a_peer_is_gone_after_two_silent_intervals() -> None:
    heartbeat = Heartbeat(10, now=0.0)
    assert not heartbeat.lost(10.0, received=50)
    assert not heartbeat.lost(20.0, received=50)
    assert heartbeat.lost(30.0, received=50)


def test_a_peer_that_speaks_is_not_gone() -> None:
    heartbeat = Heartbeat(10, now=0.0)
    assert not any(heartbeat.lost(10.0 * turn, received=turn) for turn in range(20))


def test_a_peer_that_could_not_be_heard_is_excused() -> None:
    heartbeat = Heartbeat(10, now=0.0)
    assert not any(heartbeat.lost(now, received=50) for now in (10.0, 20.0))
    heartbeat.excuse(25.0)
    assert not any(heartbeat.lost(now, received=50) for now in (30.0, 35.0))
    assert heartbeat.lost(45.0, received=50)


def test_no_interval_means_no_heartbeats() -> None:
    heartbeat = Heartbeat(0, now=0.0)
    assert heartbeat.period == 0
    assert not any(heartbeat.due(t, 0) or heartbeat.lost(t, 0) for t in range(0, 1000, 50))


# --- logins


@pytest.mark.parametrize("response", [b"", b"\0*\0*", b"samuB", encode_table({"LOGIN": "x"})[4:]])
def test_external_takes_the_certificate_whatever_the_response(response: bytes) -> None:
    assert CertificateLogin({"samuA"}).login("EXTERNAL", response, PEER) == "samuA"


def test_external_refuses_a_name_nobody_has() -> None:
    with pytest.raises(LoginRefused, match="user 'samuA' - invalid credentials"):
        CertificateLogin({"samuB"}).login("EXTERNAL", b"", PEER)


def test_external_refuses_a_connection_without_certificate() -> None:
    with pytest.raises(LoginRefused):
        CertificateLogin({"samuA"}).login("EXTERNAL", b"", Peer(address="test"))


PASSWORDS = PasswordLogin({"guest": "secret", "blank": ""})


@pytest.mark.parametrize(
    ("mechanism", "response"),
    [
        ("PLAIN", b"\0guest\0secret"),
        ("AMQPLAIN", encode_table({"LOGIN": "guest", "PASSWORD": "secret"})[4:]),
    ],
)
def test_a_password_logs_in(mechanism: str, response: bytes) -> None:
    assert PASSWORDS.login(mechanism, response, PEER) == "guest"


@pytest.mark.parametrize("response", [b"\0guest\0wrong", b"\0nobody\0secret", b"\0blank\0"])
def test_a_wrong_password_is_refused(response: bytes) -> None:
    with pytest.raises(LoginRefused):
        PASSWORDS.login("PLAIN", response, PEER)


@pytest.mark.parametrize(
    ("mechanism", "response"),
    [
        ("PLAIN", b""),
        ("PLAIN", b"guest\0secret"),
        ("PLAIN", b"\0guest\0secret\0more"),
        ("AMQPLAIN", b""),
        ("AMQPLAIN", b"\xff"),
        ("AMQPLAIN", encode_table({"LOGIN": 1, "PASSWORD": "x"})[4:]),
    ],
)
def test_a_response_of_another_form_is_told_apart(mechanism: str, response: bytes) -> None:
    with pytest.raises(BadResponse):
        PASSWORDS.login(mechanism, response, PEER)


# --- quoting (RabbitMQ's words)


@pytest.mark.parametrize(
    ("data", "printed"),
    [
        (b"", "<<>>"),
        (b"x", '<<"x">>'),
        (b'say "hi"\\', '<<"say \\"hi\\"\\\\">>'),
        (b"a\r\nb", '<<"a\\r\\nb">>'),
        (b"\x00\x14\x00", "<<0,20,0>>"),
        (b"\xe9", '<<"\udce9">>'),
        (b"\x80", "<<128>>"),
    ],
)
def test_bytes_are_quoted_as_erlang_does(data: bytes, printed: str) -> None:
    assert binary(data) == printed


def test_only_the_beginning_of_a_long_payload_is_quoted() -> None:
    assert snippet(b"x" * 16) == f'all octets = <<"{"x" * 16}">>'
    assert snippet(b"x" * 17) == f'first 16 octets = <<"{"x" * 16}">>'
