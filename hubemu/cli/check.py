"""`hubemu check`: the Hub's verdict on files, offline."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from hubemu.cli.options import Json, OnVHost
from hubemu.cli.output import paint, result, result_json

__all__ = ["check"]

_REJECTED = 1


def check(
    files: Annotated[list[Path], typer.Argument(metavar="FILE...", help="Messages, JSON or XML.")],
    vhost: OnVHost,
    as_id: Annotated[
        str | None,
        typer.Option("--as", metavar="ID", help="Publisher; default: the message's senderID."),
    ] = None,
    model: Annotated[
        str | None, typer.Option(metavar="RELEASE", help="Model release instead of the vHost's.")
    ] = None,
    wrap: Annotated[
        bool, typer.Option("--wrap", help="The files hold the content only: add an envelope.")
    ] = False,
    as_json: Json = False,
) -> None:
    """Say what the Hub would answer to files, offline; exit 1 if it would reject any.

    Each is judged as if published persistent, with the content type of the file.
    """
    verdicts: list[dict[str, Any]] = []
    if as_json:
        result_json(verdicts)
    else:
        for verdict in verdicts:
            result(_line(verdict))
    if not all(verdict["accepted"] for verdict in verdicts):
        raise typer.Exit(_REJECTED)


def _line(verdict: dict[str, Any]) -> str:
    if verdict["accepted"]:
        return f"{paint('accepted', 'green')} {verdict['file']} ({verdict['type']})"
    code = verdict["errorCode"]
    title = f"{paint('rejected', 'red')} {verdict['file']}"
    return f"{title}: {code['statusCode']} {code['statusString']}\n{verdict['errorCause']}"
