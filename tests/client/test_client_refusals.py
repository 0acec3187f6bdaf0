"""What aiormq raises becomes our errors, with the broker's words and the right exit code."""

from __future__ import annotations

import ssl

import pytest
from aiormq import exceptions as amqp
from aiormq.abc import DeliveredMessage
from pamqp.commands import Basic
from pamqp.header import ContentHeader

from hubemu.client.connection import Endpoint
from hubemu.client.refusals import connection_refusal, consume_refusal, publish_refusal
from hubemu.errors import CheckFailed, HubemuError, StartError


def refusal(error: Exception, cause: Exception | None = None) -> HubemuError:
    error.__cause__ = cause
    return connection_refusal(error, "hub", 5671, "v1")


def untrusted() -> ssl.SSLCertVerificationError:
    error = ssl.SSLCertVerificationError(1, "failed")
    error.verify_message = "self-signed certificate"
    return error


def tls_alert() -> ssl.SSLError:
    error = ssl.SSLError(1, "tlsv1 alert unknown ca")
    error.reason = "TLSV1_ALERT_UNKNOWN_CA"
    return error


@pytest.mark.parametrize(
    ("error", "cause", "kind", "words"),
    [
        (
            amqp.AMQPConnectionError(),
            ConnectionRefusedError(111, "Connection refused"),
            StartError,
            "hub:5671: cannot connect: Connection refused",
        ),
        (
            amqp.AMQPConnectionError(),
            untrusted(),
            CheckFailed,
            "not trusted: self-signed certificate",
        ),
        (
            amqp.AMQPConnectionError(),
            tls_alert(),
            CheckFailed,
            "TLS failed .*TLSV1_ALERT_UNKNOWN_CA.*connection log",
        ),
        (
            amqp.ProbableAuthenticationError("ACCESS_REFUSED - Login was refused"),
            None,
            CheckFailed,
            "login refused: ACCESS_REFUSED",
        ),
        (
            amqp.ConnectionNotAllowed("NOT_ALLOWED - vhost v1 not found"),
            None,
            CheckFailed,
            "vHost 'v1' refused: NOT_ALLOWED",
        ),
        (
            amqp.AMQPConnectionError("Server connection unexpectedly closed"),
            None,
            CheckFailed,
            "closed before login .*connection log",
        ),
    ],
)
def test_a_connection_that_fails(
    error: Exception, cause: Exception | None, kind: type[HubemuError], words: str
) -> None:
    refused = refusal(error, cause)
    assert type(refused) is kind
    with pytest.raises(kind, match=words):
        raise refused


def test_a_returned_message() -> None:
    frame = Basic.Return(312, "NO_ROUTE", "hubsante", "k")
    # A stand-in frame.
    returned = amqp.PublishError(DeliveredMessage(frame, ContentHeader(), b"", None), frame)  # type: ignore[arg-type]
    assert str(publish_refusal(returned)) == "returned by the broker: 312 NO_ROUTE"


def test_a_message_not_accepted() -> None:
    assert "basic.nack" in str(publish_refusal(amqp.DeliveryError(None, Basic.Nack(1))))


def test_a_forbidden_key() -> None:
    closed = amqp.ChannelAccessRefused("ACCESS_REFUSED - access to topic")
    assert str(publish_refusal(closed)) == "refused by the broker: ACCESS_REFUSED - access to topic"


def test_a_queue_that_is_not_there() -> None:
    closed = amqp.ChannelNotFoundEntity("NOT_FOUND - no queue 'q'")
    assert str(consume_refusal(closed, "q")) == "q: NOT_FOUND - no queue 'q'"
    assert "closed" in str(consume_refusal(None, "q"))


@pytest.mark.parametrize(("host", "written"), [("localhost", "localhost"), ("::1", "[::1]")])
def test_the_url_of_an_endpoint(host: str, written: str) -> None:
    context = ssl.create_default_context()
    url = Endpoint(host=host, port=5671, vhost="a/b c", tls=context).url
    assert str(url).startswith(f"amqps://{written}:5671/a%2Fb%20c?")
    assert url.query["auth"] == "external"
