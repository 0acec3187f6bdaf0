"""The way in and the only way out: every error becomes one line and an exit code here.

0 success; 1 the thing checked failed; 2 wrong usage or unusable input; 3 could not start or reach
something; 130 Ctrl-C (CONTRACT); 141 nobody reads the output any more, as a shell says it. An
unexpected error is a bug: one line says how to report it, and `HUBEMU_DEBUG=1` shows where it
happened.
"""

from __future__ import annotations

import errno
import os
import sys
from collections.abc import Iterable, Sequence

import click

from hubemu.cli.app import APP
from hubemu.cli.ending import ended_in_order
from hubemu.cli.output import ReaderGone, talk
from hubemu.collector import leave_to_the_system
from hubemu.errors import FULL_DISK, HubemuError, InputError, unwritable

__all__ = ["main", "run"]

INTERRUPTED = 130
READER_GONE = 141
_BUG = 1
_OF_THE_FILE = frozenset(
    {errno.EACCES, errno.EPERM, errno.EROFS, errno.ELOOP, errno.ENAMETOOLONG, errno.ENOTDIR}
)
"""What the system says of a file that is somebody else's or cannot be: no fault of ours."""
_LONGEST_LINE = 2_000


def main() -> None:
    """Run the command line and end the process with its exit code."""
    with ended_in_order():
        code = run(sys.argv[1:], whole_process=True)
    leave_to_the_system()
    sys.exit(code)


def run(arguments: Sequence[str], *, whole_process: bool = False) -> int:
    """The exit code of one command line; `whole_process`: nothing comes after it but the end."""
    try:
        ended = APP.main(
            args=list(arguments) or ["--help"],
            prog_name="hubemu",
            standalone_mode=False,
            obj="process" if whole_process else None,
        )
    except HubemuError as error:
        talk(f"error: {_short(str(error)) if isinstance(error, InputError) else error}")
        return error.exit_code
    except click.ClickException as error:
        talk(f"error: {_one_line(error)}{_help_hint(error)}")
        return error.exit_code
    except (KeyboardInterrupt, click.Abort):
        return INTERRUPTED
    except ReaderGone:
        return READER_GONE
    except Exception as error:
        return _unexpected(error)
    return ended if isinstance(ended, int) else 0


def _short(text: str) -> str:
    """One line, whatever of a file from outside it quotes."""
    line = " ".join(text.split())
    return line if len(line) <= _LONGEST_LINE else f"{line[:_LONGEST_LINE]}..."


def _one_line(error: click.ClickException) -> str:
    name, known = _misspelt(error)
    by_small = {one.lower(): one for one in known}
    if name is not None and name.lower() in by_small:
        return f"{error.message} Did you mean {by_small[name.lower()]!r}?"
    return " ".join(error.format_message().split())


def _misspelt(error: click.ClickException) -> tuple[str | None, Iterable[str]]:
    """The option or command that is not there, and those that are; `None` for another mistake.

    What click suggests by itself knows nothing of capitals.
    """
    context: click.Context | None = getattr(error, "ctx", None)
    if context is None:
        return None, ()
    if isinstance(error, click.NoSuchOption):
        return error.option_name, [flag for one in context.command.params for flag in one.opts]
    if isinstance(context.command, click.Group):
        return getattr(error, "command_name", None), context.command.list_commands(context)
    return None, ()


def _help_hint(error: click.ClickException) -> str:
    context = getattr(error, "ctx", None)
    return f" (see `{context.command_path} --help`)" if context is not None else ""


def _unexpected(error: Exception) -> int:
    if os.environ.get("HUBEMU_DEBUG"):
        raise error
    if isinstance(error, OSError) and error.errno in FULL_DISK:
        told = unwritable(error.filename or "a file", error, "cannot be written")
        talk(f"error: {told}")
        return told.exit_code
    if isinstance(error, OSError) and error.errno in _OF_THE_FILE and error.filename:
        wrong = InputError(_name(error.filename), (error.strerror or str(error)).lower())
        talk(f"error: {wrong}")
        return wrong.exit_code
    talk(
        f"error: {type(error).__name__}: {error} (this is a fault of hubemu: please report it "
        "with what HUBEMU_DEBUG=1 shows)"
    )
    return _BUG


def _name(file: object) -> str:
    return os.fsdecode(file) if isinstance(file, bytes) else str(file)
