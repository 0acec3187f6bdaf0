"""Pages of the reference, made from the models that read files and requests: formats as tables."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import Any

import yaml

Schema = Mapping[str, Any]
Words = Mapping[str, str]

_TEXTS = Path(__file__).with_name("format-des-scenarios.yaml")
_DIALECT = "https://json-schema.org/draft/2020-12/schema"
_ENGLISH: Words = {
    "string": "text",
    "integer": "whole number",
    "number": "number",
    "boolean": "true or false",
    "null": "null",
    "object": "keys with values",
    "array": "list of",
    "any": "anything",
    "or": "or",
    "and": "and",
    "one": "One of",
    "key": "key",
    "value": "value",
    "default": "default",
    "needed": "needed",
    "minimum": "from {}",
    "exclusiveMinimum": "more than {}",
    "maximum": "to {}",
    "minLength": "{} characters or more",
    "maxLength": "{} characters at most",
    "minItems": "{} or more",
    "pattern": "`{}`",
}
_FRENCH: Words = {
    "string": "texte",
    "integer": "nombre entier",
    "number": "nombre",
    "boolean": "vrai ou faux",
    "null": "null",
    "object": "clés et valeurs",
    "array": "liste de",
    "any": "n'importe quoi",
    "or": "ou",
    "and": "et",
    "one": "L'un de",
    "key": "clé",
    "value": "valeur",
    "default": "par défaut",
    "needed": "obligatoire",
    "minimum": "à partir de {}",
    "exclusiveMinimum": "plus de {}",
    "maximum": "jusqu'à {}",
    "minLength": "{} caractères ou plus",
    "maxLength": "{} caractères au plus",
    "minItems": "{} ou plus",
    "pattern": "`{}`",
}
_LIMITS = (
    "minimum", "exclusiveMinimum", "maximum", "minLength", "maxLength", "minItems", "pattern",
)  # fmt: skip


def scenario_format() -> Iterator[str]:
    """What a scenario file may say."""
    from hubemu.scenarios.format.scenario import Scenario

    yield "# Format of scenarios\n"
    yield (
        "Made from the models that read the files; `hubemu scenario schema` is the same as JSON "
        "Schema. How they are written: [Scenarios](../scenarios.md).\n"
    )
    yield from format_of(Scenario.model_json_schema(by_alias=True))


def scenario_format_in_french() -> Iterator[str]:
    """The same in French; the names of the parts are those of the JSON Schema."""
    from hubemu.scenarios.format.scenario import Scenario

    yield "# Format des scénarios\n"
    yield (
        "Tiré des modèles qui lisent les fichiers ; `hubemu scenario schema` donne la même chose "
        "en JSON Schema. Comment les écrire : [Écrire son premier scénario]"
        "(../premier-scenario.md).\n"
    )
    yield from format_of(in_french(Scenario.model_json_schema(by_alias=True)), words=_FRENCH)


@cache
def french_texts() -> Mapping[str, str]:
    """Each description of the format of scenarios, and the same in French."""
    texts: dict[str, str] = yaml.safe_load(_TEXTS.read_text("utf-8"))
    return texts


def in_french(schema: Any) -> Any:
    """A schema whose descriptions are the French ones.

    Raises:
        KeyError: a description without a French one.
    """
    if isinstance(schema, list):
        return [in_french(one) for one in schema]
    if not isinstance(schema, dict):
        return schema
    told = {key: in_french(value) for key, value in schema.items()}
    if isinstance(text := schema.get("description"), str):
        told["description"] = french_texts()[" ".join(text.split())]
    return told


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


def format_of(schema: Schema, level: int = 2, words: Words = _ENGLISH) -> Iterator[str]:
    """The keys of a file and of all it is made of, a table each."""
    definitions = schema.get("$defs", {})
    yield from _table(schema, words)
    for name, part in sorted(definitions.items()):
        yield f"{'#' * level} {name}\n"
        yield from _table(part, words)


def _table(schema: Schema, words: Words) -> Iterator[str]:
    if description := schema.get("description"):
        yield f"{' '.join(description.split())}\n"
    if "enum" in schema:
        yield f"{words['one']} {_choices(schema['enum'])}.\n"
    if not schema.get("properties"):
        return
    yield f"| {words['key']} | {words['value']} | {words['default']} | |"
    yield "|---|---|---|---|"
    for key, value in schema["properties"].items():
        needed = key in schema.get("required", ())
        default = words["needed"] if needed else _shown(value.get("default"))
        told = _cell(value.get("description", ""))
        yield f"| `{key}` | {type_of(value, words)} | {default} | {told} |"
    yield ""


def type_of(schema: Schema, words: Words = _ENGLISH) -> str:
    """The values that a schema allows, as words in Markdown."""
    if "$ref" in schema:
        name = schema["$ref"].rpartition("/")[2]
        return f"[{name}](#{name.lower()})"
    for key, between in (("anyOf", "or"), ("oneOf", "or"), ("allOf", "and")):
        if key in schema:
            kinds = [one for one in schema[key] if one != {"type": "null"}]
            found = dict.fromkeys(type_of(one, words) for one in kinds)
            return f" {words[between]} ".join(found)
    if "const" in schema or "enum" in schema:
        return _choices(schema.get("enum", [schema.get("const")]))
    return _plain_type(schema, words)


def _plain_type(schema: Schema, words: Words) -> str:
    if schema.get("type") == "array":
        items = type_of(schema.get("items", {}), words)
        return f"{words['array']} {items}{_limits(schema, words)}"
    if isinstance(schema.get("additionalProperties"), Mapping):
        return f"{words['object']}: {type_of(schema['additionalProperties'], words)}"
    return f"{words.get(schema.get('type', 'any'), words['any'])}{_limits(schema, words)}"


def _limits(schema: Schema, words: Words) -> str:
    told = [words[key].format(schema[key]) for key in _LIMITS if key in schema]
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
    "reference/format-des-scenarios.md": scenario_format_in_french,
    "reference/routing-format.md": routing_format,
    "reference/fault-vocabulary.md": lambda: fault_vocabulary("en"),
    "reference/vocabulaire-des-pannes.md": lambda: fault_vocabulary("fr"),
}
"""Page of the site to what makes it."""
