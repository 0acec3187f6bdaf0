"""What people are told while a scenario is played, in English and French."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from hubemu.scenarios.format.scenario import Scenario
from hubemu.scenarios.format.steps import Step
from hubemu.scenarios.format.text import Language, said

__all__ = ["say", "title_of"]

_ENGLISH = {
    "send": "{a} sends {what} to {b}",
    "expect": "{a} receives {what} on {queue}",
    "expect error": "{a} is told error {code} on {queue}",
    "expect-none": "{a} receives nothing on {queue}",
    "acknowledge": "{a} acknowledges (RC-REF)",
    "reject": "{a} refuses the message",
    "connect": "{a} connects",
    "connect refused": "{a} is refused",
    "disconnect": "{a} leaves",
    "declare": "{a} declares its queue {queue}",
    "account": "every confirmed message is accounted for",
    "confirm": "{text}",
    "fault on": "fault: {what}",
    "fault off": "fault ended: {what}",
    "phase": "the Hub goes to the phase {what}",
    "clock": "the Hub's clock goes {what} s on",
    "restart-hub": "the Hub is stopped and started again",
    "wait": "{what} s pass",
    "run": "command: {what}",
    "note": "{text}",
    "ext send": "waiting for {a} ({id}) to send {what} to {b} on {vhost}",
    "ext expect": "waiting for {a} ({id}) to take the message off its queue {queue} on {vhost}",
    "ext acknowledge": "waiting for {a} ({id}) to acknowledge (RC-REF) to {b} on {vhost}",
    "ext connect": "waiting for {a} ({id}) to connect to {vhost}",
    "ext do": "{a} ({id}): {text}. Done?",
    "ext shown": "{a} ({id}): {text}",
    "played only": "hubemu cannot make other software do this: played only",
    "nobody": "nobody answered",
    "refused by person": "the person said no",
    "not in time": "not done within {seconds:g} s",
    "earlier": "not reached: step {number} did not pass",
    "answer": "[y]es or [n]o, then Enter: ",
}
_FRENCH = {
    "send": "{a} envoie {what} à {b}",
    "expect": "{a} reçoit {what} sur {queue}",
    "expect error": "{a} apprend l'erreur {code} sur {queue}",
    "expect-none": "{a} ne reçoit rien sur {queue}",
    "acknowledge": "{a} acquitte (RC-REF)",
    "reject": "{a} rejette le message",
    "connect": "{a} se connecte",
    "connect refused": "{a} est refusé",
    "disconnect": "{a} se déconnecte",
    "declare": "{a} déclare sa file {queue}",
    "account": "tout message confirmé est arrivé ou signalé",
    "confirm": "{text}",
    "fault on": "panne : {what}",
    "fault off": "fin de la panne : {what}",
    "phase": "le Hub passe à la phase {what}",
    "clock": "l'horloge du Hub avance de {what} s",
    "restart-hub": "le Hub est arrêté puis redémarré",
    "wait": "{what} s passent",
    "run": "commande : {what}",
    "note": "{text}",
    "ext send": "en attente : {a} ({id}) doit envoyer {what} à {b} sur {vhost}",
    "ext expect": "en attente : {a} ({id}) doit consommer le message de {queue} sur {vhost}",
    "ext acknowledge": "en attente : {a} ({id}) doit acquitter (RC-REF) vers {b} sur {vhost}",
    "ext connect": "en attente : {a} ({id}) doit se connecter à {vhost}",
    "ext do": "{a} ({id}) : {text}. Est-ce fait ?",
    "ext shown": "{a} ({id}) : {text}",
    "played only": "hubemu ne peut pas faire faire cela à un autre logiciel : joué seulement",
    "nobody": "personne n'a répondu",
    "refused by person": "la personne a répondu non",
    "not in time": "pas fait en {seconds:g} s",
    "earlier": "pas atteint : l'étape {number} n'est pas passée",
    "answer": "[o]ui ou [n]on, puis Entrée : ",
}
_TEXTS: Mapping[Language, Mapping[str, str]] = {"en": _ENGLISH, "fr": _FRENCH}


def say(key: str, lang: Language, **facts: Any) -> str:
    """A text of ours in a language."""
    return _TEXTS[lang][key].format(**facts)


def title_of(step: Step, scenario: Scenario, lang: Language) -> str:
    """What a step is called: its own title, else what it does."""
    if step.title is not None:
        return said(step.title, lang)
    key, facts = _described(step, scenario, lang)
    return say(key, lang, **facts)


def called(name: str, scenario: Scenario, lang: Language) -> str:
    """What people call an actor."""
    actor = scenario.clients.get(name)
    return said(actor.name, lang) if actor is not None and actor.name is not None else name


def what_is_sent(step: Step) -> str:
    """The type or the source of the message that a step sends."""
    if step.send is None:
        return "?"
    message = step.send.message
    named = step.send.type or message.example or message.generate
    return named or next(iter(message.content or {}), message.file or message.like or "text")


def _described(step: Step, scenario: Scenario, lang: Language) -> tuple[str, dict[str, Any]]:
    action: Any = getattr(step, step.action.replace("-", "_"))
    who = getattr(action, "as_", None) or getattr(action, "by", None) or ""
    facts: dict[str, Any] = {"a": called(who, scenario, lang)}
    facts["queue"] = getattr(action, "queue", "")
    if step.send is not None:
        what = what_is_sent(step) + (f" x {step.send.times}" if step.send.times > 1 else "")
        return "send", facts | {"what": what, "b": called(step.send.to, scenario, lang)}
    if step.expect is not None:
        if step.expect.error is not None:
            return "expect error", facts | {"code": step.expect.error}
        return "expect", facts | {"what": step.expect.type or "message"}
    if step.connect is not None:
        return ("connect refused" if step.connect.refused else "connect"), facts
    if step.fault is not None:
        rule = step.fault.on
        return (
            ("fault on", {"what": rule["effect"]})
            if rule
            else ("fault off", {"what": step.fault.off})
        )
    return step.action, facts | _plain(step, lang)


def _plain(step: Step, lang: Language) -> dict[str, Any]:
    text = step.note or (step.confirm.ask if step.confirm is not None else None)
    if text is not None:
        return {"text": said(text, lang)}
    if step.phase is not None:
        return {"what": " ".join(filter(None, (step.phase.migration, step.phase.name)))}
    if step.run is not None:
        command = step.run.command
        return {"what": command if isinstance(command, str) else " ".join(command)}
    seconds = step.clock.advance if step.clock is not None else step.wait
    return {"what": f"{seconds:g}"} if seconds is not None else {}
