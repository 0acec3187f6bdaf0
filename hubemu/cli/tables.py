"""What the commands on clients, vHosts and routing tables of a running Hub have in common."""

from __future__ import annotations

from http import HTTPStatus
from typing import Any

from hubemu.cli.access import control_of
from hubemu.cli.output import result, result_json
from hubemu.errors import CheckFailed, InputError, StartError
from hubemu.events.lines import change_lines
from hubemu.home import Home

__all__ = ["ask", "tell_change"]

_PATIENCE = 300.0
"""Seconds a broker may take to follow: thousands of queues are not made at once."""
_DONE = (HTTPStatus.OK, HTTPStatus.CREATED)
_UNUSABLE = (HTTPStatus.NOT_FOUND, HTTPStatus.UNPROCESSABLE_ENTITY)


def ask(home: Home, method: str, path: str, source: str, body: object = None) -> dict[str, Any]:
    """Have the Hub of a home change its tables; its answer.

    Args:
        source: what of the command line is wrong where the Hub refuses it.

    Raises:
        InputError: the Hub has no such row, has it already, or it can be none.
        CheckFailed: the Hub as it is cannot do it, with what to do instead.
        StartError: none is up, or its broker does not take it.
    """
    status, answer = control_of(home).call(method, path, body, timeout=_PATIENCE)
    if status in _DONE and isinstance(answer, dict):
        return answer
    told = answer if isinstance(answer, dict) else {}
    errors = told.get("errors") or []
    detail = str(errors[0]["detail"] if errors else told.get("detail", status))
    if status in _UNUSABLE or errors:
        raise InputError(source, detail)
    if status == HTTPStatus.SERVICE_UNAVAILABLE:
        raise StartError(detail)
    raise CheckFailed(detail)


def tell_change(change: dict[str, Any], *, as_json: bool, said: object = None) -> None:
    """Print what a change did; as JSON `said`, or the change itself."""
    if as_json:
        result_json(change if said is None else said)
        return
    for line in change_lines(change) or ["no client and no vHost differs from what was in force"]:
        result(line)
