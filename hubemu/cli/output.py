"""Results go to stdout, talk to stderr; colour only for a terminal that wants it."""

from __future__ import annotations

import json
import os
import sys
from typing import Any, TextIO

import click

__all__ = [
    "is_terminal",
    "paint",
    "paint_err",
    "result",
    "result_bytes",
    "result_json",
    "result_json_line",
    "talk",
    "watched",
]


def result(text: str) -> None:
    """One line, or several, of what was asked for."""
    click.echo(text)


def result_bytes(content: bytes) -> None:
    """What was asked for as it is, ended by a line feed."""
    click.echo(content)


def result_json(value: Any) -> None:
    """What was asked for as one JSON document."""
    click.echo(json.dumps(value, indent=2, ensure_ascii=False))


def result_json_line(value: Any) -> None:
    """One item of a stream as JSON on a line of its own, flushed at once."""
    click.echo(json.dumps(value, ensure_ascii=False))


def talk(text: str) -> None:
    """Something said beside the result."""
    click.echo(text, err=True)


def watched() -> bool:
    """Whether a person sees stderr, so that progress may be shown."""
    return is_terminal(sys.stderr)


def paint(text: str, colour: str) -> str:
    """`text` in a colour where stdout is a terminal that wants colours."""
    return _painted(text, colour, sys.stdout)


def paint_err(text: str, colour: str) -> str:
    """`text` in a colour where stderr is a terminal that wants colours."""
    return _painted(text, colour, sys.stderr)


def _painted(text: str, colour: str, stream: TextIO | None) -> str:
    plain = "NO_COLOR" in os.environ or os.environ.get("TERM") == "dumb"
    return text if plain or not is_terminal(stream) else click.style(text, fg=colour)


def is_terminal(stream: TextIO | None) -> bool:
    """Whether a person sees it; `None`: whoever started the command has closed it."""
    return stream is not None and stream.isatty()
