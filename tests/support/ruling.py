"""What the Hub decides of a delivery, and the code it refuses it with."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from hubemu.dispatcher import CHECKS, Ruling, decide
from tests.support.dispatching import NOW, context, now

__all__ = ["NAMES", "code", "expired", "ruling"]

NAMES = [check.__name__.replace("_", " ") for check in CHECKS]
"""Every check as a trace names it, in order."""


def ruling(of: Any, **kwargs: Any) -> Ruling:
    """The ruling; nothing is asked for."""
    made = decide(of, context(**kwargs), now)
    assert isinstance(made, Ruling)
    return made


def code(of: Any, **kwargs: Any) -> int:
    """The code of the rejection."""
    rejection = ruling(of, **kwargs).rejection
    assert rejection is not None
    return rejection.code.value


def expired(message: dict[str, Any]) -> dict[str, Any]:
    """The message, whose time ended an hour ago."""
    gone = datetime.fromtimestamp(NOW, UTC) - timedelta(hours=1)
    return message | {"dateTimeExpires": gone.isoformat()}
