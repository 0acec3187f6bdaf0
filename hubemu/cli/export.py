"""`hubemu export rabbitmq`: what an ordinary RabbitMQ needs to carry a Hub."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

from hubemu.cli.options import (
    DEFAULT_HOME,
    DEFAULT_TTL,
    Accepted,
    ClientQueues,
    HomeFolder,
    Json,
    Routing,
    Sans,
    Step,
    Ttl,
)
from hubemu.cli.output import result, result_json, talk
from hubemu.cli.parameters import Argument, Option
from hubemu.cli.signature import takes
from hubemu.errors import unwritable
from hubemu.settings import Environment, Phase, QueueType, Settings
from hubemu.topology import replicated

if TYPE_CHECKING:
    from hubemu.hub import Hub

__all__ = ["ExportOptions", "export_rabbitmq"]


@dataclass(frozen=True, slots=True, kw_only=True)
class ExportOptions:
    """What is written, and for which Hub."""

    folder: Annotated[Path, Argument(metavar="DIR", help="Folder to write into.")]
    home: HomeFolder = DEFAULT_HOME
    found_at: Annotated[
        str | None,
        Option(metavar="PATH", help="Where RabbitMQ will find the folder (default: DIR)."),
    ] = None
    queue_type: ClientQueues = QueueType.QUORUM
    cluster: Annotated[
        tuple[str, ...],
        Option(metavar="NODE", help="A node to form a cluster with, as rabbit@host."),
    ] = ()
    administrator: Annotated[
        bool,
        Option(
            "--administrator",
            help="Add a user for the management API; its password goes to administrator.json.",
        ),
    ] = False
    log_file: Annotated[
        bool,
        Option(
            "--log-file",
            help="Have RabbitMQ write its log to rabbitmq.log in its RABBITMQ_LOG_BASE too, "
            "rotated; make DIR/log to be that.",
        ),
    ] = False
    unless_up: Annotated[
        bool,
        Option("--unless-up", help="While a Hub is up in the home, leave DIR as it is and exit 0."),
    ] = False
    routing: Routing = None
    environment: Accepted = Environment.SANDBOX
    phase: Step = Phase.IGC
    ttl: Ttl = DEFAULT_TTL
    san: Sans = ()
    as_json: Json = False


@takes(ExportOptions)
def export_rabbitmq(options: ExportOptions) -> None:
    """Write rabbitmq.conf, enabled_plugins, definitions.json and the certificates of a phase.

    Users have no passwords: they log in by certificate. The certificates of the home are made if
    there are none.
    """
    from hubemu.hub import Hub

    hub = Hub(
        Settings(
            home=options.home,
            routing=options.routing,
            environment=options.environment,
            phase=options.phase,
            ttl=options.ttl,
            queue_type=options.queue_type,
            sans=options.san,
        )
    )
    for warning in hub.warnings:
        talk(f"warning: {warning}")
    if options.unless_up and hub.home.is_claimed():
        _say(
            options,
            f"a Hub is up in {hub.home.path}: {options.folder} is left as it is",
            written=False,
        )
        return
    hub.home.claim(options.environment)
    try:
        _write(hub, options)
    except OSError as error:
        raise unwritable(options.folder, error, f"cannot be written: {error.strerror}") from None
    finally:
        hub.home.release()
    _say(
        options,
        f"wrote {options.folder}: see docs/rabbitmq.md for how a RabbitMQ is started with it",
        written=True,
    )


def _say(options: ExportOptions, text: str, *, written: bool) -> None:
    if options.as_json:
        files = sorted(one for one in options.folder.rglob("*") if one.is_file())
        result_json(
            {
                "folder": str(options.folder),
                "written": written,
                "phase": options.phase.value,
                "files": [one.relative_to(options.folder).as_posix() for one in files],
            }
        )
    else:
        result(text)


def _write(hub: Hub, options: ExportOptions) -> None:
    from pathlib import PurePosixPath

    from hubemu.engines.rabbitmq.config import BrokerConfig
    from hubemu.engines.rabbitmq.node_files import administrator_of, show_phase, write_material

    found_at = options.found_at or options.folder.absolute().as_posix()
    write_material(
        options.folder,
        replicated(hub.topology) if options.cluster else hub.topology,
        BrokerConfig(
            folder=PurePosixPath(found_at), cluster=options.cluster, log_file=options.log_file
        ),
        administrator=administrator_of(options.folder) if options.administrator else None,
    )
    show_phase(options.folder, hub.certificate_maker.make(), options.phase)
