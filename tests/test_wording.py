"""Faults of values are told in words that know nothing of Python."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated, Any, Literal

import pytest
from pydantic import BaseModel, ConfigDict, Field

from hubemu.errors import InputError
from hubemu.yamlfile import parse_yaml


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


def _pythonic(text: str) -> Any:
    return any(word in text for word in ("Input should", "dictionary", "instance of", "tuple"))
