"""Places in a body: dotted paths, `[]` after a list whose items are meant.

What does not have the shape a path expects is passed over, as the service validates nothing
(facts: converter 1): a rule strikes where it finds its place, and nowhere else.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

__all__ = ["Tree", "delete", "holders", "objects_at", "value_at"]

Tree = dict[str, Any]
_ITEMS = "[]"


def objects_at(body: Tree, path: str) -> Iterator[Tree]:
    """Every object at `path`; the body itself where the path is empty."""
    found: list[Any] = [body]
    for step in path.split(".") if path else ():
        name = step.removesuffix(_ITEMS)
        below = [one[name] for one in found if isinstance(one, dict) and name in one]
        if step.endswith(_ITEMS):
            below = [item for one in below if isinstance(one, list) for item in one]
        found = below
    return (one for one in found if isinstance(one, dict))


def holders(body: Tree, path: str) -> Iterator[tuple[Tree, str]]:
    """Every object that has the last name of `path`, with that name."""
    above, _, name = path.rpartition(".")
    return ((one, name) for one in objects_at(body, above) if name in one)


def value_at(body: Tree, path: str) -> Any:
    """The first value at `path`, `None` where there is none."""
    for holder, name in holders(body, path):
        return holder[name]
    return None


def delete(body: Tree, *paths: str) -> None:
    """Take away what stands at each of `paths`."""
    for path in paths:
        for holder, name in list(holders(body, path)):
            del holder[name]
