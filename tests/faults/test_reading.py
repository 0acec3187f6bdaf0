"""Rules read from outside: what is accepted with which defaults, what is refused in which words."""

from __future__ import annotations

from typing import Any

import pytest

from hubemu.faults.reading import WrongRule, read_rule
from hubemu.faults.vocabulary import FAMILIES, EffectParameter


def refused(data: Any) -> tuple[tuple[int | str, ...], str]:
    with pytest.raises(WrongRule) as caught:
        read_rule(data)
    first = caught.value.mistakes[0]
    return first.where, first.text


def some_value(parameter: EffectParameter) -> Any:
    if parameter.type == "choice":
        return parameter.choices[-1]
    if parameter.type == "object":
        return {"edxl": {}}
    return "fr.health.samuC" if parameter.type == "text" else int(parameter.least or 0) + 1


def test_defaults_are_filled_in() -> None:
    rule = read_rule({"effect": "delay", "parameters": {"ms": 1500}})
    assert rule.to_json() == {
        "name": None,
        "where": "dispatch",
        "match": {},
        "effect": "delay",
        "parameters": {"ms": 1500, "jitterMs": 0},
        "after": 0,
        "times": None,
        "every": 1,
        "probability": 1.0,
        "seconds": None,
    }


@pytest.mark.parametrize(
    ("where", "effect"), [(one.name, effect) for one in FAMILIES.values() for effect in one.effects]
)
def test_every_effect_is_read_with_every_parameter(where: str, effect: str) -> None:
    given = {one.name: some_value(one) for one in FAMILIES[where].effects[effect].parameters}
    rule = read_rule({"where": where, "effect": effect, "parameters": given})
    assert (rule.where, rule.effect, rule.parameters) == (where, effect, given)


@pytest.mark.parametrize(
    ("effect", "where"),
    [("delay", "dispatch"), ("down", "converter"), ("silence", "network"), ("nack", "broker")],
)
def test_an_effect_is_of_the_first_family_that_has_it(effect: str, where: str) -> None:
    given = {"ms": 1} if effect == "delay" else {}
    assert read_rule({"effect": effect, "parameters": given}).where == where


@pytest.mark.parametrize(
    ("data", "where", "told"),
    [
        ({"effect": "dely"}, ("effect",), "did you mean delay?"),
        ({"where": "netwrk", "effect": "reset"}, ("where",), "did you mean network?"),
        ({"where": "broker", "effect": "drop"}, ("effect",), "no effect of broker"),
        ({"efect": "drop"}, (), "'efect' is no key, use 'effect'"),
        ({"effect": "delay"}, ("parameters", "ms"), "the key 'ms' is missing"),
        ({"effect": "drop", "tims": 1}, ("tims",), "did you mean 'times'?"),
        ({"effect": "drop", "id": "f1"}, ("id",), "unknown key 'id'"),
        ({"effect": "drop", "times": 0}, ("times",), "1 or more is needed (given: 0)"),
        ({"effect": "drop", "times": True}, ("times",), "a whole number is needed"),
        ({"effect": "drop", "probability": 1.5}, ("probability",), "or less is needed"),
        ({"effect": "drop", "seconds": 0}, ("seconds",), "more than 0"),
        ({"effect": "drop", "match": {"sendr": "x"}}, ("match", "sendr"), "'sender'?"),
        ({"effect": "drop", "match": {"sender": []}}, ("match", "sender"), "a list of 1 to"),
        ({"effect": "drop", "match": {"sender": 3}}, ("match", "sender"), "a text, a list"),
        ({"effect": "drop", "match": {"kind": "Reprot"}}, ("match", "kind"), "mean Report?"),
        ({"effect": "nack", "match": {"sender": "a"}}, ("match", "sender"), "vhost, queue, client"),
        (
            {"effect": "delay", "parameters": {"ms": 1, "jiterMs": 3}},
            ("parameters", "jiterMs"),
            "did you mean 'jitterMs'?",
        ),
        ({"effect": "delay", "parameters": {"ms": -1}}, ("parameters", "ms"), "0 or more"),
        ({"effect": "reject", "parameters": {"code": 601}}, ("parameters", "code"), "it has to be"),
        ({"effect": "answer", "parameters": {"body": 1}}, ("parameters", "body"), "keys with"),
        (["drop"], (), "keys with values are needed"),
    ],
)
def test_mistakes_are_located_and_told(data: Any, where: tuple[int | str, ...], told: str) -> None:
    place, text = refused(data)
    assert place == where
    assert told in text
