"""UUIDs that a seed gives: unlike each other, and the same for whoever asks the same again."""

from __future__ import annotations

from collections import Counter
from hashlib import blake2b
from uuid import UUID

__all__ = ["SeededIds", "seeded_uuid"]


def seeded_uuid(seed: int, *words: object) -> UUID:
    """The UUID (of version 4's form) of these words under a seed."""
    text = "\0".join(map(str, (seed, *words)))
    return UUID(bytes=blake2b(text.encode(), digest_size=16).digest(), version=4)


class SeededIds:
    """One UUID after the other for each purpose.

    Args:
        seed: of all of them.
    """

    def __init__(self, seed: int) -> None:
        self._seed = seed
        self._given: Counter[str] = Counter()
        self.life = 0
        """Which life it is of something that remembers the ids of its lives before: each has
        others."""

    def next(self, purpose: str) -> UUID:
        """The next one for a purpose."""
        self._given[purpose] += 1
        return seeded_uuid(self._seed, self.life, purpose, self._given[purpose])
