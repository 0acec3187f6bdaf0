"""Faults of values are told in words that know nothing of Python."""

from __future__ import annotations

from enum import StrEnum
from importlib import import_module
from typing import Annotated, Any, Literal

import pytest
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from hubemu.errors import InputError
from hubemu.validation_words import what_is_wrong
from hubemu.yamlfile import parse_yaml

for _room in ("control.routes", "messages.models.library_files", "pki.definitions", "routing"):
    import_module(f"hubemu.{_room}")  # those that have models

VALUES: tuple[Any, ...] = (
    *(None, True, 0, -1, 1.5, 2**70, float("inf"), "", "word", "2026-11-28", "\ud800", "x" * 999),
    *([], [None], [{}], ["a", 1], {}, {"a": None}, {"a": {"b": [1]}}),
)


class Colour(StrEnum):
    RED = "red"


class Inner(BaseModel):
    name: str = ""


class Table(BaseModel):
    model_config = ConfigDict(extra="forbid")

    text: str = ""
    number: Annotated[int, Field(ge=1, le=9)] = 1
    flag: bool = False
    share: float = 0
    names: tuple[str, ...] = ()
    inner: Inner = Inner()
    by_name: dict[str, int] = {}
    word: Literal["a", "b"] = "a"
    colour: Colour = Colour.RED
    code: Annotated[str, Field(pattern="^x+$", max_length=3)] = "x"


@pytest.mark.parametrize(
    ("written", "told"),
    [
        ("text: 3", "a text is needed (given: 3)"),
        ("text:", "a text is needed (given: nothing)"),
        ("text: [a]", "a text is needed (given: a list)"),
        ("number: many", "a whole number is needed (given: 'many')"),
        ("number: 1.5", "a whole number is needed (given: 1.5)"),
        ("number: 0", "1 or more is needed (given: 0)"),
        ("number: 10", "9 or less is needed (given: 10)"),
        ("flag: perhaps", "true or false is needed (given: 'perhaps')"),
        ("share: much", "a number is needed (given: 'much')"),
        ("names: a", "a list is needed (given: 'a')"),
        ("inner: 3", "keys with values are needed (given: 3)"),
        ("inner: {name: {a: 1}}", "a text is needed (given: keys with values)"),
        ("by_name: true", "keys with values are needed (given: true)"),
        ("word: c", "it has to be 'a' or 'b' (given: 'c')"),
        ("colour: blue", "it has to be 'red' (given: 'blue')"),
        ("code: y", "it has to match ^x+$ (given: 'y')"),
        ("code: xxxx", "3 characters at most are allowed (given: 'xxxx')"),
        ("- a", "keys with values are needed (given: a list)"),
    ],
)
def test_each_fault_has_its_words(written: str, told: str) -> None:
    with pytest.raises(InputError) as caught:
        parse_yaml(written, "table.yaml", Table)
    assert caught.value.problem == told
    assert not _pythonic(str(caught.value))


def models(base: type[BaseModel] = BaseModel) -> list[type[BaseModel]]:
    """All models of hubemu: of YAML files and of bodies."""
    ours = [
        one
        for one in base.__subclasses__()
        if one.__module__.startswith("hubemu.") and one.model_fields
    ]
    deeper = [inner for one in base.__subclasses__() for inner in models(one)]
    return ours + deeper


@pytest.mark.parametrize("model", models(), ids=lambda model: model.__name__)
def test_no_model_tells_a_fault_without_words(model: type[BaseModel]) -> None:
    """Whatever stands in a field: the fault is told, and never by the last resort."""
    for name, info in model.model_fields.items():
        for value in VALUES:
            for told in _told(model, {info.alias or name: value}):
                assert told
                assert not _pythonic(told)
                assert "not allowed here" not in told


def _told(model: type[BaseModel], data: Any) -> list[str]:
    try:
        model.model_validate(data)
    except ValidationError as error:
        return [
            what_is_wrong(one, model, json=json) for one in error.errors() for json in (False, True)
        ]
    return []


def test_json_is_told_in_the_words_of_json() -> None:
    told = _told(Inner, {"name": {"a": 1}})
    assert told == [
        "a text is needed (given: keys with values)",
        "a text is needed (given: a JSON object)",
    ]
    assert _told(Table, None)[1] == "a JSON object is needed (given: null)"


def _pythonic(text: str) -> Any:
    return any(word in text for word in ("Input should", "dictionary", "instance of", "tuple"))
