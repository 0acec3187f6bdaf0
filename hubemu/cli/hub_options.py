"""The options of `hubemu up`, which `run` takes too, and the `Settings` they make."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Annotated

from hubemu.cli.http_token import given_token, token_for
from hubemu.cli.options import (
    DEFAULT_TTL,
    Accepted,
    AmqpsPort,
    ClientQueues,
    HttpPort,
    HttpToken,
    HttpTokenFile,
    Routing,
    Sans,
    Step,
    Ttl,
)
from hubemu.cli.parameters import Option
from hubemu.cli.traces import Traces, traces_to
from hubemu.errors import InputError
from hubemu.settings import (
    BUILT_IN,
    NO_CONVERSIONS,
    QUIRKS,
    ClockPace,
    EngineKind,
    Environment,
    Persistence,
    Phase,
    QueueType,
    Settings,
    begin_of,
    draw_seed,
    quirks_without,
    stands,
)

__all__ = ["HubOptions", "as_arguments", "rabbitmq_source"]

_LATEST = 100 * 365.25 * 86_400
"""Seconds after which a phase may come at the latest: a century."""


@dataclass(frozen=True, slots=True, kw_only=True)
class HubOptions:
    """What a Hub is started with, as given on the command line; its home is added by a command."""

    engine: Annotated[EngineKind, Option(help="In-process broker, or RabbitMQ.")] = (
        EngineKind.EMBEDDED
    )
    rabbitmq: Annotated[
        str,
        Option(metavar="auto|docker|native|URL", help="Where RabbitMQ comes from (with --engine)."),
    ] = "auto"
    no_relay: Annotated[
        bool,
        Option("--no-relay", help="RabbitMQ: announce its own port (no network faults then)."),
    ] = False
    dispatchers: Annotated[
        int, Option(min=1, max=16, help="Dispatchers that share the work (with RabbitMQ).")
    ] = 1
    host: Annotated[str, Option(help="Address of the AMQPS listener.")] = "127.0.0.1"
    port: AmqpsPort = 5671
    http_host: Annotated[
        str,
        Option(help="Address of the control API; anywhere but on loopback it wants a token."),
    ] = "127.0.0.1"
    http_port: HttpPort = 8671
    http_token: HttpToken = None
    http_token_file: HttpTokenFile = None
    routing: Routing = None
    environment: Accepted = Environment.SANDBOX
    phase: Step = Phase.IGC
    phase_at: Annotated[
        tuple[str, ...],
        Option(
            metavar="PHASE=SECONDS",
            help="Go to a phase by itself after so many seconds of the Hub's clock; repeatable.",
        ),
    ] = ()
    ttl: Ttl = DEFAULT_TTL
    journal_age: Annotated[
        float | None,
        Option(
            min=1,
            max=_LATEST,
            metavar="SECONDS",
            help="How long the journal keeps a message at most, by the Hub's clock.",
        ),
    ] = None
    state: Annotated[Persistence, Option(help="Whether messages survive a restart.")] = (
        Persistence.MEMORY
    )
    converter: Annotated[
        str, Option(metavar="built-in|none|URL", help="Who converts to and from CISU.")
    ] = BUILT_IN
    queue_type: ClientQueues = QueueType.QUORUM
    faults: Annotated[
        str | None,
        Option(
            metavar="FILE|NAME", help="Fault rules active from the start (hubemu faults kinds)."
        ),
    ] = None
    traces: Traces = None
    seed: Annotated[
        int | None,
        Option(
            min=0, metavar="N", help="Seed of every random choice, and of ids; drawn, and printed."
        ),
    ] = None
    now: Annotated[
        str | None,
        Option(
            metavar="INSTANT",
            help="Where the Hub's clock begins, as 2026-01-01T12:00:00Z; default: real time.",
        ),
    ] = None
    clock: Annotated[
        ClockPace | None,
        Option(
            help="Whether the clock goes on by itself, or only when it is moved (the default with "
            "--now)."
        ),
    ] = None
    san: Sans = ()
    model: Annotated[
        tuple[str, ...],
        Option(metavar="VHOST=RELEASE", help="Model release of a vHost for this run; repeatable."),
    ] = ()
    without_quirk: Annotated[
        tuple[str, ...],
        Option(
            metavar="NAME|all",
            help=f"Turn off a reproduced fault of the real Hub: {', '.join(QUIRKS)}; repeatable.",
        ),
    ] = ()

    def given_token(self) -> str | None:
        """The token of the control API as given (InputError: it cannot be read)."""
        return given_token(self.http_token, self.http_token_file)

    def settings(self, home: Path) -> Settings:
        """The settings of a Hub in `home`.

        Raises:
            InputError: an option cannot be used.
        """
        begins = None if self.now is None else begin_of("--now", self.now)
        return Settings(
            home=home,
            engine=self.engine,
            rabbitmq=rabbitmq_source(self.engine, self.rabbitmq),
            relay=not self.no_relay,
            dispatchers=_dispatchers(self.engine, self.dispatchers),
            host=self.host,
            port=self.port,
            http_host=self.http_host,
            http_port=self.http_port,
            http_token=token_for(self.http_host, self.given_token()),
            routing=self.routing,
            environment=self.environment,
            phase=self.phase,
            phase_at=_phases_at(self.phase_at),
            ttl=self.ttl,
            journal_age=self.journal_age,
            state=_state(self.engine, self.state),
            queue_type=self.queue_type,
            converter=_converter(self.converter),
            sans=self.san,
            models=_models(self.model),
            quirks=quirks_without(self.without_quirk),
            faults=self.faults,
            traces=traces_to(self.traces),
            begins=begins,
            stands=stands(begins, self.clock),
            seed=draw_seed() if self.seed is None else self.seed,
        )


def as_arguments(options: HubOptions) -> list[str]:
    """The command-line arguments that give `options`, those at their default left out."""
    arguments: list[str] = []
    defaults = type(options)()
    for name in (one.name for one in fields(options)):
        value = getattr(options, name)
        if value == getattr(defaults, name):
            continue
        flag = "--" + name.replace("_", "-")
        for item in value if isinstance(value, tuple) else [value]:
            arguments += [flag] if item is True else [flag, str(item)]
    return arguments


def rabbitmq_source(engine: EngineKind, source: str) -> str:
    """Where RabbitMQ comes from, as given (InputError: it cannot be, or not with this engine)."""
    if source not in ("auto", "docker", "native") and not source.startswith("amqps://"):
        raise InputError(
            "--rabbitmq", f"{source!r}: use auto, docker, native or an amqps://host:port URL"
        )
    if engine is EngineKind.EMBEDDED and source != "auto":
        raise InputError("--rabbitmq", f"{source!r} goes with --engine rabbitmq: add that")
    return source


def _dispatchers(engine: EngineKind, number: int) -> int:
    if engine is EngineKind.EMBEDDED and number != 1:
        raise InputError("--dispatchers", "the embedded engine has one: add --engine rabbitmq")
    return number


def _state(engine: EngineKind, state: Persistence) -> Persistence:
    if state is Persistence.DISK and engine is EngineKind.RABBITMQ:
        raise InputError(
            "--state disk",
            "goes with the embedded engine: a RabbitMQ that hubemu starts is empty each time, one "
            "at an amqps:// URL keeps its own state; leave it out",
        )
    return state


def _phases_at(pairs: Sequence[str]) -> tuple[tuple[Phase, float], ...]:
    steps = []
    for pair in pairs:
        name, _, after = pair.partition("=")
        try:
            steps.append((Phase(name), _seconds(after)))
        except ValueError:
            phases = ", ".join(Phase)
            problem = f"{pair!r}: write PHASE=SECONDS, such as igc=3600 (phases: {phases})"
            raise InputError("--phase-at", problem) from None
    return tuple(steps)


def _seconds(text: str) -> float:
    seconds = float(text)
    if not 0 <= seconds <= _LATEST:
        raise ValueError(text)
    return seconds


def _converter(choice: str) -> str:
    named = choice in (BUILT_IN, NO_CONVERSIONS)
    if not named and not choice.startswith(("http://", "https://")):
        raise InputError(
            "--converter",
            f"{choice!r} is not an http:// or https:// URL, nor {BUILT_IN} or {NO_CONVERSIONS}",
        )
    return choice


def _models(pairs: Sequence[str]) -> dict[str, str]:
    models = {}
    for pair in pairs:
        vhost, equals, release = pair.partition("=")
        if not (vhost and equals and release):
            raise InputError("--model", f"{pair!r}: write VHOST=RELEASE, such as 15-15_v2.0=2.0.0")
        models[vhost] = release
    return models
