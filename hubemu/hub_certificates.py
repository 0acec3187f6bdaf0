"""The certificates of a Hub: those of its home, and those of the steps of a change of them."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from hubemu.address import authority, reachable_name
from hubemu.clock import Clock
from hubemu.errors import CheckFailed, unwritable
from hubemu.home import Home
from hubemu.keys.rsa import new_key
from hubemu.pki import (
    IdentityRequest,
    NewKey,
    Pki,
    complete_clients,
    ensure_pki,
    holders_of,
    known_base,
)
from hubemu.pki.layout import Layout
from hubemu.pki.wanted import wanted_leaves
from hubemu.routing import Client, TablesInForce
from hubemu.settings import Settings

if TYPE_CHECKING:
    from hubemu.pki.migration import MigrationStage, StageMaker

__all__ = ["CertificateMaker", "to_its_end"]


class CertificateMaker:
    """Makes what a Hub shows and what its clients get.

    Args:
        tables: whom it makes them for.
        home: where they are; claimed by whoever makes any.
        clock: the Hub's.
        new_key: gives keys.
    """

    def __init__(
        self,
        settings: Settings,
        tables: TablesInForce,
        home: Home,
        clock: Clock,
        new_key: NewKey = new_key,
    ) -> None:
        self._settings = settings
        self._tables = tables
        self._home = home
        self._clock = clock
        self._new_key = new_key
        self._makers: dict[str, StageMaker] = {}

    def make(self, base: str | None = None) -> Pki:
        """The certificates of the home, made or completed.

        `base` is the URL they name for their revocation; `None`: as before.

        Raises:
            InputError: the home is damaged.
        """
        return ensure_pki(
            self._home.certs,
            environment=self._settings.environment,
            clients=self._requests(),
            sans=self._settings.sans,
            now=self._clock.real_datetime(),
            also_at=self._clock.datetime(),
            base=base,
            new_key=self._new_key,
        )

    def complete(self, pki: Pki, clients: Iterable[Client]) -> None:
        """Make what the home lacks of further clients, for every step of a change of certificates.

        Raises:
            InputError: the home is damaged or cannot be written, or a name cannot be used.
        """
        requests = self._requests_of(clients)
        real, own = self._clock.real_datetime(), self._clock.datetime()
        leaves = complete_clients(pki, requests, real, own, self._new_key)
        try:
            for maker in self._makers.values():
                maker.add_clients(leaves)
        except OSError as error:
            where = error.filename or self._home.path
            problem = f"cannot keep certificates here: {error.strerror}"
            raise unwritable(where, error, problem) from None

    def follow(self, pki: Pki) -> None:
        """Have the certificates of a home know whose they are, by the tables as they are now."""
        pki.holders.clear()
        pki.holders.update(holders_of(self._requests()))

    def begin(self, base: str | None = None) -> asyncio.Future[Pki]:
        """The same by a thread, from now on (a task of `asyncio.to_thread` would begin when the
        caller has come to wait)."""
        return asyncio.get_running_loop().run_in_executor(None, self.make, base)

    def base(self, bind: Callable[[int], int]) -> str:
        """Take the port of the control API; the URL where certificates say what is revoked."""
        before = known_base(self._home.certs)
        port = bind(urlsplit(before).port or 0 if before is not None else 0)
        name = reachable_name(self._settings.http_host)
        # An address needs nobody who resolves it, in whatever certificates are checked.
        return f"http://{authority('127.0.0.1' if name == 'localhost' else name, port)}"

    def stages(self, pki: Pki, folder: Path) -> StageMaker:
        """What makes the steps of any change of certificates, in a folder of their own."""
        leaves = wanted_leaves(
            Layout(pki.folder),
            pki.definitions,
            pki.igc_chain,
            self._requests(),
            self._settings.sans,
        )
        from hubemu.pki.migration import StageMaker

        return StageMaker(pki, list(leaves), folder, self._clock.datetime())

    def stage(self, pki: Pki, migration: str, step: str) -> MigrationStage:
        """A step of a built-in migration, made the first time it is asked for.

        Raises:
            InputError: there is no such migration or step.
            CheckFailed: the step is of the clients' certificates (`expiry`).
        """
        from hubemu.pki.migration import load_migration

        found = load_migration(migration).step(step)
        if found.around is not None:
            raise CheckFailed(
                f"step {step!r} is around the end of a client's certificate: `hubemu rehearse` "
                "goes there; here move the clock (POST /api/v1/clock)"
            )
        if migration not in self._makers:
            folder = self._home.path / "migrations" / migration
            self._makers[migration] = self.stages(pki, folder)
        return self._makers[migration].stage(found)

    def _requests(self) -> list[IdentityRequest]:
        return self._requests_of(self._tables.now.clients.values())

    def _requests_of(self, clients: Iterable[Client]) -> list[IdentityRequest]:
        environment = self._settings.environment
        return [
            IdentityRequest(
                client.id,
                client.common_name("legacy", environment),
                client.common_name("igc", environment),
            )
            for client in clients
        ]


async def to_its_end(thread: asyncio.Future[Pki]) -> Pki:
    """What a thread gives; given up, it is waited for: who removes the home is not to meet it."""
    try:
        return await asyncio.shield(thread)
    except asyncio.CancelledError:
        await asyncio.wait({thread})
        raise
