"""What is wrong with a scenario beyond its form: names nobody has, paths, steps out of order.

Each mistake is a place, as a path of keys and numbers, and a problem with its mend.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from pathlib import Path
from typing import Any

from hubemu.faults.reading import WrongRule, read_rule
from hubemu.pki.migration import load_migration, migration_names
from hubemu.scenarios.format.hub_steps import PhaseChange
from hubemu.scenarios.format.message import Message
from hubemu.scenarios.format.scenario import Scenario
from hubemu.scenarios.format.steps import Step
from hubemu.scenarios.library import example_names, requirements
from hubemu.scenarios.paths import check_path
from hubemu.scenarios.values import is_built_in, references, unknown_name
from hubemu.suggestions import did_you_mean

__all__ = ["check"]

_Place = tuple[int | str, ...]
_Wrong = Iterator[tuple[_Place, str]]
_ACTORS = ("as", "by")
_STEPS = ("of", "like")
_PHASES = ("certificate-of", "trusts-of", "pins")
_ANY = ("fields", "equals", "envelope", "check")
"""Keys whose keys are JSONPaths."""


def check(
    scenario: Scenario,
    file: Path,
    clients: Collection[str],
    vhosts: Mapping[str, str],
    types: Collection[str],
) -> list[tuple[_Place, str]]:
    """Every mistake of a scenario that stands in `file`, for a Hub that has these names."""
    return [
        *_of_the_head(scenario, clients, vhosts),
        *_of_proofs(scenario),
        *_of_faults(scenario),
        *_Steps(scenario, file, types).wrong(),
    ]


def _of_the_head(scenario: Scenario, clients: Collection[str], vhosts: Mapping[str, str]) -> _Wrong:
    for number, name in enumerate(scenario.vhosts):
        yield from _known(name, vhosts, "vHost", ("vhosts", number))
    for name in scenario.hub.models:
        yield from _known(name, vhosts, "vHost", ("hub", "models", name))
    for name, actor in scenario.clients.items():
        yield from _known(actor.id, clients, "client", ("clients", name, "id"))
        if actor.vhost is not None:
            yield from _known(actor.vhost, vhosts, "vHost", ("clients", name, "vhost"))


def _of_proofs(scenario: Scenario) -> _Wrong:
    known = requirements()
    for number, name in enumerate(scenario.proves):
        yield from _known(name, known, "requirement", ("proves", number))
    for at, step in enumerate(scenario.steps):
        for number, name in enumerate(step.proves):
            yield from _known(name, known, "requirement", ("steps", at, "proves", number))


def _of_faults(scenario: Scenario) -> _Wrong:
    rules: list[tuple[_Place, Mapping[str, Any]]] = [
        (("faults", at), rule) for at, rule in enumerate(scenario.faults)
    ]
    rules += [
        (("steps", at, "fault", "on"), step.fault.on)
        for at, step in enumerate(scenario.steps)
        if step.fault is not None and step.fault.on is not None
    ]
    for place, rule in rules:
        try:
            read_rule({key: value for key, value in rule.items() if key != "id"})
        except WrongRule as wrong:
            for mistake in wrong.mistakes:
                yield (*place, *mistake.where), mistake.text


def _of_a_migration(change: PhaseChange, place: _Place) -> _Wrong:
    if change.migration is None or change.step is None:
        return
    names = migration_names()
    if change.migration not in names:
        yield from _known(change.migration, names, "migration", (*place, "migration"))
        return
    steps = [one.name for one in load_migration(change.migration).steps if one.around is None]
    what = f"step of {change.migration} that a Hub can go to"
    yield from _known(change.step, steps, what, (*place, "step"))


class _Steps:
    """Looks at the steps in their order, knowing what came before."""

    def __init__(self, scenario: Scenario, file: Path, types: Collection[str]) -> None:
        self._scenario = scenario
        self._file = file
        self._types = types
        self._ids: list[str] = []
        self._phases: list[str] = []
        self._rules = {str(rule["id"]) for rule in scenario.faults if "id" in rule}
        self._names = [*scenario.clients]

    def wrong(self) -> _Wrong:
        """Every mistake of the variables and of the steps."""
        for name, text in self._scenario.variables.items():
            yield from self._variables(text, ("variables", name))
            self._names.append(name)
        for at, step in enumerate(self._scenario.steps):
            place = ("steps", at)
            yield from self._step(step, place)
            self._remember(step)

    def _step(self, step: Step, place: _Place) -> _Wrong:
        if step.id is not None and step.id in self._ids:
            yield (*place, "id"), f"another step is called {step.id!r}: every id is there once"
        for number, name in enumerate(step.only):
            yield from _known(name, self._scenario.vhosts, "vHost of it", (*place, "only", number))
        said = step.model_dump(by_alias=True, exclude_unset=True)
        place = (*place, step.action)
        body = said[step.action]
        yield from self._variables(body, place)
        if isinstance(body, dict):
            yield from self._references(body, place)
            yield from self._paths(body, place)
        if step.send is not None:
            yield from self._message(step.send.message, (*place, "message"))
            yield from self._recipient(step.send.to, (*place, "to"))
            if step.send.type is not None:
                yield from _known(step.send.type, self._types, "message type", (*place, "type"))
        if step.phase is not None:
            yield from _of_a_migration(step.phase, place)
        if step.fault is not None and step.fault.off not in (None, "all", *self._rules):
            yield from _known(str(step.fault.off), self._rules, "fault", (*place, "off"))

    def _references(self, body: Mapping[str, Any], place: _Place) -> _Wrong:
        for key in _ACTORS:
            if body.get(key) is not None:
                yield from _known(body[key], self._scenario.clients, "actor", (*place, key))
        for key in _PHASES:
            if body.get(key) is not None:
                what = "earlier phase step with that id"
                yield from _known(body[key], self._phases, what, (*place, key))
        message: Mapping[str, Any] = body.get("message") or {}
        for holder, where in ((body, place), (message, (*place, "message"))):
            for key in _STEPS:
                if holder.get(key) is not None:
                    what = "earlier step with that id"
                    yield from _known(holder[key], self._ids, what, (*where, key))

    def _paths(self, body: Mapping[str, Any], place: _Place) -> _Wrong:
        for key in _ANY:
            for path in body.get(key) or ():
                if problem := check_path(path):
                    yield (*place, key, path), problem
        for name, path in (body.get("capture") or {}).items():
            if problem := check_path(path):
                yield (*place, "capture", name), problem
        for path in body.get("set") or ():
            if problem := check_path(path, single=True):
                yield (*place, "set", path), problem

    def _message(self, message: Message, place: _Place) -> _Wrong:
        if message.example is not None and not references(message.example):
            yield from _known(message.example, example_names(), "example", (*place, "example"))
        if message.generate is not None:
            yield from _known(message.generate, self._types, "message type", (*place, "generate"))
        if message.file is not None and not (self._file.parent / message.file).is_file():
            yield (*place, "file"), f"no file {message.file!r} beside this one"
        changes = [("set", one) for one in message.set_] + [("remove", p) for p in message.remove]
        for key, path in [*changes, *(("envelope", one) for one in message.envelope)]:
            if problem := check_path(path, single=True):
                yield (*place, key), problem

    def _recipient(self, to: str, place: _Place) -> _Wrong:
        if "." not in to and not references(to):
            yield from _known(to, self._scenario.clients, "actor", place)

    def _variables(self, value: Any, place: _Place) -> _Wrong:
        for name in references(value):
            if name not in self._names and not is_built_in(name):
                yield place, str(unknown_name(name, self._names))

    def _remember(self, step: Step) -> None:
        for holder in (step.send, step.expect):
            if holder is not None:
                self._names += holder.capture
        if step.id is not None:
            self._ids.append(step.id)
            self._names.append(f"{step.id}.distributionID")
            if step.phase is not None:
                self._phases.append(step.id)
        if step.fault is not None and step.fault.on is not None and "id" in step.fault.on:
            self._rules.add(str(step.fault.on["id"]))


def _known(name: str, known: Collection[str], what: str, place: _Place) -> _Wrong:
    if name not in known:
        hint = did_you_mean(name, known)
        there = f"there are {', '.join(known)}" if known else "there is none"
        yield place, f"no {what} is called {name!r}: {hint}{there}"
