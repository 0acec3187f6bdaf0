"""The order of a Java `HashMap`, in which a report prints the keys of the source it quotes.

Source: facts json-xml 3 (sourceMessage).
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from typing import Any

__all__ = ["in_order_of_hashes"]

_FIRST_TABLE = 16
_FULL = 0.75
_INT = 0xFFFFFFFF
_MOST, _LONGEST = 10_000, 1_000
"""Keys, and characters of a key, up to which the order is that of Java: nobody has as many."""
_SHORT = 64


def in_order_of_hashes(tree: Mapping[str, Any]) -> dict[str, Any]:
    """The entries in the order in which a `HashMap` gives them that got them in this one."""
    if len(tree) > _MOST:
        return dict(tree)
    size = _FIRST_TABLE
    while len(tree) > size * _FULL:
        size *= 2

    def place(key: str) -> int:
        return (_hash(key) if len(key) > _SHORT else _known_hash(key)) & (size - 1)

    return {key: tree[key] for key in sorted(tree, key=place)}


@lru_cache(maxsize=1_000)
def _known_hash(key: str) -> int:
    """The same of a short key, remembered: nearly all are those of the envelope."""
    return _hash(key)


def _hash(key: str) -> int:
    """The hash of a key as `HashMap` spreads it: `String.hashCode` of its UTF-16 units."""
    units = memoryview(key[:_LONGEST].encode("utf-16-le", "surrogatepass"))
    code = 0
    for at in range(0, len(units), 2):
        code = (31 * code + units[at] + (units[at + 1] << 8)) & _INT
    return code ^ code >> 16
