"""Differences that docs/fidelity.md tells, recognized by what differs, not by the seed."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from typing import Any, Final

from tests.broker.differential.comparing import Difference

__all__ = ["KNOWN", "why_known"]

_BLANK: Final = re.compile(r"\\n|\s")
_MOMENT: Final = 20
"""Milliseconds that a step of a dialogue may take."""
_EXPIRATION: Final = re.compile(r', "original-expiration": "\d*"')


def why_known(found: Difference) -> str | None:
    """How the line of docs/fidelity.md begins that tells of it; `None` if none does."""
    return next((line for line, tells in KNOWN.items() if tells(found)), None)


def _one_after_the_other(found: Difference) -> bool:
    """The node delivers to channels of a connection that it is about to close."""
    here, there = _told(found.embedded), _told(found.node)
    closed = {name for name, by_channel in here.items() if _closes(by_channel.get("0", []))}
    if set(found.embedded) != {"told"} or not closed or here == there:
        return False
    for name in closed:
        more = there.get(name, {})
        there[name] = {channel: came for channel, came in more.items() if not _only_delivers(came)}
    return here == there


def _came_back_by_one_that_ends(found: Difference) -> bool:
    """The same comes again in another order: some of it went by the next channel that ended."""
    if set(found.embedded) != {"told"} or not _consumes_on_several_channels(found):
        return False
    here, there = _places(found.embedded), _places(found.node)
    return here.keys() == there.keys() and all(
        sorted(map(_text, came)) == sorted(map(_text, there[place]))
        and all(one.get("redelivered") for one in came)
        for place, came in here.items()
        if came != there[place]
    )


def _consumes_on_several_channels(found: Difference) -> bool:
    channels = {tuple(step[:2]) for step in found.dialogue if step[2] == "basic.consume"}
    return len(channels) > len({connection for connection, _ in channels})


def _went_to_one_that_ends(found: Difference) -> bool:
    """What is left was delivered there to a consumer that ended later: marked so, or gone."""
    if set(found.embedded) != {"left"}:
        return False
    for queue, here in found.embedded["left"].items():
        left = [_unmarked(one) for one in here]
        if not all(_unmarked(one) in left for one in found.node["left"].get(queue, [])):
            return False
    return any(step[2] == "basic.consume" for step in found.dialogue)


def _unmarked(message: dict[str, Any] | str) -> dict[str, Any] | str:
    if isinstance(message, str) or message["method"] != "basic.get_ok":
        return message  # a queue that cannot be drained says why
    marks = ("redelivered", "message_count")
    return {name: value for name, value in message.items() if name not in marks}


def _dead_letters_come_later(found: Difference) -> bool:
    """The same came, and what did not die in the same order."""
    here, there = _places(found.embedded), _places(found.node)
    if set(found.embedded) not in ({"told"}, {"left"}) or here.keys() != there.keys():
        return False
    for place, came in here.items():
        others = there[place]
        if sorted(map(_text, came)) != sorted(map(_text, others)):
            return False
        if _alive(came) != _alive(others):
            return False
    return any(_alive(came) != [_text(one) for one in came] for came in here.values())


def _dead_letter_came_first(found: Difference) -> bool:
    """A quorum queue has the same messages, once as they came and once as dead letters."""
    if set(found.embedded) != {"left"}:
        return False
    here, there = found.embedded["left"], found.node["left"]
    quorum = _quorum_queues(found)
    apart = [queue for queue in here if here[queue] != there.get(queue)]
    return here.keys() == there.keys() and all(
        queue in quorum
        and sorted(map(_body, here[queue])) == sorted(map(_body, there[queue]))
        and any(_headers(one).get("x-death") for one in [*here[queue], *there[queue]])
        for queue in apart
    )


def _body(message: dict[str, Any] | str) -> str:
    return message if isinstance(message, str) else str(message.get("body"))


def _quorum_queues(found: Difference) -> set[str]:
    return {
        step[3]["queue"]
        for step in found.dialogue
        if step[2] == "queue.declare"
        and step[3].get("arguments", {}).get("x-queue-type") == "quorum"
    }


def _comes_behind_a_commit(found: Difference) -> bool:
    """RabbitMQ closes the connection for what came behind tx.commit before it answered."""
    return "unexpected command while processing 'tx.commit'" in json.dumps(found.node)


def _places(part: dict[str, Any]) -> dict[str, list[dict[str, Any]]]:
    """What was told on each channel, or is left in each queue."""
    told = {
        f"{name}.{number}": came
        for name, by_channel in _told(part).items()
        for number, came in by_channel.items()
    }
    return told | dict(part.get("left", {}))


def _alive(came: list[dict[str, Any]]) -> list[str]:
    return [_text(one) for one in came if not _headers(one).get("x-death")]


def _headers(message: dict[str, Any] | str) -> dict[str, Any]:
    if isinstance(message, str):
        return {}
    headers: dict[str, Any] = message.get("properties", {}).get("headers", {})
    return headers


def _text(message: dict[str, Any] | str) -> str:
    return json.dumps(_unmarked(message), sort_keys=True)


def _keeps_original_expiration(found: Difference) -> bool:
    """Nothing differs but what a dead letter of a lazy queue tells of its lifetime."""
    lazy = any(
        step[2] == "queue.declare" and step[3].get("arguments", {}).get("x-queue-mode") == "lazy"
        for step in found.dialogue
    )
    here, there = (_EXPIRATION.sub("", json.dumps(one)) for one in (found.embedded, found.node))
    return lazy and here == there


def _counts_who_got(found: Difference) -> bool:
    """Nothing differs but the consumers of quorum queues."""
    quorum = _quorum_queues(found)

    def without(part: dict[str, Any]) -> Any:
        return [
            {name: value for name, value in one.items() if name != "consumer_count"}
            if one.get("method") == "queue.declare_ok" and one["queue"] in quorum
            else one
            for by_channel in _told(part).values()
            for came in by_channel.values()
            for one in came
        ]

    return set(found.embedded) == {"told"} and without(found.embedded) == without(found.node)


def _lease_of_a_moment(found: Difference) -> bool:
    """What differs is whether a queue of a few milliseconds is still there."""
    (part,) = found.embedded if len(found.embedded) == 1 else ("",)
    if part not in ("left", "queues"):
        return False
    moments = {
        step[3]["queue"]
        for step in found.dialogue
        if step[2] == "queue.declare" and 0 < _expires(step[3]) <= _MOMENT
    }
    here, there = found.embedded[part], found.node[part]
    differ = _differing(here, there)
    return differ <= moments and all((name in here) != (name in there) for name in differ)


def _over_in_the_same_millisecond(found: Difference) -> bool:
    """What differs is how many messages, some of them over at once, a quorum queue counts."""
    if set(found.embedded) != {"queues"}:
        return False
    here, there = found.embedded["queues"], found.node["queues"]
    at_once = any(
        step[3].get("properties", {}).get("expiration") == "0"
        for step in found.dialogue
        if step[2] == "publish"
    )
    same_queues = here.keys() == there.keys()
    return at_once and same_queues and _differing(here, there) <= _quorum_queues(found)


def _differing(here: dict[str, Any], there: dict[str, Any]) -> set[str]:
    """The queues of which the two tell otherwise."""
    return {name for name in here.keys() | there.keys() if here.get(name) != there.get(name)}


def _expires(declared: dict[str, Any]) -> int:
    """Its `x-expires`, in milliseconds; 0 if it has none that is a number."""
    value = declared.get("arguments", {}).get("x-expires", 0)
    value = value.get("v") if isinstance(value, dict) else value
    return value if isinstance(value, int) else 0


def _breaks_lines(found: Difference) -> bool:
    """Nothing differs but the blanks of a text, or that it is cut with three dots."""
    here, there = (_BLANK.sub("", json.dumps(one)) for one in (found.embedded, found.node))
    begun = there.partition("...")[0]
    return "reply_text" in here and (here == there or (begun != there and here.startswith(begun)))


KNOWN: Final[dict[str, Callable[[Difference], bool]]] = {
    "When a connection ends, its channels end at once": lambda found: (
        _one_after_the_other(found)
        or _came_back_by_one_that_ends(found)
        or _went_to_one_that_ends(found)
    ),
    "What comes behind a `tx.commit` before it is answered": _comes_behind_a_commit,
    "A message got from a quorum queue and not settled counts there as a consumer": _counts_who_got,
    "What dies while a message goes into several queues": lambda found: (
        _dead_letters_come_later(found) or _dead_letter_came_first(found)
    ),
    "What is over at once (`expiration` 0)": _over_in_the_same_millisecond,
    "A lease of a few milliseconds": _lease_of_a_moment,
    "A dead letter of a queue with `x-queue-mode: lazy`": _keeps_original_expiration,
    "Close texts quote in one line what RabbitMQ breaks at 80 columns.": _breaks_lines,
}
"""By the beginning of its line in docs/fidelity.md."""


def _told(part: dict[str, Any]) -> dict[str, dict[str, list[dict[str, Any]]]]:
    """What each connection was told on each of its channels; a copy of the outer table."""
    return dict(part.get("told", {}))


def _closes(came: list[dict[str, Any]]) -> bool:
    return any(one["method"] == "connection.close" for one in came)


def _only_delivers(came: list[dict[str, Any]]) -> bool:
    return all(one["method"] == "basic.deliver" for one in came)
