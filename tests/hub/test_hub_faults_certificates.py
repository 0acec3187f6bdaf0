"""The Hub shows a bad certificate to whoever connects, on both engines."""

from __future__ import annotations

import socket
import ssl

import pytest

from tests.support.faulty_hub import fault
from tests.support.live import LiveHub, until

A = "fr.health.samuA"
WORDS = {
    "expired": "certificate has expired",
    "unknown-authority": "unable to get local issuer certificate",
}


def refuses(hub: LiveHub) -> str:
    """What a client says to the Hub's certificate; empty if it takes it."""
    with socket.create_connection(("127.0.0.1", hub.port)) as plain:
        try:
            with hub.tls(A).wrap_socket(plain, server_hostname="localhost"):
                return ""
        except ssl.SSLCertVerificationError as error:
            return error.verify_message


# The other profiles: tests/faults/certificates. RabbitMQ takes two seconds to show another one.
@pytest.mark.parametrize("profile", WORDS)
def test_a_careful_client_refuses_it(hub: LiveHub, profile: str) -> None:
    with hub.connect(A) as one:
        with fault(hub, "present", "certificates", parameters={"profile": profile}) as force:
            assert WORDS[profile] in refuses(hub)
            assert force.strikes == 1
            if hub.engine == "embedded":
                until(lambda: f"fault rule {force.id} strikes" in hub.last_attempt()["reason"])
            one.publish(b"{}")
        assert refuses(hub) == ""
    with hub.connect(A) as again:
        again.publish(b"{}")


def test_a_client_cannot_be_told_apart(hub: LiveHub) -> None:
    rule = {"effect": "present", "where": "certificates", "parameters": {"profile": "expired"}}
    status, problem = hub.refused("POST", "/api/v1/faults", {**rule, "match": {"client": A}})
    assert status == 409
    assert "leave out client" in problem["detail"]


def test_rabbitmq_always_sends_its_intermediates(hub: LiveHub) -> None:
    rule = {
        "effect": "present",
        "where": "certificates",
        "parameters": {"profile": "missing-intermediate"},
    }
    if hub.engine == "embedded":
        hub.http("POST", "/api/v1/faults", rule)
        return
    assert hub.refused("POST", "/api/v1/faults", rule)[0] == 409
