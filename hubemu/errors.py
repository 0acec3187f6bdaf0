"""The errors a person meets, and the exit code each one ends a command with.

Three families, nothing else crosses a floor: what was given is wrong (`InputError`), something
cannot be started or reached (`StartError`), the thing checked failed (`CheckFailed`).
"""

from __future__ import annotations

__all__ = ["CheckFailed", "HubemuError", "InputError", "StartError"]


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
