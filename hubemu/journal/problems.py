"""The problems of a message that its cause tells as text, one by one.

The text is what the sender got and the only thing that both engines and every release share, so
it is read back: a problem is one line in JSON's causes, what one or two sentences say in XML's
(facts: validation 2 and 3).
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from typing import Any

from hubemu.journal.xml_problems import xml_problems

__all__ = ["MAX_PROBLEMS", "problems_of"]

MAX_PROBLEMS = 200
MAX_GOT = 200
"""Characters shown of a value."""

_HEADING = re.compile(r"Issues found on the (?P<base>\$\S*)(?: header| content)?: ?")
_ENVELOPE = "Issues found on the envelope:"
_PATH_STEP = re.compile(r"([^.\[\]]+)|\[(\d+)\]")
_ABSENT = object()
_Told = tuple[str, str, str | None, str | None]
"""Path as printed, rule, what was expected, what came."""


def problems_of(cause: str, body: bytes, written: str | None) -> list[dict[str, Any]]:
    """Each problem of a cause as `{"path", "rule", "expected", "got"}` (CONTRACT), 200 at most.

    `path` is that in the whole message for JSON (`$.content[0]...`), the name of the element for
    XML, `element@attribute` for an attribute; `expected` and `got` are texts, or null where nothing
    is to be said.
    """
    found = xml_problems(cause, _shown) if written == "xml" else _in_json(cause, body)
    return [problem for problem, _ in zip(found, range(MAX_PROBLEMS), strict=False)]


def _in_json(cause: str, body: bytes) -> Iterator[dict[str, Any]]:
    value_at = _reader(body)
    base = "$"
    for line in cause.splitlines():
        heading = _HEADING.match(line)
        if heading is not None:
            base = heading["base"]
        elif line.startswith(_ENVELOPE):
            base = "$"
        else:
            told = _in_line(line.removeprefix(" - ").rstrip())
            if told is not None:
                yield _problem(base, told, value_at)


def _in_line(line: str) -> _Told | None:
    """What one line tells; looked for with plain searches, since clients decide how long it is."""
    for marker, rule, expected in _MARKED:
        path, found, after = line.partition(marker)
        if found:
            return path, rule, expected or after.rpartition(" in the array")[0] or after, None
    if line.endswith(" expected") and " found, " in line:
        left, _, expected = line.removesuffix(" expected").rpartition(" found, ")
        path, _, got = left.rpartition(": ")
        return path, "type", expected, got
    left, found, expected = line.rpartition(" is an invalid ")
    if found:
        path, _, got = left.partition(": ")
        return path, "format", expected, got
    return None


_MARKED = (
    (": is missing but it is required", "required", "present"),
    (": is not defined in the schema", "additionalProperties", "absent"),
    (": does not have a value in the enumeration ", "enum", ""),
    (": does not match the regex pattern ", "pattern", ""),
    (": there must be a minimum of ", "minItems", ""),
    (": there must be a maximum of ", "maxItems", ""),
    (": should be valid to one and only one schema", "oneOf", "one and only one"),
)
"""What a line says behind the path, and what was expected; where that is empty, what follows."""


def _problem(base: str, told: _Told, value_at: Callable[[str], object]) -> dict[str, Any]:
    path, rule, expected, got = told
    path = path if path.startswith("$") else f"{base}.{path}"
    value = value_at(path)
    shown = got if value is _ABSENT else _shown(value)
    absent = rule == "required"
    return {"path": path, "rule": rule, "expected": expected, "got": None if absent else shown}


def _reader(body: bytes) -> Callable[[str], object]:
    """Gives the value at a path of the body, or `_ABSENT`."""
    try:
        root = json.loads(body.decode("utf-8", "replace"))
    except (ValueError, RecursionError):
        return lambda _path: _ABSENT

    def value_at(path: str) -> object:
        value: Any = root
        for name, index in _PATH_STEP.findall(path.removeprefix("$")):
            try:
                value = value[int(index)] if index else value[name]
            except (LookupError, TypeError):
                return _ABSENT
        return value

    return value_at


def _shown(value: object) -> str:
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
    return text if len(text) <= MAX_GOT else f"{text[:MAX_GOT]}..."
