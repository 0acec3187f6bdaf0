"""The files that the page on architecture sends a newcomer to are there."""

from __future__ import annotations

import re

import pytest

from tests.conftest import REPOSITORY

PAGE = (REPOSITORY / "docs/architecture.md").read_text("utf-8")
ANSWERS = re.findall(r"^\| [^|]*\? \| (.*) \|$", PAGE, re.MULTILINE)


def test_ten_questions_have_their_answers() -> None:
    assert len(ANSWERS) >= 10


@pytest.mark.parametrize("answer", ANSWERS)
def test_an_answer_is_in_files_that_are_there(answer: str) -> None:
    named = re.findall(r"`([\w/]+\.py)`", answer)
    assert 1 <= len(named) <= 2 or "journal" in answer
    for file in named:
        assert (REPOSITORY / "hubemu" / file).is_file(), file
    for name in re.findall(r"\(`(\w+)`\)", answer):
        texts = [(REPOSITORY / "hubemu" / file).read_text("utf-8") for file in named]
        assert any(re.search(rf"\b(class|def) {name}\b", text) for text in texts), name
