"""Whole numbers as JSON knows them: 14.0 is one, which strict readers of Python take for none."""

from __future__ import annotations

from typing import Any

from pydantic import BeforeValidator

__all__ = ["AS_WHOLE"]


def _as_whole(value: Any) -> Any:
    return int(value) if type(value) is float and value.is_integer() else value


AS_WHOLE = BeforeValidator(_as_whole)
"""To be the last in the annotation of an `int`, behind its limits."""
