"""What `hubemu rehearse` does after the tries of a step: the vendor's own software has a turn."""

from __future__ import annotations

import asyncio
import os
import sys
from collections.abc import Sequence
from time import time
from typing import TYPE_CHECKING

from hubemu.cli.output import talk
from hubemu.client.environment import client_environment
from hubemu.client.facts import HubFacts
from hubemu.errors import InputError
from hubemu.hub import Hub
from hubemu.pki.layout import write_public
from hubemu.pki.stores import jks_truststore, pem
from hubemu.rehearsal.software_watch import Watch

if TYPE_CHECKING:
    from hubemu.rehearsal import Outcome, RehearsalOrder
    from hubemu.rehearsal.candidates import Leg
    from hubemu.rehearsal.kit import Kit
    from hubemu.rehearsal.rehearsing import AfterStep
    from hubemu.rehearsal.vendor_material import OwnMaterial

__all__ = ["AtEachStep"]

_ENTER = "enter"


class AtEachStep:
    """The options `--exec` and `--hold`.

    Args:
        command: run at each step by the shell, once for each client named (else for the first).
        hold: seconds to stay at each step, or `enter` to stay until Enter is pressed.
        clients: those named.
        order: what is rehearsed.

    Raises:
        InputError: `hold` is neither.
    """

    def __init__(
        self, command: str | None, hold: str | None, clients: Sequence[str], order: RehearsalOrder
    ) -> None:
        self._command = command
        self._hold = _seconds(hold)
        self._waits = hold == _ENTER
        self._named = len(set(clients)) or 1
        self._order = order

    def on(self, hub: Hub, own: OwnMaterial | None) -> AfterStep:
        """What is done on a Hub, for a vendor's material if it was given."""

        watch = Watch(hub)

        async def after_step(leg: Leg, outcomes: Sequence[Outcome], kits: Sequence[Kit]) -> None:
            clients = list(self._order.clients) or list(hub.tables.clients)
            tried = list(zip(clients, outcomes, kits, strict=False))
            if self._command is not None:
                for client, outcome, kit in tried[: self._named]:
                    environment = self._environment(hub, own, client, kit, leg)
                    watch.begin()
                    outcome.executed = await _run(self._command, environment)
                    await watch.has_left()
                    outcome.findings += watch.findings(client, outcome)
            watch.begin()
            await self._stay(watch, hub, leg)
            for client, outcome, _ in tried[: self._named]:
                outcome.findings += watch.findings(client, outcome)

        return after_step

    def _environment(
        self, hub: Hub, own: OwnMaterial | None, client: str, kit: Kit, leg: Leg
    ) -> dict[str, str]:
        facts = HubFacts.of(hub.reports.hub(), hub.settings.http_token)
        known = client if client in facts.clients else next(iter(facts.clients))
        variables = client_environment(facts, hub.home.path, known, self._order.vhost)
        variables |= _of_kit(kit, hub)
        if own is not None:
            variables |= _of_own(own, self._order)
        return {**os.environ, **variables, "HUBEMU_STEP": leg.stage.name}

    async def _stay(self, watch: Watch, hub: Hub, leg: Leg) -> None:
        if not (self._hold or self._waits):
            return
        host, port = hub.engine.listener
        talk(f"step {leg.stage.name}: connect your software to amqps://{host}:{port}")
        if self._waits:
            talk("press Enter to go on")
            await asyncio.to_thread(sys.stdin.readline)
        else:
            await asyncio.sleep(self._hold)
        for attempt in watch.attempts():
            whose = attempt["client"] or attempt["peer"]
            fate = "accepted" if attempt["accepted"] else f"refused: {attempt['reason']}"
            talk(f"  {whose}: {fate}")


def _of_kit(kit: Kit, hub: Hub) -> dict[str, str]:
    """The variables that name what a client has at this step; its trust store is written."""
    word = hub.pki.passphrase
    ca, jks = (hub.home.path / f"step-truststore{suffix}" for suffix in (".pem", ".jks"))
    trusted = {f"trusted-{number}": one for number, one in enumerate(kit.trusted, start=1)}
    write_public([(ca, pem(kit.trusted)), (jks, jks_truststore(trusted, word, time()))])
    found = {"HUBEMU_CA": str(ca), "TRUST_STORE_PATH": str(jks), "TRUST_STORE_PASSWORD": word}
    if kit.file is not None and kit.key is not None:
        found |= {"HUBEMU_CERT": str(kit.file), "HUBEMU_KEY": str(kit.key)}
        found["CERTIFICATE_PATH"] = str(kit.file.with_suffix(".p12"))
    return found


def _of_own(own: OwnMaterial, order: RehearsalOrder) -> dict[str, str]:
    """Those that name a vendor's own files, as they were given."""
    found: dict[str, str] = {}
    if own.file is not None:
        found["CERTIFICATE_PATH"] = str((order.p12 or own.file).absolute())
        found["KEY_PASSPHRASE"] = found["LRM_PASSPHRASE"] = order.passphrase or ""
    if order.truststores:
        found["TRUST_STORE_PATH"] = str(order.truststores[0].absolute())
        found["TRUST_STORE_PASSWORD"] = order.passphrase or ""
    return found


def _seconds(hold: str | None) -> float:
    if hold is None or hold == _ENTER:
        return 0.0
    try:
        seconds = float(hold)
    except ValueError:
        seconds = -1.0
    if not 0 <= seconds < float("inf"):
        raise InputError("--hold", f"{hold!r}: give seconds, or enter")
    return seconds


async def _run(command: str, environment: dict[str, str]) -> int:
    """The exit code of a command; its output goes to stderr, where talk goes."""
    process = await asyncio.create_subprocess_shell(
        command, env=environment, stdin=asyncio.subprocess.DEVNULL, stdout=sys.stderr
    )
    code = await process.wait()
    return 128 - code if code < 0 else code
