"""The reports: JUnit for build servers, Markdown for CI, one self-contained page of evidence."""

from __future__ import annotations

import re
from html.parser import HTMLParser
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest

from hubemu.scenarios.reports import html, junit, markdown
from hubemu.scenarios.results import (
    Evidence,
    RunResult,
    ScenarioResult,
    StepResult,
    Verdict,
    worst,
)
from tests.support.commands import hubemu

TIMES = re.compile(r"\d{4}-\d\d-\d\dT[\d:.]+(?:[+-][\d:]+|Z)?")


def step(number: int, verdict: Verdict, **more: Any) -> StepResult:
    return StepResult(
        number=number,
        title=f"step {number} <of> it",
        action="send",
        vhost="15-15_v2.0",
        proves=["t1-connect"],
        verdict=verdict,
        **more,
    )


def scenario(name: str, verdict: Verdict, *steps: StepResult) -> ScenarioResult:
    return ScenarioResult(
        name=name,
        title=f"The & story of {name}",
        milestone="errors",
        file=f"{name}.yaml",
        verdict=verdict,
        why="" if verdict == "passed" else f"why {name}",
        seconds=1.5,
        steps=list(steps),
        actors={"a": "fr.health.samuA", "c": "fr.health.samuC"},
    )


SENT = Evidence(
    at=0.1,
    sender="fr.health.samuA",
    recipient="fr.health.samuC",
    label="RS-EDA",
    queue="fr.health.samuC.message",
    distribution_id="x_1",
    content_type="application/json",
    body=b'{"<script>": "</pre>"}',
)
WRONG = step(
    2,
    "failed",
    expected={"type": "RS-EDA", "kind": "Ack"},
    received={"type": "RS-SR", "kind": "Ack"},
    why="type: expected 'RS-EDA', received 'RS-SR'",
)
RUN = RunResult(
    seed=7,
    scenarios=[
        scenario("good", "passed", step(1, "passed", evidence=[SENT])),
        scenario("bad", "failed", step(1, "passed"), WRONG, step(3, "inconclusive")),
        scenario("old", "failed", WRONG),
        scenario("unfit", "skipped"),
        scenario("idle", "inconclusive", step(1, "inconclusive")),
        scenario("broken", "error", step(1, "error", why="no Hub")),
    ],
    known=frozenset({"old"}),
)


def test_junit_keeps_the_verdicts_apart_and_tells_the_story() -> None:
    root = ElementTree.fromstring(junit(RUN, "en"))
    counts = [root.get(name) for name in ("tests", "failures", "errors", "skipped")]
    assert counts == ["6", "1", "1", "3"]
    cases = {case.get("name"): case for case in root.iter("testcase")}
    assert {name: [part.tag for part in case] for name, case in cases.items()} == {
        "good": ["system-out"],
        "bad": ["failure", "system-out"],
        "old": ["skipped", "system-out"],
        "unfit": ["skipped", "system-out"],
        "idle": ["skipped", "system-out"],
        "broken": ["error", "system-out"],
    }
    failure = cases["bad"].find("failure")
    assert failure is not None
    assert 'expected: {"type": "RS-EDA", "kind": "Ack"}' in (failure.text or "")
    assert "The & story of bad" in (cases["bad"].findtext("system-out") or "")


def test_markdown_sets_expected_beside_received() -> None:
    text = markdown(RUN, "fr")
    assert "1 réussi, 1 sauté, 1 non concluant, 2 échoué, 1 erreur; graine 7" in text
    assert '| `type` | `"RS-EDA"` | `"RS-SR"` |' in text
    assert "échoué (échouait déjà)" in text


class Page(HTMLParser):
    """What a page asks of others, and whether its elements are closed."""

    def __init__(self) -> None:
        super().__init__()
        self.asked: list[str] = []
        self.open: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.asked += [v or "" for k, v in attrs if k in ("src", "href") and not v_is_local(v)]
        if tag in ("script", "link", "img", "iframe"):
            self.asked.append(tag)
        if tag not in ("meta", "br"):
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Closed where it is opened."""

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag


def v_is_local(value: str | None) -> bool:
    return (value or "").startswith("#")


def test_the_page_stands_alone_and_shows_what_differs() -> None:
    text = html(RUN, "en")
    page = Page()
    page.feed(text)
    assert (page.asked, page.open) == ([], [])
    assert "<script>" not in text
    assert "{&quot;&lt;script&gt;&quot;" in text
    assert '<div class="wrong"><code>type</code>' in text
    assert '<div class="wrong"><code>kind</code>' not in text
    assert text.count('href="#m0"') == text.count('id="m0"') == 1


def test_each_verdict_has_its_weight() -> None:
    assert worst([]) == "passed"
    assert worst(["passed", "skipped"]) == "passed"
    assert worst(["skipped", "skipped"]) == "skipped"
    assert worst(["passed", "inconclusive", "failed"]) == "failed"
    assert worst(["failed", "error"]) == "error"


def test_the_same_seed_gives_the_same_reports_but_for_times(tmp_path: Path) -> None:
    reports = []
    for number in range(2):
        files = {kind: tmp_path / f"{number}.{kind}" for kind in ("html", "junit", "markdown")}
        options = [part for kind, file in files.items() for part in (f"--{kind}", str(file))]
        ended = hubemu("scenario", "run", "code-200", "milestone-3", "--seed", "11", *options)
        assert ended.code == 0, ended.out + ended.err
        texts = [TIMES.sub("(time)", file.read_text()) for file in files.values()]
        texts = [re.sub(r"SHA-256 <code>[0-9a-f]+</code>", "(hash)", text) for text in texts]
        texts = [re.sub(r'time="[\d.]+"', "(time)", text) for text in texts]
        reports.append([re.sub(r"\| [\d.]+ \|", "(time)", text) for text in texts])
    assert reports[0] == reports[1]
    assert "TLSv1.3" in reports[0][0]


@pytest.mark.parametrize("option", ["--html", "--junit", "--markdown"])
def test_a_report_that_cannot_be_written_is_told(option: str, tmp_path: Path) -> None:
    target = tmp_path / "no-such-folder" / "report"
    ended = hubemu("scenario", "run", "code-100", option, str(target))
    assert ended.code == 2
    assert str(target) in ended.err
