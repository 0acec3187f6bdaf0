"""The message types of the releases that are built in, for tests that try each of them."""

from __future__ import annotations

from hubemu.messages import builtin_releases, load_release
from hubemu.messages.envelope.reading import UNREADABLE_KEYS

__all__ = ["SENT_TYPES", "TYPES"]

TYPES = [
    (name, type_.name)
    for name in builtin_releases()
    for type_ in load_release(name).types.values()
    if type_.key not in UNREADABLE_KEYS
]
"""Release and type; only those that can be read."""
SENT_TYPES = [
    (name, type_) for name, type_ in TYPES if load_release(name).types[type_].key != "error"
]
"""Those of them that clients send: the Hub alone sends errors."""
