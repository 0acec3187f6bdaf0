"""The scenarios in lists: what there is, what it proves, what nothing proves."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from hubemu.scenarios.format.text import Language, said
from hubemu.scenarios.library import requirements
from hubemu.scenarios.listing import rows
from hubemu.scenarios.playing.words import title_of
from hubemu.scenarios.reading import ScenarioFile

__all__ = ["coverage_json", "coverage_text", "shown", "shown_json", "table"]


def table(found: Sequence[ScenarioFile], lang: Language) -> str:
    """The list for people, by milestone."""
    lines = []
    for milestone in dict.fromkeys(one.milestone for one in found):
        lines.append(milestone)
        lines += [
            f"  {one.name:28} {said(one.scenario.title, lang)}"
            for one in found
            if one.milestone == milestone
        ]
    return "\n".join(lines)


def coverage_json(found: Sequence[ScenarioFile], lang: Language) -> dict[str, Any]:
    """Each requirement with the scenarios that prove it."""
    known = requirements()
    proved = {name: [one.name for one in found if name in one.proves] for name in known}
    return {
        "covered": sum(map(bool, proved.values())),
        "total": len(known),
        "requirements": [
            {
                "id": one.id,
                "title": said(one.title, lang),
                "source": one.source,
                "milestone": one.milestone,
                "level": one.level,
                "scenarios": proved[one.id],
            }
            for one in known.values()
        ],
    }


def coverage_text(found: Sequence[ScenarioFile], lang: Language) -> str:
    """The same for people: every requirement, the gaps at the end."""
    told = coverage_json(found, lang)
    lines = []
    for milestone in dict.fromkeys(one["milestone"] for one in told["requirements"]):
        own = [one for one in told["requirements"] if one["milestone"] == milestone]
        lines.append(f"{milestone}: {sum(bool(one['scenarios']) for one in own)}/{len(own)}")
        lines += [f"  {_mark(one)} {one['id']:24} {one['title']} [{one['source']}]" for one in own]
    gaps = [one["id"] for one in told["requirements"] if not one["scenarios"]]
    words = ("couvertes", "sans scénario") if lang == "fr" else ("covered", "no scenario")
    lines.append(f"{told['covered']}/{told['total']} {words[0]}")
    if gaps:
        lines.append(f"{words[1]}: {', '.join(gaps)}")
    return "\n".join(lines)


def _mark(one: dict[str, Any]) -> str:
    return "x" if one["scenarios"] else "-"


def shown(one: ScenarioFile, lang: Language) -> str:
    """A scenario for people: actors, steps, what each proves."""
    scenario = one.scenario
    lines = [f"{one.name}: {said(scenario.title, lang)}", f"  {one.path}"]
    if scenario.description is not None:
        lines.append(f"  {said(scenario.description, lang)}")
    lines.append(f"  {', '.join(scenario.vhosts)}")
    for name, actor in scenario.clients.items():
        lines.append(f"  {name} = {actor.id}")
    for number, step in enumerate(scenario.steps, 1):
        proves = step.proves or scenario.proves
        lines.append(f"  {number:2} {title_of(step, scenario, lang)} [{', '.join(proves)}]")
    return "\n".join(lines)


def shown_json(one: ScenarioFile, lang: Language) -> dict[str, Any]:
    """The same as JSON."""
    scenario = one.scenario
    return {
        **rows([one], lang)[0],
        "description": said(scenario.description, lang) if scenario.description else None,
        "clients": {name: actor.id for name, actor in scenario.clients.items()},
        "steps": [
            {
                "number": number,
                "action": step.action,
                "title": title_of(step, scenario, lang),
                "proves": step.proves or scenario.proves,
            }
            for number, step in enumerate(scenario.steps, 1)
        ],
    }
