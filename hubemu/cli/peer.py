"""`hubemu peer`: a client that answers whatever it gets."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

from hubemu.cli.options import DEFAULT_HOME, HomeFolder, Json
from hubemu.cli.output import paint, result, result_json_line, talk, watched
from hubemu.cli.parameters import Argument, Option
from hubemu.errors import InputError

if TYPE_CHECKING:
    from hubemu.scenarios.peer import Manner

__all__ = ["peer"]


def peer(
    client: Annotated[str, Argument(metavar="ID", help="The client it is.")],
    vhost: Annotated[
        tuple[str, ...],
        Option("--vhost", metavar="VHOST", help="Only there; repeatable; default: on every vHost."),
    ] = (),
    ack: Annotated[
        bool, Option("--ack", help="Acknowledge each message, with an RC-REF (the default).")
    ] = False,
    refuse: Annotated[
        bool, Option("--refuse", help="Refuse each message: its sender is told 500.")
    ] = False,
    silent: Annotated[bool, Option("--silent", help="Take each message and say nothing.")] = False,
    after: Annotated[float, Option(min=0, metavar="SECONDS", help="Answer so much later.")] = 0.0,
    home: HomeFolder = DEFAULT_HOME,
    as_json: Json = False,
) -> None:
    """Be a client of the Hub that is up, which answers whatever it gets, until Ctrl-C.

    With --json, one object a line.
    """
    from hubemu.cli.access import facts_of
    from hubemu.cli.loop import run_async
    from hubemu.home import Home
    from hubemu.scenarios.peer import RunningPeer

    manner = _manner(ack, refuse, silent)
    facts = facts_of(Home(home))
    facts.holder(client)
    where = [facts.require_vhost(one) for one in vhost] or list(facts.vhosts)
    if watched():
        talk(f"{client} answers ({manner}) on {', '.join(where)}; Ctrl-C ends")
    show = result_json_line if as_json else _show
    run_async(RunningPeer(client=client, manner=manner, after=after, show=show).run(facts, where))


def _manner(ack: bool, refuse: bool, silent: bool) -> Manner:
    given = [name for name, on in (("ack", ack), ("refuse", refuse), ("silent", silent)) if on]
    if len(given) > 1:
        raise InputError(f"--{given[1]}", f"goes against --{given[0]}: give one of them")
    if refuse:
        return "refuse"
    return "silent" if silent else "ack"


def _show(row: dict[str, Any]) -> None:
    what = f"{row['content'] or 'message'} from {row['sender']} on {row['vhost']}"
    result(f"{paint(row['answer'], 'cyan')} {what}: {row['distributionID']}")
    if code := row["errorCode"]:
        result(f"  {code['statusCode']} {code['statusString']}: {row['errorCause']}")
