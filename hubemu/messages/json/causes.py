"""The text a sender reads when a JSON message is refused: the reference's sections and wording.

Each problem is put into a section by where it is, by the reference's own rules, quirks included
(facts: validation 2).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from enum import StrEnum, auto
from functools import lru_cache

from hubemu.edxl import HEADER_KEYS
from hubemu.messages.json.walker import MESSAGE_PATH, UNTOLD, Violation
from hubemu.messages.refusals import PREAMBLE, bounded

__all__ = ["json_cause"]

_ERROR = "embeddedJsonContent.message.error"
_NO_SCHEMA = "Could not detect any schemas in the message, at least one is required "


class _Section(StrEnum):
    ENVELOPE = auto()
    ERROR = auto()
    HEADER = auto()
    CONTENT = auto()
    MISSING_CONTENT = auto()
    ELSEWHERE = auto()
    UNTOLD = auto()


@dataclass(slots=True)
class _Sections:
    """The problems of each section, in the order they were found."""

    problems: dict[_Section, list[Violation]] = field(default_factory=dict)

    def add(self, section: _Section, problem: Violation) -> None:
        self.problems.setdefault(section, []).append(problem)

    def lines(self, section: _Section) -> list[str]:
        return [f" - {_shown(problem)}" for problem in self.problems.get(section, ())]


def json_cause(problems: Iterable[Violation], *, substring_quirk: bool) -> str:
    """The text for these problems.

    With `substring_quirk` a problem of the body counts as one of the header as soon as a header key
    occurs anywhere in its line, as the reference has it (quirk header-substring).
    """
    sections = _Sections()
    goes_on = False
    for problem in problems:
        if problem is UNTOLD:
            goes_on = True
        else:
            missing = problem.keyword == "required" and problem.path == MESSAGE_PATH
            section = _known_section if missing else _section
            sections.add(section(problem, substring_quirk), problem)
    return bounded("".join(f"{line}\n" for line in _lines(sections)), goes_on=goes_on)


def _lines(sections: _Sections) -> Iterator[str]:
    yield PREAMBLE
    elsewhere = [
        _shown(problem)
        for problem in sections.problems.get(_Section.ELSEWHERE, ())
        if problem.keyword != "oneOf" or problem.valid
    ]
    told = bool(sections.lines(_Section.CONTENT) or elsewhere)
    errors, envelope = sections.lines(_Section.ERROR), sections.lines(_Section.ENVELOPE)
    if not told and not errors and _Section.MISSING_CONTENT in sections.problems:
        yield _NO_SCHEMA
    if errors:
        yield f"Issues found on the {MESSAGE_PATH}: "
        yield from errors
        yield from envelope
    elif header := sections.lines(_Section.HEADER):
        yield f"Issues found on the {MESSAGE_PATH} header: "
        yield from header
    if content := sections.lines(_Section.CONTENT):
        yield f"Issues found on the {MESSAGE_PATH} content: "
        yield from content
    yield from elsewhere
    if envelope:
        yield "Issues found on the envelope: "
        yield from envelope


def _section(problem: Violation, substring_quirk: bool) -> _Section:
    segments = problem.path.split(".")
    if len(segments) == 1 or "content" not in segments[1]:
        return _Section.ENVELOPE
    if _ERROR in problem.path:
        return _Section.ERROR
    if problem.path.startswith(MESSAGE_PATH):
        if _is_header(problem, substring_quirk):
            return _Section.HEADER
        if len(segments) > MESSAGE_PATH.count(".") + 1:
            return _Section.CONTENT
        return _Section.MISSING_CONTENT if problem.keyword == "required" else _Section.UNTOLD
    return _Section.ELSEWHERE


_known_section = lru_cache(maxsize=500)(_section)
"""Of what a message lacks: the same in all messages, and much of it in each."""


def _is_header(problem: Violation, substring_quirk: bool) -> bool:
    after = problem.text.partition("message.")[2]
    if substring_quirk:
        return any(key in after for key in HEADER_KEYS)
    first = after.partition(":")[0].partition(".")[0].partition("[")[0]
    return first in HEADER_KEYS


def _shown(problem: Violation) -> str:
    """The line as printed: from the message on, and of an alternative its last segment only."""
    if problem.keyword == "oneOf":
        return problem.text[problem.path.rfind(".") + 1 :]
    _, found, after = problem.text.partition(".message.")
    return after if found else problem.text
