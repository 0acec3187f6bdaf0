"""`hubemu check`: the Hub's verdict on files, offline."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

from click.exceptions import Exit

from hubemu.cli.options import DEFAULT_CLIENT, Json, OfRelease, OnVHost, Routing
from hubemu.cli.output import paint, result, result_json
from hubemu.cli.parameters import Argument, Option
from hubemu.errors import InputError
from hubemu.settings import Environment

if TYPE_CHECKING:
    from hubemu.cli.file_verdicts import Judged
    from hubemu.dispatcher import Judgement

__all__ = ["check"]

_REJECTED = 1
_SUFFIXES = (".json", ".xml")


def check(
    paths: Annotated[
        tuple[Path, ...],
        Argument(
            metavar="FILE...",
            help="Messages, JSON or XML, or folders of them; - reads standard input.",
        ),
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
    """Say what broker and Hub would answer to files, offline; exit 1 if one is not accepted.

    Each is judged as if published persistent, with the content type of the file. What is wrong with
    the file itself (encoding, where it is cut) is said beside the Hub's own words.
    """
    from hubemu.cli.file_verdicts import Bench

    files = list(message_files(paths))
    bench = Bench.for_vhost(vhost, model=model, routing=routing, environment=environment)
    judged = [
        bench.judge_content(file, as_id or DEFAULT_CLIENT) if wrap else bench.judge(file, as_id)
        for file in files
    ]
    if as_json:
        result_json([_as_json(one) for one in judged])
    else:
        for one in judged:
            result(_lines(one))
    if not all(one.judgement.accepted for one in judged):
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


def _as_json(judged: Judged) -> dict[str, Any]:
    """The object of CONTRACT, with `remarks` where there are any."""
    told = judged.judgement.to_json(str(judged.file))
    return told | ({"remarks": list(judged.remarks)} if judged.remarks else {})


def _lines(judged: Judged) -> str:
    judgement = judged.judgement
    word = "warning" if judgement.accepted else "hint"
    remarks = [f"{word}: {remark}" for remark in judged.remarks]
    return "\n".join([_verdict(str(judged.file), judgement), *remarks])


def _verdict(file: str, judgement: Judgement) -> str:
    error = judgement.error
    if error is None and judgement.dropped:
        return f"{paint('dropped', 'red')} {file}\n{judgement.dropped}"
    if error is None:
        return f"{paint('accepted', 'green')} {file} ({judgement.type}, to {judgement.queue})"
    code, name, cause = error
    by = "refused by the broker" if judgement.refusal else "rejected"
    return f"{paint(by, 'red')} {file}: {code} {name}\n{cause}"
