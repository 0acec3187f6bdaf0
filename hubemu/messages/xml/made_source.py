"""What functions that are made for a type have in common: how texts stand in their source."""

from __future__ import annotations

__all__ = ["literal"]


def literal(text: str) -> str:
    """A text as it stands in the source of a formatted string between single quotes."""
    return repr(f'"{text}')[2:-1].replace("{", "{{").replace("}", "}}")
