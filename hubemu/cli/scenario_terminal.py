"""Scenarios at the terminal: live progress, questions to the person, the result in words."""

from __future__ import annotations

import asyncio
import json
import sys
from collections.abc import Mapping

from hubemu.cli.output import paint, paint_err, talk
from hubemu.scenarios.format.text import Language
from hubemu.scenarios.playing.words import say
from hubemu.scenarios.reading import ScenarioFile
from hubemu.scenarios.reports.words import verdict_word
from hubemu.scenarios.results import RunResult, ScenarioResult, StepResult, Verdict

__all__ = ["TerminalAudience", "summary"]

_COLOURS: Mapping[Verdict, str] = {
    "passed": "green",
    "failed": "red",
    "error": "red",
    "skipped": "yellow",
    "inconclusive": "yellow",
}
_YES = frozenset({"y", "yes", "o", "oui"})
_LONGEST = 300


class TerminalAudience:
    """Shows each step on stderr as it ends, and asks there.

    Args:
        lang: the language of what is said.
        live: whether steps are shown at all.
    """

    def __init__(self, lang: Language, *, live: bool) -> None:
        self._lang = lang
        self._live = live

    def scenario_begins(self, file: ScenarioFile) -> None:
        """Its name and title."""
        if self._live:
            title = file.scenario.title
            talk(f"{file.name}: {title.fr if self._lang == 'fr' else title.en}")

    def step_begins(self, result: StepResult) -> None:
        """Nothing: it is shown when it ends."""

    def waits_for(self, text: str) -> asyncio.Future[bool]:
        """What software outside must do; a line with "n" gives it up."""
        talk(f"  {paint_err(text, 'cyan')}")
        future: asyncio.Future[bool] = asyncio.get_running_loop().create_future()
        _read_line_into(future)
        return future

    def step_ends(self, result: StepResult) -> None:
        """Its verdict, and why it has it."""
        if self._live:
            word = paint_err(verdict_word(result.verdict, self._lang), _COLOURS[result.verdict])
            why = f" ({_short(result.why)})" if result.why else ""
            talk(f"  {result.number:2} {word} {result.title}{why}")

    def scenario_ends(self, result: ScenarioResult) -> None:
        """Nothing: the summary follows."""

    def ask(self, question: str) -> asyncio.Future[bool]:
        """Ask on stderr, read a line of stdin; cancelled where stdin has ended."""
        future: asyncio.Future[bool] = asyncio.get_running_loop().create_future()
        talk(f"  {paint_err(question, 'cyan')} {say('answer', self._lang)}")
        if not _read_line_into(future):
            future.cancel()
        return future


def _read_line_into(future: asyncio.Future[bool]) -> bool:
    """Have the next line of stdin answer a question; whether stdin can be waited for."""
    loop = asyncio.get_running_loop()

    def came() -> None:
        loop.remove_reader(sys.stdin)
        line = sys.stdin.readline()
        if not line:
            future.cancel()
        elif not future.done():
            future.set_result(line.strip().lower() in _YES)

    try:
        loop.add_reader(sys.stdin, came)
    except (OSError, ValueError, NotImplementedError):  # a file, nothing at all, or Windows
        return False
    future.add_done_callback(lambda _: loop.remove_reader(sys.stdin))
    return True


def summary(played: RunResult, lang: Language) -> str:
    """Each scenario in a line, what did not pass in full, and the counts."""
    lines = [line for one in played.scenarios for line in _told(one, lang)]
    counts = played.counts()
    told = ", ".join(f"{number} {verdict_word(v, lang)}" for v, number in counts.items() if number)
    return "\n".join([*lines, told])


def _told(one: ScenarioResult, lang: Language) -> list[str]:
    word = paint(f"{verdict_word(one.verdict, lang):13}", _COLOURS[one.verdict])
    head = f"{word} {one.name}: {one.title} ({one.seconds:.1f} s)"
    if one.verdict == "passed":
        return [head]
    lines = [head]
    if one.verdict in ("skipped", "error") and one.why:
        lines.append(f"    {one.why}")
    for step in one.steps:
        if step.verdict in ("failed", "error", one.verdict):
            lines += _step(step, lang)
    return lines


def _step(step: StepResult, lang: Language) -> list[str]:
    lines = [f"    {step.number} {verdict_word(step.verdict, lang)}: {step.title}"]
    if step.verdict == "failed" and step.expected:
        wanted, got = ("attendu", "reçu") if lang == "fr" else ("expected", "received")
        lines.append(f"      {wanted}: {_json(step.expected)}")
        lines.append(f"      {got}: {_json(step.received)}")
    if step.why:
        lines.append(f"      {_short(step.why)}")
    return lines


def _json(value: object) -> str:
    return json.dumps(value, ensure_ascii=False)


def _short(text: str) -> str:
    return text if len(text) <= _LONGEST else f"{text[:_LONGEST]}..."
