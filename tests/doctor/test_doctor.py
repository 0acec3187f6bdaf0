"""What the doctor finds, with the cause made and without."""

from __future__ import annotations

import shutil
import socket
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import trustme

from hubemu.doctor import MachineFinding, Patient, examine
from hubemu.doctor import machine as looked_at
from hubemu.doctor.examination import LOOKS
from hubemu.doctor.machine import rabbitmq
from hubemu.engines.rabbitmq import daemon as docker
from hubemu.engines.rabbitmq import process
from hubemu.home import Home
from tests.support.commands import hubemu
from tests.support.live import live_hub

Look = Callable[[Patient], Iterator[MachineFinding]]
NAMED: dict[str, Look] = {look.__name__: look for look in LOOKS}


@pytest.fixture
def patient(tmp_path: Path) -> Patient:
    return Patient(Home(tmp_path / "home"), 0, 0, {"PATH": "/nowhere"})


def verdicts(look: str, patient: Patient) -> list[tuple[str, str]]:
    return [(one.verdict, one.text) for one in NAMED[look](patient)]


def test_a_sound_machine_has_no_problem(patient: Patient) -> None:
    found = list(examine(patient))
    assert {one.verdict for one in found} <= {"ok", "warning"}
    assert all(one.mend for one in found if one.verdict != "ok")


def test_a_port_of_somebody_else_is_told(patient: Patient) -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = other.getsockname()[1]
        taken = Patient(patient.home, port, 0, {})
        assert ("warning", f"{port} is taken by another program") in verdicts("ports", taken)


@pytest.mark.parametrize(
    ("variables", "verdict"),
    [
        ({}, "ok"),
        ({"HTTP_PROXY": "http://proxy:3128"}, "warning"),
        ({"http_proxy": "http://proxy:3128", "NO_PROXY": "example.org, 127.0.0.1"}, "ok"),
        ({"all_proxy": "socks5://proxy", "no_proxy": "127.0.0.11"}, "warning"),
    ],
)
def test_a_proxy_must_spare_this_machine(
    patient: Patient, variables: dict[str, str], verdict: str
) -> None:
    [(found, _)] = verdicts("proxies", Patient(patient.home, 0, 0, variables))
    assert found == verdict


def test_keys_that_others_can_read_are_told(patient: Patient) -> None:
    folder = patient.home.certs / "clients/fr.health.samuA"
    folder.mkdir(parents=True)
    key = folder / "igc.key"
    key.touch(mode=0o600)
    assert [found for found, _ in verdicts("secrets", patient)] == ["ok"]
    key.chmod(0o640)
    [(found, text)] = verdicts("secrets", patient)
    assert found == "warning"
    assert str(key) in text


@pytest.mark.parametrize(("days", "verdict"), [(90, "ok"), (10, "warning"), (-1, "warning")])
def test_certificates_that_end_are_told(patient: Patient, days: int, verdict: str) -> None:
    leaf = trustme.CA().issue_cert("localhost", not_after=datetime.now(UTC) + timedelta(days=days))
    patient.home.certs.mkdir(parents=True)
    leaf.cert_chain_pems[0].write_to_path(patient.home.certs / "leaf.crt")
    [(found, _)] = verdicts("certificates", patient)
    assert found == verdict


def test_a_certificate_that_cannot_be_read_is_told(patient: Patient) -> None:
    patient.home.certs.mkdir(parents=True)
    (patient.home.certs / "leaf.crt").write_bytes(b"\xff noise")
    assert [found for found, _ in verdicts("certificates", patient)] == ["warning"]


def test_a_clock_of_long_ago_is_a_problem(
    patient: Patient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(looked_at, "_EARLIEST", datetime.now(UTC) + timedelta(days=1))
    assert [found for found, _ in verdicts("clock", patient)] == ["problem"]


def test_a_home_that_cannot_be_written_is_a_problem(tmp_path: Path) -> None:
    file = tmp_path / "file"
    file.touch(mode=0o400)
    patient = Patient(Home(file / "home"), 0, 0, {})
    found = NAMED["home"](patient)
    assert [one.verdict for one in found] == ["problem"]


def a_docker_client(folder: Path) -> dict[str, str]:
    """The environment of somebody who has docker's command, and no daemon behind it."""
    (folder / "docker").touch(mode=0o755)
    return {"PATH": str(folder)}


def test_docker_without_a_daemon_is_not_said_to_do(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DOCKER_HOST", f"unix://{tmp_path}/nobody.sock")
    monkeypatch.setattr(process, "find_server", lambda: None)
    found = list(rabbitmq(Patient(Home(tmp_path), 0, 0, a_docker_client(tmp_path))))
    assert [(one.check, one.verdict) for one in found] == [
        ("RabbitMQ", "ok"),
        ("docker", "warning"),
    ]
    assert "no rabbitmq-server" in found[0].text
    assert (
        found[1].text == f"no docker daemon answers at unix://{tmp_path}/nobody.sock (DOCKER_HOST)"
    )
    assert "start it" in found[1].mend


@pytest.mark.parametrize(
    ("server", "daemon", "told"),
    [
        (True, True, "rabbitmq-server is installed and a docker daemon answers"),
        (True, False, "rabbitmq-server is installed"),
        (False, True, "a docker daemon answers"),
    ],
)
def test_the_brokers_that_would_start_are_told(
    patient: Patient, monkeypatch: pytest.MonkeyPatch, server: bool, daemon: bool, told: str
) -> None:
    monkeypatch.setattr(process, "server_is_there", lambda: server)
    monkeypatch.setattr(docker, "why_no_docker", lambda: None if daemon else "no: use another")
    [found] = rabbitmq(patient)  # nobody here expects docker: nothing is said of it
    assert (found.verdict, found.text) == ("ok", f"{told}: --engine rabbitmq can be tried")


def test_a_look_that_fails_is_told_and_the_others_go_on(
    patient: Patient, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: object) -> None:
        raise PermissionError("no")

    monkeypatch.setattr(shutil, "disk_usage", broken)
    found = list(examine(patient))
    assert ("home", "warning") in {(one.check, one.verdict) for one in found}
    assert found[-1].check == "Hub"


def test_a_hub_that_is_up_is_looked_at_and_left_as_it_was(tmp_path: Path) -> None:
    with live_hub(tmp_path / "home") as hub:
        told = hubemu("doctor", "--home", str(tmp_path / "home"), "--json")
        assert told.code == 0
        found = {(one["check"], one["verdict"]) for one in told.json}
        assert {("Hub", "ok"), ("AMQPS", "ok")} <= found
        known = hub.http("GET", "/api/v1/connections")
        assert known["refusals"] == known["attempts"] == []
        hub.http("POST", "/api/v1/clock", {"advance": 3600})
        later = hubemu("doctor", "--home", str(tmp_path / "home"))
        assert "3600 s ahead" in later.out
