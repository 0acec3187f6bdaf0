"""The certificates of a Hub that is up: what is added to them acts at once, on either engine.

What reads and changes them is loaded when it is asked for: a Hub starts without it.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from hubemu.clock import Clock
from hubemu.common_name import common_name_of
from hubemu.engines.engine import Engine
from hubemu.errors import CheckFailed
from hubemu.events import EventLog
from hubemu.pki import Pki
from hubemu.pki.revocation import ocsp_answer, require_authority, revocation_list
from hubemu.routing import TablesInForce
from hubemu.settings import ListState, Phase

if TYPE_CHECKING:
    from hubemu.pki.changes import Bound, Revoked, Trusted
    from hubemu.pki.inspection import Inspection

__all__ = ["HubCertificates"]


class HubCertificates:
    """Changes and answers; the home keeps what is changed for a Hub that starts later.

    Args:
        pki: the material of the home.
        engine: the broker that is to follow.
        clock: the Hub's time.
        events: is told.
        tables: who the Hub's clients are.
        follow_bindings: has the broker let in whoever is bound.
    """

    def __init__(
        self,
        pki: Pki,
        engine: Engine,
        clock: Clock,
        events: EventLog,
        tables: TablesInForce,
        follow_bindings: Callable[[], Awaitable[None]],
    ) -> None:
        self.pki = pki
        self._step, self._phase = pki, Phase.IGC
        self._engine = engine
        self._clock = clock
        self._events = events
        self._tables = tables
        self._follow_bindings = follow_bindings
        self._states: dict[str, ListState] = {}
        self._changing = asyncio.Lock()

    def enter(self, step: Pki, phase: Phase) -> None:
        """The Hub goes to a step, whose certificates these are.

        Raises:
            CheckFailed: what was added to the home cannot be written there.
        """
        try:
            step.take_over(phase, self.now)
        except OSError as error:
            raise CheckFailed(f"{step.folder} cannot be written: {error.strerror}") from None
        self._step, self._phase = step, phase

    @property
    def now(self) -> datetime:
        """The Hub's time."""
        return self._clock.datetime()

    async def trust(
        self, file: bytes, source: str, phase: Phase | None, word: str | None
    ) -> Trusted:
        """Trust the authorities in a file, from the next handshake on.

        Raises:
            InputError: there is none in it.
            CheckFailed: the broker's certificates are not ours to change.
        """
        from hubemu.pki.certificate_files import read_material
        from hubemu.pki.changes import trust

        material = read_material(Path(source), word, file)
        async with self._changing:
            trusted = trust(self.pki, material, source, phase, self.now)
            self.enter(self._step, self._phase)
            await self._engine.renew_trust()
        names = [common_name_of(one.subject) for one in trusted.authorities]
        told = {"trusted": names, "inPhase": phase.value if phase is not None else None}
        self._events.tell("certificates", told)
        return trusted

    async def revoke(self, file: bytes, source: str) -> Revoked:
        """Put a certificate on its authority's list, from the next handshake on.

        Raises:
            InputError: no authority of the home issued it.
            CheckFailed: the broker's certificates are not ours to change.
        """
        from hubemu.pki.certificate_files import read_material
        from hubemu.pki.changes import revoke

        material = read_material(Path(source), None, file)
        async with self._changing:
            revoked = revoke(self._step, material, source, self.now)
            await self._engine.renew_trust()
        name = common_name_of(revoked.certificate.subject)
        self._events.tell("certificates", {"revoked": name, "authority": revoked.authority})
        return revoked

    async def bind(self, common_name: str, clients: Sequence[str]) -> Bound:
        """Have a Common Name log in as these clients, from the next login on.

        Raises:
            InputError: the Hub has no such client.
            CheckFailed: the broker's users are not ours to change.
        """
        from hubemu.pki.changes import bind

        async with self._changing:
            bound = bind(self.pki, common_name, clients, list(self._tables.now.clients))
            await self._follow_bindings()
        told = {"bound": common_name, "clients": list(bound.clients)}
        self._events.tell("certificates", told)
        return bound

    def inspect(
        self, file: bytes, source: str, word: str | None, at: datetime | None
    ) -> Inspection:
        """Look at a file that came over HTTP (InputError: it cannot be read)."""
        from hubemu.pki.certificate_files import read_material
        from hubemu.pki.inspection import inspect_material

        material = read_material(Path(source), word, file, unwrap=True)
        return inspect_material(Path(source), material, self.pki, at or self.now)

    # What is revoked, told

    def states(self) -> dict[str, ListState]:
        """How each authority's list behaves."""
        return {name: self.state(name) for name in self.pki.authorities}

    def state(self, authority: str) -> ListState:
        """How the list of an authority behaves."""
        return self._states.get(authority, ListState.GOOD)

    def set_state(self, state: ListState, authority: str | None) -> None:
        """Have a list, or (`None`) every one, behave so from now on.

        Raises:
            InputError: no authority has that name.
        """
        names = self.pki.authorities if authority is None else [authority]
        for name in names:
            self._states[require_authority(self.pki, name)] = state

    def reset(self) -> None:
        """Every list is good again; what is revoked stays so."""
        self._states.clear()

    def put_back(self, states: Mapping[str, ListState]) -> None:
        """Have lists behave as `states` gave it."""
        self._states = dict(states)

    def revocation_list(self, authority: str) -> bytes:
        """The list of an authority in DER (InputError: there is none)."""
        require_authority(self._step, authority)
        stale = self.state(authority) is ListState.STALE
        return revocation_list(self._step, authority, self.now, stale=stale)

    def ocsp(self, authority: str, request: bytes) -> bytes:
        """The answer to an OCSP request in DER (InputError: there is no such responder)."""
        require_authority(self._step, authority)
        stale = self.state(authority) is ListState.STALE
        return ocsp_answer(self._step, authority, request, self.now, stale=stale)
