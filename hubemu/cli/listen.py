"""`hubemu listen`: print what arrives in a client's queue."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated, Any

from click.exceptions import Exit

from hubemu.cli.options import DEFAULT_HOME, AsClient, HomeFolder, Json, OnVHost
from hubemu.cli.output import paint, result, result_json_line, talk, watched
from hubemu.cli.parameters import Option

__all__ = ["QueueKind", "listen"]

_NOT_REACHED = 1


class QueueKind(StrEnum):
    """One of a client's three queues."""

    MESSAGE = "message"
    ACK = "ack"
    INFO = "info"


def listen(
    as_id: AsClient,
    vhost: OnVHost,
    queue: Annotated[QueueKind, Option(help="Which of its queues.")] = QueueKind.MESSAGE,
    ack: Annotated[
        bool, Option("--ack", help="Acknowledge: take what is printed off the queue.")
    ] = False,
    count: Annotated[int | None, Option(min=1, metavar="N", help="End after N messages.")] = None,
    timeout: Annotated[
        float | None, Option(min=0, metavar="S", help="End after S seconds.")
    ] = None,
    home: HomeFolder = DEFAULT_HOME,
    as_json: Json = False,
) -> None:
    """Print what arrives; exit 1 when --count was not reached within --timeout.

    Without --ack the messages stay in the queue. With --json, one object a line.
    """
    from hubemu.cli.access import endpoint_for
    from hubemu.cli.loop import run_async
    from hubemu.client.listening import Listening
    from hubemu.home import Home

    listening = Listening(queue=f"{as_id}.{queue}", ack=ack, count=count, timeout=timeout)
    endpoint = endpoint_for(Home(home), as_id, vhost)
    if watched():
        talk(f"listening to {listening.queue} on {vhost}, Ctrl-C ends")
    show = _show_json if as_json else _show
    seen = run_async(listening.run(endpoint, show))
    if count is not None and seen < count:
        talk(f"{seen} of {count} messages came within {timeout:g} s")
        raise Exit(_NOT_REACHED)


def _show_json(row: dict[str, Any]) -> None:
    result_json_line(row)


def _show(row: dict[str, Any]) -> None:
    title = f"{row['content'] or 'message'} from {row['sender']}: {row['distributionID']}"
    result(paint(title, "cyan"))
    if row["reference"]:
        result(f"  about {row['reference']}")
    if code := row["errorCode"]:
        result(f"  {code['statusCode']} {code['statusString']}: {row['errorCause']}")
    result(row["body"])
