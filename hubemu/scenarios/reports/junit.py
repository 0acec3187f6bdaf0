"""JUnit XML, as build servers read it: a test case for each scenario, its story in the body."""

from __future__ import annotations

from xml.sax.saxutils import quoteattr

from hubemu.printable import printable
from hubemu.scenarios.format.text import Language
from hubemu.scenarios.reports.words import as_text, verdict_word, word
from hubemu.scenarios.results import RunResult, ScenarioResult, StepResult

__all__ = ["junit"]


def junit(run: RunResult, lang: Language) -> str:
    """The report; a failure that the baseline knows is told as skipped."""
    milestones = dict.fromkeys(one.milestone for one in run.scenarios)
    suites = [_suite(name, run, lang) for name in milestones]
    head = f'<testsuites name="hubemu scenarios" {_counts(run, run.scenarios)}>'
    return "\n".join(['<?xml version="1.0" encoding="UTF-8"?>', head, *suites, "</testsuites>", ""])


def _suite(milestone: str, run: RunResult, lang: Language) -> str:
    own = [one for one in run.scenarios if one.milestone == milestone]
    cases = [_case(one, run, lang) for one in own]
    head = f"  <testsuite name={quoteattr(milestone)} {_counts(run, own)}>"
    properties = f'    <properties><property name="seed" value="{run.seed}"/></properties>'
    return "\n".join([head, properties, *cases, "  </testsuite>"])


def _counts(run: RunResult, own: list[ScenarioResult]) -> str:
    failed = sum(one.verdict == "failed" and one.name not in run.known for one in own)
    errors = sum(one.verdict == "error" and one.name not in run.known for one in own)
    passed = sum(one.verdict == "passed" for one in own)
    seconds = sum(one.seconds for one in own)
    return (
        f'tests="{len(own)}" failures="{failed}" errors="{errors}" '
        f'skipped="{len(own) - failed - errors - passed}" time="{seconds:.3f}"'
    )


def _case(one: ScenarioResult, run: RunResult, lang: Language) -> str:
    head = (
        f"    <testcase classname={quoteattr(f'scenarios.{one.milestone}')} "
        f"name={quoteattr(one.name)} file={quoteattr(one.file)} "
        f'time="{one.seconds:.3f}">'
    )
    story = f"      <system-out>{_escaped(_story(one, lang))}</system-out>"
    verdict = _verdict(one, run, lang)
    return "\n".join([head, *verdict, story, "    </testcase>"])


def _verdict(one: ScenarioResult, run: RunResult, lang: Language) -> list[str]:
    if one.verdict == "passed":
        return []
    why = quoteattr(printable(one.why or verdict_word(one.verdict, lang)))
    if one.name in run.known and one.verdict in ("failed", "error"):
        return [f"      <skipped message={quoteattr(word('failed before', lang))}/>"]
    if one.verdict in ("skipped", "inconclusive"):
        return [f"      <skipped message={why}/>"]
    tag = "failure" if one.verdict == "failed" else "error"
    wrong = [step for step in one.steps if step.verdict == one.verdict]
    body = "\n".join(_difference(step, lang) for step in wrong)
    return [f"      <{tag} message={why}>{_escaped(body)}</{tag}>"]


def _difference(step: StepResult, lang: Language) -> str:
    return (
        f"{step.number} {step.title}\n"
        f"  {word('expected', lang)}: {as_text(step.expected)}\n"
        f"  {word('received', lang)}: {as_text(step.received)}\n"
        f"  {step.why}"
    )


def _story(one: ScenarioResult, lang: Language) -> str:
    lines = [f"{one.name}: {one.title}", verdict_word(one.verdict, lang)]
    for step in one.steps:
        lines.append(
            f"{step.number:3} {verdict_word(step.verdict, lang):13} {step.title}"
            f" [{', '.join(step.proves)}]"
        )
        if step.verdict != "passed" and step.why:
            lines.append(f"    {step.why}")
    return "\n".join(lines)


def _escaped(text: str) -> str:
    shown = "\n".join(printable(line) for line in text.splitlines())
    return shown.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
