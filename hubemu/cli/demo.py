"""`hubemu demo`: one complete exchange, told step by step."""

from __future__ import annotations

import tempfile
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from hubemu.cli.output import result

__all__ = ["Language", "demo"]

_INCOMPLETE = 1


class Language(StrEnum):
    """What the demonstration is told in."""

    ENGLISH = "en"
    FRENCH = "fr"


def demo(
    lang: Annotated[
        Language | None, typer.Option(help="Language; default: that of the locale.")
    ] = None,
) -> None:
    """Play one complete exchange on a Hub of its own and tell it; exit 0 if every step was seen.

    Two clients over real AMQPS: a case shared and acknowledged, then three refusals.
    """
    from hubemu.cli.loop import run_async
    from hubemu.demo import Teller, language, play
    from hubemu.settings import Settings

    teller = Teller(result, lang.value if lang else language())
    with tempfile.TemporaryDirectory(prefix="hubemu-demo-") as home:
        complete = run_async(play(Settings(home=Path(home), port=0, http_port=0), teller))
    if not complete:
        raise typer.Exit(_INCOMPLETE)
