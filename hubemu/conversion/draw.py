"""What a conversion makes up: ids and stamps, out of one source that has a seed and a clock."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from random import Random
from string import ascii_lowercase, digits
from uuid import UUID

__all__ = ["Draw"]

_CHARACTERS = ascii_lowercase + digits


class Draw:
    """The service draws ids at random (facts: converter 3.1); ours are those of a seed.

    Args:
        seed: of everything drawn.
        now: tells the time in seconds since the epoch.
    """

    def __init__(self, seed: str, now: Callable[[], float]) -> None:
        self._random = Random(seed)  # noqa: S311 - no secret
        self._now = now

    def copy(self) -> Draw:
        """One that draws the same from now on."""
        other = Draw("", self._now)
        other._random.setstate(self._random.getstate())
        return other

    def characters(self, number: int) -> str:
        """So many letters and digits."""
        return "".join(self._random.choices(_CHARACTERS, k=number))

    def stamp(self) -> str:
        """`<yyyymmddhhmmss>-<4 random>`, in UTC."""
        moment = datetime.fromtimestamp(self._now(), UTC)
        return f"{moment:%Y%m%d%H%M%S}-{self.characters(4)}"

    def uuid(self) -> str:
        """A random UUID."""
        return str(UUID(int=self._random.getrandbits(128), version=4))
