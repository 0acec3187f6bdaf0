"""`hubemu faults add`: one rule in its short form, or those of a file."""

from __future__ import annotations

import json
from dataclasses import dataclass, fields
from http import HTTPStatus
from typing import Annotated, Any

from hubemu.cli.access import control_of
from hubemu.cli.faults import FAULTS, told
from hubemu.cli.options import DEFAULT_HOME, HomeFolder, Json
from hubemu.cli.output import result, result_json
from hubemu.cli.parameters import Argument, Option
from hubemu.cli.signature import takes
from hubemu.errors import CheckFailed, InputError, StartError
from hubemu.home import Home

__all__ = ["AddOptions", "faults_add"]

_Values = tuple[str, ...]
_MATCH = ("vhost", "sender", "recipient", "type", "kind", "queue", "client")
_LIMITS = ("after", "times", "every", "probability", "seconds")


def _meant(metavar: str, help_text: str) -> Any:
    return Option(metavar=metavar, help=f"Only {help_text}; repeatable, * stands for anything.")


def _parameter(name: str, help_text: str) -> Any:
    return Option(f"--{name}", metavar="VALUE", help=help_text)


@dataclass(frozen=True, slots=True, kw_only=True)
class AddOptions:
    """A rule, its parameters being those of all effects."""

    effect: Annotated[
        str | None, Argument(metavar="[EFFECT]", help="What it does: hubemu faults kinds.")
    ] = None
    file: Annotated[
        str | None,
        Option(metavar="FILE|NAME", help="The rules of a file, or of one that is shipped."),
    ] = None
    where: Annotated[str | None, Option(metavar="FAMILY", help="Where; by default the first.")] = (
        None
    )
    name: Annotated[str | None, Option(metavar="TEXT", help="What traces and lists call it.")] = (
        None
    )
    vhost: Annotated[_Values, _meant("VHOST", "what is on this vHost")] = ()
    sender: Annotated[_Values, _meant("ID", "what this client sends")] = ()
    recipient: Annotated[_Values, _meant("ID", "what this client is sent")] = ()
    type: Annotated[_Values, _meant("TYPE", "messages of this type")] = ()
    kind: Annotated[_Values, _meant("KIND", "messages of this distributionKind")] = ()
    queue: Annotated[_Values, _meant("QUEUE", "what goes to this queue")] = ()
    client: Annotated[_Values, _meant("ID", "this client's connections and messages")] = ()
    after: Annotated[str | None, Option(metavar="N", help="Let so many go by first.")] = None
    times: Annotated[str | None, Option(metavar="N", help="Strike so often at most.")] = None
    every: Annotated[str | None, Option(metavar="N", help="Strike each N-th.")] = None
    probability: Annotated[str | None, Option(metavar="P", help="Strike with this chance.")] = None
    seconds: Annotated[
        str | None, Option(metavar="S", help="End after so long by the Hub's clock.")
    ] = None
    ms: Annotated[str | None, _parameter("ms", "Milliseconds: delay, latency, slice.")] = None
    jitterMs: Annotated[  # noqa: N815 - the parameter's own name
        str | None, _parameter("jitterMs", "So many more or fewer: delay, latency.")
    ] = None
    copies: Annotated[str | None, _parameter("copies", "Additional copies: duplicate.")] = None
    window: Annotated[str | None, _parameter("window", "Messages gathered: reorder.")] = None
    code: Annotated[
        str | None, _parameter("code", "Error code: reject, close-connection, close-channel.")
    ] = None
    cause: Annotated[str | None, _parameter("cause", "errorCause: reject.")] = None
    how: Annotated[str | None, _parameter("how", "Which damage: corrupt.")] = None
    value: Annotated[str | None, _parameter("value", "The type: content-type.")] = None
    to: Annotated[str | None, _parameter("to", "Client id: misroute.")] = None
    reason: Annotated[str | None, _parameter("reason", "Why: dead-letter, block.")] = None
    status: Annotated[str | None, _parameter("status", "HTTP status: fail.")] = None
    error: Annotated[str | None, _parameter("error", "Its text: fail.")] = None
    body: Annotated[str | None, _parameter("body", "JSON object: answer.")] = None
    direction: Annotated[
        str | None, _parameter("direction", "to-hub, to-client or both: network.")
    ] = None
    kbps: Annotated[str | None, _parameter("kbps", "Kilobits a second: bandwidth.")] = None
    bytes: Annotated[str | None, _parameter("bytes", "How many: cut, slice.")] = None
    text: Annotated[
        str | None, _parameter("text", "Reply text: close-connection, close-channel.")
    ] = None
    right: Annotated[str | None, _parameter("right", "configure, write or read: deny.")] = None
    profile: Annotated[str | None, _parameter("profile", "Which certificate: present.")] = None
    home: HomeFolder = DEFAULT_HOME
    as_json: Json = False


@takes(AddOptions)
def faults_add(options: AddOptions) -> None:
    """Put a fault rule in force on a running Hub: what happens from now on, it strikes."""
    if (options.effect is None) == (options.file is None):
        raise InputError(
            "faults add", "name one EFFECT (hubemu faults kinds), or a --file of rules"
        )
    rules = _of_file(options) if options.file is not None else [_rule(options)]
    home = Home(options.home)
    if home.endpoints() is None and options.file is None:
        _check(rules[0])  # a mistake needs no Hub
    control = control_of(home)
    added = []
    for rule in rules:
        status, answer = control.call("POST", FAULTS, rule)
        if status != HTTPStatus.CREATED:
            raise _refusal(status, str(answer["detail"]), rule)
        added.append(answer)
    if options.as_json:
        result_json(added if options.file is not None else added[0])
    else:
        for one in added:
            result(told(one))


def _refusal(status: int, detail: str, rule: dict[str, Any]) -> Exception:
    if status in (HTTPStatus.BAD_REQUEST, HTTPStatus.UNPROCESSABLE_ENTITY):
        _check(rule)  # says the same of the option
        return InputError("faults add", detail)
    if status == HTTPStatus.SERVICE_UNAVAILABLE:
        return StartError(detail)
    return CheckFailed(detail)


def _of_file(options: AddOptions) -> list[dict[str, Any]]:
    from hubemu.faults.files import read_rules, rules_file

    alone = ("file", "home", "as_json")
    given = [one.name for one in fields(options) if getattr(options, one.name) != one.default]
    if further := [name for name in given if name not in alone]:
        raise InputError(f"--{further[0]}", "the file says it all: leave it out beside --file")
    return [rule.to_json() for rule in read_rules(rules_file(options.file or ""))]


def _rule(options: AddOptions) -> dict[str, Any]:
    """The rule in its long form, as far as it was said."""
    match = {
        key: list(values) if len(values) > 1 else values[0]
        for key in _MATCH
        if (values := getattr(options, key))
    }
    limits = {key: _number(given) for key in _LIMITS if (given := getattr(options, key))}
    rule = {"effect": options.effect, "match": match, "parameters": _parameters(options), **limits}
    return rule | {key: given for key in ("name", "where") if (given := getattr(options, key))}


def _check(rule: dict[str, Any]) -> None:
    """Tell a mistake in a rule by the option that made it.

    A Hub that is up checks it too, in the same words: what does it here takes longer to load than
    the Hub takes to put the rule in force, so it is asked only when there is something to tell.

    Raises:
        InputError: there is one.
    """
    from hubemu.faults.reading import WrongRule, read_rule

    try:
        read_rule(rule)
    except WrongRule as wrong:
        first = wrong.mistakes[0]
        raise InputError(_flag(first.where), first.text) from None


def _flag(place: tuple[int | str, ...]) -> str:
    return f"--{place[-1]}" if place and place != ("effect",) else "EFFECT"


def _parameters(options: AddOptions) -> dict[str, Any]:
    from hubemu.faults.vocabulary import FAMILIES, family_of

    where = options.where or family_of(options.effect or "") or ""
    effects = FAMILIES[where].effects if where in FAMILIES else {}
    effect = effects.get(options.effect or "")
    types = {one.name: one.type for one in effect.parameters} if effect is not None else {}
    choices = {one.name: one.choices for one in effect.parameters} if effect is not None else {}
    names = {
        one.name
        for family in FAMILIES.values()
        for words in family.effects.values()
        for one in words.parameters
    }
    given = {name: text for name in names if (text := getattr(options, name)) is not None}
    return {
        name: _typed(name, text, types.get(name, "text"), choices.get(name, ()))
        for name, text in sorted(given.items())
    }


def _typed(name: str, text: str, kind: str, choices: tuple[str | int, ...]) -> Any:
    if kind == "object":
        try:
            return json.loads(text)
        except ValueError as error:
            raise InputError(f"--{name}", f"not valid JSON: {error}") from None
    numbers = kind in ("integer", "number") or any(isinstance(one, int) for one in choices)
    return _number(text) if numbers else text


def _number(text: str) -> int | float | str:
    """The number that a word is; another word as it is, so that the rule's check tells of it."""
    for number in (int, float):
        try:
            return number(text)
        except ValueError:
            continue
    return text
