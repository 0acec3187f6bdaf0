"""`hubemu send`: publish a file as a client, and say what the Hub made of it."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

from click.exceptions import Exit

from hubemu.cli.options import DEFAULT_HOME, AsClient, HomeFolder, Json, OnVHost
from hubemu.cli.output import paint, result, result_json, talk
from hubemu.cli.parameters import Argument, Option
from hubemu.cli.signature import takes

if TYPE_CHECKING:
    from hubemu.client.facts import HubFacts

__all__ = ["SendOptions", "send"]

_REJECTED = 1
_PATIENCE = 15.0
"""Seconds the Hub has for its verdict, a conversion included."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SendOptions:
    """What is sent as whom, and whether the verdict is awaited."""

    file: Annotated[
        Path, Argument(metavar="FILE", help="Message, JSON or XML; - reads standard input.")
    ]
    as_id: AsClient
    vhost: OnVHost
    to: Annotated[str | None, Option("--to", metavar="ID", help="Make this id the recipient.")] = (
        None
    )
    fresh: Annotated[
        bool, Option("--fresh", help="New ids and dates, --as as the sender, good for a day.")
    ] = False
    as_is: Annotated[
        bool, Option("--as-is", help="Send the bytes even if they are no JSON or XML.")
    ] = False
    no_wait: Annotated[
        bool, Option("--no-wait", help="Return when the broker has it, without the verdict.")
    ] = False
    home: HomeFolder = DEFAULT_HOME
    as_json: Json = False


@takes(SendOptions)
def send(options: SendOptions) -> None:
    """Publish a file, persistent, and wait for the Hub's verdict: exit 1 if it is rejected."""
    report = _sent(options)
    if options.as_json:
        result_json(report)
    else:
        result(_line(report, str(options.file)))
    if report.get("outcome") in ("rejected", "dropped"):
        raise Exit(_REJECTED)


def _sent(options: SendOptions) -> dict[str, Any]:
    """Send it; what is to be told of it."""
    from hubemu.cli.access import endpoint_on, facts_of
    from hubemu.cli.loop import run_async
    from hubemu.client.connection import publish_once
    from hubemu.client.outgoing import draft
    from hubemu.client.verdict import Verdicts
    from hubemu.home import Home

    as_id, vhost = options.as_id, options.vhost
    message = draft(options.file, as_is=options.as_is)
    facts = facts_of(Home(options.home))
    hub = facts.control
    fresh = hub.clock() if options.fresh else None
    outgoing = message.ready(sender=as_id, recipient=options.to, fresh=fresh)
    endpoint = endpoint_on(facts, as_id, vhost)
    _warn_of_nobody(outgoing.recipient, facts)
    verdicts = None if options.no_wait else Verdicts(hub, as_id, vhost)
    run_async(publish_once(endpoint, outgoing.body, as_id, outgoing.content_type))
    report: dict[str, Any] = {
        "vhost": vhost,
        "as": as_id,
        "contentType": outgoing.content_type,
        "distributionID": outgoing.distribution_id,
        "confirmed": True,
    }
    if verdicts is not None:
        judged = verdicts.on(outgoing.body, _PATIENCE)
        report |= {name: judged[name] for name in _TOLD}
        if judged["outcome"] == "dropped":
            report["reason"] = judged["trace"][-1]["detail"]
    return report


_TOLD = ("id", "outcome", "queue", "errorCode", "errorCause", "problems", "spec")
"""What is said of the journal's message."""


def _warn_of_nobody(recipient: str | None, facts: HubFacts) -> None:
    known = {one for client in facts.clients.values() for one in client.own_ids}
    if recipient is not None and recipient not in known:
        from hubemu.suggestions import did_you_mean

        nobody = f"warning: no client of this Hub is {recipient}: the answer will be 501."
        talk(f"{nobody} {did_you_mean(recipient, known)}".rstrip())


def _line(report: dict[str, Any], file: str) -> str:
    known = f"{report['distributionID'] or file} as {report['as']} on {report['vhost']}"
    if "outcome" not in report:
        return f"confirmed: {known}"
    if (error := report["errorCode"]) is not None:
        code = f"{error['statusCode']} {error['statusString']}"
        return f"{paint('rejected', 'red')} {code}: {known}\n{report['errorCause']}"
    if report["queue"] is None:
        return f"{paint('dropped', 'yellow')}: {known}\n{report['reason']}"
    return f"{paint('routed', 'green')} to {report['queue']}: {known}"
