"""What a Hub that was killed left in force on a broker of others goes when one starts again."""

from __future__ import annotations

import json
import os
import signal
from pathlib import Path

import pika.exceptions
import pytest

from hubemu.engines.rabbitmq.process import find_server
from tests.conftest import missing
from tests.support.brokers import ExportedBroker
from tests.support.live import live_hub

A = "fr.health.samuA"
RULES = (
    {"where": "broker", "effect": "nack", "match": {"vhost": "15-15_v2.0"}},
    {"where": "broker", "effect": "deny", "parameters": {"right": "read"}, "match": {"client": A}},
)


def policies_of_faults(broker: ExportedBroker) -> list[str]:
    """The names of the policies that are faults."""
    rows = json.loads(broker.management("GET", "/api/policies"))
    return [row["name"] for row in rows if row["name"].startswith("hubemu-fault-")]


def test_a_kill_leaves_nothing_once_a_hub_is_up_again(tmp_path: Path) -> None:
    if find_server() is None:
        missing("rabbitmq", "no rabbitmq-server is installed here")
    home = tmp_path / "home"
    broker = ExportedBroker(tmp_path / "broker", home, "--administrator")
    given = {"HUBEMU_RABBITMQ_MANAGEMENT": broker.management_url}
    options = ("--engine", "rabbitmq", "--rabbitmq", broker.url)
    with broker.running():
        with live_hub(home, *options, environment=given) as hub:
            for rule in RULES:
                hub.http("POST", "/api/v1/faults", rule)
            with hub.connect(A) as one:
                with pytest.raises(pika.exceptions.NackError):
                    one.publish(b"{}")
                with pytest.raises(pika.exceptions.ChannelClosedByBroker):
                    one.channel.basic_get(f"{A}.info")
            os.kill(hub.endpoints["pid"], signal.SIGKILL)
        (home / "endpoints.json").unlink()
        with live_hub(home, *options, environment=given) as hub:
            assert hub.http("GET", "/api/v1/faults")["faults"] == []
            with hub.connect(A) as one:
                one.publish(b"{}")
                one.take("info")
            hub.http("POST", "/api/v1/faults", RULES[0])
            assert policies_of_faults(broker)
        assert policies_of_faults(broker) == []  # a Hub that is stopped takes them along
