"""What is on a RabbitMQ now: how a node of ours is asked, and how one of others is told of."""

from __future__ import annotations

import asyncio
import base64
import json
import re
import secrets
import zlib
from collections.abc import Iterable, Mapping
from typing import Any, cast

import pytest

from hubemu.broker.core.queue import QueueDepth
from hubemu.engines.rabbitmq.broker_contents import TellsStatistics, present
from hubemu.engines.rabbitmq.erlang import ErlangShell
from hubemu.engines.rabbitmq.management import Management
from hubemu.engines.rabbitmq.node_queries import AskedNode
from hubemu.errors import CheckFailed


def shell_that_says(said: bytes, asked: list[Mapping[str, str]] | None = None) -> ErlangShell:
    """A shell of a node that prints this, whatever it is asked."""

    async def run(variables: Mapping[str, str]) -> bytes:
        if asked is not None:
            asked.append(variables)
        return said

    return ErlangShell(run, quick=True)


def told(value: Any) -> bytes:
    """What a node prints that gives a value."""
    return b"hubemu:" + base64.b64encode(json.dumps(value).encode()) + b"\n"


def test_an_answer_is_found_among_what_else_is_printed() -> None:
    shell = shell_that_says(b"a warning\n" + told({"told": ["\u00e9", 1]}) + b"ok\n")
    assert asyncio.run(shell.ask("x")) == ["\u00e9", 1]


@pytest.mark.parametrize(
    ("said", "why"),
    [
        (told({"failed": "error: undef"}), "cannot do it: error: undef"),
        (b"erl_call: failed to connect to node rabbit@x\n", "does not answer: erl_call: failed"),
        (b"", "it said nothing"),
    ],
)
def test_what_a_node_does_not_answer_is_told_in_its_words(said: bytes, why: str) -> None:
    with pytest.raises(CheckFailed, match=why):
        asyncio.run(shell_that_says(said).ask("x"))


def test_no_two_questions_under_way_bear_the_same_name() -> None:
    asked: list[Mapping[str, str]] = []
    shell = shell_that_says(told({"told": True}), asked)

    async def play() -> None:
        await asyncio.gather(*(shell.ask("x") for _ in range(100)))

    asyncio.run(play())
    assert len({one["ASKING_NAME"] for one in asked}) == 100


@pytest.mark.parametrize(
    ("said", "quick"), [(told({"told": True}), True), (b"/bin/sh: erl_call: not found\n", False)]
)
def test_a_node_that_erl_call_does_not_reach_is_asked_the_slow_way(
    said: bytes, quick: bool
) -> None:
    asked: list[Mapping[str, str]] = []
    shell = shell_that_says(said, asked)

    async def play() -> None:
        await shell.try_out()
        await asyncio.gather(shell.ask("x"), return_exceptions=True)

    asyncio.run(play())
    assert shell.quick is quick
    assert [bool(one["ASKING_NAME"]) for one in asked] == [True, quick]


def test_what_is_given_is_no_part_of_the_expression() -> None:
    asked: list[Mapping[str, str]] = []
    asyncio.run(shell_that_says(told({"told": 1}), asked).ask("x", name='">>), halt(). <<"'))
    assert "halt" not in asked[0]["ASKED_EXPRESSION"]


class FakeManagement:
    """Has connections, and remembers which were closed; a name is known at the second try."""

    def __init__(self, *rows: Mapping[str, str]) -> None:
        self.rows = list(rows)
        self.closed: list[str] = []
        self.unknown = 1

    async def connections(self, users: Iterable[str]) -> list[Mapping[str, str]]:
        wanted = set(users)
        return [row for row in self.rows if row["user"] in wanted]

    async def disconnect(self, users: Iterable[str], reason: str) -> None:
        self.closed += sorted(users)

    async def close_connection(self, name: str, reason: str) -> bool:
        self.unknown -= 1
        if self.unknown < 0:
            self.closed.append(name)
        return self.unknown < 0


def row(name: str, user: str) -> dict[str, str]:
    return {"name": f"{name} -> x", "user": user}


def test_statistics_connections_are_closed_by_their_user_or_by_their_name() -> None:
    management = FakeManagement(row("1", "a"), row("2", "b"), row("3", "b"))
    node = TellsStatistics(cast("Management", management))
    asyncio.run(node.close(management.rows[:2], "so"))
    assert management.closed == ["a", "2 -> x"]


def test_statistics_are_waited_for_when_a_connection_was_just_opened() -> None:
    management = FakeManagement()
    node = TellsStatistics(cast("Management", management))

    async def play() -> list[dict[str, Any]]:
        asked = asyncio.ensure_future(node.of_user("a", "1"))
        await asyncio.sleep(0)
        management.rows.append(row("1", "a"))
        return await asked

    assert asyncio.run(play()) == [row("1", "a")]


def test_statistics_are_asked_where_a_node_cannot_be() -> None:
    management = cast("Management", FakeManagement())
    slow = ErlangShell(cast("Any", None), quick=False)
    assert isinstance(present(None, management), TellsStatistics)
    assert isinstance(present(slow, management), TellsStatistics)
    assert isinstance(present(shell_that_says(b""), management), AskedNode)
    assert present(shell_that_says(b""), None) is None


def given_in(asked: Mapping[str, str]) -> dict[str, Any]:
    """What a question gives to its expression."""
    found = re.search(r'base64:decode\(<<"([^"]*)">>\)', asked["ASKED_EXPRESSION"])
    assert found is not None
    given: dict[str, Any] = json.loads(zlib.decompress(base64.b64decode(found[1])))
    return given


def test_no_question_is_longer_than_a_process_can_be_given_and_none_is_left_out() -> None:
    asked: list[Mapping[str, str]] = []
    node = AskedNode(shell_that_says(told({"told": True}), asked))
    rights = dict.fromkeys(("configure", "write", "read"), "^(a-queue-with-a-long-name)$")
    names = [secrets.token_urlsafe(150) for _ in range(1000)]  # nothing makes these shorter
    asyncio.run(node.permit([(name, "v", rights) for name in names]))
    assert max(len(one["ASKED_EXPRESSION"]) for one in asked) < 128 * 1024
    assert [place[0] for one in asked for place in given_in(one)["places"]] == names
    assert len(asked) > 1


def test_what_is_alike_goes_into_one_question() -> None:
    asked: list[Mapping[str, str]] = []
    node = AskedNode(shell_that_says(told({"told": True}), asked))
    rights = dict.fromkeys(("configure", "write", "read"), "^(a-queue-with-a-long-name)$")
    places = [(f"user-{n:03}.with.a.long.name.example", f"vhost-{n}", rights) for n in range(1000)]
    asyncio.run(node.permit(places))
    asyncio.run(node.close([{"pid": f"<0.{n}.0>"} for n in range(1000)], "so"))
    assert [len(given_in(one).get("places", ())) for one in asked] == [1000, 0]


def test_of_nothing_nothing_is_asked() -> None:
    asked: list[Mapping[str, str]] = []
    asyncio.run(AskedNode(shell_that_says(b"", asked)).permit([]))
    assert asked == []


class WithQueues(FakeManagement):
    """Has queues, and remembers which were purged and where a policy was made."""

    def __init__(self, depths: Mapping[str, Mapping[str, QueueDepth]]) -> None:
        super().__init__()
        self.held = depths
        self.purged: set[tuple[str, str]] = set()
        self.policies: list[str] = []

    async def depths(self) -> Mapping[str, Mapping[str, QueueDepth]]:
        return self.held

    async def purge(self, queues: Iterable[tuple[str, str]]) -> None:
        self.purged = set(queues)

    async def queue_types(self, name: str) -> dict[str, str]:
        return {"a": "classic", "b": "quorum"} if name == "dispatch" else {}

    async def set_policy(self, vhost: str, name: str, policy: Mapping[str, Any]) -> None:
        self.policies.append(vhost)


def test_statistics_queues_are_purged_that_hold_something_or_may() -> None:
    empty, one = QueueDepth(0, 0, 0), QueueDepth(1, 0, 0)
    held = {
        "a": {"full": one, "taken": QueueDepth(0, 1, 0), "empty": empty, "dispatch": empty},
        "b": {"written": empty},
        "of others": {"full": one},
    }
    node = WithQueues(held)
    written = {("b", "written"), ("b", "gone")}
    told = TellsStatistics(cast("Management", node))
    asyncio.run(told.purge(("a", "b"), ("dispatch",), written))
    assert node.purged == {("a", "full"), ("a", "taken"), ("a", "dispatch"), ("b", "written")}


@pytest.mark.parametrize(
    ("vhosts", "unfit", "made"), [(["a"], [], ["a"]), (["a", "b", "c"], ["b", "c"], [])]
)
def test_statistics_a_policy_is_made_nowhere_unless_every_queue_is_classic(
    vhosts: list[str], unfit: list[str], made: list[str]
) -> None:
    node = WithQueues({})
    told = TellsStatistics(cast("Management", node))
    assert asyncio.run(told.set_policies(vhosts, "p", {}, classic="dispatch")) == unfit
    assert node.policies == made
