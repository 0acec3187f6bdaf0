"""Dashboard and alerts: read by Grafana's own model and by Prometheus, and asked of a real Hub."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
from collections.abc import Iterator
from functools import partial
from http import HTTPStatus
from pathlib import Path
from typing import Any
from urllib.error import HTTPError, URLError
from urllib.parse import urlencode
from urllib.request import urlopen

import pika.exceptions
import pytest
import yaml
from grafana_foundation_sdk.cog.encoder import JSONEncoder
from grafana_foundation_sdk.models.dashboard import Dashboard

from hubemu.engines.rabbitmq.node import free_port
from tests.conftest import missing
from tests.examples.test_examples import EXAMPLES, A, C
from tests.support.live import PATIENCE, LiveHub, live_hub, until
from tests.support.messages import as_bytes, envelope

FOLDER = EXAMPLES / "observability"
_NAME = re.compile(r"\b((?:dispatch|dlq|overall|rabbitmq|hubemu)_[a-z_]+)\b(?!\s*[=,)])")

DISPATCH = 'rabbitmq_queue_messages_ready{queue="dispatch",vhost="v"}'
INBOX = 'rabbitmq_queue_messages_ready{queue="a.message",vhost="v"}'
READERS = 'rabbitmq_queue_consumers{queue="a.message",vhost="v"}'
ENDS = 'hubemu_certificate_expires_timestamp_seconds{client="a",identity="igc"}'
ERRORS = 'dispatch_error_total{editor="e",reason="r",vhost="v"}'
DAY = 86_400
WAITING = "4 messages wait for the dispatcher on v"
REFUSED = "6 messages of e were refused in five minutes: r"
UNREAD = "101 messages wait in a.message on v, and nobody reads it"
ENDING = "The igc certificate of a ends in 29d 23h 59m 55s"
ALERTS: tuple[tuple[str, dict[str, str], str, str | None], ...] = (
    ("DispatchBacklog", {DISPATCH: "4x20"}, "25s", None),
    ("DispatchBacklog", {DISPATCH: "4x20"}, "30s", WAITING),
    ("DispatchBacklog", {DISPATCH: "3x20"}, "90s", None),
    ("DispatchBacklog", {DISPATCH: "9 9 9 0x20"}, "60s", None),
    ("ErrorsOfAnEditor", {ERRORS: "0+1x5 6x60"}, "4m", REFUSED),
    ("ErrorsOfAnEditor", {ERRORS: "0+1x5 6x60"}, "4m55s", REFUSED),
    ("ErrorsOfAnEditor", {ERRORS: "0+1x4 4x60"}, "4m", None),
    ("NobodyReads", {INBOX: "101x80", READERS: "0x80"}, "5m", UNREAD),
    ("NobodyReads", {INBOX: "101x80", READERS: "0x80"}, "4m55s", None),
    ("NobodyReads", {INBOX: "100x80", READERS: "0x80"}, "6m", None),
    ("NobodyReads", {INBOX: "101x80", READERS: "1x80"}, "6m", None),
    ("NobodyReads", {DISPATCH: "101x80"}, "6m", None),
    ("CertificateEnds", {ENDS: f"{30 * DAY + 60}x20"}, "60s", None),
    ("CertificateEnds", {ENDS: f"{30 * DAY + 60}x20"}, "65s", ENDING),
)
"""An alert, series from the moment 0 in steps of 5 s, a moment, the summary if it fires then."""


@pytest.fixture(scope="module")
def hub(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LiveHub]:
    """A Hub on which something happened."""
    with live_hub(tmp_path_factory.mktemp("hub") / "home") as up:
        _let_something_happen(up)
        yield up


@pytest.fixture(scope="module")
def told(hub: LiveHub) -> str:
    """Its metrics."""
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


def program(name: str) -> str:
    """A program of Prometheus on this machine."""
    found = shutil.which(name)
    if found is None:
        missing("promtool", f"no {name} on this machine (Debian: prometheus)")
    return found


def promtool(*words: str) -> None:
    checked = subprocess.run(
        [program("promtool"), *words], capture_output=True, text=True, timeout=60, check=False
    )
    assert checked.returncode == 0, checked.stdout + checked.stderr


def test_prometheus_itself_takes_the_files() -> None:
    promtool("check", "config", str(FOLDER / "prometheus.yml"))
    promtool("check", "rules", str(FOLDER / "alerts.yml"))


def test_an_alert_fires_when_it_should_and_not_before(tmp_path: Path) -> None:
    """By Prometheus' own tests of rules: series that are made up, and what is told at a moment."""
    rules = {"rule_files": [str(FOLDER / "alerts.yml")], "evaluation_interval": "5s"}
    tests = tmp_path / "alerts.yml"
    tests.write_text(yaml.safe_dump(rules | {"tests": [alert_test(*row) for row in ALERTS]}))
    promtool("test", "rules", str(tests))


def alert_test(name: str, series: dict[str, str], moment: str, told: str | None) -> dict[str, Any]:
    """A test of a rule, as Prometheus reads it."""
    groups = yaml.safe_load((FOLDER / "alerts.yml").read_text())["groups"]
    [rule] = [rule for group in groups for rule in group["rules"] if rule["alert"] == name]
    first = next(iter(series))
    labels = dict(re.findall(r'(\w+)="([^"]*)"', first))
    if grouped := re.match(r"sum by \((.+?)\)", rule["expr"]):
        labels = {label: labels[label] for label in grouped[1].split(", ")}
    fired = {
        "exp_labels": labels | rule["labels"],
        "exp_annotations": rule["annotations"] | {"summary": told},
    }
    return {
        "name": f"{name} {moment}",
        "interval": "5s",
        "input_series": [{"series": one, "values": values} for one, values in series.items()],
        "alert_rule_test": [
            {"eval_time": moment, "alertname": name, "exp_alerts": [fired] if told else []}
        ],
    }


class Prometheus:
    """A Prometheus that watches a Hub, asked over its API."""

    def __init__(self, port: int) -> None:
        self._address = f"http://127.0.0.1:{port}/api/v1"

    def ask(self, path: str, **query: str) -> Any:
        """What it answers, or nothing while it cannot be reached."""
        url = f"{self._address}/{path}?{urlencode(query)}"
        try:
            with urlopen(url, timeout=30) as answer:
                return json.load(answer)["data"]
        except HTTPError as error:
            with error:
                if error.code != HTTPStatus.SERVICE_UNAVAILABLE:
                    raise AssertionError(f"{url}: {error.read().decode()}") from None
        except URLError:
            pass
        return None

    def result(self, expression: str) -> list[dict[str, Any]]:
        """The series that an expression has now."""
        told = self.ask("query", query=expression)
        found: list[dict[str, Any]] = told["result"] if told else []
        return found


@pytest.fixture(scope="module")
def prometheus(hub: LiveHub, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Prometheus]:
    """Prometheus with our configuration but for the Hub's port and the interval, having looked
    twice."""
    folder, port = tmp_path_factory.mktemp("prometheus"), free_port()
    settings = yaml.safe_load((FOLDER / "prometheus.yml").read_text())
    settings["global"] = {"scrape_interval": "1s", "evaluation_interval": "1s"}
    [job] = settings["scrape_configs"]
    assert job["static_configs"][0]["targets"] == ["127.0.0.1:8671"]
    job["static_configs"][0]["targets"] = [hub.endpoints["http"].removeprefix("http://")]
    (folder / "prometheus.yml").write_text(yaml.safe_dump(settings))
    shutil.copy(FOLDER / "alerts.yml", folder)
    command = [
        program("prometheus"), f"--config.file={folder}/prometheus.yml",
        f"--storage.tsdb.path={folder}/data", f"--web.listen-address=127.0.0.1:{port}",
    ]  # fmt: skip
    with (folder / "log").open("wb") as log:
        process = subprocess.Popen(command, stdout=log, stderr=log)
    try:
        watching = Prometheus(port)
        until(lambda: watching.result('sum_over_time(up{job="hubemu"}[1m]) > 2'))
        yield watching
    finally:
        process.terminate()
        process.wait(PATIENCE)


def test_every_panel_shows_something_of_a_hub_that_prometheus_watches(
    prometheus: Prometheus,
) -> None:
    dashboard = json.loads((FOLDER / "grafana-dashboard.json").read_text())
    targets = [target for panel in dashboard["panels"] for target in panel["targets"]]
    assert len(targets) > 8
    for target in targets:
        expression = target["expr"].replace("$vhost", ".*")
        shown = until(partial(prometheus.result, expression))
        names = re.findall(r"{{(\w+)}}", target.get("legendFormat", ""))
        assert names == [] or set(names) <= {name for one in shown for name in one["metric"]}


def test_the_list_of_vhosts_is_that_of_the_hub(hub: LiveHub, prometheus: Prometheus) -> None:
    dashboard = json.loads((FOLDER / "grafana-dashboard.json").read_text())
    [query] = [one["query"] for one in dashboard["templating"]["list"] if one["name"] == "vhost"]
    asked = re.fullmatch(r"label_values\((\w+), (\w+)\)", query)
    assert asked is not None
    values = prometheus.ask(f"label/{asked[2]}/values", **{"match[]": asked[1]})
    assert sorted(values) == sorted(one["name"] for one in hub.http("GET", "/api/v1/hub")["vhosts"])


def test_prometheus_evaluates_every_alert_rule(prometheus: Prometheus) -> None:
    def evaluated() -> list[dict[str, Any]]:
        groups = prometheus.ask("rules")["groups"]
        rules = [rule for group in groups for rule in group["rules"]]
        return [] if any(rule["health"] == "unknown" for rule in rules) else rules

    rules = until(evaluated)
    assert {rule["name"]: (rule["health"], rule["state"]) for rule in rules} == {
        "DispatchBacklog": ("ok", "inactive"),
        "ErrorsOfAnEditor": ("ok", "inactive"),
        "NobodyReads": ("ok", "inactive"),
        "CertificateEnds": ("ok", "inactive"),
    }


def test_grafana_knows_every_word_of_the_dashboard() -> None:
    """Read into Grafana's own model of a dashboard and written again, nothing of it is lost."""
    written = json.loads((FOLDER / "grafana-dashboard.json").read_text())
    model = Dashboard.from_json(written)
    kept = json.loads(JSONEncoder().encode(model))
    assert list(_lost(written, kept)) == []
    assert list(_lost(written | {"refersh": "5s"}, kept)) == ["$.refersh"]


def _lost(written: Any, kept: Any, path: str = "$") -> Iterator[str]:
    """Where a document says what another does not."""
    if isinstance(written, dict) and isinstance(kept, dict):
        for name, value in written.items():
            yield from _lost(value, kept.get(name), f"{path}.{name}")
    elif isinstance(written, list) and isinstance(kept, list) and len(written) == len(kept):
        for number, value in enumerate(written):
            yield from _lost(value, kept[number], f"{path}[{number}]")
    elif written != kept:
        yield path
