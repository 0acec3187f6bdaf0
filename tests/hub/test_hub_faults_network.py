"""Faults of the network as clients see them, on both engines."""

from __future__ import annotations

import contextlib
import socket
import ssl
import time
from collections.abc import Callable
from typing import Any

import pika.exceptions
import pytest

from tests.support.faulty_hub import InForce, fault
from tests.support.live import LiveHub, VHosted, until

A, B = "fr.health.samuA", "fr.health.samuB"
OF_A = {"client": A}
_STRIKES = "hubemu_fault_strikes_total{"
BROKEN = (pika.exceptions.AMQPError, OSError)


def took(one: VHosted) -> float:
    """Seconds of a question and its answer."""
    before = time.monotonic()
    one.depth("info")
    return time.monotonic() - before


def known(hub: LiveHub, force: InForce, one: VHosted) -> None:
    """Wait until a rule that matches a client has met its connection.

    RabbitMQ tells a moment after a connection was opened whose it is.
    """
    until(lambda: one.depth("info") >= 0 and force.strikes)


def faults_shown(hub: LiveHub, client: str) -> list[list[str]]:
    """The rules told with each connection of a client."""
    rows = hub.http("GET", "/api/v1/connections")["connections"]
    return [row["faults"] for row in rows if row["client"] == client]


@pytest.mark.parametrize(
    ("direction", "least"), [("to-hub", 0.15), ("to-client", 0.15), ("both", 0.3)]
)
def test_latency_reaches_a_connection_that_is_open(
    hub: LiveHub, direction: str, least: float
) -> None:
    with hub.connect(A) as one, hub.connect(B) as other:
        parameters = {"ms": 150, "direction": direction}
        with fault(hub, "latency", "network", match=OF_A, parameters=parameters) as force:
            known(hub, force, one)
            assert took(one) >= least
            until(lambda: [force.id] in faults_shown(hub, A))
            assert not any(faults_shown(hub, B))
            struck = force.strikes
            took(other)
            assert force.strikes == struck
            force.clear()
            assert not any(faults_shown(hub, A))
        one.publish(b"{}")
        assert min(took(one) for _ in range(20)) < least


def test_strikes_are_told_where_people_look_and_drown_nothing_else(hub: LiveHub) -> None:
    with hub.connect(A) as one:
        before = hub.http("GET", "/api/v1/events?limit=1")["next"]
        parameters = {"bytes": 1, "direction": "to-hub"}
        with fault(hub, "slice", "network", match=OF_A, parameters=parameters) as force:
            known(hub, force, one)
            until(lambda: one.depth("info") >= 0 and force.strikes >= 30)
            page = hub.http("GET", f"/api/v1/events?kind=fault&after={before}")
            told = [event["strike"] for event in page["events"] if "strike" in event]
            assert told == [1, 10]
            labels = f'effect="slice",rule="{force.id}",where="network"'
            metrics = hub.http("GET", "/metrics").decode()
            (line,) = (one for one in metrics.splitlines() if one.startswith(_STRIKES))
            assert labels in line
            assert float(line.rpartition(" ")[2]) >= 30


def test_latency_meets_a_new_connection_from_its_first_octet(hub: LiveHub) -> None:
    with fault(hub, "latency", "network", parameters={"ms": 50}) as force:
        before = time.monotonic()
        with hub.connect(A):
            assert time.monotonic() - before >= 0.4  # TLS and the handshake of AMQP take turns
            assert force.strikes > 5


def test_a_slow_line_takes_its_time(hub: LiveHub) -> None:
    with hub.connect(A) as one:
        parameters = {"kbps": 800, "direction": "to-hub"}
        with fault(hub, "bandwidth", "network", match=OF_A, parameters=parameters) as force:
            known(hub, force, one)
            before = time.monotonic()
            one.publish(bytes(50_000))
            assert time.monotonic() - before >= 0.5


@pytest.mark.parametrize("direction", ["to-hub", "to-client", "both"])
def test_slices_keep_every_octet(hub: LiveHub, direction: str) -> None:
    with hub.connect(A) as one:
        parameters = {"bytes": 3, "ms": 0, "direction": direction}
        with fault(hub, "slice", "network", match=OF_A, parameters=parameters) as force:
            known(hub, force, one)
            one.publish(b"no JSON" * 1_000)
            assert one.take("info").json["content"]
            assert force.strikes >= 2


def test_several_rules_on_one_connection_add_up(hub: LiveHub) -> None:
    with hub.connect(A) as one:
        rule: dict[str, Any] = {"match": OF_A, "parameters": {"ms": 100, "direction": "to-hub"}}
        with (
            fault(hub, "latency", "network", **rule) as first,
            fault(hub, "latency", "network", **rule) as second,
        ):
            known(hub, first, one)
            known(hub, second, one)
            assert took(one) >= 0.2
            first.clear()
            assert took(one) >= 0.1


def test_silence_tells_a_client_nothing_until_it_is_over(hub: LiveHub) -> None:
    with hub.connect(A) as one, hub.connect(B) as other:
        came: list[bytes] = []
        channel = one.connection.channel()
        channel.basic_consume(
            f"{A}.info", lambda _c, _m, _p, body: came.append(body), auto_ack=True
        )
        with fault(
            hub, "silence", "network", match=OF_A, parameters={"direction": "to-client"}
        ) as force:

            def asked() -> int:
                channel.basic_publish("hubsante", A, b"{}")
                one.connection.process_data_events(0.05)
                return force.strikes

            until(asked)
            before = len(came)
            for _ in range(5):
                asked()
            assert len(came) == before
            other.publish(b"{}")
            force.clear()
            until(lambda: one.connection.process_data_events(0.05) or len(came) >= before + 5)


def test_an_open_connection_is_reset_and_others_stay(hub: LiveHub) -> None:
    with (
        hub.connect(A) as one,
        hub.connect(B) as other,
        fault(hub, "reset", "network", match=OF_A, times=1) as force,
    ):
        until(lambda: broken(lambda: one.depth("info")))
        other.publish(b"{}")
        assert force.strikes == 1
        with hub.connect(A) as again:
            again.publish(b"{}")


def broken(action: Callable[[], object]) -> bool:
    """Whether a connection is lost by now."""
    try:
        action()
    except BROKEN:
        return True
    return False


@pytest.mark.parametrize("match", [{}, OF_A, {"vhost": "15-15_v2.0"}, {**OF_A, "vhost": "15-*"}])
def test_new_connections_are_refused_and_open_ones_stay(
    hub: LiveHub, match: dict[str, str]
) -> None:
    with hub.connect(A) as one:
        with fault(hub, "refuse", "network", match=match) as force:

            def comes_in() -> None:
                with hub.connect(A) as new:
                    # RabbitMQ tells a moment after a connection was opened whose it is.
                    until(lambda: broken(lambda: new.depth("info")))
                    raise ConnectionResetError

            with pytest.raises(BROKEN):
                comes_in()
            assert force.strikes >= 1
            one.publish(b"{}")
            if match.get("client"):
                with hub.connect(B) as other:
                    other.publish(b"{}")
        with hub.connect(A) as again:
            again.publish(b"{}")


@pytest.mark.parametrize("octets", [1, 100, 1_234])
def test_a_client_gets_exactly_so_many_octets(hub: LiveHub, octets: int) -> None:
    """Of a TLS handshake, which the cut happens below."""
    parameters = {"bytes": octets, "direction": "to-client"}
    with fault(hub, "cut", "network", parameters=parameters) as force:
        with socket.create_connection(("127.0.0.1", hub.port)) as plain:
            outgoing = client_hello(hub)
            plain.sendall(outgoing)
            got = b""
            with contextlib.suppress(ConnectionResetError):
                while data := plain.recv(65536):
                    got += data
        assert len(got) == octets
        assert force.strikes == 1
    with hub.connect(A) as one:
        one.publish(b"{}")


def client_hello(hub: LiveHub) -> bytes:
    """The first flight of a TLS client."""
    incoming, outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
    tls = hub.tls(A).wrap_bio(incoming, outgoing, server_hostname="localhost")
    with contextlib.suppress(ssl.SSLWantReadError):
        tls.do_handshake()
    return outgoing.read()


def test_a_queue_is_nothing_that_a_connection_has(hub: LiveHub) -> None:
    rule = {"effect": "latency", "where": "network", "parameters": {"ms": 1}}
    status, problem = hub.refused(
        "POST", "/api/v1/faults", {**rule, "match": {"queue": f"{A}.info"}}
    )
    assert status == 409
    if "no relay stands before this RabbitMQ" in problem["detail"]:
        pytest.skip("a broker of compose has no relay")
    assert "leave out queue" in problem["detail"]
