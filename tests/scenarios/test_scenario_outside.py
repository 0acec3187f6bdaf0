"""Other software plays an actor: hubemu waits for it, and judges what the Hub saw of it."""

from __future__ import annotations

import asyncio
import subprocess
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from hubemu.engines.rabbitmq.process import find_server
from hubemu.errors import CheckFailed
from hubemu.scenarios.results import ScenarioResult
from hubemu.testing import Hub
from tests.conftest import missing
from tests.support.commands import HUBEMU, hubemu_here
from tests.support.kept_certificates import KEPT
from tests.support.waiting import PATIENCE

A, C = "fr.health.samuA", "fr.health.samuC"
STORY = """\
title: A case is shared
vhosts: 15-15_v2.0
clients: {samuA: fr.health.samuA, samuC: fr.health.samuC}
variables: {caseId: fr.health.samuA.DRFR1}
steps:
- id: first
  send:
    as: samuA
    to: samuC
    message: {generate: RS-EDA}
    capture: {caseId: $.createCaseHealth.caseId}
- expect: {by: samuC, of: first, type: RS-EDA, fields: {$.createCaseHealth.caseId: "${caseId}"}}
- acknowledge: {as: samuC, of: first}
- expect: {by: samuA, queue: ack, of: first, type: RC-REF}
"""


@pytest.fixture(scope="module")
def kit(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Hub]:
    home = KEPT.given(tmp_path_factory.mktemp("outside") / "home")
    with Hub(home=home) as started:
        KEPT.keep(home)
        yield started


@pytest.fixture
def story(tmp_path: Path, kit: Hub) -> str:
    kit.reset()
    kit.close_clients()
    file = tmp_path / "story.yaml"
    file.write_text(STORY)
    return str(file)


def played(kit: Hub, story: str, who: str, software: Any, patience: float = 20) -> ScenarioResult:
    """The scenario, while `software` does its part in this thread."""
    with ThreadPoolExecutor(1) as pool:
        playing = pool.submit(kit.play, story, external=(who,), patience=patience)
        software()
        return playing.result(timeout=60)


def verdicts(result: ScenarioResult) -> list[str]:
    return [step.verdict for step in result.steps]


def test_the_sender_is_other_software(kit: Hub, story: str) -> None:
    def software() -> None:
        client = kit.client(A)
        identifier = client.send(client.example("RS-EDA", to=C))
        received = client.receive("ack", timeout=20)
        assert received.reference == identifier
        client.ack(received)

    result = played(kit, story, A, software)
    assert verdicts(result) == ["passed"] * 4, result.record()
    assert result.steps[1].received["$.createCaseHealth.caseId"] != "fr.health.samuA.DRFR1"


def test_the_recipient_is_other_software(kit: Hub, story: str) -> None:
    def software() -> None:
        client = kit.client(C)
        received = client.receive(timeout=20)
        client.ack(received)
        client.acknowledge(received)

    result = played(kit, story, C, software)
    assert verdicts(result) == ["passed"] * 4, result.record()


@pytest.fixture(scope="module")
def on_rabbitmq(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Hub]:
    if find_server() is None:
        missing("rabbitmq", "no rabbitmq-server is installed here")
    home = KEPT.given(tmp_path_factory.mktemp("outside") / "rabbitmq")
    with Hub(home=home, engine="rabbitmq") as started:
        yield started


def test_rabbitmq_tells_by_an_empty_queue_that_a_message_was_taken(
    on_rabbitmq: Hub, tmp_path: Path
) -> None:
    file = tmp_path / "story.yaml"
    file.write_text(STORY)

    def software() -> None:
        client = on_rabbitmq.client(C)
        received = client.receive(timeout=60)
        client.ack(received)
        client.acknowledge(received)

    result = played(on_rabbitmq, str(file), C, software, patience=60)
    assert verdicts(result) == ["passed"] * 4, result.record()


def test_rabbitmq_is_not_believed_before_it_has_counted(on_rabbitmq: Hub, tmp_path: Path) -> None:
    file = tmp_path / "story.yaml"
    file.write_text(STORY)
    result = played(on_rabbitmq, str(file), C, lambda: None, patience=0.5)
    assert verdicts(result) == ["passed", "failed", "inconclusive", "inconclusive"]


def test_what_the_hub_refuses_of_it_fails_with_the_cause(kit: Hub, story: str) -> None:
    def software() -> None:
        client = kit.client(A)
        client.send(client.example("RS-EDA", to=C), persistent=False)

    result = played(kit, story, A, software)
    assert verdicts(result) == ["failed", *["inconclusive"] * 3]
    assert "100 DELIVERY_MODE_INCONSISTENCY" in str(result.steps[0].received["error"])


def test_who_does_nothing_in_time_has_failed(kit: Hub, story: str) -> None:
    result = played(kit, story, C, lambda: None, patience=0.5)
    assert verdicts(result) == ["passed", "failed", "inconclusive", "inconclusive"]
    assert "not done within 0.5 s" in result.steps[1].why


def test_a_message_that_it_refuses_is_told(kit: Hub, story: str) -> None:
    def software() -> None:
        client = kit.client(C)
        client.reject(client.receive(timeout=20))

    result = played(kit, story, C, software)
    assert verdicts(result)[1] == "failed"
    assert result.steps[1].received["outcome"] == "dead-lettered"


def test_nobody_to_ask_is_inconclusive(kit: Hub, tmp_path: Path) -> None:
    file = tmp_path / "asking.yaml"
    file.write_text(
        "title: t\nvhosts: 15-15_v2.0\nclients: {samuA: fr.health.samuA}\n"
        "steps:\n- confirm: {by: samuA, ask: Is it shown?}\n"
    )
    assert kit.play(str(file)).verdict == "passed"
    asked = kit.play(str(file), external=(A,))
    assert (asked.verdict, asked.steps[0].why) == ("inconclusive", "nobody answered")


def test_a_fault_that_never_strikes_is_inconclusive(kit: Hub, tmp_path: Path) -> None:
    file = tmp_path / "idle.yaml"
    file.write_text(
        "title: t\nvhosts: 15-15_v2.0\nclients: {samuA: fr.health.samuA}\nsteps:\n"
        "- fault: {on: {id: idle, effect: drop, match: {sender: fr.health.samuC}}}\n"
        "- fault: {off: idle}\n"
    )
    result = kit.play(str(file))
    assert (result.verdict, result.why) == ("inconclusive", "never struck: idle")
    assert result.faults[0]["strikes"] == 0
    assert kit.faults.list() == []


def test_a_hub_that_is_not_as_wished_is_skipped_with_the_reason(kit: Hub, tmp_path: Path) -> None:
    file = tmp_path / "wish.yaml"
    file.write_text(STORY.replace("vhosts:", "hub: {ttl: 5}\nvhosts:"))
    result = kit.play(str(file))
    assert result.verdict == "skipped"
    assert "it wishes ttl" in result.why


def test_cancelled_it_leaves_no_fault_behind(kit: Hub, tmp_path: Path) -> None:
    file = tmp_path / "long.yaml"
    file.write_text(
        "title: t\nvhosts: 15-15_v2.0\nclients: {samuA: fr.health.samuA}\n"
        "faults: [{id: x, effect: drop, match: {sender: nobody}}]\nsteps:\n- wait: 60\n"
    )

    async def cancelled() -> bool:
        playing = asyncio.create_task(kit._hub.play(str(file)))
        async with asyncio.timeout(PATIENCE):
            while not await kit._hub.faults.list():
                await asyncio.sleep(0.01)
        playing.cancel()
        await asyncio.wait((playing,))
        return playing.cancelled() or isinstance(playing.exception(), CheckFailed)

    assert kit._portal is not None
    assert kit._portal.call(cancelled())
    assert kit.faults.list() == []


def test_a_hub_that_is_up_goes_back_to_its_phase(kit: Hub, tmp_path: Path) -> None:
    file = tmp_path / "phases.yaml"
    file.write_text(
        "title: t\nvhosts: 15-15_v2.0\nclients: {samuA: fr.health.samuA}\n"
        "steps:\n- phase: dual\n- connect: {as: samuA, certificate: legacy, trusts: dual}\n"
    )
    assert kit.play(str(file)).verdict == "passed"
    assert kit.endpoints["phase"] == "igc"


@pytest.mark.parametrize(
    ("answer", "code", "words"),
    [("y\n", 0, "1 passed"), ("n\n", 1, "the person said no"), ("", 0, "nobody answered")],
)
def test_a_person_answers_in_the_terminal(
    kit: Hub, tmp_path: Path, answer: str, code: int, words: str
) -> None:
    kit.reset()
    file = tmp_path / "asking.yaml"
    file.write_text(
        "title: t\nvhosts: 15-15_v2.0\nclients: {samuA: {id: fr.health.samuA, name: SAMU A}}\n"
        "steps:\n- confirm: {by: samuA, ask: {en: Is it shown?, fr: Est-ce affiché ?}}\n"
    )
    home = Path(kit.endpoints["certs"]).parent
    asked = [*HUBEMU, "scenario", "run", str(file), "--actor", f"{A}=external", "--lang", "en"]
    ended = subprocess.run(
        [*asked, "--home", str(home)],
        input=answer,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert "SAMU A (fr.health.samuA): Is it shown? [y]es or [n]o" in ended.stderr
    assert ended.returncode == code, ended.stdout + ended.stderr
    assert words in ended.stdout


def test_an_actor_that_is_in_no_scenario_is_told(tmp_path: Path) -> None:
    ended = hubemu_here("scenario", "run", "code-200", "--actor", "fr.health.nobody=external")
    assert (ended.code, "is in none of these scenarios" in ended.err) == (2, True)
    assert hubemu_here("scenario", "run", "code-200", "--actor", "fr.health.samuA").code == 2
    assert hubemu_here("scenario", "run").code == 2
    assert hubemu_here("scenario", "run", "--all", "code-200").code == 2
