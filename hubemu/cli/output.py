"""Results go to stdout, talk to stderr; colour only for a terminal that wants it."""

from __future__ import annotations

import json
import os
import sys
from contextlib import suppress
from typing import Any, TextIO

import click

from hubemu.errors import StartError

__all__ = [
    "ReaderGone",
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


class ReaderGone(Exception):
    """Who read what is printed reads no more, such as `head`: there is nobody to go on for."""


def result(text: str) -> None:
    """One line, or several, of what was asked for."""
    _print(text)


def result_bytes(content: bytes) -> None:
    """What was asked for as it is, ended by a line feed."""
    _print(content)


def result_json(value: Any) -> None:
    """What was asked for as one JSON document."""
    _print(json.dumps(value, indent=2, ensure_ascii=False))


def result_json_line(value: Any) -> None:
    """One item of a stream as JSON on a line of its own, flushed at once."""
    _print(json.dumps(value, ensure_ascii=False))


def _print(content: str | bytes) -> None:
    """Write to stdout.

    Raises:
        ReaderGone: nobody reads it any more.
        StartError: it cannot be written, as on a full disk.
    """
    try:
        click.echo(content)
    except BrokenPipeError:
        _write_no_more(sys.stdout)
        raise ReaderGone from None
    except OSError as error:
        _write_no_more(sys.stdout)
        why = (error.strerror or str(error)).lower()
        raise StartError(f"standard output: cannot be written: {why}") from None


def talk(text: str) -> None:
    """Something said beside the result, if anybody hears it."""
    try:
        click.echo(text, err=True)
    except OSError:
        _write_no_more(sys.stderr)


def _write_no_more(stream: TextIO) -> None:
    """Have what is left, which Python would write at its end, go nowhere."""
    with suppress(OSError), open(os.devnull, "wb") as nothing:
        os.dup2(nothing.fileno(), stream.fileno())


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
    plain = os.environ.get("NO_COLOR") or os.environ.get("TERM") == "dumb"
    return text if plain or not is_terminal(stream) else click.style(text, fg=colour)


def is_terminal(stream: TextIO | None) -> bool:
    """Whether a person sees it; `None`: whoever started the command has closed it."""
    return stream is not None and stream.isatty()
