"""What is known of every kind of trouble: entries by id, read from `knowledge/*.yaml` when wanted.

An id is a code (`S1`, `C7`, `F4`, `P6`), or `hub:300`, `amqp:403` for a number, or what a schema
says (`schema:cvc-elt.1.a`). Read with PyYAML alone, which loads fast; that the files are complete
and well-formed is for the tests to see.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, Literal, get_args

import yaml

__all__ = [
    "FAMILIES",
    "LANGUAGES",
    "STACKS",
    "KnownTrouble",
    "Language",
    "all_entries",
    "entry",
    "read",
]

Language = Literal["en", "fr"]
LANGUAGES: tuple[Language, ...] = get_args(Language)

STACKS = (
    "openssl", "java", "node", "python", "dotnet", "ruby", "go", "php", "erlang", "c", "perl",
)  # fmt: skip

FAMILIES: Mapping[str, str] = {
    "S": "server", "C": "client", "F": "files", "P": "process", "hub": "hub", "schema": "schema",
    "amqp": "amqp",
}  # fmt: skip
"""The file of each family of ids: their letter, or what stands before the colon."""

_FOLDER = Path(__file__).parent / "knowledge"
_Text = str | Mapping[str, str]


@dataclass(frozen=True, slots=True)
class KnownTrouble:
    """One kind of trouble; texts by language, `prints` by stack."""

    id: str
    texts: Mapping[str, Mapping[str, str]]
    source: str
    recipe: str
    prints: Mapping[str, str]
    name: str

    @property
    def code(self) -> str:
        """The id as people write it: a number stands without its family."""
        return self.id.rpartition(":")[2]

    def text(self, part: Literal["title", "why", "check", "mend"], language: Language) -> str:
        """A part of it in a language."""
        return self.texts[part][language]

    def recipe_for(self, stack: str, language: Language) -> str | None:
        """The code that mends it in a stack, where there is some."""
        told: _Text | None = read("recipes").get(self.recipe, {}).get(stack)
        return told[language] if isinstance(told, Mapping) else told


def entry(id_: str) -> KnownTrouble | None:
    """What is known under an id; `None` if nothing is."""
    return _family(_family_of(id_)).get(id_)


def all_entries() -> Iterator[KnownTrouble]:
    """Everything known, family by family."""
    for family in FAMILIES:
        yield from _family(family).values()


@cache
def read(name: str) -> Mapping[str, Any]:
    """The content of one file of knowledge."""
    text = (_FOLDER / f"{name}.yaml").read_text(encoding="utf-8")
    content: Mapping[str, Any] = yaml.load(text, Loader=yaml.CSafeLoader)
    return content


def _family_of(id_: str) -> str:
    return id_.partition(":")[0] if ":" in id_ else id_[:1]


@cache
def _family(family: str) -> Mapping[str, KnownTrouble]:
    if family not in FAMILIES:
        return {}
    prefix = f"{family}:" if len(family) > 1 else ""
    return {
        f"{prefix}{key}": _entry(f"{prefix}{key}", told)
        for key, told in read(FAMILIES[family]).items()
    }


def _entry(id_: str, told: Mapping[str, Any]) -> KnownTrouble:
    return KnownTrouble(
        id=id_,
        texts={part: told[part] for part in ("title", "why", "check", "mend")},
        source=told["source"],
        recipe=told.get("recipe", ""),
        prints=told.get("prints", {}),
        name=told.get("name", ""),
    )
