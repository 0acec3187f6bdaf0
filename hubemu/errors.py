"""The errors a person meets, and the exit code each one ends a command with.

Three families, nothing else crosses a floor: what was given is wrong (`InputError`), something
cannot be started or reached (`StartError`), the thing checked failed (`CheckFailed`).
"""

from __future__ import annotations

import errno
from typing import Final

__all__ = ["FULL_DISK", "CheckFailed", "HubemuError", "InputError", "StartError", "unwritable"]

FULL_DISK: Final = frozenset({errno.ENOSPC, errno.EDQUOT})
"""What the system says of a full disk or a used up quota."""


class HubemuError(Exception):
    """An error with one clear line for a person; `exit_code` is what a command ends with."""

    exit_code = 1


class CheckFailed(HubemuError):
    """The thing checked did not pass: a message rejected, an expectation not met (exit 1)."""

    exit_code = 1


class InputError(HubemuError):
    """A file, option or value given by the user cannot be used (exit 2).

    Args:
        source: the file, option or URL at fault.
        problem: what is wrong, and how to mend it.
        place: where in the source, such as `line 3` or `clients[2].preferences.useXML`.
    """

    exit_code = 2

    def __init__(self, source: object, problem: str, place: str = "") -> None:
        self.source = str(source)
        self.problem = problem
        self.place = place
        super().__init__(": ".join(part for part in (self.source, place, problem) if part))


class StartError(HubemuError):
    """Something could not be started or reached: port taken, no running Hub, time-out (exit 3)."""

    exit_code = 3


def unwritable(where: object, error: OSError, problem: str) -> HubemuError:
    """What a person is told of a folder that cannot be written to, for `problem` and its mend.

    A full disk is no fault of what was given: the start failed (exit 3), and room is the mend.
    """
    if error.errno in FULL_DISK:
        why = f"the disk is full ({error.strerror}); make room there, or use another --home"
        return StartError(f"{where}: {why}")
    return InputError(where, problem)
