"""The manual page, made from the commands: python docs/manpage.py > docs/hubemu.1"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import click

ROOT = Path(__file__).resolve().parent.parent
HEAD = r"""
.TH HUBEMU 1 "" "hubemu" "User Commands"
.SH NAME
hubemu \- the Hub Santé on a laptop
.SH SYNOPSIS
.B hubemu
.I COMMAND
.RI [ OPTIONS ]
.SH DESCRIPTION
Develop, test and rehearse against the Hub Santé without the Hub: the same vHosts, the same
mutual TLS with certificate login, the same checks, conversions and error reports.
.B hubemu COMMAND \-\-help
tells the options of a command, with an example.
.SH COMMANDS
"""
TAIL = r"""
.SH FILES
.TP
.I .hubemu
The home of a Hub: certificates, endpoints.json, state and log.
HUBEMU_HOME or \-\-home names another.
.SH EXAMPLES
.nf
hubemu up \-\-detach
hubemu send \-\-as fr.health.samuA \-\-vhost 15\-15_v2.0 message.json
hubemu run \-\- mvn \-B verify
.fi
"""


def main() -> None:
    """Print it."""
    from hubemu.cli.app import APP

    print(HEAD.strip())
    print("\n".join(_commands(APP, [])))
    print(".SH EXIT STATUS")
    print("\n".join(_table("exit code")))
    print(".SH ENVIRONMENT")
    print("\n".join(_table("variable")))
    print(TAIL.strip())


def _commands(group: click.Group, path: list[str]) -> Iterator[str]:
    context = click.Context(group)
    for name in group.list_commands(context):
        command = group.get_command(context, name)
        if isinstance(command, click.Group):
            yield from _commands(command, [*path, name])
        elif command is not None:
            words = _roff(" ".join([*path, name]))
            yield f".TP\n.B {words}\n{_roff(command.get_short_help_str(500))}"


def _table(first: str) -> Iterator[str]:
    """The rows of a table of the page of exit codes and variables."""
    text = (ROOT / "docs/exit-codes.md").read_text("utf-8")
    table = text[text.index(f"| {first} |") :].partition("\n\n")[0]
    for row in table.splitlines()[2:]:
        name, meaning = (cell.strip() for cell in row.strip("|").split(" | ", 1))
        yield f".TP\n.B {_roff(name.replace('`', ''))}\n{_roff(meaning)}"


def _roff(text: str) -> str:
    """Text of Markdown as a line of roff."""
    plain = re.sub(r"\[([^\]]*)\]\([^)]*\)", r"\1", text).replace("`", "").replace("\\|", "|")
    escaped = " ".join(plain.split()).replace("\\", r"\e").replace("-", r"\-")
    return f"\\&{escaped}" if escaped.startswith((".", "'")) else escaped


if __name__ == "__main__":
    main()
