"""The same on a real RabbitMQ: what is red, and its name, are those of the embedded engine."""

from __future__ import annotations

import asyncio
import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any
from unittest.mock import AsyncMock

import pytest

from hubemu.pki import Pki
from hubemu.pki.issued_on_demand import IssuedFiles
from hubemu.pki.layout import read_certificates
from hubemu.pki.migration import load_migration
from hubemu.rehearsal import RehearsalOrder, rehearse
from hubemu.settings import EngineKind, Phase, Settings
from tests.rehearsal.conftest import CLIENT, codes, nothing
from tests.rehearsal.test_rehearsal_reports import COLUMNS, hubemu

pytestmark = [
    pytest.mark.skipif(
        shutil.which("rabbitmq-server") is None, reason="no rabbitmq-server on this machine"
    ),
    pytest.mark.timeout(300),
]


def on_rabbitmq(home: Path, *arguments: str) -> list[dict[str, Any]]:
    """The results of samuA on a node of its own, as a user gets them."""
    engine = ("--engine", "rabbitmq", "--rabbitmq", "native")
    done = hubemu(home, "--client", CLIENT, "--json", *engine, *arguments)
    assert done.stdout, done.stderr
    results: list[dict[str, Any]] = json.loads(done.stdout)["clients"][0]["results"]
    return results


def told(results: list[dict[str, Any]]) -> list[tuple[str, list[str]]]:
    """The cells of each step, and the codes."""
    marks = {True: "Y", False: "n", None: "-"}
    return [
        (
            "".join(marks[result[column]] for column in COLUMNS),
            [finding["code"] for finding in result["findings"]],
        )
        for result in results
    ]


def test_a_client_that_changes_nothing(home: Path) -> None:
    found = told(on_rabbitmq(home, "--identity", "legacy"))
    assert found == [("YYYY-Y", []), ("nnnnYn", ["S1", "P6"]), ("nnnnYn", ["S1", "C1", "P6"])]


def test_the_old_intermediate_is_revoked(home: Path) -> None:
    found = told(on_rabbitmq(home, "--migration", "new-intermediate", "--identity", "as-is"))
    assert found == [("YYYY-Y", []), ("YYYYYY", []), ("nnnnYn", ["C12", "P6"])]


@pytest.mark.parametrize(
    ("profile", "code"), [("expired", "C3"), ("server-only", "C4"), ("unknown-authority", "C1")]
)
def test_a_bad_certificate_has_its_name(
    home: Path, issued: Callable[..., IssuedFiles], profile: str, code: str
) -> None:
    files = issued(profile)
    own = ("--client-cert", str(files.certificate), "--client-key", str(files.key))
    assert told(on_rabbitmq(home, "--steps", "igc", *own)) == [("nnnn-n", [code])]


def test_the_end_of_certificates_comes_to_it(home: Path) -> None:
    """Its clock cannot be moved: the client's certificate is issued again with other dates."""
    results = on_rabbitmq(home, "--migration", "expiry")
    assert told(results) == [("YYYY-Y", []), ("YYYYYY", []), ("nnnnYn", ["C3", "P6"])]
    # What is told is what its own certificate says.
    (own, *_) = read_certificates(home / f"certs/clients/{CLIENT}/igc.crt", "")
    assert f"ended on {own.not_valid_after_utc:%Y-%m-%d}" in results[2]["findings"][0]["text"]


def test_who_cannot_issue_it_again_says_so(home: Path, issued: Callable[..., IssuedFiles]) -> None:
    files = issued("unknown-authority")
    own = ("--client-cert", str(files.certificate), "--client-key", str(files.key))
    done = hubemu(
        home, "--engine", "rabbitmq", "--rabbitmq", "native", "--migration", "expiry", *own
    )
    assert done.returncode == 2
    assert "--engine embedded" in done.stderr
    assert len(done.stderr.splitlines()) == 1


@pytest.mark.parametrize(("cached", "found"), [(True, ["P5"]), (False, [])])
def test_a_broker_that_goes_on_with_its_old_trust_store_is_p5(
    home: Path, pki: Pki, monkeypatch: pytest.MonkeyPatch, cached: bool, found: list[str]
) -> None:
    """As any RabbitMQ does for minutes: what hubemu sets against it is taken away."""
    if cached:
        monkeypatch.setattr("hubemu.engines.rabbitmq.process.ERLANG_ARGUMENTS", "")
        monkeypatch.setattr("hubemu.engines.rabbitmq.node_files._seen", AsyncMock())
    files = pki.client_files(CLIENT, "legacy")
    order = RehearsalOrder(
        settings=Settings(
            home=home, engine=EngineKind.RABBITMQ, rabbitmq="native", port=0, http_port=0
        ),
        migration=load_migration("igc-sante"),
        vhost="15-15_v2.0",
        steps=["dual"],  # the node starts in phase igc
        clients=(CLIENT,),
        certificate=files.certificate,
        key=files.key,
        truststores=[pki.truststore(Phase.DUAL)],
    )
    rehearsal = asyncio.run(rehearse(order, nothing))
    assert codes(rehearsal) == [found]
