"""Octets below HTTP, and odd paths of the management API: never a 500, never a hang."""

from __future__ import annotations

import random
import socket
from collections.abc import Iterator
from http.client import HTTPConnection
from urllib.parse import quote

import pytest

from tests.support.live import LiveHub, live_hub

PATIENCE = 60.0


@pytest.fixture(scope="module")
def hub(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LiveHub]:
    with live_hub(tmp_path_factory.mktemp("octets") / "home") as live:
        yield live


def port_of(hub: LiveHub) -> int:
    return int(hub.endpoints["http"].rpartition(":")[2])


def answer(hub: LiveHub, *pieces: bytes) -> bytes:
    """What comes of octets, until the Hub ends the connection or we have said all we have."""
    with socket.create_connection(("127.0.0.1", port_of(hub)), timeout=PATIENCE) as end:
        try:
            for piece in pieces:
                end.sendall(piece)
            end.shutdown(socket.SHUT_WR)
        except OSError:
            pass  # it has hung up already, perhaps with an answer
        came = b""
        try:
            while piece := end.recv(65536):
                came += piece
        except ConnectionError:
            pass
        return came


def status(came: bytes) -> int | None:
    """The first status of an answer; `None` without one."""
    first = came.split(b"\r\n", 1)[0].split(b" ")
    return int(first[1]) if first[0].startswith(b"HTTP/") else None


HOST = b"Host: localhost\r\n"
GET = b"GET /health HTTP/1.1\r\n" + HOST
JSON = b"POST /api/v1/clock HTTP/1.1\r\n" + HOST + b"Content-Type: application/json\r\n"
ODD = {
    "nothing": [b""],
    "line feeds": [b"\r\n" * 1000],
    "AMQP": [b"AMQP\x00\x00\x09\x01"],
    "TLS": [b"\x16\x03\x01\x00\xa5\x01\x00\x00\xa1\x03\x03" + bytes(160)],
    "zeros": [bytes(100_000)],
    "no version": [b"GET /health\r\n\r\n"],
    "HTTP/9": [b"GET /health HTTP/9.9\r\n" + HOST + b"\r\n"],
    "cut in the request line": [b"GET /hea"],
    "cut in a header": [GET + b"X-A: "],
    "header without colon": [GET + b"nonsense\r\n\r\n"],
    "header of octets": [GET + b"X-A: \xff\xfe\x00\r\n\r\n"],
    "long path": [b"GET /" + b"a" * 1_000_000 + b" HTTP/1.1\r\n" + HOST + b"\r\n"],
    "long header": [GET + b"X-A: " + b"a" * 1_000_000 + b"\r\n\r\n"],
    "many headers": [GET + b"X-A: a\r\n" * 50_000 + b"\r\n"],
    "folded header": [GET + b"X-A: a\r\n b\r\n\r\n"],
    "two lengths": [JSON + b"Content-Length: 2\r\nContent-Length: 3\r\n\r\n{}x"],
    "length and chunks": [
        JSON + b"Content-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n0\r\n\r\n"
    ],
    "negative length": [JSON + b"Content-Length: -1\r\n\r\n{}"],
    "length that is no number": [JSON + b"Content-Length: two\r\n\r\n{}"],
    "more promised than sent": [JSON + b"Content-Length: 100\r\n\r\n{}"],
    "more promised than there is": [JSON + b"Content-Length: 99999999999999999999\r\n\r\n{}"],
    "bad chunk": [JSON + b"Transfer-Encoding: chunked\r\n\r\nzz\r\n{}\r\n0\r\n\r\n"],
    "huge chunk": [JSON + b"Transfer-Encoding: chunked\r\n\r\nffffffffffffffff\r\n{}"],
    "cut chunk": [JSON + b"Transfer-Encoding: chunked\r\n\r\n10\r\n{}"],
    "unknown coding": [JSON + b"Transfer-Encoding: gzip\r\n\r\n{}"],
    "body of octets": [JSON + b"Content-Length: 4\r\n\r\n\xff\xfe\x00\x01"],
    "body in UTF-16": [JSON + b"Content-Length: 6\r\n\r\n" + "{}".encode("utf-16")],
    "octet by octet": [bytes([one]) for one in GET + b"\r\n"],
    "bad escapes": [b"GET /api/v1/messages/%ff%00%zz HTTP/1.1\r\n" + HOST + b"\r\n"],
    "query of octets": [b"GET /api/v1/messages?q=%ff\xff%00 HTTP/1.1\r\n" + HOST + b"\r\n"],
    "upgrade": [GET + b"Connection: Upgrade\r\nUpgrade: h2c\r\n\r\n"],
    "websocket": [GET + b"Connection: Upgrade\r\nUpgrade: websocket\r\n\r\n"],
    "expect": [JSON + b"Expect: 100-continue\r\nContent-Length: 2\r\n\r\n", b"{}"],
    "pipelined": [(GET + b"\r\n") * 200],
    "two hosts": [GET + HOST + b"\r\n"],
}


@pytest.mark.parametrize("kind", ODD)
def test_odd_octets_end_in_an_answer_or_an_end(hub: LiveHub, kind: str) -> None:
    found = status(answer(hub, *ODD[kind]))
    assert found is None or found < 500 or found in (501, 505)
    assert hub.http("GET", "/health")["status"] == "UP"


def test_octets_by_chance_too(hub: LiveHub) -> None:
    chance = random.Random(20261128)
    for _ in range(60):
        good = bytearray(JSON + b'Content-Length: 13\r\n\r\n{"advance": 0}')
        for _ in range(chance.randrange(1, 6)):
            good[chance.randrange(len(good))] = chance.randrange(256)
        cut = chance.randrange(len(good))
        found = status(answer(hub, bytes(good[:cut]), bytes(good[cut:])))
        assert found is None or found < 500 or found in (501, 505), bytes(good)
    assert hub.http("GET", "/health")["status"] == "UP"


PLACES = (
    "overview", "vhosts", "queues", "exchanges", "bindings", "connections", "channels", "consumers",
    "users", "permissions", "nodes", "definitions", "whoami", "health/checks/alarms",
    "aliveness-test",
)  # fmt: skip
SEGMENTS = (
    "", "/", "%2F", "15-15_v2.0", "nowhere", "..", "%00", "%ff", "a" * 5000, "é",
    "'; drop", "{}", "%25", "fr.health.samuA.message",
)  # fmt: skip
QUERIES = ("", "?page=-1", "?page=x&page_size=0", "?columns=,,", "?sort=%ff", "?page=9" + "9" * 40)


def test_odd_paths_of_the_management_api(hub: LiveHub) -> None:
    chance = random.Random(15672)
    connection = HTTPConnection("127.0.0.1", port_of(hub), timeout=PATIENCE)
    for place in PLACES:
        for method in ("GET", "PUT", "DELETE", "POST"):
            for segment in SEGMENTS:
                more = "/".join(
                    quote(one, safe="%/.;") for one in (segment, chance.choice(SEGMENTS))
                )
                path = f"/rabbitmq/api/{place}/{more}{chance.choice(QUERIES)}"
                connection.request(method, path, body=b"{}" if method != "GET" else None)
                answered = connection.getresponse()
                answered.read()
                assert answered.status < 500, (method, path)
    connection.close()
    assert hub.http("GET", "/health")["status"] == "UP"
