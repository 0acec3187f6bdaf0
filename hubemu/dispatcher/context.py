"""What the dispatcher knows of a vHost: its model release, what is allowed there, its clients."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass

from hubemu.errors import InputError
from hubemu.messages import Format, Release, load_release
from hubemu.routing import Client, RoutingTables, is_health
from hubemu.settings import Environment, Settings

__all__ = ["PARTNER_REPORT_ID", "UnusableModel", "VHostContext", "contexts_of"]

_PREFERENCE_DESPITE_PREFIX = "fr.cisu.sdisY"
_BOTH_CASES = frozenset(("RS-EDA", "RC-EDA"))
_BOTH_RESOURCES = frozenset(("RS-RI", "RS-SR", "RC-RI"))
_PARTNER_KEY = "partage-affaire"
PARTNER_REPORT_ID = "fr.health.fire"
"""Who is told of errors in messages published with `partage-affaire` (facts: hub 4, NexSIS)."""


def contexts_of(
    tables: RoutingTables, settings: Settings, vhosts: Collection[str] | None = None
) -> dict[str, VHostContext]:
    """The context of every vHost; a model release is loaded once for all that use it.

    Args:
        tables: clients, vHosts and types.
        settings: of the Hub.
        vhosts: the vHosts wanted, all by default.

    Raises:
        UnusableModel: a vHost names a release that is not there.
    """
    releases: dict[str, Release] = {}
    contexts = {}
    for name, row in tables.vhosts.items():
        if vhosts is not None and name not in vhosts:
            continue
        if row.model not in releases:
            try:
                releases[row.model] = load_release(row.model, quirks=settings.quirks)
            except InputError as error:
                raise UnusableModel(name, error) from None
        contexts[name] = VHostContext.of(name, releases[row.model], tables, settings)
    return contexts


class UnusableModel(InputError):
    """The release that the row of `vhost` names is not there, or cannot be read."""

    def __init__(self, vhost: str, error: InputError) -> None:
        super().__init__(f"vHost {vhost}", str(error))
        self.vhost = vhost


@dataclass(frozen=True, slots=True, kw_only=True)
class VHostContext:
    """One vHost as the checks see it.

    `allowed` are the type names that may be sent here, `test_contents` those of them that belong
    to the bac-à-sable only wherever they are. `queue_owners` have the three queues, `senders` are
    the routing keys somebody may publish with. `ttl` is the default time-to-live in seconds.
    `quirks` are the faults of the real Hub that are reproduced. `converts_cases`: whether cases of
    health actors and of other forces are exchanged here, so converted; `converts_resources`
    the same of their resources.
    """

    name: str
    release: Release
    environment: Environment
    allowed: tuple[str, ...]
    test_contents: tuple[str, ...]
    clients: Mapping[str, Client]
    queue_owners: frozenset[str]
    senders: frozenset[str]
    ttl: int
    quirks: frozenset[str]
    converts_cases: bool
    converts_resources: bool

    @classmethod
    def of(
        cls, name: str, release: Release, tables: RoutingTables, settings: Settings
    ) -> VHostContext:
        """The context of a vHost; a type that its release does not have is not allowed there."""
        allowed = tables.types_allowed(name, settings.environment)
        types = tuple(kind for kind in allowed if kind in release.types)
        clients = tables.clients
        return cls(
            name=name,
            release=release,
            environment=settings.environment,
            allowed=types,
            test_contents=tables.test_contents,
            clients=clients,
            queue_owners=frozenset(tables.queue_owners()),
            senders=frozenset(key for c in clients.values() for key in (*c.own_ids, *c.writes_as))
            | {PARTNER_REPORT_ID},
            ttl=tables.vhosts[name].ttl or settings.ttl,
            quirks=settings.quirks,
            converts_cases=_BOTH_CASES.issubset(types),
            converts_resources=_BOTH_RESOURCES.issubset(types),
        )

    @property
    def converts(self) -> bool:
        """Whether any message may be converted here."""
        return self.converts_cases or self.converts_resources

    def format_for(self, recipient: str) -> Format:
        """How a recipient is written to (facts: hub 4 step 10): XML outside `fr.health`."""
        if not is_health(recipient) and recipient != _PREFERENCE_DESPITE_PREFIX:
            return "xml"
        client = self.clients.get(recipient)
        return "xml" if client is not None and client.use_xml else "json"

    def direct_cisu(self, client_id: str) -> bool:
        """Whether a client speaks the CISU model itself."""
        client = self.clients.get(client_id)
        return client is not None and client.direct_cisu

    def editor(self, client_id: str) -> str:
        """The vendor of a client's software."""
        client = self.clients.get(client_id)
        return "unknown" if client is None else client.editor

    def told_of_errors(self, routing_key: str, *, returned: bool = False) -> str:
        """The id whose `.info` queue gets the error reports of a sender.

        A message that the broker gave back is always reported to the sender itself (facts: hub 11).
        """
        if routing_key == _PARTNER_KEY and not returned:
            return PARTNER_REPORT_ID
        return routing_key
