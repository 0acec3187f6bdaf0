"""`hubemu phase`: any step of any built-in change of certificates, on a Hub that is up."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.support.commands import Ended, hubemu_here
from tests.support.live import LiveHub, live_hub


@pytest.fixture(scope="module")
def hub(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LiveHub]:
    with live_hub(tmp_path_factory.mktemp("phase") / "home") as live:
        yield live


@pytest.fixture(autouse=True)
def _at_start(hub: LiveHub) -> Iterator[None]:
    yield
    httpx.post(f"{hub.endpoints['http']}/api/v1/reset", json={}, timeout=30).raise_for_status()


def phase(hub: LiveHub, *words: str) -> Ended:
    return hubemu_here("phase", *words, "--home", str(hub.certs.parent))


def told(hub: LiveHub, *words: str) -> Any:
    done = phase(hub, *words, "--json")
    assert done.code == 0, done.err
    return json.loads(done.out)


def test_a_phase_is_gone_to_as_before(hub: LiveHub) -> None:
    done = phase(hub, "dual")
    assert (done.code, done.out) == (0, "phase dual\n")
    assert phase(hub, "legacy", "--disconnect").out == "phase legacy, 0 connections dropped\n"


@pytest.mark.parametrize(
    ("words", "step"),
    [
        (("revoked",), "revoked"),  # only one change has it
        (("renewed", "--migration", "renewal"), "renewed"),
        (("both", "--migration", "new-root"), "both"),
        (("after", "--migration", "new-intermediate"), "after"),
    ],
)
def test_a_step_of_another_change_is_gone_to(
    hub: LiveHub, words: tuple[str, ...], step: str
) -> None:
    gone = told(hub, *words)
    assert gone["step"] == step
    assert Path(gone["certs"]) != hub.certs
    assert httpx.get(f"{hub.endpoints['http']}/api/v1/phase").json()["step"] == step
    # The terminal names the folder of the step's certificates, which clients of it need.
    assert phase(hub).out.startswith(f"step {step}, certificates in {gone['certs']}\n")


def test_without_a_step_all_are_listed(hub: LiveHub) -> None:
    done = phase(hub)
    assert done.code == 0
    assert done.out.startswith("phase igc\n")
    lines = [" ".join(line.split()) for line in done.out.splitlines()]
    assert "igc-sante legacy, dual, igc" in lines
    assert "new-root before, both, after" in lines
    rows = {one["name"]: one["steps"] for one in told(hub)["migrations"]}
    assert rows["renewal"] == ["before", "renewed"]
    (only,) = told(hub, "--migration", "renewal")["migrations"]
    assert only["name"] == "renewal"


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("dua",), "did you mean dual?"),
        (("renewd",), "did you mean renewed?"),
        (("after",), "'after' is a step of new-intermediate and new-root: say which"),
        (("both", "--migration", "renewal"), "use before, renewed"),
        (("renewed", "--migration", "renewl"), "did you mean renewal?"),
        (("x", "--migration", "own.yaml"), "`hubemu rehearse` takes files"),
    ],
)
def test_what_is_no_step_is_one_line_and_2(hub: LiveHub, words: tuple[str, ...], said: str) -> None:
    done = phase(hub, *words)
    assert done.code == 2
    assert said in done.err
    assert len(done.err.splitlines()) == 1


def test_the_ends_of_clients_certificates_are_no_steps_of_a_hub(hub: LiveHub) -> None:
    done = phase(hub, "day after", "--migration", "expiry")
    assert done.code == 1
    assert "`hubemu rehearse` goes there" in done.err
