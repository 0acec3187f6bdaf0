"""`hubemu env`: the environment variables clients read."""

from __future__ import annotations

import re
import shlex
from enum import StrEnum
from typing import Annotated

from hubemu.cli.options import DEFAULT_CLIENT, DEFAULT_HOME, DEFAULT_VHOST, HomeFolder, OnVHost
from hubemu.cli.output import result, result_json
from hubemu.cli.parameters import Option

__all__ = ["Form", "env"]


_NOT_AS_IT_STANDS = re.compile(r"""^[\s'"`]|[#$\\\r\n]|\s$""")
"""What some dotenv library reads otherwise: quotes around, comments, variables, escapes."""


class Form(StrEnum):
    """How the variables are written."""

    DOTENV = "dotenv"
    SHELL = "shell"
    JSON = "json"


def env(
    client: Annotated[
        str, Option(metavar="ID", help="Client whose certificate to use.")
    ] = DEFAULT_CLIENT,
    vhost: OnVHost = DEFAULT_VHOST,
    form: Annotated[Form, Option("--format", help="How to write them.")] = Form.DOTENV,
    home: HomeFolder = DEFAULT_HOME,
) -> None:
    """Print the environment that the official kits and other clients read, for a running Hub."""
    from hubemu.cli.access import facts_of
    from hubemu.client.environment import client_environment
    from hubemu.home import Home

    where = Home(home)
    variables = client_environment(facts_of(where), where.path, client, vhost)
    if form is Form.JSON:
        result_json(variables)
    else:
        result("\n".join(_assignment(name, value, form) for name, value in variables.items()))


def _assignment(name: str, value: str, form: Form) -> str:
    if form is Form.SHELL:
        return f"export {name}={shlex.quote(value)}"
    return f"{name}={_dotenv(value)}"


def _dotenv(value: str) -> str:
    """As it stands wherever dotenv libraries take it so: `docker --env-file` knows no quotes."""
    if not _NOT_AS_IT_STANDS.search(value):
        return value
    if "'" not in value:
        return f"'{value}'"
    escaped = "".join(f"\\{char}" if char in '"\\$`' else char for char in value)
    return f'"{escaped}"'
