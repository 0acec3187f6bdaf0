"""Colour is for a terminal that wants it (https://no-color.org)."""

from __future__ import annotations

import io
import sys

import pytest

from hubemu.cli.output import paint


class Terminal(io.StringIO):
    """A stream that a person sees."""

    def isatty(self) -> bool:
        return True


@pytest.mark.parametrize(
    ("environment", "coloured"),
    [({}, True), ({"NO_COLOR": "1"}, False), ({"NO_COLOR": ""}, True), ({"TERM": "dumb"}, False)],
    ids=str,
)
def test_colour_is_for_a_terminal_that_wants_it(
    environment: dict[str, str], coloured: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "stdout", Terminal())
    for name in ("NO_COLOR", "TERM"):
        monkeypatch.delenv(name, raising=False)
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    assert (paint("up", "green") != "up") is coloured
    monkeypatch.setattr(sys, "stdout", io.StringIO())
    assert paint("up", "green") == "up"
