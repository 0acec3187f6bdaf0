"""What lint is told to overlook says why, behind it or in the line above."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests.conftest import REPOSITORY

FOLDERS = ("hubemu", "tests", "benchmarks", "docker", "bundle", "examples")
OVERLOOKED = re.compile(
    r"#\s*(?:type:\s*ignore|noqa|pragma:\s*no (?:cover|branch))\b"
    r"(?:\[[\w, -]+\]|: [A-Z]+\d+(?:, ?[A-Z]+\d+)*)?"
)


def without_reason(text: str) -> list[int]:
    """The numbers of the lines in which something is overlooked for no reason that is said."""
    found, above = [], ""
    for number, line in enumerate(text.splitlines(), 1):
        match = OVERLOOKED.search(line)
        if match is not None:
            said = re.search(r"\w{2}", line[match.end() :]) is not None
            if not said and not re.match(r"\s*# \w", above):
                found.append(number)
        above = line
    return found


@pytest.mark.parametrize("folder", FOLDERS)
def test_every_exception_says_why(folder: str) -> None:
    here = Path(__file__)
    files = [one for one in sorted((REPOSITORY / folder).rglob("*.py")) if one != here]
    silent = {
        f"{one.relative_to(REPOSITORY)}:{number}"
        for one in files
        for number in without_reason(one.read_text("utf-8"))
    }
    assert not silent


@pytest.mark.parametrize(
    "line",
    [
        "x = 1  # type: ignore",
        "x = 1  # type: ignore[arg-type]",
        "x = 1  # type: ignore[arg-type, misc]",
        "x = 1  # noqa",
        "x = 1  # noqa: S101",
        "x = 1  # pragma: no cover",
    ],
)
def test_a_silent_one_is_found_and_one_that_speaks_is_not(line: str) -> None:
    assert without_reason(line) == [1]
    assert without_reason(f"# Its caller looked.\n{line}") == []
    assert without_reason(f"{line} - its caller looked") == []
