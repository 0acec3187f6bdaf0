"""`hubemu send`: publish a file as a client."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

from hubemu.cli.options import DEFAULT_HOME, AsClient, HomeFolder, Json, OnVHost
from hubemu.cli.output import result, result_json
from hubemu.cli.parameters import Argument, Option

__all__ = ["send"]


def send(
    file: Annotated[Path, Argument(metavar="FILE", help="Message, JSON or XML.")],
    as_id: AsClient,
    vhost: OnVHost,
    to: Annotated[
        str | None, Option("--to", metavar="ID", help="Make this id the recipient.")
    ] = None,
    fresh: Annotated[
        bool,
        Option("--fresh", help="New ids and dates, --as as the sender, good for a day."),
    ] = False,
    home: HomeFolder = DEFAULT_HOME,
    as_json: Json = False,
) -> None:
    """Publish a file, persistent, and wait for the broker's confirm.

    Confirmed means that the Hub has the message, not that it is valid: its verdict is in
    `hubemu listen --queue info` and in the journal.
    """
    from hubemu.cli.access import endpoint_for
    from hubemu.cli.loop import run_async
    from hubemu.client import publish_once
    from hubemu.client.outgoing import prepare
    from hubemu.home import Home

    outgoing = prepare(file, sender=as_id, recipient=to, fresh=fresh)
    endpoint = endpoint_for(Home(home), as_id, vhost)
    run_async(publish_once(endpoint, outgoing.body, as_id, outgoing.content_type))
    report = {
        "vhost": vhost,
        "as": as_id,
        "contentType": outgoing.content_type,
        "distributionID": outgoing.distribution_id,
        "confirmed": True,
    }
    if as_json:
        result_json(report)
    else:
        result(f"confirmed: {outgoing.distribution_id or file} as {as_id} on {vhost}")
