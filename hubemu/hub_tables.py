"""The routing tables of a Hub, and what follows from them; live, from its making to its end."""

from __future__ import annotations

from hubemu.dispatcher import UnusableModel, VHostContext, contexts_of
from hubemu.errors import InputError
from hubemu.home import Home
from hubemu.kept_routing import KeptRouting
from hubemu.pki import Additions
from hubemu.routing import RoutingTables, TablesInForce, load_routing
from hubemu.settings import Persistence, Settings
from hubemu.topology import Topology, build_topology

__all__ = ["HubTables"]


class HubTables:
    """What is in force.

    Args:
        settings: the Hub's.
        home: where names are bound to clients, and changes kept.
        warn: gets what the files have that is ignored.

    Raises:
        InputError: a file is wrong, with file, line and what is allowed.
    """

    def __init__(self, settings: Settings, home: Home, warn: list[str]) -> None:
        self._settings = settings
        self._bound = home.certs
        self.given = self.read(warn)
        """The tables that the Hub was started with, as its options give them."""
        keeps = settings.state is Persistence.DISK
        self.kept = KeptRouting(home.path, self.given) if keeps else None
        """Where changes are kept, if they are."""
        self.in_force = TablesInForce(self._kept(warn) or self.given)
        self.topology = self.topology_of(self.in_force.now)
        """What is on the broker."""
        self.contexts: dict[str, VHostContext] = {}
        """What the dispatcher and its faults know of each vHost; none before the start."""

    def _kept(self, warn: list[str]) -> RoutingTables | None:
        """The tables as they were changed while the Hub was up before, if that counts."""
        if self.kept is None:
            return None
        tables = self.kept.read()
        if tables is None and self.kept.file.exists():
            warn.append(
                f"{self.kept.file} is of other routing tables than those given now: what was "
                "changed while the Hub was up is not in force"
            )
        return tables

    def read(self, warn: list[str] | None = None) -> RoutingTables:
        """What the files of the start say now (InputError: one is wrong)."""
        tables = load_routing(self._settings.routing, warn=warn)
        return tables.with_models(self._settings.models)

    def read_models(self) -> None:
        """Load what the dispatcher needs to know of each vHost in force, into `contexts`.

        Raises:
            InputError: a vHost names a release that is not there; with file and line.
        """
        try:
            self.contexts.update(contexts_of(self.in_force.now, self._settings))
        except UnusableModel as unusable:
            raise self._placed(unusable) from None

    def _placed(self, unusable: UnusableModel) -> InputError:
        vhost, folder = unusable.vhost, self._settings.routing
        if vhost in self._settings.models:
            return InputError(f"--model {vhost}", unusable.problem)
        if folder is None:
            return unusable
        # Only now: pydantic, which it loads, takes longer than all the rest here.
        from hubemu.yamlfile import place_in

        file = folder / "vhosts.yaml"
        return InputError(file, unusable.problem, place_in(file, ("vhosts", vhost, "model")))

    def topology_of(self, tables: RoutingTables) -> Topology:
        """The topology of tables, with the names that are bound now."""
        return build_topology(
            tables,
            self._settings.environment,
            self._settings.ttl,
            Additions(self._bound).bindings(),
            queue_type=self._settings.queue_type,
        )
