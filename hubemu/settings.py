"""What a Hub is started with: the options of `hubemu up`, checked, and the quirks it reproduces."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from enum import StrEnum
from pathlib import Path
from random import SystemRandom

from hubemu.errors import InputError
from hubemu.suggestions import did_you_mean

__all__ = [
    "BUILT_IN",
    "NO_CONVERSIONS",
    "QUIRKS",
    "ClockPace",
    "EngineKind",
    "Environment",
    "ListState",
    "Persistence",
    "Phase",
    "QueueType",
    "Settings",
    "begin_of",
    "draw_seed",
    "keeps_messages",
    "quirks_without",
    "stands",
]

BUILT_IN = "built-in"
"""The conversions that hubemu makes itself."""
_EARLIEST = datetime(1990, 1, 1, tzinfo=UTC)
_LATEST = datetime(2100, 1, 1, tzinfo=UTC)
NO_CONVERSIONS = "none"
"""No conversion: what needs one is refused."""


class EngineKind(StrEnum):
    """Which broker carries the messages."""

    EMBEDDED = "embedded"
    RABBITMQ = "rabbitmq"


class ClockPace(StrEnum):
    """Whether the Hub's clock goes on by itself, or only when it is moved."""

    RUNS = "runs"
    STANDS = "stands"


class QueueType(StrEnum):
    """How a broker keeps a queue: on one node, or replicated over several (as on the Hub)."""

    CLASSIC = "classic"
    QUORUM = "quorum"


class Persistence(StrEnum):
    """Where queues and messages live."""

    MEMORY = "memory"
    DISK = "disk"


class Environment(StrEnum):
    """Environment of the Hub (facts: hub 1, mission "Certificates")."""

    SANDBOX = "bac-a-sable"
    PRE_PROD = "pre-prod"
    PROD = "prod"

    @property
    def igc_chain(self) -> str:
        """The IGC Santé chain of this environment, `igc-test` or `igc-prod`."""
        return "igc-test" if self is Environment.SANDBOX else "igc-prod"


class Phase(StrEnum):
    """Step of the migration to IGC Santé certificates (facts: mission)."""

    LEGACY = "legacy"
    DUAL = "dual"
    IGC = "igc"


class ListState(StrEnum):
    """How the revocation list of an authority, and its OCSP responder, behave."""

    GOOD = "good"
    STALE = "stale"
    UNREACHABLE = "unreachable"
    SLOW = "slow"


QUIRKS: Mapping[str, str] = {
    "utc-z": "model lines 1.0 and 2.0 print UTC as Z, which receivers' own schemas refuse",
    "error-namespace": "XML error reports of 3.x carry the namespace 'urn:emergency:'",
    "v1-xml-types": "RS-EDA-MAJ and RS-SR can never be valid as XML in 1.x",
    "header-substring": "body fields whose path contains a header key are listed as header errors",
    "unparsable-json": "JSON that cannot be parsed is answered 301 SCHEMA_NOT_FOUND, not 300",
    "cc-passed-on": "a sender's CC and BCC headers take its message to further queues, unchecked",
    "silent-dead-letter": "no report on a dead letter that is invalid in the form it was forwarded",
    "returned-as-xml": "what comes back from an unknown health recipient is read as XML",
    "qualified-names": 'XML refusals name what is misplaced as {"namespace":name}, as a new JDK',
}
"""Faults of the real Hub that are reproduced unless turned off (facts: hub 9)."""


def quirks_without(names: Iterable[str]) -> frozenset[str]:
    """The quirks left when `names` (or `all`) are turned off.

    Raises:
        InputError: a name is not a quirk.
    """
    off = set(names)
    unknown = sorted(off - QUIRKS.keys() - {"all"})
    if unknown:
        allowed = [*QUIRKS, "all"]
        problem = f"no quirk is called {unknown[0]!r}; use {', '.join(allowed)}"
        hint = did_you_mean(unknown[0], allowed).rstrip()
        raise InputError("--without-quirk", f"{problem}; {hint}" if hint else problem)
    return frozenset() if "all" in off else frozenset(QUIRKS.keys() - off)


def begin_of(source: str, given: str | datetime) -> float:
    """Where a clock begins, in seconds since the epoch; `given` is an instant, in ISO 8601 if text.

    Raises:
        InputError: it is none, without its zone, or too far off; `source` is what said so.
    """
    shown = f"{given}"
    try:
        when = datetime.fromisoformat(given) if isinstance(given, str) else given
    except ValueError:
        problem = f"{shown!r} is no instant: write one such as 2026-01-01T12:00:00Z"
        raise InputError(source, problem) from None
    if when.tzinfo is None:
        problem = f"{shown!r} does not say its zone: write one such as 2026-01-01T12:00:00Z"
        raise InputError(source, problem)
    if not _EARLIEST <= when < _LATEST:
        raise InputError(source, f"{shown!r}: a Hub's clock begins between 1990 and 2100")
    return when.timestamp()


def stands(begins: float | None, pace: ClockPace | None) -> bool:
    """Whether a clock stands: one that is told where to begin does, unless it is to run."""
    return pace is ClockPace.STANDS or (pace is None and begins is not None)


def draw_seed() -> int:
    """A seed for random choices, short enough to be typed again."""
    return SystemRandom().randrange(10**9)


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """The options of `hubemu up`.

    `port` and `http_port` 0 mean any free port; `ttl` is in seconds; `models` maps a vHost to the
    model release used for this run instead of the routing table's; `routing` is `None` for the
    built-in tables; `quirks` are the active ones; `rabbitmq` says where the engine RabbitMQ comes
    from: `auto`, `docker`, `native` or an `amqps://host:port` URL, and `dispatchers` how many
    share its work. `host` is the AMQPS listener's, `http_host` the control API's, whose callers
    must bear `http_token` unless it is `None`. `phase_at` are phases to go to by itself, each after
    so many seconds of the Hub's clock. `queue_type` is that of the clients' queues,
    quorum on the Hub since January 2025 (facts: hub 13). `relay` puts a relay of ours before a
    RabbitMQ of ours; `verbose` tells each delivery and acknowledgement as an event.
    `journal_age` is how many seconds of the Hub's clock the journal keeps a message at most, `None`
    as long as it has room. `seed` is that
    of every random choice; one is drawn if none is given. `converter` is `built-in`, `none` or
    the URL of a conversion service. `faults` is a file of fault rules, or the name of one that is
    shipped. `traces` are the exporters of OpenTelemetry that traces go to. `begins` is where the
    Hub's clock is at the start, in seconds since the epoch, `None` for where real time is; one that
    `stands` goes on only when it is moved.
    """

    home: Path
    engine: EngineKind = EngineKind.EMBEDDED
    rabbitmq: str = "auto"
    relay: bool = True
    dispatchers: int = 1
    host: str = "127.0.0.1"
    port: int = 5671
    http_host: str = "127.0.0.1"
    http_port: int = 8671
    http_token: str | None = field(default=None, repr=False)
    routing: Path | None = None
    environment: Environment = Environment.SANDBOX
    phase: Phase = Phase.IGC
    phase_at: tuple[tuple[Phase, float], ...] = ()
    ttl: int = 86_400
    journal_age: float | None = None
    state: Persistence = Persistence.MEMORY
    converter: str = BUILT_IN
    queue_type: QueueType = QueueType.QUORUM
    sans: tuple[str, ...] = ()
    models: Mapping[str, str] = field(default_factory=dict)
    quirks: frozenset[str] = frozenset(QUIRKS)
    verbose: bool = False
    faults: str | None = None
    traces: tuple[str, ...] = ()
    begins: float | None = None
    stands: bool = False
    seed: int = field(default_factory=draw_seed, compare=False)


def keeps_messages(settings: Settings) -> bool:
    """Whether messages of a run before may still be there."""
    return settings.state is Persistence.DISK or settings.rabbitmq.startswith("amqps://")
