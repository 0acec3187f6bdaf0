"""The documentation says what the code does."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import click
import jsonschema_rs
import pytest
import yaml

from docs import reference
from hubemu.cli.app import APP
from hubemu.faults.schema import kinds
from hubemu.routing_files import file_models
from hubemu.scenarios.format.scenario import Scenario
from tests.conftest import REPOSITORY

_NAMED = re.compile(r"[\"'](HUBEMU_[A-Z_]+|NUXT_PUBLIC_BACKEND_LRM_SERVER)[\"']")


def test_every_variable_that_is_read_or_set_has_its_page() -> None:
    page = (REPOSITORY / "docs/exit-codes.md").read_text()
    for file in (REPOSITORY / "hubemu").rglob("*.py"):
        for name in _NAMED.findall(file.read_text()):
            assert name in page, f"{name} ({file.name}) is not in docs/exit-codes.md"


def test_the_manual_page_has_every_command_and_variable() -> None:
    """If this fails: python docs/manpage.py > docs/hubemu.1"""
    page = (REPOSITORY / "docs/hubemu.1").read_text().replace(r"\-", "-")
    for words in _commands(APP, []):
        assert f".TP\n.B {words}\n" in page, words
    for row in re.findall(r"^\| (`[A-Z_`, ]+`|\d+) \| ", _exit_codes(), re.MULTILINE):
        assert f".B {row.replace('`', '')}\n" in page, row


def _exit_codes() -> str:
    return (REPOSITORY / "docs/exit-codes.md").read_text()


def _commands(group: click.Group, path: list[str]) -> Iterator[str]:
    context = click.Context(group)
    for name in group.list_commands(context):
        command = group.get_command(context, name)
        if isinstance(command, click.Group):
            yield from _commands(command, [*path, name])
        else:
            yield " ".join([*path, name])


def keys(schema: dict[str, Any]) -> set[str]:
    """Every key that a file or rule of this schema may have."""
    parts = [schema, *schema.get("$defs", {}).values()]
    return {key for part in parts for key in part.get("properties", {})}


def rows_of(page: str) -> set[str]:
    """The keys in the first cells of the tables of a page of the reference."""
    text = "\n".join(reference.PAGES[f"reference/{page}.md"]())
    return set(re.findall(r"^\| `([^`]+)` \|", text, re.MULTILINE))


def test_the_reference_has_every_key_of_every_format_and_no_other() -> None:
    routing = [keys(one.model_json_schema(by_alias=True)) for one in file_models().values()]
    assert rows_of("routing-format") == set().union(*routing)
    for page in ("scenario-format", "format-des-scenarios"):
        assert rows_of(page) == keys(Scenario.model_json_schema(by_alias=True))
    parameters = {one["name"] for kind in kinds() for one in kind["parameters"]}
    for page in ("fault-vocabulary", "vocabulaire-des-pannes"):
        assert rows_of(page) == parameters


def descriptions(schema: Any) -> set[str]:
    """Every description in a schema, on one line."""
    if not isinstance(schema, dict | list):
        return set()
    parts = schema if isinstance(schema, list) else schema.values()
    found = set[str]().union(*map(descriptions, parts))
    text = schema.get("description") if isinstance(schema, dict) else None
    return found | {" ".join(text.split())} if isinstance(text, str) else found


def test_each_description_of_the_format_of_scenarios_has_its_french_and_no_other_has() -> None:
    texts = reference.french_texts()
    assert texts.keys() == descriptions(Scenario.model_json_schema(by_alias=True))
    told = "\n".join(reference.PAGES["reference/format-des-scenarios.md"]())
    assert all(" ".join(text.split()).replace("|", "\\|") in told for text in texts.values())


def test_the_schemas_of_the_routing_tables_take_those_that_are_built_in() -> None:
    schemas = dict(reference.routing_schemas())
    assert schemas.keys() == {"vhosts.schema.json", "clients.schema.json"}
    for name, schema in schemas.items():
        validator = jsonschema_rs.Draft202012Validator(dict(schema))
        table = yaml.safe_load(
            (REPOSITORY / "routing" / f"{name.partition('.')[0]}.yaml").read_text()
        )
        validator.validate(table)
        assert not validator.is_valid({**table, "clientz": []})


@pytest.mark.parametrize(
    ("schema", "words"),
    [
        ({"type": "integer", "minimum": 1, "maximum": 9}, "whole number (from 1, to 9)"),
        ({"anyOf": [{"type": "string"}, {"type": "null"}]}, "text"),
        ({"anyOf": [{"type": "string", "pattern": "^a|b$"}]}, r"text (`^a\|b$`)"),
        ({"type": "array", "items": {"enum": ["json", "xml"]}}, "list of `json`, `xml`"),
        ({"additionalProperties": {"$ref": "#/$defs/Actor"}}, "keys with values: [Actor](#actor)"),
        ({"const": True}, "`True`"),
    ],
)
def test_types_are_told_in_words(schema: dict[str, Any], words: str) -> None:
    assert reference.type_of(schema) == words


def test_both_pages_on_scenarios_tell_the_same_keys() -> None:
    """What a file may say, in English and French: the same code in the same rows."""
    told = []
    for page, heading in (
        ("scenarios", "What a file may say"),
        ("premier-scenario", "Ce que peut"),
    ):
        text = (REPOSITORY / f"docs/{page}.md").read_text().partition(f"\n## {heading}")[2]
        tables = [line for line in text.partition("\n## ")[0].splitlines() if line[:2] == "| "]
        told.append([line.split("|")[1].strip() for line in tables if "`" in line.split("|")[1]])
    assert told[0] == told[1]
    assert len(told[0]) > 15


def test_every_page_of_the_documentation_is_on_the_site() -> None:
    """`mkdocs --strict` checks the links; the hook must name what stands outside the folder."""
    hook = (REPOSITORY / "docs/site.py").read_text()
    for name in re.findall(r'^    "([^"]+\.md)":', hook, re.MULTILINE):
        assert (REPOSITORY / name).is_file(), name
