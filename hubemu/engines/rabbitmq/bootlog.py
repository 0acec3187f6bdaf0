"""What the log of a node that ended says of the reason."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

__all__ = ["boot_failure"]

_ERROR = re.compile(r".*\[error\] <[^>]*> ?(.*)")
_LEVEL = re.compile(r"\[(debug|info|notice|warning)\] <")
_ITEM = "- "


def boot_failure(log: str) -> str:
    """The line that tells it best, in this order: ours to mend, RabbitMQ's first, the last
    that is no ordinary line of a log."""
    lines = [line.strip() for line in log.splitlines() if line.strip()]
    told = list(_errors(lines))
    items = [line.removeprefix(_ITEM) for line in told if line.startswith(_ITEM)]
    plain = [line for line in [*lines, *told] if line.startswith("ERROR:")]
    unleveled = [line for line in lines if not _LEVEL.search(line)]
    return next(iter([*items, *plain, *told, *unleveled[-1:]]), "no reason was given")


def _errors(lines: Sequence[str]) -> Iterable[str]:
    for line in lines:
        found = _ERROR.fullmatch(line)
        if found is not None and found[1].strip():
            yield found[1].strip()
