"""What the shell completes, asked as bash asks it."""

from __future__ import annotations

import pytest

from tests.support.commands import hubemu


def completed(words: str) -> list[str]:
    place = str(len(words.split(" ")) - 1)
    told = hubemu(_HUBEMU_COMPLETE="bash_complete", COMP_WORDS=words, COMP_CWORD=place)
    assert told.err == ""
    return [line.partition(",")[2] for line in told.out.splitlines()]


@pytest.mark.parametrize(
    ("words", "among"),
    [
        ("hubemu st", "status"),
        ("hubemu up --http-t", "--http-token"),
        ("hubemu up --phase ", "dual"),
        ("hubemu send --as fr.health.samuA", "fr.health.samuA"),
        ("hubemu env --client FR.FIRE", "fr.fire.nexsis.sdisZ"),
        ("hubemu listen --vhost 15-n", "15-nexsis_v1.9.1"),
        ("hubemu models example RS-E", "RS-EDA-MAJ"),
        ("hubemu models diff 2", "2.0.0"),
    ],
)
def test_names_are_completed(words: str, among: str) -> None:
    begun = words.rpartition(" ")[2].lower()
    found = completed(words)
    assert among in found
    assert all(one.lower().startswith(begun) for one in found)


def test_files_are_left_to_the_shell() -> None:
    told = hubemu(_HUBEMU_COMPLETE="bash_complete", COMP_WORDS="hubemu send mess", COMP_CWORD="2")
    assert told.out == "file,mess\n"
