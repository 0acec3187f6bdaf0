"""Faults as a program with amqplib (Node) sees them."""

from __future__ import annotations

import json
import os
import subprocess
from pathlib import Path
from typing import Any

import pytest

from hubemu.messages import example_message
from tests.support.live import LiveHub
from tests.support.messages import as_bytes, envelope

A, SDIS = "fr.health.samuA", "fr.fire.nexsis.sdisZ"

SCRIPTS = Path(__file__).parents[1] / "support/node"
TIMEOUT = 120
SEEN: dict[str, Any] = {
    "latency": True,
    "bandwidth": True,
    "slice": 1,
    "silence": True,
    "reset": "lost",
    "refuse": True,
    "cut": True,
    "close-connection": "320 Connection closed: 320 (CONNECTION-FORCED) with message "
    '"CONNECTION_FORCED - so we say"',
    "nack": "message nacked",
    "disk-alarm": "low on disk",
    "queue-full": True,
    "deny": 403,
    "present": "CERT_HAS_EXPIRED certificate has expired",
}
ON_EMBEDDED: dict[str, Any] = {
    "close-channel": "406 Channel closed by server: 406 (PRECONDITION-FAILED) with message "
    '"PRECONDITION_FAILED - so we say"',
    "withhold-confirms": ["cleared", "confirmed"],
    "block": "low on patience",
    "stall-heartbeats": ["Heartbeat timeout", "alive"],
    "cancel-consumers": "cancelled",
}


def play(hub: LiveHub, amqplib: Path, folder: Path, script: str, *arguments: str) -> Any:
    """What a script tells of a Hub, run in a folder beside amqplib."""
    for name in (script, "fault_rules.js"):
        (folder / name).write_text((SCRIPTS / name).read_text())
    (folder / "node_modules").symlink_to(amqplib)
    where = [str(hub.certs), str(hub.port), hub.endpoints["http"]]
    played = subprocess.run(
        ["node", str(folder / script), *where, *arguments],
        check=False,
        capture_output=True,
        text=True,
        timeout=TIMEOUT,
        env=os.environ | {"HUBEMU_HTTP_TOKEN": hub.token or ""},
    )
    assert played.returncode == 0, played.stderr
    return json.loads(played.stdout)


@pytest.mark.node
def test_each_fault_is_seen_and_nothing_of_it_is_left(
    hub: LiveHub, amqplib: Path, tmp_path: Path
) -> None:
    wanted = SEEN | (ON_EMBEDDED if hub.engine == "embedded" else {})
    if not hub.tells_certificates:
        wanted = {name: SEEN[name] for name in BY_MANAGEMENT}
    assert play(hub, amqplib, tmp_path, "faults.js", ",".join(wanted)) == wanted


BY_MANAGEMENT = ("close-connection", "deny")
"""What can be done to a RabbitMQ of compose, whose queues may be quorum ones."""
OF_MESSAGES: dict[str, Any] = {
    "delay": True,
    "drop": 0,
    "duplicate": True,
    "reorder": True,
    "reject": "600 no",
    "corrupt": "ERR_ENCODING_INVALID_ENCODED_DATA",
    "content-type": "text/x",
    "misroute": True,
    "expire": 400,
    "dead-letter": "500 reason was rejected",
    "pause": 0,
    "lose-report": [200, 0],
    "converter down": "the conversion service ca",
    "converter fail": "boum",
    "converter delay": True,
    "converter answer": "its answer has neither 'e",
}


@pytest.mark.node
def test_each_fault_of_messages_is_seen_and_nothing_of_it_is_left(
    hub: LiveHub, amqplib: Path, tmp_path: Path
) -> None:
    message, case = tmp_path / "message.json", tmp_path / "case.json"
    message.write_bytes(as_bytes(envelope(A, "fr.health.samuC")))
    case.write_bytes(example_message("RS-EDA", "3.0.0", sender=A, recipient=SDIS))
    played = play(hub, amqplib, tmp_path, "message_faults.js", str(message), str(case))
    assert played == OF_MESSAGES
