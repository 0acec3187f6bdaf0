"""What pytest shows of a failure inside these kits: the line of the test, not their own."""

from __future__ import annotations

from operator import methodcaller

from hubemu.errors import HubemuError

__all__ = ["TOLD"]

TOLD = methodcaller("errisinstance", (AssertionError, HubemuError))
"""As a module's `__tracebackhide__`: errors that say it all; of any other everything is shown."""
