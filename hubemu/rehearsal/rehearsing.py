"""The rehearsal itself: step by step, every client against a real broker.

At a step every client is tried three ways: does the connection it opened at the step before still
carry a message (`survives`); does the same process get in again, with the stores that it read at
its start (`reconnects`); does a process that starts now get in, publish and consume. All clients go
at once, a few at a time.
"""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from hubemu.hub import Hub
from hubemu.pki.chains import issued_by
from hubemu.rehearsal.candidates import Leg, RehearsedClient
from hubemu.rehearsal.diagnosis import TriedStep, findings_of
from hubemu.rehearsal.hosts import compare_hosts
from hubemu.rehearsal.kit import Kit, KitUnusable
from hubemu.rehearsal.moved_dates import Redating
from hubemu.rehearsal.observations import course_findings
from hubemu.rehearsal.other_stacks import shown_findings
from hubemu.rehearsal.results import ClientRehearsal, Outcome, StepFinding, each_once
from hubemu.rehearsal.revocation import RevocationLists
from hubemu.rehearsal.trying import Reach, Target, Try, is_alive, try_out

__all__ = ["AfterStep", "Rehearsing"]

_AT_ONCE = 6
_LOOKS, _MOMENT = 40, 0.005
_RECENT = 50

AfterStep = Callable[[Leg, Sequence[Outcome], Sequence[Kit]], Awaitable[None]]
"""Called when all clients were tried at a step, with what came of each and what each has."""


@dataclass(slots=True)
class _Run:
    """A client on its way: what it had and held at the step before."""

    candidate: RehearsedClient
    told: ClientRehearsal
    kit: Kit | None = None
    held: Try = field(default_factory=Try)


@dataclass(slots=True)
class Rehearsing:
    """One rehearsal on a Hub that is up.

    `newest` is the TLS version clients go up to. `lists` writes revocation lists; clients look into
    them if `checks_revocation`.
    """

    hub: Hub
    legs: Sequence[Leg]
    candidates: Sequence[RehearsedClient]
    vhost: str
    redating: Redating
    lists: RevocationLists
    checks_revocation: bool = False
    newest: ssl.TLSVersion = ssl.TLSVersion.TLSv1_2
    at: datetime | None = None
    _turn_of: dict[str, asyncio.Lock] = field(default_factory=dict)

    async def run(self, after_step: AfterStep) -> list[ClientRehearsal]:
        """All of it.

        Raises:
            CheckFailed: the engine cannot go to a step.
        """
        runs = [
            _Run(one, ClientRehearsal(one.client, None, host=one.host)) for one in self.candidates
        ]
        turns = asyncio.Semaphore(_AT_ONCE)
        try:
            for number, leg in enumerate(self.legs):
                await self.hub.steps.enter(leg.stage)
                shown = shown_findings(leg.stage, self.hub.clock.datetime(), self.lists)
                await asyncio.gather(*(self._one(run, number, turns, shown) for run in runs))
                kits = [self._kit(run, number) for run in runs]
                await after_step(leg, [run.told.results[-1] for run in runs], kits)
        finally:
            await asyncio.gather(*(run.held.close() for run in runs))
        for run in runs:
            course_findings(run.told.results)
        compare_hosts([run.told for run in runs])
        return [run.told for run in runs]

    async def _one(
        self, run: _Run, number: int, turns: asyncio.Semaphore, shown: Sequence[StepFinding]
    ) -> None:
        # Two that act for the same id would take each other's messages.
        async with self._turn_of.setdefault(run.candidate.own_id, asyncio.Lock()), turns:
            outcome = await self._tried(run, number)
        outcome.findings = each_once([*outcome.findings, *run.candidate.noticed, *shown])
        run.told.results.append(outcome)

    async def _tried(self, run: _Run, number: int) -> Outcome:
        leg = self.legs[number]
        outcome = Outcome(leg.stage.name)
        kit = self._kit(run, number)
        run.told.certificate = kit.dated_from or kit.leaf
        await self._before(run, outcome, number)
        try:
            context = self._context(kit, leg)
        except KitUnusable as error:
            return _unusable(outcome, kit, str(error))
        fresh = await try_out(self._target(), context, run.candidate.own_id)
        _fill(outcome, fresh)
        outcome.printed = fresh.words
        scene = await self._scene(kit, leg, fresh)
        outcome.findings += findings_of(fresh, scene)
        if fresh.verify_code:
            untrusted = any(one.code == "S1" for one in outcome.findings)
            outcome.findings += await self._beyond(run, kit, leg, untrusted=untrusted)
        await self._again(run, kit, outcome, leg)
        if fresh.link is not None or not outcome.survives:
            await run.held.close()
            run.kit, run.held = run.candidate.kit(number), fresh
        return outcome

    def _kit(self, run: _Run, number: int) -> Kit:
        """What a client has at the step of a number."""
        return self.redating.ahead(run.candidate.kit(number), self.legs[number].ahead)

    async def _before(self, run: _Run, outcome: Outcome, number: int) -> None:
        """What becomes of the connection that was open before the step."""
        if number and run.held.link is not None:
            target = self._target()
            outcome.survives = await is_alive(run.held, target, run.candidate.own_id)

    async def _again(self, run: _Run, kit: Kit, outcome: Outcome, leg: Leg) -> None:
        """Whether a process gets in again with the stores it read when it started."""
        before = kit if run.kit is None else self.redating.ahead(run.kit, leg.ahead)
        context = self._context(before, leg)
        again = await try_out(self._target(), context, run.candidate.own_id, until=Reach.OPENED)
        outcome.reconnects = again.reach >= Reach.OPENED
        await again.close()
        if outcome.has_access and not outcome.reconnects:
            words = f"with the stores of the step before it is refused: {again.words}"
            outcome.findings.append(StepFinding("P4", words))

    async def _beyond(self, run: _Run, kit: Kit, leg: Leg, *, untrusted: bool) -> list[StepFinding]:
        """What would come next if the client trusted the Hub: the Hub's verdict on it."""
        trusted = [*kit.trusted, leg.stage.pki.root_shown(leg.stage.phase)]
        context = kit.context(newest=self.newest, at=self._time(leg), trusted=trusted)
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
        tried = await try_out(self._target(), context, run.candidate.own_id, until=Reach.OPENED)
        await tried.close()
        found = findings_of(tried, await self._scene(kit, leg, tried))
        issuer = leg.stage.pki.chains[leg.stage.pki.igc_chain].issuing
        new = kit.leaf is not None and issued_by(kit.leaf, issuer)
        if untrusted and new and not found:
            text = "the Hub takes its certificate, it does not take the Hub's"
            return [StepFinding("P1", text, blocks=False)]
        return found

    async def _scene(self, kit: Kit, leg: Leg, tried: Try) -> TriedStep:
        seen = "" if tried.error is None else await self._seen(tried)
        now, cached = self.hub.clock.datetime(), self.hub.engine.name != "embedded"
        return TriedStep(kit, leg.stage, now, seen, leg.ahead, cached)

    async def _seen(self, tried: Try) -> str:
        """What the Hub's log says of a try that failed; the embedded engine's names every peer."""
        if self.hub.engine.name != "embedded":
            return ""
        for _ in range(_LOOKS):
            log = self.hub.connection_log
            for row in reversed([*log.attempts()[-_RECENT:], *log.refusals()[-_RECENT:]]):
                if row.get("peer") == tried.peer and (row.get("reason") or row.get("text")):
                    return str(row.get("reason") or row.get("text"))
            await asyncio.sleep(_MOMENT)  # a client knows before the Hub that it refuses it
        return ""

    def _context(self, kit: Kit, leg: Leg) -> ssl.SSLContext:
        """TLS of a client at a step (KitUnusable: key and certificate do not match)."""
        lists = (
            self.lists.at(leg.stage, self.hub.clock.datetime()) if self.checks_revocation else None
        )
        return kit.context(newest=self.newest, at=self._time(leg), revocation=lists)

    def _time(self, leg: Leg) -> datetime | None:
        return leg.stage.at or self.at

    def _target(self) -> Target:
        host, port = self.hub.engine.listener
        return Target(host, port, "localhost", self.vhost, self.hub.clock.datetime())


def _unusable(outcome: Outcome, kit: Kit, words: str) -> Outcome:
    outcome.connects = outcome.logs_in = outcome.publishes = outcome.consumes = False
    outcome.reconnects = False
    outcome.printed = words
    code = "F10" if kit.is_misordered else "F1"
    outcome.findings.append(StepFinding(code, words, "nothing: the client does not even start"))
    return outcome


def _fill(outcome: Outcome, tried: Try) -> None:
    """Columns after one that is false were not tried."""
    reached = (
        tried.reach >= Reach.CONNECTED,
        tried.reach >= Reach.LOGGED_IN,
        tried.reach >= Reach.PUBLISHED,
        tried.reach >= Reach.CONSUMED,
    )
    outcome.connects, outcome.logs_in, outcome.publishes, outcome.consumes = reached
