"""Waiting for what only others can do: software that plays an actor, a person who answers."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from typing import Any

from hubemu.scenarios.format.text import Language
from hubemu.scenarios.playing.audience import Audience
from hubemu.scenarios.playing.scene import Scene
from hubemu.scenarios.playing.words import called, say
from hubemu.scenarios.results import StepResult

__all__ = ["Waiting"]


class Waiting:
    """Says what is waited for, waits, and gives the verdict when it is not done.

    Args:
        scene: the scene of the actors.
        audience: who is told, and who answers.
        lang: the language of what is said.
        patience: seconds to wait for each step.
    """

    def __init__(self, scene: Scene, audience: Audience, lang: Language, patience: float) -> None:
        self._scene = scene
        self._audience = audience
        self._lang = lang
        self._patience = patience
        self._given_up: asyncio.Future[bool] | None = None

    async def awaited(self, work: Coroutine[Any, Any, Any], result: StepResult) -> Any:
        """What the software did; `None`, with the verdict given, if it did nothing in time or a
        person gave it up."""
        working = asyncio.ensure_future(work)
        try:
            found = await self._unless_given_up(working)
        finally:
            working.cancel()
            await asyncio.gather(working, return_exceptions=True)
        if found is None:
            no = self._given_up
            given_up = no is not None and no.done() and not no.cancelled() and not no.result()
            result.verdict = "failed"
            result.why = (
                say("refused by person", self._lang)
                if given_up
                else say("not in time", self._lang, seconds=self._patience)
            )
            result.expected.setdefault("done", True)
            result.received.setdefault("done", False)
        return found

    async def _unless_given_up(self, working: asyncio.Future[Any]) -> Any:
        while not working.done():
            no = self._given_up
            ends: set[asyncio.Future[Any]] = {working} if no is None or no.done() else {working, no}
            await asyncio.wait(ends, return_when=asyncio.FIRST_COMPLETED)
            if no is not None and no.done() and not no.cancelled() and not no.result():
                return working.result() if working.done() else None
        return working.result()

    async def ask(self, key: str, name: str, text: str, result: StepResult) -> None:
        """Have a person answer; no is a failure, and no answer is inconclusive."""
        question = say(key, self._lang, text=text, **self._who(name))
        answer = self._audience.ask(question)
        result.expected["answer"] = "yes"
        try:
            async with asyncio.timeout(self._patience):
                yes = await asyncio.shield(answer)
        except (asyncio.CancelledError, TimeoutError) as ended:
            if isinstance(ended, asyncio.CancelledError) and not answer.cancelled():
                raise
            result.verdict, result.why = "inconclusive", say("nobody", self._lang)
            result.received["answer"] = None
            return
        result.received["answer"] = "yes" if yes else "no"
        if not yes:
            result.verdict, result.why = "failed", say("refused by person", self._lang)

    def tell(self, key: str, name: str, **facts: str) -> None:
        """Say what the software that plays an actor must do."""
        self._given_up = self._audience.waits_for(say(key, self._lang, **self._who(name), **facts))

    def _who(self, name: str) -> dict[str, str]:
        presence = self._scene.presences[name]
        return {
            "a": called(name, self._scene.scenario, self._lang),
            "id": presence.id,
            "vhost": presence.vhost,
        }
