"""RabbitMQ's log lines, as 3.10 and later write them, read for what happened to clients."""

from __future__ import annotations

import pytest

from hubemu.broker.protocol.refused import Refused
from hubemu.engines.rabbitmq.nodelog import Connected, LogReader, TlsAlert

WHO = "(127.0.0.1:52362 -> 127.0.0.1:5671, vhost: '15-15_v2.0', user: 'cn-a')"
T = "2026-11-28 08:56:51.325154+00:00"


def read(*lines: str) -> list[Connected | Refused | TlsAlert]:
    reader = LogReader()
    text = "".join(f"{line}\n" for line in lines)
    told = [one for portion in (text[:40], text[40:]) for one in reader.feed(portion)]
    return told + list(reader.pause())


def entry(level: str, *texts: str, process: str = "<0.1.0>", colour: str = "") -> list[str]:
    end = "\x1b[0m" if colour else ""
    return [f"{colour}{T} [{level}] {process} {text}{end}" for text in texts]


def test_a_channel_error_is_two_lines() -> None:
    (told,) = read(
        *entry(
            "error",
            f"Channel error on connection <0.2.0> {WHO}, channel 7:",
            "operation basic.publish caused a channel exception access_refused: access to topic "
            "'x' in exchange 'hubsante' in vhost '15-15_v2.0' refused for user 'cn-a'",
            colour="\x1b[38;5;160m",
        )
    )
    assert isinstance(told, Refused)
    assert (told.scope, told.channel, told.method, told.code) == (
        "channel",
        7,
        "basic.publish",
        403,
    )
    assert (told.user, told.vhost, told.peer.address) == ("cn-a", "15-15_v2.0", "127.0.0.1:52362")
    assert told.text.startswith("ACCESS_REFUSED - access to topic 'x'")


def test_who_came_in_and_who_was_not_let_in() -> None:
    come = entry(
        "info",
        "connection <0.2.0> (127.0.0.1:1 -> 127.0.0.1:5671): user 'cn-a' authenticated and granted "
        "access to vhost '15-15_v2.0'",
    )
    refused = entry(
        "error",
        "Error on AMQP connection <0.3.0> (127.0.0.1:2 -> 127.0.0.1:5671, user: 'cn-a', state: "
        "opening):",
        "vhost 15-15 not found",
        process="<0.3.0>",
    )
    login = entry(
        "error",
        "Error on AMQP connection <0.4.0> (127.0.0.1:3 -> 127.0.0.1:5671, state: starting):",
        "EXTERNAL login refused: user 'x' - invalid credentials",
        process="<0.4.0>",
    )
    left = entry(
        "warning",
        "closing AMQP connection <0.5.0> (127.0.0.1:4 -> 127.0.0.1:5671):",
        "client unexpectedly closed TCP connection",
        process="<0.5.0>",
    )
    connected, vhost, refused_login, plain = read(*come, *refused, *login, *left)
    assert connected == Connected("127.0.0.1:1", "cn-a", "15-15_v2.0")
    assert isinstance(vhost, Refused)
    assert (vhost.scope, vhost.code, vhost.vhost, vhost.text) == (
        "vhost",
        530,
        "15-15",
        "NOT_ALLOWED - vhost 15-15 not found",
    )
    assert isinstance(refused_login, Refused)
    assert refused_login.scope == "login"
    assert isinstance(plain, Refused)
    assert plain.scope == "login"


@pytest.mark.parametrize(
    "connection",
    [
        "<0.2.0> (127.0.0.1:1 -> 127.0.0.1:5671)",
        "<0.2.0> (127.0.0.1:1 -> 127.0.0.1:5671 - a name: (of its own))",
        "127.0.0.1:1 -> 127.0.0.1:5671",  # as 4.0 writes it
        "127.0.0.1:1 -> 127.0.0.1:5671 - a name: (of its own)",
        "127.0.0.1:1 -> 127.0.0.1:5671 - x: user 'y' authenticated and granted access to vhost 'z'",
    ],
)
def test_who_came_in_is_told_by_every_version(connection: str) -> None:
    words = "user 'cn-a' authenticated and granted access to vhost '15-15_v2.0'"
    told = read(*entry("info", f"connection {connection}: {words}"))
    assert told == [Connected("127.0.0.1:1", "cn-a", "15-15_v2.0")]


def test_a_login_that_ends_by_a_timeout_was_given_up_too() -> None:
    head = "closing AMQP connection <0.5.0> (127.0.0.1:4 -> 127.0.0.1:5671):"
    [left] = read(*entry("error", head, "{handshake_timeout,frame_header}"))
    assert isinstance(left, Refused)
    assert (left.scope, left.text) == ("login", "{handshake_timeout,frame_header}")


def test_rabbitmq_4_says_how_long_a_connection_lasted() -> None:
    """As 4.0.5 writes it of a client that is offered no mechanism it has."""
    head = "closing AMQP connection <0.5.0> (172.17.0.1:4 -> 172.17.0.2:5672, duration: '7ms'):"
    [left] = read(*entry("warning", head, "client unexpectedly closed TCP connection"))
    assert isinstance(left, Refused)
    assert (left.scope, left.peer.address) == ("login", "172.17.0.1:4")
    who = "(172.17.0.1:4 -> 172.17.0.2:5672, vhost: '/', user: 'x', duration: '2s')"
    gone = f"closing AMQP connection <0.2.0> {who}:"
    assert read(*entry("warning", gone, "client unexpectedly closed TCP connection")) == []


def test_a_client_that_just_goes_away_was_refused_nothing() -> None:
    gone = f"closing AMQP connection <0.2.0> {WHO}:"
    assert read(*entry("warning", gone, "client unexpectedly closed TCP connection")) == []
    assert read(*entry("info", f"closing AMQP connection <0.2.0> {WHO}")) == []


def test_missed_heartbeats_and_connection_errors_end_connections() -> None:
    silent = entry(
        "error",
        f"closing AMQP connection <0.2.0> {WHO}:",
        "missed heartbeats from client, timeout: 1s",
    )
    error = entry(
        "error",
        f"Error on AMQP connection <0.2.0> {WHO[:-1]}, state: running), channel 1:",
        'operation basic.publish caused a connection exception not_implemented: "immediate=true"',
        process="<0.9.0>",
    )
    first, second = read(*silent, *error)
    assert isinstance(first, Refused)
    assert (first.scope, first.code) == ("connection", 0)
    assert isinstance(second, Refused)
    assert (second.scope, second.code, second.method) == ("connection", 540, "basic.publish")


def test_tls_alerts_are_told_and_all_else_is_left() -> None:
    alert = entry(
        "notice",
        "TLS server: In state wait_cert at tls_handshake_1_3.erl:14 generated SERVER ALERT: Fatal "
        "- Certificate required",
        " - certificate_required",
    )
    assert read(
        "  ##  ##      RabbitMQ 3.10.8",
        *alert,
        "",
        *entry("info", "Server startup", process="<0.8.0>"),
    ) == [TlsAlert("Certificate required", "certificate_required")]


@pytest.mark.parametrize("written", ["médecin\u202e", "médecin\u202e".encode().decode("latin-1")])
def test_what_a_file_encodes_twice_reads_as_the_console_shows_it(written: str) -> None:
    operation = "operation basic.get caused a channel exception not_found"
    [told] = read(
        *entry(
            "error",
            f"Channel error on connection <0.1.0> {WHO}, channel 1:",
            f"{operation}: no queue '{written}' in vhost 'v'",
        )
    )
    assert isinstance(told, Refused)
    assert told.text == "NOT_FOUND - no queue 'médecin\u202e' in vhost 'v'"
