"""Chance that is the same each time: a keyed hash of the seed, the rule and the event's ordinal.

Neither time nor the order of other senders' events has a part in it.
"""

from __future__ import annotations

from hashlib import blake2b

__all__ = ["draw"]

_SCALE = 2.0**-53


def draw(seed: int, number: int, stream: tuple[str, str], ordinal: int, purpose: str = "") -> float:
    """A number from 0 up to, not including, 1.

    Args:
        seed: of the Hub.
        number: of the rule.
        stream: vHost, and sender or client, of the event.
        ordinal: the event is the so many-th of its stream that the rule looked at, from 1.
        purpose: what it is for; each purpose has its own chance.
    """
    words = "\0".join((str(number), *stream, str(ordinal), purpose))
    hashed = blake2b(words.encode(), digest_size=8, key=seed.to_bytes(8, "big"))
    return (int.from_bytes(hashed.digest(), "big") >> 11) * _SCALE
