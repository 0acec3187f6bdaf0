"""What a user says of a broker that is there, when it cannot be used; no broker is needed."""

from __future__ import annotations

from pathlib import Path

import pytest

from hubemu.engines.rabbitmq.bootlog import boot_failure
from tests.support.commands import hubemu_here
from tests.support.kept_certificates import KEPT
from tests.support.webserver import web_server

NOWHERE = "amqps://127.0.0.1:1"


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """One for all, because its certificates take their time."""
    return KEPT.given(tmp_path_factory.mktemp("given") / "home")


def refused(home: Path, url: str, code: int, **environment: str) -> str:
    """The one line that `up` ends with; nothing is left of it."""
    ports = ("--port", "0", "--http-port", "0")
    options = ("--engine", "rabbitmq", "--rabbitmq", url, *ports)
    done = hubemu_here("up", *options, home=home, **environment)
    assert done.code == code, done.err
    assert done.out == ""
    assert not (home / "endpoints.json").exists()
    [line] = done.err.strip().splitlines()
    return line


@pytest.mark.parametrize(
    "url",
    [
        "amqps://",
        "amqps://h:99999",
        "amqps://h:0",
        "amqps://h:abc",
        "amqps://u:p@h",
        "amqps://h/vhost",
        "amqps://h?x=1",
        "amqps://[::1",
        "amqps://a,,b",
        "amqps://a b",
    ],
)
def test_a_malformed_url_is_told(home: Path, url: str) -> None:
    line = refused(home, url, 2)
    assert "--rabbitmq" in line
    assert "amqps://host:port" in line


@pytest.mark.parametrize(
    "url",
    [
        "127.0.0.1:15672",
        "ftp://u:p@h",
        "http://h:15672",
        "http://u@h:15672",
        "http://u:p@h:abc",
        "http://u:p@[::1",
        "http://u:p@h:15672/api",
    ],
)
def test_a_malformed_management_url_is_told(home: Path, url: str) -> None:
    line = refused(home, NOWHERE, 2, HUBEMU_RABBITMQ_MANAGEMENT=url)
    assert "HUBEMU_RABBITMQ_MANAGEMENT: write http://user:password@host:15672" in line


def test_a_folder_that_was_not_exported_is_told_and_left_alone(home: Path, tmp_path: Path) -> None:
    folder = tmp_path / "typo"
    assert "typo" in refused(home, NOWHERE, 2, HUBEMU_RABBITMQ_FILES=str(folder))
    assert not folder.exists()


def test_each_log_that_is_not_there_is_told(home: Path, tmp_path: Path) -> None:
    there = tmp_path / "a.log"
    there.touch()
    line = refused(home, NOWHERE, 2, HUBEMU_RABBITMQ_LOG=f"{there},{tmp_path / 'b.log'}")
    assert f"HUBEMU_RABBITMQ_LOG: '{tmp_path / 'b.log'}' is no file" in line


def test_a_management_api_that_is_not_there_is_told(home: Path) -> None:
    given = "http://u:secret@127.0.0.1:1"
    line = refused(home, NOWHERE, 3, HUBEMU_RABBITMQ_MANAGEMENT=given)
    assert "http://127.0.0.1:1: no management API answers there" in line
    assert "rabbitmq_management" in line
    assert "secret" not in line


@pytest.mark.parametrize(
    ("status", "body", "words"),
    [
        (401, b"", "refuses the login of u"),
        (404, b"", "does not answer as RabbitMQ's management API"),
        (302, b"", "does not answer as RabbitMQ's management API"),
        (200, b"<html>", "does not answer as RabbitMQ's management API"),
        (200, b"{}", "does not answer as RabbitMQ's management API"),
        (500, b"boom\nboom", "500 boom boom"),
        (200, b'{"rabbitmq_version": "3.8.2"}', "RabbitMQ 3.8.2: hubemu needs RabbitMQ 3.10"),
    ],
)
def test_another_web_server_is_told(home: Path, status: int, body: bytes, words: str) -> None:
    with web_server(status, body) as port:
        given = f"http://u:p@127.0.0.1:{port}"
        line = refused(home, NOWHERE, 3, HUBEMU_RABBITMQ_MANAGEMENT=given)
    assert words in line


BOOT_LOG = """
2026-11-25 [info] <0.1.0> Starting
2026-11-25 [error] <0.1.0> You've tried to set x, but there is no setting with that name.
2026-11-25 [error] <0.1.0>   - Conf file attempted to set unknown variable: x
BOOT FAILED
2026-11-25 [error] <0.1.0> BOOT FAILED
Crash dump is being written to: /dev/null...done
"""


@pytest.mark.parametrize(
    ("log", "reason"),
    [
        (BOOT_LOG, "Conf file attempted to set unknown variable: x"),
        ("ERROR: epmd error for host\nmore\n", "ERROR: epmd error for host"),
        ("2026 [error] <0.9.0>   ERROR: Failed to initialize erlang distribution", "ERROR: Failed"),
        ("sh: erl: not found\n\n", "sh: erl: not found"),
        ("banner\n2026 [info] <0.9.0> accepting\n", "banner"),
        ("", "no reason was given"),
    ],
)
def test_the_reason_is_found_in_the_log(log: str, reason: str) -> None:
    assert boot_failure(log).startswith(reason)
