"""Play a dialogue on a broker, and write down all that it answers and what is left in the end.

Nothing is left to chance: after each step it is waited until everything is done, by questions that
are answered after what came before them, until nothing changes any more.
"""

from __future__ import annotations

import json
import os
import re
from collections.abc import Callable, Mapping
from itertools import count
from typing import Any, Final, TypeAlias

from hubemu.broker.wire.properties import encode_properties
from hubemu.properties import Properties
from tests.broker.differential.client import Client, Pending
from tests.broker.differential.generating import Dialogue, Step
from tests.broker.differential.odd import EXCHANGES, NOBODYS, QUEUES
from tests.broker.differential.values import to_field
from tests.support.amqp_dialogue import method, publish
from tests.support.queue_talk import Dial

__all__ = ["Played", "play"]

Played: TypeAlias = list[dict[str, Any]]
"""What came at each step, then what is left."""

_MARKER: Final = "marker"
_ROUNDS: Final = 50
_GENERATED = re.compile(r"amq\.(gen|ctag)-[\w-]+")
_serial = count(1)


def play(dialogue: Dialogue, dial: Dial, before: Callable[[int, float], None]) -> Played:
    """Play it; what differs from time to time (names that are made) is taken out.

    Args:
        dialogue: the steps.
        dial: makes a connection to the broker.
        before: called before each step with its number and the seconds to wait.
    """
    prefix = f"d{os.getpid()}-{next(_serial)}."
    player = _Player(dial, prefix)
    try:
        played = [player.step(number, step, before) for number, step in enumerate(dialogue)]
        played.append(player.left())
    finally:
        player.clean()
    text = _GENERATED.sub(r"amq.\1", json.dumps(played).replace(prefix, ""))
    return list(json.loads(text))


class _Player:
    def __init__(self, dial: Dial, prefix: str) -> None:
        self._dial = dial
        self._prefix = prefix
        self._clients: dict[int, Client] = {}
        self._control = Client(dial())
        self._there: set[str] = set()
        """Queues that may be there."""
        self._quorum: set[str] = set()
        # Other tests use the node, too: a queue of that name would take what is unroutable.
        for key in NOBODYS:
            self._control.call(1, "queue.delete", queue=key)

    def _name(self, name: str) -> str:
        return self._prefix + name if name in (*QUEUES, *EXCHANGES, "e9") else name

    # Steps

    def step(self, number: int, step: Step, before: Callable[[int, float], None]) -> dict[str, Any]:
        """One step, and all that comes of it."""
        connection, channel, what, fields = step
        before(number, fields["milliseconds"] / 1000 if what == "wait" else 0.0)
        if what != "wait":
            self._act(self._client(connection), channel, number, what, fields)
        depths = self._settle()
        told = {str(name): came for name, one in self._clients.items() if (came := one.take())}
        return {"told": told, "queues": depths}

    def _client(self, connection: int) -> Client:
        client = self._clients.get(connection)
        if client is None or client.lost:
            # What the lost one was told has been taken at the end of the step it was lost in.
            client = self._clients[connection] = Client(self._dial())
        return client

    def _act(
        self, client: Client, number: int, step: int, what: str, fields: Mapping[str, Any]
    ) -> None:
        for one in self._clients.values():
            one.step = step
        if what == "close":
            client.close()
        elif what == "drop":
            client.drop()
        elif what == "channel.close":
            client.close_channel(number)
        elif what == "settle":
            self._settle_one(client, number, fields)
        elif what == "publish":
            self._publish(client, number, fields)
        else:
            self._method(client, number, what, fields)

    def _method(self, client: Client, number: int, what: str, fields: Mapping[str, Any]) -> None:
        if what == "queue.declare":
            self._there.add(fields["queue"])
            if fields.get("arguments", {}).get("x-queue-type") == "quorum":
                self._quorum.add(fields["queue"])
        client.say(number, method(number, what, **to_field(dict(fields), self._name)))
        if what == "tx.commit":
            # docs/fidelity.md: RabbitMQ takes nothing while it commits.
            client.await_answer()
        channel = client.channels.get(number)
        if channel is None:
            return
        if what == "basic.consume":
            tag = fields["consumer_tag"]
            (channel.no_ack.add if fields.get("no_ack") else channel.no_ack.discard)(tag)
        elif what == "basic.get":
            (channel.no_ack.add if fields.get("no_ack") else channel.no_ack.discard)("")

    def _publish(self, client: Client, number: int, fields: Mapping[str, Any]) -> None:
        wire = to_field(dict(fields), self._name)
        raw = encode_properties(Properties(**wire.pop("properties", {})))
        body, times = wire.pop("body").encode(), wire.pop("times", 1)
        key = wire.pop("routing_key")
        bodies = [b"%s.%d" % (body, one) for one in range(times)] if times > 1 else [body]
        client.say(number, *[publish(number, key, one, raw=raw, **wire) for one in bodies])
        channel = client.channels.get(number)
        if channel is not None and channel.published is not None:
            first = channel.published + 1
            channel.published += times
            channel.unconfirmed.update(range(first, first + times))

    def _settle_one(self, client: Client, number: int, fields: Mapping[str, Any]) -> None:
        channel = client.channels.get(number)
        if channel is None or not channel.pending:
            return
        in_order = sorted(channel.pending)
        meant = in_order[fields["which"] % len(in_order)]
        multiple = bool(fields.get("multiple"))
        if multiple:
            # Between queues the order within a step is free: all of it or none.
            meant = max((one for one in in_order if one.step <= meant.step), key=_tag)
        channel.pending = [
            one
            for one in channel.pending
            if (one.tag > meant.tag if multiple else one.tag != meant.tag)
        ]
        flags = {"multiple": multiple, "requeue": bool(fields.get("requeue"))}
        name = f"basic.{fields['kind']}"
        client.say(number, method(number, name, delivery_tag=meant.tag, **flags))

    # Until nothing changes

    def _settle(self) -> dict[str, Any]:
        before: tuple[Any, ...] = ()
        same = 0
        for _ in range(_ROUNDS):
            self._ping()
            depths = {name: self._depth(name) for name in sorted(self._there)}
            self._ping()
            now = (
                depths,
                [len(came) for one in self._clients.values() for came in one.told.values()],
            )
            same = same + 1 if now == before else 0
            # What expires in a quorum queue goes through its log once more.
            if same > bool(self._quorum):
                return depths
            before = now
        return {"never settles": before}

    def _ping(self) -> None:
        for client in self._clients.values():
            client.ping()
            client.await_confirms()
        if self._quorum:
            self._through_the_log()

    def _through_the_log(self) -> None:
        """What quorum queues were told before is in their log when this one's message is."""
        control = self._control
        if not control.channels.get(2):
            control.call(2, "queue.declare", **_marker(self._prefix + _MARKER))
            control.call(2, "confirm.select")
            control.channels[2].published = 0
        channel = control.channels[2]
        assert channel.published is not None
        channel.published += 1
        channel.unconfirmed.add(channel.published)
        control.say(2, publish(2, self._prefix + _MARKER, b""))
        control.await_confirms()
        control.told[2].clear()

    def _depth(self, name: str) -> Any:
        answer = self._control.call(1, "queue.declare", queue=self._name(name), passive=True)
        if answer["method"] == "queue.declare_ok":
            # docs/fidelity.md: RabbitMQ counts messages got as consumers of a quorum queue.
            counted = (
                ["message_count"] if name in self._quorum else ["message_count", "consumer_count"]
            )
            return [answer[one] for one in counted]
        if answer["reply_code"] == 404:
            self._there.discard(name)
        return answer["reply_text"]

    # The end

    def left(self) -> dict[str, Any]:
        """What is in the queues when all connections are closed."""
        for client in self._clients.values():
            client.close()
        self._settle()
        told = {str(name): came for name, one in self._clients.items() if (came := one.take())}
        return {"told": told, "left": {name: self._drain(name) for name in sorted(self._there)}}

    def _drain(self, name: str) -> list[Any]:
        found: list[Any] = []
        while True:
            got = self._control.call(1, "basic.get", queue=self._name(name), no_ack=True)
            if got["method"] != "basic.get_ok":
                return found if got["method"] == "basic.get_empty" else [got["reply_text"]]
            found.append(got)

    def clean(self) -> None:
        """Leave nothing behind."""
        for client in self._clients.values():
            client.drop()
        if self._control.lost:
            self._control = Client(self._dial())
        for name in (*QUEUES, _MARKER):
            wire = self._prefix + name
            self._control.call(1, "queue.delete", queue=wire)
        for name in EXCHANGES:
            self._control.call(1, "exchange.delete", exchange=self._name(name))
        self._control.drop()


def _tag(one: Pending) -> int:
    return one.tag


def _marker(name: str) -> dict[str, Any]:
    arguments = {"x-queue-type": "quorum", "x-max-length": 1}
    return {"queue": name, "durable": True, "arguments": arguments}
