"""The conversion service's client, against a small HTTP server."""

from __future__ import annotations

import asyncio
import gzip
import socket
from contextlib import suppress
from typing import Any

import orjson
import pytest

from hubemu.conversion import ConversionService
from hubemu.dispatcher import ConversionFailed
from hubemu.dispatcher.conversion_service import converter_of
from hubemu.dispatcher.http_converter import MAX_ANSWER, HttpConverter
from hubemu.errors import InputError

NO_CONVERSIONS = ConversionService(seed="1", now=lambda: 0.0)


async def answered(status: str, body: bytes | None, deadline: float = 30) -> tuple[bytes, Any]:
    """Convert against a service with that answer (`None`: it never answers): request, result."""
    requests: list[bytes] = []
    served = asyncio.Event()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if body is None:
            await reader.read()
        else:
            head = await reader.readuntil(b"\r\n\r\n")
            length = int(head.lower().split(b"content-length: ")[1].split(b"\r\n")[0])
            requests.append(head + await reader.readexactly(length))
            writer.write(f"HTTP/1.1 {status}\r\nContent-Length: {len(body)}\r\n\r\n".encode())
            writer.write(body)
            with suppress(ConnectionError):
                await writer.drain()
        writer.close()
        with suppress(ConnectionError):
            await writer.wait_closed()
        served.set()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    converter = HttpConverter(f"http://127.0.0.1:{port}/", deadline=deadline)
    result: Any
    try:
        result = await converter.convert(b'{"distributionID":"x"}', "15-nexsis_v1.9.1")
    except ConversionFailed as failure:
        result = str(failure)
    finally:
        await converter.close()
        await served.wait()
        server.close()
        await server.wait_closed()
    return b"".join(requests), result


def test_the_request_is_the_services_contract() -> None:
    request, _ = asyncio.run(answered("200 OK", b'{"edxl": {}}'))
    head, _, body = request.partition(b"\r\n\r\n")
    assert head.startswith(b"POST /convert HTTP/1.1\r\n")
    assert b"content-type: application/json" in head.lower()
    assert orjson.loads(body) == {
        "edxl": {"distributionID": "x"},
        "sourceVersion": "v3",
        "targetVersion": "v3",
        "cisuConversion": True,
    }


@pytest.mark.parametrize(
    ("body", "messages"),
    [
        (b'{"edxl": {"a": 1}}', (b'{"a":1}',)),
        (b'{"converted_messages": [{"a": 1}, {"b": 2}]}', (b'{"a":1}', b'{"b":2}')),
        (b'{"converted_messages": []}', ()),
    ],
)
def test_both_forms_of_the_answer_are_understood(body: bytes, messages: Any) -> None:
    assert asyncio.run(answered("200 OK", body))[1] == messages


@pytest.mark.parametrize(
    ("status", "body", "text"),
    [
        ("400 BAD REQUEST", b'{"error": "Input JSON must"}', "Input JSON must"),
        ("500 INTERNAL SERVER ERROR", b'{"error": "oops"}', "oops"),
        ("502 Bad Gateway", b"<html>", "502 Bad Gateway"),
        ("400 BAD REQUEST", b'{"error": 7}', "400 BAD REQUEST"),
        ("200 OK", b"[]", "its answer has neither 'edxl' nor 'converted_messages'"),
        ("200 OK", b'{"edxl": "text"}', "its answer has neither 'edxl' nor 'converted_messages'"),
        (
            "200 OK",
            b'{"converted_messages": {}}',
            "its answer has neither 'edxl' nor 'converted_messages'",
        ),
    ],
)
def test_a_failure_is_told_in_the_services_words(status: str, body: bytes, text: str) -> None:
    assert asyncio.run(answered(status, body))[1] == text


def test_a_service_that_never_answers_is_given_up() -> None:
    assert "no answer from http://127.0.0.1" in asyncio.run(answered("", None, 0.2))[1]


def test_a_service_that_is_not_there_cannot_be_reached() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        converter = HttpConverter(f"http://127.0.0.1:{taken.getsockname()[1]}")
        with pytest.raises(ConversionFailed, match="cannot be reached"):
            asyncio.run(converter.convert(b"{}", "15-nexsis_v1.9.1"))


def test_with_none_there_is_no_converter() -> None:
    assert converter_of("none", NO_CONVERSIONS, {}) is None


@pytest.mark.parametrize("url", ["", "converter:8080", "ftp://x"])
def test_a_url_that_cannot_be_one_is_refused(url: str) -> None:
    with pytest.raises(InputError, match="--converter"):
        converter_of(url, NO_CONVERSIONS, {})


def test_an_answer_that_is_too_large_is_read_no_further() -> None:
    """Whatever its status; what is packed counts unpacked."""
    body = b'{"edxl": {"a": "%s"}}' % (b"x" * MAX_ANSWER)
    for status, sent in (
        ("200 OK", body),
        ("500 Oops", body),
        ("200 OK\r\nContent-Encoding: gzip", gzip.compress(body)),
    ):
        _, told = asyncio.run(answered(status, sent, deadline=20.0))
        assert told == f"its answer has more than {MAX_ANSWER} bytes"


def test_an_answer_that_is_nested_too_deep_is_a_failure() -> None:
    body = b'{"edxl": ' + b'{"a":' * 500 + b"1" + b"}" * 501
    _, told = asyncio.run(answered("200 OK", body, deadline=20.0))
    assert told == "its answer is nested too deep"


def test_a_service_that_answers_drop_by_drop_is_not_waited_for() -> None:
    async def scenario() -> str:
        ended = asyncio.Event()

        async def drip(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n")
            with suppress(ConnectionError):
                while True:
                    writer.write(b" ")
                    await writer.drain()
                    await asyncio.sleep(0.01)
            writer.close()
            with suppress(ConnectionError):
                await writer.wait_closed()
            ended.set()

        server = await asyncio.start_server(drip, "127.0.0.1", 0)
        converter = HttpConverter(
            f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}", deadline=0.3
        )
        try:
            with pytest.raises(ConversionFailed) as failed:
                await converter.convert(b"{}", "15-nexsis_v1.9.1")
        finally:
            await converter.close()
            await ended.wait()
            server.close()
            await server.wait_closed()
        return str(failed.value)

    assert asyncio.run(scenario()).endswith("in 0.3 s")
