"""What of CPython that is private may be used: only in the versions in which it was tried."""

from __future__ import annotations

import sys
from typing import Final

__all__ = ["TRIED", "has_known_private_parts"]

TRIED: Final = ((3, 11), (3, 12), (3, 13))


def has_known_private_parts() -> bool:
    """Whether this interpreter is one in which `ssl`'s private parts are known to be as expected.

    Elsewhere whoever asks does without: nothing else may depend on them (docs/fidelity.md).
    """
    return sys.implementation.name == "cpython" and sys.version_info[:2] in TRIED
