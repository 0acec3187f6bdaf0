"""The library's example messages by themselves, outside a scenario: what they ask for is given."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from pathlib import Path
from random import SystemRandom
from typing import Any

from hubemu.messages import Release
from hubemu.scenarios.acknowledging import PARIS
from hubemu.scenarios.format.exchange_steps import Send
from hubemu.scenarios.format.message import Message
from hubemu.scenarios.library import Example, example, example_names
from hubemu.scenarios.playing.contents import MessageSources, make
from hubemu.scenarios.values import Scope, is_built_in, references

__all__ = ["NamedCase", "named_case", "named_cases"]

_NAMES: Mapping[str, str] = {
    "caseId": "${sender}.DRFR${digits:15}",
    "patientId": "${sender}.patient.DRFR${digits:15}.1",
    "noteId": "${sender}.medicalNote.1",
    "note": "Patient conscient, saignement arrêté",
    "owner": "${recipient}",
    "requestId": "${sender}.request.${digits:6}",
    "why": "Renfort demandé",
    "answer": "ACCEPTEE",
    "resource": "${sender}.resource.VLM250",
    "second": "${sender}.resource.VLM251",
    "vehicle": "SMUR.VLM",
    "family": "SMUR",
    "name": "VLM 250",
    "level": "MED",
    "status": "ARRIVEE",
    "status-1.0": "ARRIVE",
}
"""What a scenario would say: a plausible value for each name an example asks for."""


@dataclass(frozen=True, slots=True)
class NamedCase:
    """An example of the library: its name, message type, and title in both languages."""

    name: str
    type: str
    en: str
    fr: str


@cache
def named_cases(release: Release) -> tuple[NamedCase, ...]:
    """The examples whose type the release has and that need no scenario, by name."""
    found = []
    for name in example_names():
        said = example(name)
        if not _can_be_filled(said):
            continue
        inner = example(said.like) if said.like else said
        kind = next((t for t in release.types.values() if t.key in inner.content), None)
        if kind is not None:
            title = said.title
            en, fr = (title.en, title.fr) if title else (name, name)
            found.append(NamedCase(name, kind.name, en, fr))
    return tuple(found)


def _can_be_filled(said: Example) -> bool:
    """Whether it asks for nothing that only a scenario can say."""
    places = (said.content, said.set_, said.lines, example(said.like).content if said.like else {})
    asked = {name for place in places for name in references(place)}
    return all(is_built_in(name) or name in _NAMES for name in asked)


def named_case(
    name: str, release: Release, sender: str, recipient: str, now: datetime
) -> dict[str, Any]:
    """An example as a whole message of `sender` to `recipient`, in JSON form.

    Raises:
        InputError: there is none of that name.
    """
    local = now.astimezone(PARIS)  # in UTC it would be written as Z, which the schemas refuse
    scope = Scope(SystemRandom(), local, {"sender": sender, "recipient": recipient})
    scope = scope.with_names(_NAMES)
    desk = MessageSources(release=release, scope=scope, folder=Path(), sent={})
    send = Send(**{"as": sender}, to=recipient, message=Message(example=name))
    return make(send, sender, recipient, desk).tree or {}
