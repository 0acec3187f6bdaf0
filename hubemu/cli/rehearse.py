"""`hubemu rehearse`: a change of certificates, step by step, before it happens."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

from click.exceptions import Exit

from hubemu.cli.certs_options import PassphraseFile, passphrase_in
from hubemu.cli.hub_options import rabbitmq_source
from hubemu.cli.options import (
    DEFAULT_HOME,
    DEFAULT_VHOST,
    AmqpsPort,
    HomeFolder,
    Json,
    OnVHost,
    Routing,
)
from hubemu.cli.output import paint, result, result_json
from hubemu.cli.parameters import Option
from hubemu.cli.signature import takes
from hubemu.errors import InputError
from hubemu.settings import EngineKind, Environment, Settings

if TYPE_CHECKING:
    from ssl import TLSVersion

    from hubemu.rehearsal import Rehearsal, RehearsalOrder

__all__ = ["RehearseOptions", "rehearse"]

_LOST = 1


class IdentityChoice(StrEnum):
    """Which certificate default clients keep through all steps."""

    LEGACY = "legacy"
    IGC = "igc"
    AS_IS = "as-is"


class Tls(StrEnum):
    """The TLS version clients go up to; the Hub Santé speaks 1.2 (DST 2.2)."""

    V12 = "1.2"
    V13 = "1.3"


@dataclass(frozen=True, slots=True, kw_only=True)
class RehearseOptions:
    """What is rehearsed, with whom, on which engine, and where the report goes."""

    client: Annotated[
        tuple[str, ...], Option(metavar="ID", help="Client to try; repeatable. Default: all.")
    ] = ()
    client_cert: Annotated[
        Path | None, Option(metavar="PEM", help="Your own certificate, leaf then intermediate.")
    ] = None
    client_key: Annotated[
        Path | None, Option(metavar="PEM", help="Its private key; it is only used to connect.")
    ] = None
    p12: Annotated[
        Path | None, Option("--p12", metavar="FILE", help="Certificate and key in one store.")
    ] = None
    passphrase_file: PassphraseFile = None
    truststore: Annotated[
        tuple[Path, ...],
        Option(metavar="FILE", help="Whom your client trusts: PEM, PKCS#12, JKS; repeatable."),
    ] = ()
    hosts: Annotated[
        Path | None,
        Option(metavar="FILE", help="Your files on each server and tablet, as YAML (in the docs)."),
    ] = None
    ask_revocation: Annotated[
        bool,
        Option("--ask-revocation", help="Fetch what your certificates name for their revocation."),
    ] = False
    check_revocation: Annotated[
        bool,
        Option("--check-revocation", help="Clients look into the authorities' revocation lists."),
    ] = False
    crl: Annotated[
        tuple[Path, ...],
        Option("--crl", metavar="FILE", help="Clients look into this list instead; repeatable."),
    ] = ()
    identity: Annotated[
        IdentityChoice | None,
        Option(help="Certificate that default clients keep; default: a careful vendor's each step"),
    ] = None
    migration: Annotated[
        str, Option(metavar="NAME|FILE", help="The change to rehearse, built in or your own.")
    ] = "igc-sante"
    steps: Annotated[
        str | None, Option(metavar="STEP,...", help="Steps in their order; default: all of it.")
    ] = None
    at: Annotated[str | None, Option(metavar="DATE", help="As of then, such as 2027-01-20.")] = None
    engine: Annotated[EngineKind, Option(help="In-process broker, or RabbitMQ.")] = (
        EngineKind.EMBEDDED
    )
    rabbitmq: Annotated[
        str,
        Option(metavar="auto|docker|native", help="Where RabbitMQ comes from (with --engine)."),
    ] = "auto"
    environment: Annotated[
        Environment | None, Option(help="Environment; default: that of the home.")
    ] = None
    vhost: OnVHost = DEFAULT_VHOST
    tls: Annotated[Tls, Option(help="TLS version clients go up to.")] = Tls.V12
    exec: Annotated[
        str | None,
        Option(metavar="CMD", help="Run it at each step, with the client's environment."),
    ] = None
    hold: Annotated[
        str | None,
        Option(metavar="SECONDS|enter", help="Stay at each step, for your software to connect."),
    ] = None
    port: AmqpsPort = 0
    routing: Routing = None
    home: HomeFolder = DEFAULT_HOME
    as_json: Json = False
    junit: Annotated[Path | None, Option(metavar="FILE", help="Write a JUnit report.")] = None
    html: Annotated[
        Path | None, Option(metavar="FILE", help="Write a report in one HTML file, fr and en.")
    ] = None


@takes(RehearseOptions)
def rehearse(options: RehearseOptions) -> None:
    """Rehearse a change of certificates: which client loses access, at which step, and why.

    Real connections to a Hub of its own, which has the certificates of the home (or new ones).
    Exit 1 if a client has no access after the last step.
    """
    from hubemu.cli.loop import run_async
    from hubemu.cli.rehearsal_steps import AtEachStep
    from hubemu.rehearsal import rehearse as carry_out

    _see_that_it_can_be_written("--junit", options.junit)
    _see_that_it_can_be_written("--html", options.html)
    order = _order(options)
    steps = AtEachStep(options.exec, options.hold, options.client, order)
    rehearsal = run_async(carry_out(order, steps.on))
    _report(options, rehearsal)
    if rehearsal.lost:
        raise Exit(_LOST)


def _order(options: RehearseOptions) -> RehearsalOrder:
    from hubemu.cli.dates import instant
    from hubemu.pki.migration import load_migration
    from hubemu.rehearsal import RehearsalOrder

    migration = load_migration(options.migration)
    steps = _names(options.steps)
    for one in steps:
        migration.step(one)
    return RehearsalOrder(
        settings=_settings(options),
        migration=migration,
        vhost=options.vhost,
        steps=steps,
        clients=tuple(dict.fromkeys(options.client)),
        identity=options.identity.value if options.identity is not None else None,
        at=instant("--at", options.at) if options.at is not None else None,
        newest=_tls(options.tls),
        certificate=options.client_cert,
        key=options.client_key,
        p12=options.p12,
        truststores=options.truststore,
        passphrase=passphrase_in(options.passphrase_file),
        hosts=options.hosts,
        asks_revocation=options.ask_revocation,
        checks_revocation=options.check_revocation,
        revocation_lists=options.crl,
        executes=options.exec is not None,
    )


def _settings(options: RehearseOptions) -> Settings:
    from hubemu.home import Home

    if options.rabbitmq.startswith("amqps:"):
        problem = "a rehearsal changes its broker's certificates: use auto, docker or native"
        raise InputError("--rabbitmq", problem)
    known = Home(options.home).environment
    return Settings(
        home=options.home,
        engine=options.engine,
        rabbitmq=rabbitmq_source(options.engine, options.rabbitmq),
        port=options.port,
        http_port=0,
        routing=options.routing,
        environment=options.environment or known or Environment.SANDBOX,
    )


def _tls(version: Tls) -> TLSVersion:
    import ssl

    return ssl.TLSVersion.TLSv1_2 if version is Tls.V12 else ssl.TLSVersion.TLSv1_3


def _names(steps: str | None) -> Sequence[str]:
    return [one.strip() for one in steps.split(",") if one.strip()] if steps is not None else []


def _report(options: RehearseOptions, rehearsal: Rehearsal) -> None:
    from hubemu.rehearsal.table import table_lines

    if options.junit is not None:
        from hubemu.rehearsal.junit import junit_xml

        _write("--junit", options.junit, junit_xml(rehearsal))
    if options.html is not None:
        from hubemu.rehearsal.html import html_report

        _write("--html", options.html, html_report(rehearsal))
    if options.as_json:
        result_json(rehearsal.to_json())
    else:
        result("\n".join(table_lines(rehearsal, paint)))


def _write(option: str, file: Path, text: str) -> None:
    try:
        file.write_text(text, encoding="utf-8")
    except OSError as error:
        raise InputError(option, f"{file} cannot be written: {error.strerror}") from None


def _see_that_it_can_be_written(option: str, file: Path | None) -> None:
    """Before the rehearsal, which takes its time."""
    if file is None:
        return
    try:
        possible = not file.is_dir() and file.absolute().parent.is_dir()
    except OSError:  # somebody else's
        possible = False
    if not possible:
        raise InputError(option, f"{file} cannot be written: name a file in a folder that is there")
