"""Small damages done to messages at random places, from a seed."""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterator
from decimal import Decimal
from random import Random
from typing import Any

from lxml import etree

__all__ = ["damage_json", "damage_xml"]

_VALUES: tuple[Any, ...] = (
    "",
    "x",
    "a.b.c.d_e",
    "fr.health.samuA.1\n",
    "é.b.c.d",
    "NOT_A_CODE",
    0,
    7,
    2**40,
    Decimal("1.50"),
    True,
    None,
    [],
    {},
    ["x"],
    "2024-02-30T10:00:00+01:00",
    "2024-05-15T10:00:00Z",
    "2024-05-15T10:00:00-00:00",
    "2024-05-15T10:00:00.5+01:00",
    "2024-05-15T10:00:00",
    "x2024-05-15T10:00:00+01:00x",
    "x" * 40,
)
_TEXTS = (*(v for v in _VALUES if isinstance(v, str)), "1", "1.5", "true", " 12 ")


def _places(value: Any) -> Iterator[tuple[Any, Any]]:
    """Every (container, key) of a tree."""
    items = value.items() if isinstance(value, dict) else enumerate(value)
    for key, item in items:
        yield value, key
        if isinstance(item, dict | list):
            yield from _places(item)


def _drop(random: Random, container: Any, key: Any) -> None:
    del container[key]


def _add(random: Random, container: Any, key: Any) -> None:
    if isinstance(container, dict):
        container[random.choice(("unknown", "info", "status", "reference"))] = "x"
    else:
        container.extend(copy.deepcopy(container) * random.choice((1, 6)))


def _replace(random: Random, container: Any, key: Any) -> None:
    container[key] = copy.deepcopy(random.choice(_VALUES))


def _spoil(random: Random, container: Any, key: Any) -> None:
    if isinstance(container[key], str):
        container[key] += random.choice(("_", "é", " ", ".", "x", "Z", "\n"))
    else:
        _replace(random, container, key)


_JSON: tuple[Callable[[Random, Any, Any], None], ...] = (_drop, _add, _replace, _replace, _spoil)


def damage_json(tree: dict[str, Any], random: Random) -> dict[str, Any]:
    """A copy of the message with one thing changed."""
    damaged = copy.deepcopy(tree)
    container, key = random.choice(list(_places(damaged)))
    random.choice(_JSON)(random, container, key)
    return damaged


def damage_xml(root: etree._Element, random: Random) -> etree._Element:
    """A copy of the message with one element dropped, doubled, moved, renamed or refilled."""
    damaged = copy.deepcopy(root)
    element = random.choice([e for e in damaged.iter() if e.getparent() is not None])
    parent = element.getparent()
    assert parent is not None
    match random.choice(("drop", "double", "move", "rename", "refill", "refill", "namespace")):
        case "drop":
            parent.remove(element)
        case "double":
            for _ in range(random.choice((1, 6))):
                parent.insert(parent.index(element), copy.deepcopy(element))
        case "move":
            parent.insert(random.randrange(len(parent)), element)
        case "rename":
            element.tag = f"{str(element.tag).rpartition('}')[0]}}}unknown"
        case "namespace":
            element.tag = f"{{urn:other}}{str(element.tag).rpartition('}')[2]}"
        case _:
            element.text = random.choice(_TEXTS)
    return damaged
