"""Erlang that a node of ours evaluates: what it answers is so now, not what statistics told.

Erlang's own `erl_call` asks in ten milliseconds; where it is not installed `rabbitmqctl`, which
starts a whole Erlang first, stands in.
"""

from __future__ import annotations

import base64
import itertools
import json
import zlib
from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Any, Final

from hubemu.errors import CheckFailed

__all__ = ["SCRIPT", "ErlangShell"]

SCRIPT: Final = """\
if [ -n "$ASKING_NAME" ]
then
    asking=$(command -v erl_call) || {
        erlang=$(dirname "$(readlink -f "$(command -v erl)")")
        for asking in "$erlang"/../lib/erl_interface-*/bin/erl_call; do :; done
    }
    printf %s "$ASKED_EXPRESSION" |
        "$asking" -sname "${RABBITMQ_NODENAME:-rabbit@$(hostname)}" -h "$ASKING_NAME" \\
            -fetch_stdout -no_result_term -e
else exec "${CONTROL_PROGRAM:-rabbitmqctl}" eval "$ASKED_EXPRESSION"
fi
"""
"""For `/bin/sh` where the node is: evaluates ASKED_EXPRESSION on it and prints what that prints,
by `erl_call` if there is a name to ask by. Not every installation has that on its path."""
_NAMES: Final = 256
"""Names to ask by, in turn. By a name that is still known to the node nobody gets in; and the node
keeps each name for ever, so there is an end to them."""
_MARK: Final = "hubemu:"
_EXPRESSION: Final = """\
Print = fun(Term) -> io:put_chars([<<"{mark}">>, base64:encode(rabbit_json:encode(Term)), 10]) end,
Given = rabbit_json:decode(zlib:uncompress(base64:decode(<<"{given}">>))),
try Print(#{{told => begin {body} end}})
catch Class_:Why_ ->
    Print(#{{failed => iolist_to_binary(io_lib:format("~p: ~0p", [Class_, Why_]))}})
end.
"""
_LAST_WORDS: Final = 300
_LONGEST: Final = 100_000
"""Octets of a question: what a process may be given is limited to 128 KiB."""


class ErlangShell:
    """Evaluates expressions on one node.

    Args:
        run: runs SCRIPT with these variables where the node is; what that printed.
        quick: whether `erl_call` is there and gets in; `try_out` finds out.

    `alone` says that nothing else tells what is on the node now: it is asked, quickly or not.
    """

    def __init__(
        self, run: Callable[[Mapping[str, str]], Awaitable[bytes]], *, quick: bool = False
    ) -> None:
        self._run = run
        self.quick = quick
        self.alone = False
        self._names = itertools.cycle(f"hubemu{number}" for number in range(_NAMES))

    async def try_out(self) -> None:
        """Find out whether a node that is up answers `erl_call`; else it is asked the slow way."""
        self.quick = True
        try:
            await self.ask("true")
        except CheckFailed:
            self.quick = False

    async def ask(self, body: str, **given: Any) -> Any:
        """The value of expressions, as JSON takes it.

        Args:
            body: Erlang, without a dot; the map `Given` has what is given, its keys binaries.
            given: values that JSON takes.

        Raises:
            CheckFailed: the node does not answer, or its answer is an error.
        """
        return await self._answer(_written(body, given))

    async def ask_of_all(self, body: str, name: str, values: Sequence[Any], **given: Any) -> None:
        """Evaluate expressions for many values, in as few questions as they fit into.

        Args:
            body: Erlang, without a dot; what it gives is let go.
            name: the key of `Given` that has the values, or a part of them.
            values: as JSON takes them; of none nothing is asked.
            given: further values.

        Raises:
            CheckFailed: the node does not answer, or its answer is an error.
        """
        if not values:
            return
        question = _written(body, {**given, name: list(values)})
        if len(question) <= _LONGEST or len(values) == 1:
            await self._answer(question)
            return
        middle = len(values) // 2
        for half in (values[:middle], values[middle:]):
            await self.ask_of_all(body, name, half, **given)

    async def _answer(self, question: str) -> Any:
        name = next(self._names) if self.quick else ""
        said = await self._run({"ASKED_EXPRESSION": question, "ASKING_NAME": name})
        lines = said.decode("utf-8", "replace").splitlines()
        told = next((line for line in lines if line.startswith(_MARK)), None)
        if told is None:
            words = " ".join(" ".join(lines).split())[-_LAST_WORDS:]
            raise CheckFailed(f"RabbitMQ does not answer: {words or 'it said nothing'}")
        answer = json.loads(base64.b64decode(told.removeprefix(_MARK)))
        if "failed" in answer:
            raise CheckFailed(f"RabbitMQ cannot do it: {answer['failed'][:_LAST_WORDS]}")
        return answer["told"]


def _written(body: str, given: Mapping[str, Any]) -> str:
    octets = base64.b64encode(zlib.compress(json.dumps(given).encode()))
    return _EXPRESSION.format(mark=_MARK, given=octets.decode(), body=body)
