"""One self-contained page of evidence: nothing is asked of any other place, no script runs."""

from __future__ import annotations

import hashlib
import re
from html import escape
from typing import Any

from hubemu.scenarios.format.text import Language
from hubemu.scenarios.reports.diagram import diagram
from hubemu.scenarios.reports.words import as_text, verdict_word, word
from hubemu.scenarios.results import Evidence, RunResult, ScenarioResult, StepResult
from hubemu.version import __version__

__all__ = ["html"]

_STYLE = """
body{font:15px/1.5 system-ui,sans-serif;margin:2rem auto;max-width:75rem;padding:0 1rem}
h1{font-size:1.5rem}
h2{font-size:1.15rem;margin-top:2.5rem;border-top:1px solid #d0d7de;padding-top:1rem}
table{border-collapse:collapse;width:100%}
td,th{border:1px solid #d0d7de;padding:.3rem .5rem;text-align:left;vertical-align:top}
.passed{color:#116329}.failed,.error{color:#b3261e}.skipped,.inconclusive{color:#7d4e00}
.wrong{background:#ffebe9}
code,pre{font:13px ui-monospace,monospace;overflow-wrap:anywhere}
pre{white-space:pre-wrap;background:#f6f8fa;padding:.6rem}
svg{max-width:100%;height:auto}
svg .name{font-weight:600;font-size:13px}
svg .id{font-size:10px;fill:#57606a}
svg .life{stroke:#8c959f;stroke-dasharray:3 3}
svg .arrow{stroke:#0550ae;stroke-width:1.5}
svg .arrow.error{stroke:#b3261e}
svg .label{font-size:11px}
details{margin:.25rem 0}
summary{cursor:pointer}
"""
_DRAWN = re.compile(r"fr\.health\.hub_[0-9a-f]{8}-[0-9a-f-]{27}")
"""The Hub draws the ids of its reports: the same seed would not give the same page."""


def html(run: RunResult, lang: Language) -> str:
    """The page: a table of the scenarios, then each with diagram, steps, messages and facts."""
    counter = _Counter()
    parts = [_scenario(one, lang, counter) for one in run.scenarios]
    rows = "".join(_row(one, lang) for one in run.scenarios)
    title = word("Scenarios", lang)
    head = "".join(f"<th>{escape(word(one, lang))}</th>" for one in ("scenario", "verdict", "why"))
    return (
        f'<!DOCTYPE html><html lang="{lang}"><head><meta charset="utf-8">'
        '<meta http-equiv="Content-Security-Policy" '
        "content=\"default-src 'none'; style-src 'unsafe-inline'\">"
        f"<title>{title}</title><style>{_STYLE}</style></head><body>"
        f"<h1>{title}</h1><p>hubemu {__version__}, {word('seed', lang)} {run.seed}</p>"
        f"<table><tr>{head}</tr>{rows}</table>{''.join(parts)}</body></html>\n"
    )


class _Counter:
    """Gives each message of the page its own place."""

    def __init__(self) -> None:
        self.next = 0


def _row(one: ScenarioResult, lang: Language) -> str:
    link = f'<a href="#{escape(one.name)}">{escape(one.name)}</a> {escape(one.title)}'
    verdict = f'<td class="{one.verdict}">{verdict_word(one.verdict, lang)}</td>'
    return f"<tr><td>{link}</td>{verdict}<td>{escape(one.why)}</td></tr>"


def _scenario(one: ScenarioResult, lang: Language, counter: _Counter) -> str:
    facts = "".join(f"<li>{escape(key)}: {escape(value)}</li>" for key, value in one.facts.items())
    head = "".join(
        f"<th>{escape(word(key, lang))}</th>"
        for key in ("step", "verdict", "expected", "received", "proves", "messages")
    )
    first = counter.next
    rows = "".join(_step(step, lang, counter) for step in one.steps)
    return (
        f'<h2 id="{escape(one.name)}">{escape(one.title)} '
        f'<span class="{one.verdict}">{verdict_word(one.verdict, lang)}</span></h2>'
        f"<p>{escape(one.file)}</p>{_diagram(one, first)}"
        f"<table><tr><th></th>{head}</tr>{rows}</table>"
        f"<p>{word('facts', lang)}</p><ul>{facts}</ul>{_faults(one, lang)}"
    )


def _diagram(one: ScenarioResult, first: int) -> str:
    messages = [
        (evidence, step.action in ("send", "acknowledge"))
        for step in one.steps
        for evidence in step.evidence
    ]
    if not messages:
        return ""
    drawn = diagram(list(one.actors.items()), messages)
    return re.sub(r'href="#m(\d+)"', lambda found: f'href="#m{int(found[1]) + first}"', drawn)


def _step(step: StepResult, lang: Language, counter: _Counter) -> str:
    different = {key for key in step.expected if step.verdict == "failed" and _differs(step, key)}
    cells = (
        f"<td>{step.number}</td><td>{escape(step.title)}</td>"
        f'<td class="{step.verdict}">{verdict_word(step.verdict, lang)}'
        f"{f'<br>{escape(step.why)}' if step.why else ''}</td>"
        f"<td>{_values(step.expected, different)}</td><td>{_values(step.received, different)}</td>"
        f"<td>{escape(', '.join(step.proves))}</td>"
        f"<td>{''.join(_message(one, counter) for one in step.evidence)}</td>"
    )
    return f"<tr>{cells}</tr>"


def _differs(step: StepResult, key: str) -> bool:
    return f"{key}: expected" in step.why


def _values(values: dict[str, Any], different: set[str]) -> str:
    return "".join(
        f'<div class="{"wrong" if key in different else ""}">'
        f"<code>{escape(key)}</code>: <code>{escape(_steady(as_text(value)))}</code></div>"
        for key, value in values.items()
    )


def _message(one: Evidence, counter: _Counter) -> str:
    number = counter.next
    counter.next += 1
    body = _steady(one.body.decode("utf-8", "replace"))
    digest = hashlib.sha256(body.encode()).hexdigest()
    ends = f"{escape(one.sender)} → {escape(one.recipient)}"
    return (
        f'<details id="m{number}"><summary>{escape(one.label)}</summary>'
        f"<div>{ends}<br>{escape(one.queue)}<br>{escape(one.content_type)}<br>"
        f"<code>{escape(_steady(one.distribution_id))}</code><br>"
        f"SHA-256 <code>{digest}</code></div><pre>{escape(body)}</pre></details>"
    )


def _steady(text: str) -> str:
    return _DRAWN.sub("fr.health.hub_(drawn by the Hub)", text)


def _faults(one: ScenarioResult, lang: Language) -> str:
    if not one.faults:
        return ""
    rows = "".join(
        f"<li>{escape(str(rule.get('id')))}: {escape(str(rule.get('effect')))}, "
        f"{word('strikes', lang)} {rule.get('strikes', 0)}</li>"
        for rule in one.faults
    )
    return f"<p>{word('faults', lang)}</p><ul>{rows}</ul>"
