"""`hubemu --version`."""

from __future__ import annotations

from typing import Annotated

import typer

from hubemu.cli.output import result
from hubemu.version import __version__

__all__ = ["Version"]


def _show(asked: bool) -> None:
    if asked:
        result(f"hubemu {__version__}")
        raise typer.Exit


Version = Annotated[
    bool, typer.Option("--version", callback=_show, is_eager=True, help="Show the version.")
]
