"""`hubemu check`: the Hub's verdict on files, offline."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

from click.exceptions import Exit

from hubemu.cli.options import DEFAULT_CLIENT, Json, OfRelease, OnVHost, Routing
from hubemu.cli.output import paint, result, result_json
from hubemu.cli.parameters import Argument, Option
from hubemu.errors import InputError
from hubemu.settings import Environment

if TYPE_CHECKING:
    from hubemu.dispatcher import Judgement

__all__ = ["check"]

_REJECTED = 1
_SUFFIXES = (".json", ".xml")


def check(
    paths: Annotated[
        tuple[Path, ...],
        Argument(metavar="FILE...", help="Messages, JSON or XML, or folders of them."),
    ],
    vhost: OnVHost,
    as_id: Annotated[
        str | None,
        Option("--as", metavar="ID", help="Publisher; default: the message's senderID."),
    ] = None,
    model: OfRelease = None,
    wrap: Annotated[
        bool, Option("--wrap", help="The files hold the content only: add an envelope.")
    ] = False,
    routing: Routing = None,
    environment: Annotated[
        Environment, Option(help="Environment of the Hub.")
    ] = Environment.SANDBOX,
    as_json: Json = False,
) -> None:
    """Say what the Hub would answer to files, offline; exit 1 if it would reject any.

    Each is judged as if published persistent, with the content type of the file.
    """
    from hubemu.cli.judging import Bench

    files = list(message_files(paths))
    bench = Bench.for_vhost(vhost, model=model, routing=routing, environment=environment)
    judged = [
        bench.judge_content(file, as_id or DEFAULT_CLIENT) if wrap else bench.judge(file, as_id)
        for file in files
    ]
    if as_json:
        told = zip(files, judged, strict=True)
        result_json([judgement.to_json(str(file)) for file, judgement in told])
    else:
        for file, judgement in zip(files, judged, strict=True):
            result(_line(str(file), judgement))
            missing = None if wrap or judgement.accepted else bench.missing(file)
            if missing:
                result(f"hint: {missing}")
    if not all(judgement.accepted for judgement in judged):
        raise Exit(_REJECTED)


def message_files(paths: Iterable[Path]) -> Iterator[Path]:
    """The files among `paths`, and the `.json` and `.xml` ones in the folders among them.

    Raises:
        InputError: a folder holds none.
    """
    for path in paths:
        if not path.is_dir():
            yield path
            continue
        found = sorted(
            file for file in path.rglob("*") if file.suffix in _SUFFIXES and file.is_file()
        )
        if not found:
            raise InputError(path, "this folder holds no .json or .xml file")
        yield from found


def _line(file: str, judgement: Judgement) -> str:
    if judgement.rejection is None:
        return f"{paint('accepted', 'green')} {file} ({judgement.type}, to {judgement.queue})"
    error = judgement.rejection
    title = f"{paint('rejected', 'red')} {file}: {error.code.value} {error.status}"
    return f"{title}\n{error.cause}"
