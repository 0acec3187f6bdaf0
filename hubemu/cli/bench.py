"""`hubemu bench`: how fast a Hub is here."""

from __future__ import annotations

from dataclasses import dataclass, fields, replace
from enum import StrEnum
from typing import Annotated, Any

from hubemu.cli.hub_options import HubOptions, as_arguments
from hubemu.cli.options import DEFAULT_VHOST, AmqpsPort, HttpPort, Json, OnVHost
from hubemu.cli.output import result, result_json, talk, watched
from hubemu.cli.parameters import Option
from hubemu.cli.signature import takes
from hubemu.settings import EngineKind, Persistence

__all__ = ["BenchOptions", "Other", "bench"]


IDLE, WAITING = 1_000, 100_000
"""What `--everything` has of each."""


class Other(StrEnum):
    """What a Hub can be measured beside."""

    RABBITMQ = "rabbitmq"


class Way(StrEnum):
    """The routes that are measured."""

    JSON_JSON = "json-json"
    JSON_XML = "json-xml"
    XML_JSON = "xml-json"
    XML_XML = "xml-xml"
    REFUSED_JSON = "refused-json"
    REFUSED_XML = "refused-xml"


@dataclass(frozen=True, slots=True, kw_only=True)
class BenchOptions(HubOptions):
    """The options of the Hub that is measured, and how."""

    port: AmqpsPort = 0
    http_port: HttpPort = 0
    count: Annotated[int, Option(min=100, help="Messages of a throughput run.")] = 10_000
    window: Annotated[int, Option(min=1, help="Messages unconfirmed at most.")] = 100
    rate: Annotated[int, Option(min=1, help="Messages a second of the latency run.")] = 500
    rounds: Annotated[int, Option(min=1, help="Runs of each; the median counts.")] = 3
    vhost: OnVHost = DEFAULT_VHOST
    message_type: Annotated[str, Option("--type", metavar="TYPE", help="Type of message sent.")] = (
        "RS-EDA"
    )
    route: Annotated[
        tuple[Way, ...],
        Option(help="Form a message comes in and leaves in, or that it is refused; repeatable."),
    ] = (Way.JSON_JSON,)
    all_routes: Annotated[bool, Option("--all", help="Measure every route.")] = False
    starts: Annotated[
        bool, Option("--starts", help="Measure how long commands and a Hub take to start, too.")
    ] = False
    disk: Annotated[
        bool, Option("--disk", help="Measure a Hub that keeps its state on disk, too.")
    ] = False
    idle: Annotated[
        int | None,
        Option(min=1, help="Clients that do nothing beside a busy one: memory, its latency."),
    ] = None
    waiting: Annotated[
        int | None,
        Option(min=100, help="Messages in a queue that nobody reads: memory, rates."),
    ] = None
    everything: Annotated[
        bool,
        Option("--everything", help=f"Every route and row, --idle {IDLE} and --waiting {WAITING}."),
    ] = False
    markdown: Annotated[
        bool, Option("--markdown", help="Print tables, as in docs/performance.md.")
    ] = False
    beside: Annotated[Other | None, Option(help="Measure a Hub on it too, taking turns.")] = None
    as_json: Json = False


@takes(BenchOptions)
def bench(options: BenchOptions) -> None:
    """Measure a Hub of its own: messages routed a second, and latency at a steady rate.

    A message that is refused has come when its report has.

    The load is made by this process on the same machine and takes its part of it: compare figures
    of one machine and one run.
    """
    from hubemu.bench import FurtherRows, Plan, measure_all
    from hubemu.bench.starts import measure_starts
    from hubemu.bench.tables import tables
    from hubemu.cli.loop import run_async

    if options.everything:
        options = _with_every_row(options)
    plan = Plan(
        vhost=options.vhost,
        type=options.message_type,
        count=options.count,
        window=options.window,
        rate=options.rate,
        rounds=options.rounds,
        routes=tuple(Way) if options.all_routes else tuple(dict.fromkeys(options.route)),
    )
    further = FurtherRows(
        on_disk=_on_disk(options) if options.disk else {},
        idle=options.idle,
        waiting=options.waiting,
    )
    told = run_async(measure_all(plan, _hubs(options), further, _say))
    if options.starts:
        told["starts"] = measure_starts(options.rounds, _say)
    if options.as_json:
        result_json(told)
    elif options.markdown:
        result(tables(told))
    else:
        _tell(told)


def _tell(told: dict[str, Any]) -> None:
    for hub in told["hubs"]:
        slow = f"p50 {hub['p50']} ms, p99 {hub['p99']} ms at {hub['rate']}/s"
        size = f"({hub['type']} of {hub['bytes']:,} bytes)"
        way = f"{hub['hub']:<9} {hub['route']:<12}"
        spent = _if_known(hub["processorMicroseconds"], " {} µs of processor time each;")
        result(f"{way} {hub['perSecond']:,} messages/s;{spent} {slow} {size}")
    for route, ratio in told["ratios"].items():
        first, second = (hub["hub"] for hub in told["hubs"][:2])
        result(f"{route}: {first} routes {ratio:g} times what {second} does")
    for one in told.get("idle", ()):
        memory = _if_known(one["kibibytesEach"], " {} KiB each;")
        alone, beside = (f"{one[how]['p50']} ms, {one[how]['p99']} ms" for how in _HOW)
        busy = f"p50, p99 of a busy one at {one['rate']}/s {alone} alone, {beside} beside them"
        result(f"{one['hub']}, {one['clients']:,} idle clients:{memory} {busy}")
    for one in told.get("waiting", ()):
        memory = _if_known(one["memoryOctetsEach"], " {} bytes of memory each;")
        routed, read = (f"{one[what]['first']:,}/s, {one[what]['last']:,}/s" for what in _WHAT)
        rates = f"first and last tenth routed at {routed}, read at {read}"
        what = f"{one['messages']:,} waiting messages of {one['bytes']:,} bytes"
        result(f"{one['hub']}, {what}:{memory} {rates}")
    for one in told.get("starts", ()):
        spent = _if_known(one["processorSeconds"], ", {:.2f} s of processor time")
        result(f"{one['what']:<20} {one['seconds']:.2f} s{spent}")


_HOW = ("alone", "beside")
_WHAT = ("routedPerSecond", "readPerSecond")


def _if_known(figure: float | None, text: str) -> str:
    return "" if figure is None else text.format(figure)


def _with_every_row(options: BenchOptions) -> BenchOptions:
    return replace(
        options,
        all_routes=True,
        starts=True,
        disk=True,
        idle=options.idle or IDLE,
        waiting=options.waiting or WAITING,
    )


def _own(options: BenchOptions) -> HubOptions:
    return HubOptions(**{one.name: getattr(options, one.name) for one in fields(HubOptions)})


def _hubs(options: BenchOptions) -> dict[str, list[str]]:
    own = _own(options)
    hubs = {own.engine.value: as_arguments(own)}
    if options.beside is not None:
        other = replace(own, engine=EngineKind(options.beside.value))
        hubs.setdefault(options.beside.value, as_arguments(other))
    return hubs


def _on_disk(options: BenchOptions) -> dict[str, list[str]]:
    """The Hub with its state on disk, if it is in memory else; RabbitMQ keeps it in its own way."""
    own = _own(options)
    if own.engine is not EngineKind.EMBEDDED or own.state is Persistence.DISK:
        return {}
    kept = replace(own, state=Persistence.DISK)
    return {f"{own.engine.value}, on disk": as_arguments(kept)}


def _say(text: str) -> None:
    if watched():
        talk(text)
