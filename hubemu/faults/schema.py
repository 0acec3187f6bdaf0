"""The vocabulary told to programs: the list of effects, and the JSON Schema of rules and files."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import cache
from typing import Any, Literal

from hubemu.faults.french import in_french
from hubemu.faults.reading import model_of
from hubemu.faults.vocabulary import FAMILIES, Effect, EffectParameter, FamilyWords, family_of

__all__ = ["file_schema", "kinds", "rule_schema"]

_DIALECT = "https://json-schema.org/draft/2020-12/schema"


def kinds(lang: Literal["en", "fr"] = "en") -> list[dict[str, Any]]:
    """Every effect: family, what it does, what an event is, its keys of `match`, parameters."""
    say = in_french if lang == "fr" else str
    return [
        {
            "where": family.name,
            "effect": effect.name,
            "text": say(effect.text),
            "event": say(family.event),
            "match": list(family.match),
            "parameters": [_parameter(one, say) for one in effect.parameters],
        }
        for family in FAMILIES.values()
        for effect in family.effects.values()
    ]


def _parameter(parameter: EffectParameter, say: Callable[[str], str]) -> dict[str, Any]:
    told: dict[str, Any] = {
        "name": parameter.name,
        "type": parameter.type,
        "text": say(parameter.text),
        "required": parameter.required,
        "default": None if parameter.required else parameter.default,
    }
    if parameter.choices:
        told["choices"] = list(parameter.choices)
    if parameter.least is not None:
        told |= {"minimum": parameter.least, "maximum": parameter.most}
    return told


@cache
def rule_schema() -> Mapping[str, Any]:
    """The JSON Schema of one rule."""
    return {
        "title": "A fault rule",
        "description": "Without `where` an effect is of the first family that has it",
        "anyOf": [
            _of_effect(family, effect)
            for family in FAMILIES.values()
            for effect in family.effects.values()
        ],
    }


def _of_effect(family: FamilyWords, effect: Effect) -> dict[str, Any]:
    """The schema of its rules: what only some effects need is told to be needed."""
    schema = _inlined(model_of(family.name, effect.name).model_json_schema())
    if any(one.required for one in effect.parameters):
        schema["required"].append("parameters")
    if family_of(effect.name) != family.name:
        schema["required"].append("where")
    return schema


def file_schema() -> Mapping[str, Any]:
    """The JSON Schema of a file of rules."""
    return {
        "$schema": _DIALECT,
        "title": "Fault rules of hubemu",
        "type": "object",
        "properties": {"faults": {"type": "array", "items": rule_schema()}},
        "required": ["faults"],
        "additionalProperties": False,
    }


def _inlined(schema: dict[str, Any]) -> dict[str, Any]:
    """A schema without references: each definition stands where it was meant."""
    definitions = schema.pop("$defs", {})

    def resolved(part: Any) -> Any:
        if isinstance(part, list):
            return [resolved(one) for one in part]
        if not isinstance(part, dict):
            return part
        if "$ref" in part:
            meant = definitions[part["$ref"].rpartition("/")[2]]
            rest = {key: value for key, value in part.items() if key != "$ref"}
            return resolved(meant | rest)
        return {key: resolved(value) for key, value in part.items()}

    inlined: dict[str, Any] = resolved(schema)
    return inlined
