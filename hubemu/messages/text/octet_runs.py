"""Long runs of octets of a kind, found without looking at every octet."""

from __future__ import annotations

__all__ = ["has_long_run"]


def has_long_run(body: bytes, octets: bytes, most: int) -> bool:
    """Whether more than `most` of those octets stand together.

    Such a run covers a multiple of that length, so only what stands there is looked at.
    """
    for at in range(most, len(body), most):
        if body[at] in octets:
            before, after = body[at - most : at], body[at : at + most + 1]
            run = len(before) - len(before.rstrip(octets))
            if run + len(after) - len(after.lstrip(octets)) > most:
                return True
    return False
