"""A summary in Markdown, as CI shows it beside a build."""

from __future__ import annotations

from hubemu.scenarios.format.text import Language
from hubemu.scenarios.reports.words import as_text, verdict_word, word
from hubemu.scenarios.results import RunResult, ScenarioResult

__all__ = ["markdown"]


def markdown(run: RunResult, lang: Language) -> str:
    """Counts, a table of the scenarios, and what did not pass with expected beside received."""
    counts = ", ".join(
        f"{number} {verdict_word(verdict, lang)}"
        for verdict, number in run.counts().items()
        if number
    )
    lines = [f"# {word('Scenarios', lang)}", "", f"{counts}; {word('seed', lang)} {run.seed}", ""]
    head = [word(one, lang) for one in ("milestone", "scenario", "verdict", "seconds")]
    lines += [f"| {' | '.join(head)} |", "|---|---|---|---|"]
    lines += [_row(one, run, lang) for one in run.scenarios]
    for one in run.scenarios:
        if one.verdict != "passed":
            lines += _bad(one, lang)
    return "\n".join([*lines, ""])


def _row(one: ScenarioResult, run: RunResult, lang: Language) -> str:
    known = f" ({word('failed before', lang)})" if one.name in run.known else ""
    verdict = verdict_word(one.verdict, lang) + (known if one.verdict != "passed" else "")
    cells = (one.milestone, f"`{one.name}` {one.title}", verdict, f"{one.seconds:.1f}")
    return f"| {' | '.join(map(_cell, cells))} |"


def _bad(one: ScenarioResult, lang: Language) -> list[str]:
    lines = ["", f"## {one.name}: {verdict_word(one.verdict, lang)}", "", _cell(one.why), ""]
    for step in one.steps:
        if step.verdict in ("failed", "error"):
            lines += [
                f"{step.number}. {_cell(step.title)}",
                "",
                f"| | {word('expected', lang)} | {word('received', lang)} |",
                "|---|---|---|",
            ]
            for key in dict.fromkeys([*step.expected, *step.received]):
                wanted, got = step.expected.get(key), step.received.get(key)
                lines.append(f"| `{key}` | `{_cell(as_text(wanted))}` | `{_cell(as_text(got))}` |")
    return lines


def _cell(text: str) -> str:
    return " ".join(text.split()).replace("|", "\\|")
