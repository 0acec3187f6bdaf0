"""The words of the demonstration, in English and French, and the count of steps seen."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping

from hubemu.errors import CheckFailed

__all__ = ["STEPS", "Teller", "language"]

STEPS = (
    "up",
    "connected",
    "shared",
    "received",
    "acknowledged",
    "confirmed",
    "wrong sender",
    "not persistent",
    "expired",
)
"""Every step, in its order."""

_ENGLISH = {
    "title": "One complete exchange between two SAMUs, on a Hub of its own",
    "title, running": "One complete exchange between two SAMUs, on the Hub that is up",
    "up": "The Hub is up: {url} (certificates made for {clients} clients, {vhosts} vHosts)",
    "connected": "samuA and samuB connect to {vhost}: mutual TLS, login by certificate (EXTERNAL)",
    "shared": "samuA shares a case with samuB: RS-EDA in JSON, confirmed by the broker",
    "received": "samuB receives it on {queue} as {format}, which it prefers; {size} bytes",
    "acknowledged": "samuB acknowledges: RC-REF in XML, about {reference}",
    "confirmed": "samuA receives the acknowledgement on {queue} as {format}",
    "wrong sender": "samuA signs as samuC: refused, report on {queue}: {error}",
    "not persistent": "samuA sends a transient message: refused, report on {queue}: {error}",
    "expired": "samuA sends a message past its date: refused, report on {queue}: {error}",
    "not seen": "not seen: {why}",
    "all": "All {steps} steps were seen.",
    "yours": " Start your own Hub with: make up, or hubemu up",
    "some": "{seen} of {steps} steps were seen.",
}
_FRENCH = {
    "title": "Un échange complet entre deux SAMU, sur un Hub démarré pour l'occasion",
    "title, running": "Un échange complet entre deux SAMU, sur le Hub en marche",
    "up": "Le Hub est prêt : {url} (certificats de {clients} clients, {vhosts} vHosts)",
    "connected": "samuA et samuB se connectent à {vhost} : TLS mutuel, login par certificat",
    "shared": "samuA partage un dossier avec samuB : RS-EDA en JSON, confirmé par le broker",
    "received": "samuB le reçoit sur {queue} en {format}, selon sa préférence ; {size} octets",
    "acknowledged": "samuB acquitte : RC-REF en XML, à propos de {reference}",
    "confirmed": "samuA reçoit l'acquittement sur {queue} en {format}",
    "wrong sender": "samuA signe samuC : refusé, rapport sur {queue} : {error}",
    "not persistent": "samuA envoie sans persistance : refusé, rapport sur {queue} : {error}",
    "expired": "samuA envoie un message expiré : refusé, rapport sur {queue} : {error}",
    "not seen": "pas vu : {why}",
    "all": "Les {steps} étapes ont été vues.",
    "yours": " Pour démarrer un Hub : make up, ou hubemu up",
    "some": "{seen} étapes vues sur {steps}.",
}
_TEXTS: Mapping[str, Mapping[str, str]] = {"en": _ENGLISH, "fr": _FRENCH}


def language(environment: Mapping[str, str] = os.environ) -> str:
    """`fr` for a French locale, else `en`."""
    locale = next(
        (environment[name] for name in ("LC_ALL", "LC_MESSAGES", "LANG") if environment.get(name)),
        "",
    )
    return "fr" if locale.lower().startswith("fr") else "en"


class Teller:
    """Tells the steps as they are seen, and counts them.

    Args:
        say: shows one line.
        lang: `en` or `fr`.
    """

    def __init__(self, say: Callable[[str], None], lang: str) -> None:
        self._say = say
        self._texts = _TEXTS[lang]
        self._running = False
        self._seen: list[dict[str, object]] = []
        self._failure: str | None = None

    def open(self, *, running: bool = False) -> None:
        """Say what is about to be shown, and whether on a Hub that is up already."""
        self._running = running
        self._say(self._texts["title, running" if running else "title"])

    def step(self, name: str, **facts: object) -> None:
        """A step was seen."""
        self._seen.append({"step": name} | facts)
        number = f"{len(self._seen)}/{len(STEPS)}"
        self._say(f"  {number}  {self._texts[name].format(**facts)}")

    def close(self, failure: CheckFailed | None = None) -> None:
        """Say how it ended."""
        if failure is not None:
            self._failure = str(failure)
            self._say("  " + self._texts["not seen"].format(why=failure))
        ending = self._texts["all" if self.complete else "some"]
        if self.complete and not self._running:
            ending += self._texts["yours"]
        self._say(ending.format(seen=len(self._seen), steps=len(STEPS)))

    @property
    def complete(self) -> bool:
        """Whether every step was seen, in its order."""
        return tuple(one["step"] for one in self._seen) == STEPS

    def record(self) -> dict[str, object]:
        """What was seen, as JSON: whether all of it, each step with its facts, what stopped it."""
        return {"complete": self.complete, "steps": self._seen, "failure": self._failure}
