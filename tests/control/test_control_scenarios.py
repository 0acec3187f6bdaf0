"""Scenarios over HTTP: listed, played, followed, answered, ended early."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from hubemu.messages import example_message
from tests.support.live import LiveHub, live_hub

A, C = "fr.health.samu770", "fr.health.samu940"
RUNS = "/api/v1/scenarios/runs"


@pytest.fixture(scope="module")
def live(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LiveHub]:
    with live_hub(tmp_path_factory.mktemp("scenarios") / "home") as hub:
        yield hub


@pytest.fixture
def hub(live: LiveHub) -> LiveHub:
    live.http("POST", "/api/v1/reset")
    return live


def follow(hub: LiveHub, run: dict[str, Any], until: str = "ended") -> dict[str, Any]:
    """The run when it has come to a state, or to waiting for something."""
    for _ in range(500):
        if run["state"] == until or (until == "waiting" and run["waitsFor"]):
            return run
        run = hub.http("GET", f"{RUNS}/{run['id']}?after={run['version']}&wait=10")
    raise AssertionError(f"it did not come to {until}: {run}")


def test_they_are_listed_in_a_language(hub: LiveHub) -> None:
    english = hub.http("GET", "/api/v1/scenarios")["scenarios"]
    french = hub.http("GET", "/api/v1/scenarios?lang=fr")["scenarios"]
    titles = {row["name"]: row["title"] for row in english}
    assert titles["monsieur-x"].startswith("Monsieur X: an unknown traveller")
    assert len(french) == len(english) > 40
    assert {row["name"]: row["title"] for row in french}["monsieur-x"].startswith("Monsieur X :")


def test_one_is_played_to_its_end(hub: LiveHub) -> None:
    begun = hub.http("POST", RUNS, {"names": ["code-200"], "seed": 5})
    ended = follow(hub, begun)
    (played,) = ended["scenarios"]
    assert (played["name"], played["verdict"]) == ("code-200", "passed")
    assert (ended["seed"], ended["waitsFor"]) == (5, None)
    assert ended["id"] in [one["id"] for one in hub.http("GET", RUNS)["runs"]]


def test_it_waits_for_software_and_a_no_gives_it_up(hub: LiveHub) -> None:
    wanted = {"names": ["didier-morel"], "external": [A], "vhosts": ["15-15_v2.0"], "lang": "en"}
    waiting = follow(hub, hub.http("POST", RUNS, wanted), "waiting")
    assert waiting["waitsFor"]["text"].startswith(f"waiting for SAMU 77 ({A}) to send RS-EDA")
    assert waiting["waitsFor"]["question"] is False
    with hub.connect(A) as sender:
        sender.publish(example_message("RS-EDA", "2.0.0", sender=A, recipient=C))
    later = follow(hub, hub.http("GET", f"{RUNS}/{waiting['id']}"), "waiting")
    while len(later["scenarios"][0]["steps"]) < 3 and later["state"] == "running":
        later = hub.http("GET", f"{RUNS}/{later['id']}?after={later['version']}&wait=10")
    later = follow(hub, later, "waiting")
    assert [step["verdict"] for step in later["scenarios"][0]["steps"]] == ["passed"] * 3
    hub.http("POST", f"{RUNS}/{later['id']}/answer", {"answer": False})
    ended = follow(hub, later)
    assert ended["scenarios"][0]["verdict"] == "failed"
    assert ended["scenarios"][0]["why"] == "the person said no"


def test_one_at_a_time_and_it_can_be_ended_early(hub: LiveHub) -> None:
    wanted = {"names": ["didier-morel"], "external": [A]}
    begun = follow(hub, hub.http("POST", RUNS, wanted), "waiting")
    status, problem = hub.refused("POST", RUNS, {"names": ["code-200"]})
    assert (status, problem["detail"]) == (
        409,
        f"Run {begun['id']} is going on: wait for its end, or DELETE it.",
    )
    hub.http("DELETE", f"{RUNS}/{begun['id']}")
    assert hub.http("GET", f"{RUNS}/{begun['id']}")["state"] == "cancelled"
    assert hub.http("GET", "/api/v1/connections")["connections"] == []
    assert follow(hub, hub.http("POST", RUNS, {"names": ["code-100"]}))["state"] == "ended"


@pytest.mark.parametrize(
    ("body", "status", "words"),
    [
        ({"names": ["code-2000"]}, 422, "did you mean code-200?"),
        ({"names": []}, 422, "#/names"),
        ({"names": ["code-200"], "external": ["fr.health.x"]}, 422, "fr.health.x is in none"),
        ({"names": ["code-200"], "external": ["fr.health.samu440"]}, 409, "is in none"),
        ({"names": ["code-200"], "vhosts": ["15-15"]}, 422, "no vHost is called '15-15'"),
        ({"names": ["code-200"], "seeds": 1}, 422, "did you mean 'seed'?"),
        ({"names": ["../../etc/passwd"]}, 422, "no scenario is called so"),
    ],
)
def test_mistakes_are_told(hub: LiveHub, body: Any, status: int, words: str) -> None:
    found, problem = hub.refused("POST", RUNS, body)
    assert found == status
    assert words in problem["detail"]


def test_what_is_not_there_or_asks_nothing_is_told(hub: LiveHub) -> None:
    assert hub.refused("GET", f"{RUNS}/r999")[0] == 404
    ended = follow(hub, hub.http("POST", RUNS, {"names": ["code-100"]}))
    assert hub.refused("POST", f"{RUNS}/{ended['id']}/answer", {"answer": True})[0] == 409


def test_a_hub_stops_while_one_is_played(tmp_path: Path) -> None:
    with live_hub(tmp_path / "home") as hub:
        follow(hub, hub.http("POST", RUNS, {"names": ["didier-morel"], "external": [A]}), "waiting")
