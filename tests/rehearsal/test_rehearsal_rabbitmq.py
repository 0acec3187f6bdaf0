"""The same on a real RabbitMQ: what is red, and its name, are those of the embedded engine."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from hubemu.pki.issuance import IssuedFiles
from tests.rehearsal.conftest import CLIENT
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


def test_its_clock_cannot_be_moved(home: Path) -> None:
    done = hubemu(home, "--engine", "rabbitmq", "--rabbitmq", "native", "--migration", "expiry")
    assert done.returncode == 2
    assert "embedded" in done.stderr
