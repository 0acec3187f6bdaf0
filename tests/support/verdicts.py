"""What a release says of a body, as yes or no."""

from __future__ import annotations

from typing import Any

from hubemu.messages import InvalidMessage, Release

__all__ = ["accepts"]


def accepts(release: Release, body: bytes, written: Any) -> bool:
    """Whether the release takes a body in a format."""
    try:
        release.validate(body, written)
    except InvalidMessage:
        return False
    return True
