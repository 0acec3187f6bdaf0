"""Pages of the reference, made from the models that read files and requests: formats as tables."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from typing import Any

Schema = Mapping[str, Any]

_DIALECT = "https://json-schema.org/draft/2020-12/schema"
_TYPES = {
    "string": "text",
    "integer": "whole number",
    "number": "number",
    "boolean": "true or false",
    "null": "null",
    "object": "keys with values",
}
_LIMITS = {
    "minimum": "from {}",
    "exclusiveMinimum": "more than {}",
    "maximum": "to {}",
    "minLength": "{} characters or more",
    "maxLength": "{} characters at most",
    "minItems": "{} or more",
    "pattern": "`{}`",
}


def scenario_format() -> Iterator[str]:
    """What a scenario file may say."""
    from hubemu.scenarios.format.scenario import Scenario

    yield "# Format of scenarios\n"
    yield (
        "Made from the models that read the files; `hubemu scenario schema` is the same as JSON "
        "Schema. How they are written: [Scenarios](../scenarios.md).\n"
    )
    yield from format_of(Scenario.model_json_schema(by_alias=True))


def routing_format() -> Iterator[str]:
    """What `vhosts.yaml` and `clients.yaml` may say."""
    from hubemu.routing_files import file_models

    yield "# Format of the routing tables\n"
    yield (
        "The two files of a folder given to `--routing`. The official `client.preferences.csv` "
        "may stand beside `clients.yaml`, or instead of it: its preferences win. "
        "Those that are built in are in `routing/` of the sources. For editors, as JSON Schema: "
        "[vhosts](vhosts.schema.json), [clients](clients.schema.json).\n"
    )
    for name, model in file_models().items():
        yield f"## {name}\n"
        yield from format_of(model.model_json_schema(by_alias=True), level=3)


def routing_schemas() -> Iterator[tuple[str, Schema]]:
    """The JSON Schemas of the two files, for editors, with the names they have on the site."""
    from hubemu.routing_files import file_models

    for name, model in file_models().items():
        schema = model.model_json_schema(by_alias=True)
        yield f"{name.removesuffix('.yaml')}.schema.json", {"$schema": _DIALECT, **schema}


def fault_vocabulary(lang: str) -> Iterator[str]:
    """Every effect, its parameters and what a rule may match."""
    from hubemu.faults.schema import kinds

    french = lang == "fr"
    yield "# Vocabulaire des pannes\n" if french else "# Vocabulary of faults\n"
    yield (
        "Tiré du vocabulaire avec lequel les règles sont lues (`hubemu faults kinds --lang fr`).\n"
        if french
        else "Made from the vocabulary that rules are read with (`hubemu faults kinds`). How rules "
        "are written: [Faults](../faults.md).\n"
    )
    family = None
    for kind in kinds("fr" if french else "en"):
        if kind["where"] != family:
            family = kind["where"]
            keys = ", ".join(f"`{key}`" for key in kind["match"])
            yield f"## {family}\n"
            yield f"{kind['event']}. `match`: {keys}.\n"
        yield f"### {family} {kind['effect']}\n"
        yield f"{kind['text']}.\n"
        if kind["parameters"]:
            yield from _parameters(kind["parameters"], french)


def _parameters(parameters: list[dict[str, Any]], french: bool) -> Iterator[str]:
    words = ("paramètre", "valeur", "par défaut") if french else ("parameter", "value", "default")
    yield f"| {words[0]} | | {words[1]} | {words[2]} |"
    yield "|---|---|---|---|"
    for one in parameters:
        value = ", ".join(f"`{choice}`" for choice in one.get("choices", ()))
        if "minimum" in one:
            value = f"{one['minimum']} {'à' if french else 'to'} {one['maximum']}"
        needed = "obligatoire" if french else "needed"
        default = needed if one["required"] else _shown(one["default"])
        yield f"| `{one['name']}` | {_cell(one['text'])} | {value} | {default} |"
    yield ""


def format_of(schema: Schema, level: int = 2) -> Iterator[str]:
    """The keys of a file and of all it is made of, a table each."""
    definitions = schema.get("$defs", {})
    yield from _table(schema)
    for name, part in sorted(definitions.items()):
        yield f"{'#' * level} {name}\n"
        yield from _table(part)


def _table(schema: Schema) -> Iterator[str]:
    if description := schema.get("description"):
        yield f"{' '.join(description.split())}\n"
    if "enum" in schema:
        yield f"One of {_choices(schema['enum'])}.\n"
    if not schema.get("properties"):
        return
    yield "| key | value | default | |"
    yield "|---|---|---|---|"
    for key, value in schema["properties"].items():
        needed = key in schema.get("required", ())
        default = "needed" if needed else _shown(value.get("default"))
        yield f"| `{key}` | {type_of(value)} | {default} | {_cell(value.get('description', ''))} |"
    yield ""


def type_of(schema: Schema) -> str:
    """The values that a schema allows, as words in Markdown."""
    if "$ref" in schema:
        name = schema["$ref"].rpartition("/")[2]
        return f"[{name}](#{name.lower()})"
    for words, alternatives in (("anyOf", " or "), ("oneOf", " or "), ("allOf", " and ")):
        if words in schema:
            found = dict.fromkeys(type_of(one) for one in schema[words] if one != {"type": "null"})
            return alternatives.join(found)
    if "const" in schema or "enum" in schema:
        return _choices(schema.get("enum", [schema.get("const")]))
    return _plain_type(schema)


def _plain_type(schema: Schema) -> str:
    if schema.get("type") == "array":
        return f"list of {type_of(schema.get('items', {}))}{_limits(schema)}"
    if isinstance(schema.get("additionalProperties"), Mapping):
        return f"keys with values: {type_of(schema['additionalProperties'])}"
    return f"{_TYPES.get(schema.get('type', ''), 'anything')}{_limits(schema)}"


def _limits(schema: Schema) -> str:
    told = [words.format(schema[key]) for key, words in _LIMITS.items() if key in schema]
    return f" ({', '.join(told)})".replace("|", "\\|") if told else ""


def _choices(values: list[Any]) -> str:
    return ", ".join(f"`{value}`" for value in values)


def _shown(default: Any) -> str:
    if default is None or default in ([], {}):
        return ""
    return f"`{default if isinstance(default, str) else json.dumps(default)}`"


def _cell(text: str) -> str:
    return " ".join(text.split()).replace("|", "\\|")


PAGES: Mapping[str, Callable[[], Iterator[str]]] = {
    "reference/scenario-format.md": scenario_format,
    "reference/routing-format.md": routing_format,
    "reference/fault-vocabulary.md": lambda: fault_vocabulary("en"),
    "reference/vocabulaire-des-pannes.md": lambda: fault_vocabulary("fr"),
}
"""Page of the site to what makes it."""
