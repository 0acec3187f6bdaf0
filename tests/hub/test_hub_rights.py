"""Who may do what, refused with RabbitMQ's codes and texts (facts: hub 2, clients, pki 2)."""

from __future__ import annotations

import re
import ssl
from collections.abc import Callable

import pika
import pika.exceptions
import pytest
from pika.adapters.blocking_connection import BlockingChannel

from tests.support.live import LiveHub
from tests.support.messages import as_bytes, envelope

A, B, C = "fr.health.samuA", "fr.health.samuB", "fr.health.samuC"
V = "15-15_v2.0"
KIND_OF_ACCESS = re.compile(r"\b(?:configure|read|write) access to")
"""RabbitMQ 4 names the kind of access that is refused."""
USER = "fr-health-samua.test.hubemu.example"


@pytest.mark.parametrize(
    ("action", "code", "text"),
    [
        (
            lambda c: c.queue_declare("mine"),
            403,
            f"ACCESS_REFUSED - access to queue 'mine' in vhost '{V}' refused for user '{USER}'",
        ),
        (
            lambda c: c.exchange_declare("mine"),
            403,
            f"ACCESS_REFUSED - access to exchange 'mine' in vhost '{V}' refused for user '{USER}'",
        ),
        (
            lambda c: c.queue_declare("absent", passive=True),
            404,
            f"NOT_FOUND - no queue 'absent' in vhost '{V}'",
        ),
        (
            lambda c: c.exchange_declare("absent", passive=True),
            404,
            f"NOT_FOUND - no exchange 'absent' in vhost '{V}'",
        ),
        (
            lambda c: c.basic_get(f"{B}.message"),
            403,
            f"ACCESS_REFUSED - access to queue '{B}.message' in vhost '{V}' "
            f"refused for user '{USER}'",
        ),
        (
            lambda c: c.queue_purge(f"{B}.message"),
            403,
            f"ACCESS_REFUSED - access to queue '{B}.message' in vhost '{V}' "
            f"refused for user '{USER}'",
        ),
        (
            lambda c: c.basic_publish("distribution", f"{B}.message", b"x"),
            403,
            f"ACCESS_REFUSED - access to exchange 'distribution' in vhost '{V}' "
            f"refused for user '{USER}'",
        ),
        (
            lambda c: c.basic_publish("", f"{B}.message", b"x"),
            403,
            f"ACCESS_REFUSED - access to exchange 'amq.default' in vhost '{V}' "
            f"refused for user '{USER}'",
        ),
        (
            lambda c: c.basic_publish("hubsante", B, b"x"),
            403,
            f"ACCESS_REFUSED - access to topic '{B}' in exchange 'hubsante' in vhost '{V}' "
            f"refused for user '{USER}'",
        ),
        (
            lambda c: c.basic_publish(
                "hubsante", A, b"x", properties=pika.BasicProperties(user_id="guest")
            ),
            406,
            f"PRECONDITION_FAILED - user_id property set to 'guest' but authenticated user "
            f"was '{USER}'",
        ),
        (
            lambda c: c.basic_publish(
                "hubsante", A, b"x", properties=pika.BasicProperties(expiration="1.5")
            ),
            406,
            "PRECONDITION_FAILED - invalid expiration '1.5': {leftover_string,\".5\"}",
        ),
    ],
)
def test_a_refusal_closes_the_channel_with_its_text(
    hub: LiveHub, action: Callable[[BlockingChannel], object], code: int, text: str
) -> None:
    with hub.connect(A) as client:
        with pytest.raises(pika.exceptions.ChannelClosedByBroker) as closed:
            action(client.channel)
        told = closed.value.reply_text
        if hub.version >= 4:
            told = KIND_OF_ACCESS.sub("access to", told)
        assert (closed.value.reply_code, told) == (code, text)
        client.connection.channel().queue_declare(f"{A}.message", passive=True)


def test_a_delivery_mode_that_is_none_is_refused_before_rabbitmq_4(hub: LiveHub) -> None:
    with hub.connect(A) as client:
        channel, odd = client.channel, pika.BasicProperties(delivery_mode=3)
        if hub.version >= 4:
            channel.basic_publish("hubsante", A, b"x", properties=odd)
            return
        with pytest.raises(pika.exceptions.ChannelClosedByBroker) as closed:
            channel.basic_publish("hubsante", A, b"x", properties=odd)
        text = "PRECONDITION_FAILED - invalid message: {delivery_mode_unknown,3}"
        assert (closed.value.reply_code, closed.value.reply_text) == (406, text)


@pytest.mark.parametrize("name", ["hubsante", "distribution"])
def test_passive_declaration_is_what_clients_may(hub: LiveHub, name: str) -> None:
    with hub.connect(A) as client:
        client.channel.exchange_declare(name, passive=True)
        client.channel.queue_declare(f"{A}.info", passive=True)


def test_an_absent_vhost_is_530(hub: LiveHub) -> None:
    with (
        pytest.raises(pika.exceptions.ProbableAccessDeniedError, match="vhost nowhere not found"),
        hub.connect(A, "nowhere"),
    ):
        pass


def test_plain_login_is_not_offered(hub: LiveHub) -> None:
    parameters = hub.parameters(V, hub.tls(A))
    parameters.credentials = pika.PlainCredentials("guest", "guest")
    with pytest.raises(pika.exceptions.AuthenticationError):
        pika.BlockingConnection(parameters)


def test_a_trusted_certificate_of_nobody_is_403(hub: LiveHub) -> None:
    context = ssl.create_default_context(cafile=str(hub.certs / "truststores/igc.pem"))
    context.load_cert_chain(hub.certs / "server/igc.crt", hub.certs / "server/igc.key")
    with pytest.raises(
        pika.exceptions.ProbableAuthenticationError,
        match="Login was refused using authentication mechanism EXTERNAL",
    ):
        pika.BlockingConnection(hub.parameters(V, context))


@pytest.mark.parametrize("version", [ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3])
def test_no_certificate_is_refused_in_tls_and_told(hub: LiveHub, version: ssl.TLSVersion) -> None:
    context = ssl.create_default_context(cafile=str(hub.certs / "truststores/igc.pem"))
    context.minimum_version = context.maximum_version = version
    with pytest.raises((pika.exceptions.AMQPConnectionError, ssl.SSLError)):
        pika.BlockingConnection(hub.parameters(V, context))
    last = hub.last_attempt()
    assert last["accepted"] is False
    assert "no certificate" in last["reason"].lower()


def test_the_former_authority_is_refused_in_phase_igc_and_told(hub: LiveHub) -> None:
    with (
        pytest.raises(pika.exceptions.AMQPConnectionError),
        hub.connect(A, identity="legacy"),
    ):
        pass
    last = hub.last_attempt()
    assert last["accepted"] is False
    assert last["certificate"]["commonName"] == A


def test_a_published_message_needs_its_own_key_even_confirmed(hub: LiveHub) -> None:
    with hub.connect(A) as client, pytest.raises(pika.exceptions.ChannelClosedByBroker):
        client.publish(as_bytes(envelope(A, C)), key=C)
