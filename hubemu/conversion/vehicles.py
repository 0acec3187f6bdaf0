"""What a vehicle of a SAMU is called in RC-RI: the code has changed twice (facts: converter 5)."""

from __future__ import annotations

from hubemu.conversion.code_lists import codes_of

__all__ = ["NEWEST", "health_vehicle"]

NEWEST = "SMUR"
"""The code of the newest service, and of the models before 3.4.1 and after it."""
_FIRE = "SIS"


def health_vehicle(release: str) -> str:
    """The code that RC-RI of a release knows: the newest one if it has that, else its own.

    Raises:
        LookupError: the release has no RC-RI.
    """
    codes = codes_of(release, "RC-RI", "resource.vehicleType") - {_FIRE}
    return NEWEST if NEWEST in codes or not codes else min(codes)
