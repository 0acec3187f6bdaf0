"""Dashboard and alerts ask for nothing that a Hub does not tell."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pika.exceptions
import pytest
import yaml

from tests.conftest import missing
from tests.examples.test_examples import EXAMPLES, A, C
from tests.support.live import LiveHub, live_hub
from tests.support.messages import as_bytes, envelope

FOLDER = EXAMPLES / "observability"
_NAME = re.compile(r"\b((?:dispatch|dlq|overall|rabbitmq|hubemu)_[a-z_]+)\b(?!\s*[=,)])")


@pytest.fixture(scope="module")
def told(tmp_path_factory: pytest.TempPathFactory) -> str:
    """The metrics of a Hub on which something happened."""
    with live_hub(tmp_path_factory.mktemp("hub") / "home") as hub:
        _let_something_happen(hub)
        text: bytes = hub.http("GET", "/metrics")
        return text.decode()


def _let_something_happen(hub: LiveHub) -> None:
    with hub.connect(A) as client:
        client.publish(as_bytes(envelope(A, C)))
        client.publish(as_bytes(envelope(A, C)), persistent=False)
        client.take("info")
        with pytest.raises(pika.exceptions.ChannelClosedByBroker):
            client.publish(as_bytes(envelope(A, C)), key=C)


def expressions() -> Iterator[str]:
    rules = yaml.safe_load((FOLDER / "alerts.yml").read_text())
    for group in rules["groups"]:
        yield from (rule["expr"] for rule in group["rules"])
    dashboard = json.loads((FOLDER / "grafana-dashboard.json").read_text())
    for panel in dashboard["panels"]:
        yield from (target["expr"] for target in panel["targets"])


def test_every_metric_they_ask_for_is_told(told: str) -> None:
    asked = {name for one in expressions() for name in _NAME.findall(one)}
    assert len(asked) > 8
    for name in asked:
        assert re.search(rf"^{name}[{{ ]", told, re.MULTILINE), name


def test_the_certificates_of_every_client_have_an_end(told: str) -> None:
    ends = re.findall(r'expires_timestamp_seconds\{client="([^"]+)",identity="([^"]+)"\}', told)
    assert {(A, "legacy"), (A, "igc"), (C, "igc")} <= set(ends)


def test_prometheus_itself_takes_the_files() -> None:
    promtool = shutil.which("promtool")
    if promtool is None:
        missing("promtool", "no promtool on this machine (Debian: prometheus)")
    for command in (["check", "config"], ["check", "rules"]):
        name = "prometheus.yml" if command[1] == "config" else "alerts.yml"
        checked = subprocess.run(
            [promtool, *command, str(Path(FOLDER) / name)],
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )
        assert checked.returncode == 0, checked.stdout + checked.stderr
