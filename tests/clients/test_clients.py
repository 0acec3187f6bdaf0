"""Clients of other languages on a Hub: an exchange each, and the refusals.

What the clients print in TLS 1.3 varies from run to run (facts: clients), so refusals in TLS are
judged by the Hub's own verdict, and refusals in AMQP by RabbitMQ's text as the client shows it.
"""

from __future__ import annotations

import json
import os
import subprocess
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from tests.conftest import missing
from tests.support.languages import LANGUAGES, ClientMissing, Language
from tests.support.live import PATIENCE, LiveHub, live_hub
from tests.support.messages import as_bytes, as_forwarded, envelope
from tests.support.strangers import stranger_identity

A, C = "fr.health.samuA", "fr.health.samuC"
VHOST = "15-15_v2.0"
VERSIONS = ("1.2", "1.3")


@dataclass(frozen=True, slots=True)
class Client:
    """A language's program, built, and the Hub it speaks to."""

    language: Language
    command: list[str]
    hub: LiveHub

    def __call__(
        self, *action: str, identity: Path | None, trust: str = "igc", tls: str = "1.3", **env: str
    ) -> subprocess.CompletedProcess[str]:
        """Run one action; `identity` is a path without suffix, `None` for no certificate."""
        settings = self._settings(identity, trust) | {"TLS_VERSION": tls} | env
        return subprocess.run(
            [*self.command, *action],
            env={k: v for k, v in os.environ.items() if k not in _IDENTITY} | settings,
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )

    def _settings(self, identity: Path | None, trust: str) -> dict[str, str]:
        certs = self.hub.certs
        passphrase = (certs / "passphrase.txt").read_text().strip()
        settings = {
            "HUB_HOSTNAME": "localhost",
            "HUB_PORT": str(self.hub.port),
            "VHOST": VHOST,
            "EXCHANGE_NAME": "hubsante",
            "HUBEMU_CA": str(certs / f"truststores/{trust}.pem"),
            "TRUST_STORE_PATH": str(certs / f"truststores/{trust}.jks"),
            "TRUST_STORE_PASSWORD": passphrase,
            "KEY_PASSPHRASE": passphrase,
        }
        if identity is not None:
            suffixes = zip(_IDENTITY, (".p12", ".crt", ".key"), strict=True)
            settings |= {name: f"{identity}{suffix}" for name, suffix in suffixes}
        return settings

    def own(self, client: str, kind: str = "igc") -> Path:
        """A client's identity in the home."""
        return self.hub.certs / "clients" / client / kind

    def attempts(self) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = self.hub.http("GET", "/api/v1/connections")["attempts"]
        return found


_IDENTITY = ("CERTIFICATE_PATH", "HUBEMU_CERT", "HUBEMU_KEY")


@pytest.fixture(scope="module")
def hub(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LiveHub]:
    with live_hub(tmp_path_factory.mktemp("clients") / "home") as running:
        yield running


@pytest.fixture(scope="module", params=LANGUAGES, ids=lambda language: language.name)
def client(
    request: pytest.FixtureRequest, hub: LiveHub, tmp_path_factory: pytest.TempPathFactory
) -> Client:
    language: Language = request.param
    try:
        return Client(language, language.build(tmp_path_factory.mktemp(language.name)), hub)
    except ClientMissing as reason:
        missing(language.name, str(reason))


@pytest.fixture(scope="module")
def stranger(hub: LiveHub, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An identity of samuC from an authority nobody here knows; same passphrase as the home's."""
    passphrase = (hub.certs / "passphrase.txt").read_text().strip()
    return stranger_identity(tmp_path_factory.mktemp("stranger"), C, passphrase)


def succeeded(done: subprocess.CompletedProcess[str]) -> str:
    assert done.returncode == 0, done.stderr
    return done.stdout


def verdict(client: Client, known: int) -> dict[str, Any]:
    """The Hub's newest record, after the first `known`; clients may see their end first."""
    deadline = time.monotonic() + PATIENCE
    while len(attempts := client.attempts()) <= known:
        assert time.monotonic() < deadline, "the Hub has no record of the attempt"
        time.sleep(0.02)
    return attempts[-1]


@pytest.mark.parametrize("tls", VERSIONS)
def test_one_exchange(client: Client, tls: str, tmp_path: Path) -> None:
    client.hub.http("POST", "/api/v1/reset")  # what an exchange that failed has left is not ours
    message = envelope(A, C)
    file = tmp_path / "message.json"
    file.write_bytes(as_bytes(message))
    succeeded(client("send", A, str(file), identity=client.own(A), tls=tls))
    body = succeeded(client("take", f"{C}.message", identity=client.own(C), tls=tls))
    assert json.loads(body) == as_forwarded(message)
    told = client.hub.http(
        "GET", f"/api/v1/messages?q={message['distributionID']}&outcome=acknowledged&wait=5"
    )
    assert [row["recipient"] for row in told["messages"]] == [C]
    if client.language.obeys_tls_version:
        assert client.attempts()[-1]["tlsVersion"] == f"TLSv{tls}"


@pytest.mark.parametrize(
    ("sent", "tls"),
    [("nothing", "1.2"), ("nothing", "1.3"), ("legacy", "1.3"), ("stranger", "1.2")],
)
def test_the_hub_says_why_it_refused_a_certificate(
    client: Client, sent: str, tls: str, stranger: Path
) -> None:
    identity = {"nothing": None, "legacy": client.own(C, "legacy"), "stranger": stranger}[sent]
    known = len(client.attempts())
    done = client("take", f"{C}.message", identity=identity, tls=tls)
    assert done.returncode == 1
    assert done.stderr
    attempt = verdict(client, known)
    assert not attempt["accepted"]
    if sent == "nothing" or client.language.filters:
        expected = "the client sent no certificate"
    else:
        expected = {"legacy": "former authority", "stranger": "no authority of this Hub"}[sent]
    assert expected in attempt["reason"]


def test_a_hub_that_is_not_trusted(client: Client) -> None:
    known = len(client.attempts())
    done = client("take", f"{C}.message", identity=client.own(C), trust="legacy")
    assert done.returncode == 1
    attempt = verdict(client, known)
    if not client.language.verifies_late:
        assert attempt["reason"].startswith("the client does not trust the Hub's certificate")


def test_an_absent_vhost(client: Client) -> None:
    known = len(client.attempts())
    done = client("take", f"{C}.message", identity=client.own(C), VHOST="nowhere")
    assert done.returncode == 1
    assert client.language.vhost_refusal in done.stderr
    attempt = verdict(client, known + 1)
    assert "530 NOT_ALLOWED - vhost nowhere not found" in attempt["reason"]


@pytest.mark.parametrize(
    ("action", "named"),
    [
        (("send", C), "access to topic 'fr.health.samuC' in exchange 'hubsante'"),
        (("declare", "mine"), "access to queue 'mine'"),
        (("take", f"{C}.message"), "access to queue 'fr.health.samuC.message'"),
    ],
    ids=["a key of another", "an active declaration", "a queue of another"],
)
def test_what_a_client_may_not(
    client: Client, action: tuple[str, ...], named: str, tmp_path: Path
) -> None:
    file = tmp_path / "message.json"
    file.write_bytes(as_bytes(envelope(A, C)))
    arguments = (*action, str(file)) if action[0] == "send" else action
    done = client(*arguments, identity=client.own(A))
    assert done.returncode == 1
    user = "fr-health-samua.test.hubemu.example"
    assert f"ACCESS_REFUSED - {named} in vhost '{VHOST}' refused for user '{user}'" in done.stderr
