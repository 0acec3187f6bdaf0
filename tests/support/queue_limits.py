"""Ways of messages back into a queue that has become full meanwhile."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final, NamedTuple

from tests.support.queue_talk import Dial, Talk

__all__ = ["WAYS_BACK", "Outcome", "come_back"]


class Outcome(NamedTuple):
    """What is said of the messages published last, and where all of them are in the end."""

    confirms: str
    left: str
    dead: str


class Holder:
    """Who takes the messages A and B of the queue `q`, and gives them back later."""

    def __init__(self, dial: Dial) -> None:
        self.talk = Talk(dial)
        self._tags: list[int] = []

    def get(self) -> None:
        """Take them one by one."""
        for _ in range(2):
            got = self.talk.get("q")
            assert got is not None
            self._tags.append(got.tag)

    def consume(self) -> None:
        """Have them delivered."""
        self.talk.consume("q", prefetch=2)
        self._tags += [self.talk.delivered().tag for _ in range(2)]

    def cancel(self) -> None:
        """Have no more delivered."""
        self.talk.call("basic.cancel", consumer_tag="c")

    def nack(self) -> None:
        """Refuse both at once."""
        self.talk.say("basic.nack", delivery_tag=self._tags[1], multiple=True, requeue=True)

    def reject(self) -> None:
        """Refuse one after the other."""
        for tag in self._tags:
            self.talk.say("basic.reject", delivery_tag=tag, requeue=True)

    def reject_later_first(self) -> None:
        """Refuse one after the other, in turned order."""
        for tag in reversed(self._tags):
            self.talk.say("basic.reject", delivery_tag=tag, requeue=True)

    def cancel_and_nack(self) -> None:
        """Consume no more, then refuse both."""
        self.cancel()
        self.nack()

    def recover(self) -> None:
        """Have the broker take them back."""
        self.talk.call("basic.recover", requeue=True)

    def close_channel(self) -> None:
        """Leave the channel."""
        self.talk.close_channel()

    def close_connection(self) -> None:
        """Leave in order."""
        self.talk.close_connection()

    def vanish(self) -> None:
        """Leave without a word."""
        self.talk.line.drop()


_Step = Callable[[Holder], None]

WAYS_BACK: Final[Mapping[str, tuple[_Step, _Step]]] = {
    "nack": (Holder.get, Holder.nack),
    "reject": (Holder.get, Holder.reject),
    "reject, the later first": (Holder.get, Holder.reject_later_first),
    "recover": (Holder.get, Holder.recover),
    "channel closed": (Holder.get, Holder.close_channel),
    "connection closed": (Holder.get, Holder.close_connection),
    "connection lost": (Holder.get, Holder.vanish),
    "consumer cancelled, then nack": (Holder.consume, Holder.cancel_and_nack),
    "consumer's channel closed": (Holder.consume, Holder.close_channel),
    "consumer's connection lost": (Holder.consume, Holder.vanish),
}
"""How two messages are taken, and how they come back."""


def come_back(dial: Dial, way: str, expected: Outcome, **arguments: Any) -> Outcome:
    """What becomes of A, B, C and D: two are taken, two more published, the first come back.

    The queue `q` has `arguments`; the dead are in `dl`.
    """
    talk = Talk(dial)
    for queue in ("q", "dl"):
        talk.call("queue.delete", queue=queue)
    talk.declare("dl")
    talk.declare("q", dead_letter_exchange="", dead_letter_routing_key="dl", **arguments)
    for body in "AB":
        assert talk.publish("q", body) == "ack"
    holder = Holder(dial)
    take, back = WAYS_BACK[way]
    take(holder)
    confirms = " ".join(talk.publish("q", body) for body in "CD")
    back(holder)
    dead = talk.drain("dl", len(expected.dead.split()))
    return Outcome(confirms, talk.drain("q", len(expected.left.split())), dead)
