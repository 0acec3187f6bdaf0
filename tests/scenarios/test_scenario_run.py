"""Scenarios are played over real AMQPS; what differs is told with expected beside received."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path
from typing import Any

import pytest

from hubemu.scenario_hub import ScenarioHub
from hubemu.scenarios.format.scenario import Scenario
from hubemu.yamlfile import read_yaml
from tests.support.commands import hubemu
from tests.support.live import live_hub

STORY = """\
title: {en: A case is shared, fr: Un dossier est partagé}
vhosts: 15-15_v2.0
clients:
  samuA: fr.health.samuA
  samuC: fr.health.samuC
variables: {caseId: "fr.health.samuA.DRFR15${digits:8}"}
steps:
- id: first
  send:
    as: samuA
    to: samuC
    message: {generate: RS-EDA, set: {$.createCaseHealth.caseId: "${caseId}"}}
    capture: {owner: $.createCaseHealth.owner}
- expect:
    by: samuC
    of: first
    type: RS-EDA
    from: samuA
    fields: {$.createCaseHealth.caseId: "${caseId}", $.createCaseHealth.owner: "${owner}"}
- acknowledge: {as: samuC}
- expect: {by: samuA, queue: ack, of: first, type: RC-REF}
- expect-none: {by: samuC}
"""


def wishing(kind: str) -> str:
    """The story, on a Hub whose clients have queues of a type."""
    return STORY.replace("vhosts:", f"hub: {{queue-type: {kind}}}\nvhosts:")


def story(folder: Path, text: str = STORY) -> str:
    file = folder / "story.yaml"
    file.write_text(text)
    return str(file)


def untimed(report: Any) -> Any:
    """A report without its times."""
    if isinstance(report, dict):
        return {key: untimed(value) for key, value in report.items() if key != "seconds"}
    return [untimed(one) for one in report] if isinstance(report, list) else report


def test_a_story_passes_and_a_seed_gives_the_same_again(tmp_path: Path) -> None:
    file = story(tmp_path)
    first = hubemu("scenario", "run", file, "--seed", "7", "--json")
    assert first.code == 0, first.out + first.err
    again = hubemu("scenario", "run", file, "--seed", "7", "--json")
    assert untimed(first.json) == untimed(again.json)
    other = hubemu("scenario", "run", file, "--seed", "8", "--json")
    assert untimed(first.json) != untimed(other.json)
    (played,) = first.json["scenarios"]
    assert (played["name"], played["verdict"], played["faults"]) == ("story", "passed", [])
    assert {step["verdict"] for step in played["steps"]} == {"passed"}
    assert played["steps"][0]["messages"] == played["steps"][1]["messages"] != []


def test_a_wrong_expectation_fails_with_expected_beside_received(tmp_path: Path) -> None:
    text = STORY.replace('caseId: "${caseId}", $.cr', "caseId: another, $.cr")
    ended = hubemu("scenario", "run", story(tmp_path, text), "--json", "--lang", "en")
    assert ended.code == 1
    (played,) = ended.json["scenarios"]
    assert played["verdict"] == "failed"
    step = played["steps"][1]
    path = "$.createCaseHealth.caseId"
    assert step["expected"][path] == "another"
    assert step["received"][path].startswith("fr.health.samuA.DRFR15")
    later = played["steps"][2:]
    assert {one["verdict"] for one in later} == {"inconclusive"}
    assert {one["why"] for one in later} == {"not reached: step 2 did not pass"}
    told = hubemu("scenario", "run", story(tmp_path, text), "--lang", "fr")
    assert told.code == 1
    assert 'attendu: {"queue"' in told.out
    assert "échoué" in told.out


def test_a_message_that_does_not_come_is_told_by_the_journal(tmp_path: Path) -> None:
    text = STORY.replace("as: samuA\n", "as: samuA\n    signed: fr.health.samu780\n").replace(
        "by: samuC\n    of: first", "by: samuC\n    within: 0.5\n    of: first"
    )
    ended = hubemu("scenario", "run", story(tmp_path, text), "--json")
    assert ended.code == 1
    step = ended.json["scenarios"][0]["steps"][1]
    assert step["received"]["queue"] == "nothing within 0.5 s"
    assert "rejected 200 SENDER_INCONSISTENCY" in step["received"]["journal"]


def test_a_baseline_lets_only_new_failures_count(tmp_path: Path) -> None:
    file = story(tmp_path, STORY.replace("type: RC-REF", "type: RS-EDA"))
    failed = hubemu("scenario", "run", file, "--json")
    assert failed.code == 1
    baseline = tmp_path / "before.json"
    baseline.write_text(failed.out)
    assert hubemu("scenario", "run", file, "--baseline", str(baseline)).code == 0
    baseline.write_text(json.dumps({"scenarios": []}))
    assert hubemu("scenario", "run", file, "--baseline", str(baseline)).code == 1
    baseline.write_text("[]")
    assert hubemu("scenario", "run", file, "--baseline", str(baseline)).code == 2


def test_a_hub_that_is_up_is_used_and_its_journal_shows_the_messages(tmp_path: Path) -> None:
    with live_hub(tmp_path / "home") as hub:
        with hub.connect("fr.health.samuA") as sender:
            sender.publish(b"not of the scenario")
        ended = hubemu("scenario", "run", story(tmp_path), "--json", home=tmp_path / "home")
        assert ended.code == 0, ended.out + ended.err
        ids = ended.json["scenarios"][0]["steps"][1]["messages"]
        entry = hub.http("GET", f"/api/v1/messages/{ids[0]}")
        assert (entry["type"], entry["outcome"]) == ("RS-EDA", "acknowledged")
        with hub.connect("fr.health.samuA") as sender:
            assert sender.depth("info") == 1


def test_all_that_ship_pass() -> None:
    ended = hubemu("scenario", "run", "--all", "--json", "--seed", "1")
    played = ended.json["scenarios"]
    bad = {one["name"]: one["why"] for one in played if one["verdict"] != "passed"}
    assert not bad
    assert ended.code == 0


def test_the_list_names_milestones_and_requirements() -> None:
    rows = {row["name"]: row for row in hubemu("scenario", "list", "--json").json}
    assert rows["didier-morel"]["milestone"] == "15-15"
    assert "didier-morel-04b" in rows["didier-morel"]["proves"]
    assert rows["code-301"]["proves"] == ["code-301"]
    covered = hubemu("scenario", "list", "--coverage", "--json").json
    assert covered["total"] == len(covered["requirements"])
    gaps = [one for one in covered["requirements"] if not one["scenarios"]]
    assert covered["covered"] == covered["total"] - len(gaps)


@pytest.mark.parametrize("kind", ["classic", "quorum"])
def test_a_hub_of_its_own_has_the_queues_that_a_scenario_wishes(tmp_path: Path, kind: str) -> None:
    scenario = read_yaml(Path(story(tmp_path, wishing(kind))), Scenario)

    async def scene() -> Any:
        async with ScenarioHub(tmp_path / "homes") as stage:
            control = await stage.prepare(scenario)
            return await asyncio.to_thread(control.get, "/api/v1/hub")

    assert asyncio.run(scene())["queueType"] == kind


def test_a_hub_that_is_up_with_other_queues_is_not_fit(tmp_path: Path) -> None:
    with live_hub(tmp_path / "home"):
        met, unmet = (
            hubemu(
                *("scenario", "run", story(tmp_path, wishing(kind)), "--json"),
                home=tmp_path / "home",
            ).json["scenarios"][0]
            for kind in ("quorum", "classic")
        )
    assert met["verdict"] == "passed"
    assert unmet["verdict"] == "skipped"
    assert "has quorum queues; it wishes classic" in unmet["why"]
