"""`hubemu env`: the environment variables clients read."""

from __future__ import annotations

import re
import shlex
from enum import StrEnum
from typing import Annotated

from hubemu.cli.options import (
    DEFAULT_CLIENT,
    DEFAULT_HOME,
    DEFAULT_VHOST,
    HomeFolder,
    Json,
    OnVHost,
)
from hubemu.cli.output import result, result_json, talk
from hubemu.cli.parameters import Option

__all__ = ["EnvFormat", "env"]


_NOT_AS_IT_STANDS = re.compile(r"""^[\s'"`]|#|\$\{|[\r\n]|\s$""")
"""What some dotenv library reads otherwise: quotes around, comments, variables, several lines."""


class EnvFormat(StrEnum):
    """How the variables are written."""

    DOTENV = "dotenv"
    SHELL = "shell"
    JSON = "json"
    SPRING = "spring"


def env(
    client: Annotated[
        str, Option(metavar="ID", help="Client whose certificate to use.")
    ] = DEFAULT_CLIENT,
    vhost: OnVHost = DEFAULT_VHOST,
    form: Annotated[EnvFormat, Option("--format", help="How to write them.")] = EnvFormat.DOTENV,
    home: HomeFolder = DEFAULT_HOME,
    as_json: Json = False,
) -> None:
    """Print the environment that the official kits and other clients read, for a running Hub."""
    from hubemu.cli.access import facts_of
    from hubemu.client.environment import client_environment, spring_properties
    from hubemu.home import Home

    where = Home(home)
    variables = client_environment(facts_of(where), where.path, client, vhost)
    if form is EnvFormat.SPRING and not as_json:
        for name, value in spring_properties(variables).items():
            result(f"{name}={_property(value)}")
        return
    if as_json or form is EnvFormat.JSON:
        result_json(variables)
        return
    for name, value in variables.items():
        result(_assignment(name, value, form))
    quoted = [name for name, value in variables.items() if _dotenv(value) != value]
    if quoted and form is EnvFormat.DOTENV:
        talk(
            f"note: quoted for dotenv libraries: {', '.join(quoted)}; `docker --env-file` takes "
            "quotes for a part of the value: use a home whose path has no #, no ${ and no quotes "
            "or blanks at its ends, or give docker each by `-e NAME` after `--format shell`"
        )


def _assignment(name: str, value: str, form: EnvFormat) -> str:
    if form is EnvFormat.SHELL:
        return f"export {name}={shlex.quote(value)}"
    return f"{name}={_dotenv(value)}"


def _property(value: str) -> str:
    """A value of a `.properties` file, which has `\\` for escapes and is read as Latin-1."""
    escaped = value.replace("\\", "\\\\").encode("utf-16-be")
    units = (int.from_bytes(escaped[at : at + 2]) for at in range(0, len(escaped), 2))
    return "".join(chr(one) if 0x20 <= one < 0x7F else f"\\u{one:04x}" for one in units)


def _dotenv(value: str) -> str:
    """As it stands wherever libraries take it so: `docker --env-file` knows no quotes.

    Where quotes it must be, those in which every library leaves all characters alone, if any do.
    """
    if not _NOT_AS_IT_STANDS.search(value):
        return value
    if "'" not in value and not re.search(r"\\\\|\\$", value):
        return f"'{value}'"
    escaped = value.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'
