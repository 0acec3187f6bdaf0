"""Exchanges: matching, binding, alternates. The topic and headers tables are RabbitMQ 3.10.8's."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hubemu.broker.core import ChannelError
from tests.support.core_broker import Bench, Client

TOPICS = [
    ("*", "", False),
    ("", "", True),
    ("#", "", True),
    ("*", ".", False),
    ("*.*", ".", True),
    ("a.*", "a.", True),
    ("a.#", "a", True),
    ("#.#", "", True),
    ("*.#", "a", True),
    ("#.*", "", False),
    ("a..b", "a..b", True),
    ("a.*.b", "a..b", True),
    ("#.a.#", "b.a", True),
    ("*", "*", True),
    ("a", "*", False),
    ("#", "#.#", True),
    ("a.", "a", False),
    ("a#", "ab", False),
    ("*#", "aa", False),
    ("#.*.#", "a", True),
    ("#.a", "a.b.a", True),
]


def routed(client: Client, pattern: str, key: str) -> bool:
    queue = client.channel.queue_declare("").name
    client.channel.queue_bind(queue, "amq.topic", pattern)
    client.publish("amq.topic", key)
    return client.channel.queue_delete(queue) == 1


@pytest.mark.parametrize(("pattern", "key", "expected"), TOPICS)
def test_topics(client: Client, pattern: str, key: str, expected: bool) -> None:
    assert routed(client, pattern, key) is expected


def naive(pattern: list[str], key: list[str]) -> bool:
    if not pattern:
        return not key
    if pattern[0] == "#":
        return naive(pattern[1:], key) or (bool(key) and naive(pattern, key[1:]))
    return bool(key) and pattern[0] in ("*", key[0]) and naive(pattern[1:], key[1:])


words = st.sampled_from(["a", "b", ""])
patterns = st.lists(st.one_of(words, st.sampled_from(["*", "#"])), min_size=1, max_size=6)


@given(
    bound=st.lists(patterns.map(".".join), min_size=1, max_size=8, unique=True),
    unbound=st.sets(st.integers(0, 7)),
    key=st.lists(words, min_size=1, max_size=6).map(".".join),
)
def test_topics_match_as_a_naive_matcher_says(
    bound: list[str], unbound: set[int], key: str
) -> None:
    bench = Bench()
    client = bench.client()
    kept = []
    for number, pattern in enumerate(bound):
        client.channel.queue_declare(f"q{number}")
        client.channel.queue_bind(f"q{number}", "amq.topic", pattern)
    for number, pattern in enumerate(bound):
        if number in unbound:
            client.channel.queue_unbind(f"q{number}", "amq.topic", pattern)
        else:
            kept.append((number, pattern))
    client.publish("amq.topic", key)
    split = key.split(".") if key else []
    expected = {
        f"q{number}"
        for number, pattern in kept
        if naive(pattern.split(".") if pattern else [], split)
    }
    assert {name for name, depth in bench.vhost.depths().items() if depth.ready} == expected


def test_hostile_topic_patterns_take_no_time(client: Client) -> None:
    client.channel.queue_declare("q")
    client.channel.queue_bind("q", "amq.topic", ".".join(["#", "a"] * 60))
    client.publish("amq.topic", ".".join(["a"] * 120 + ["b"]))
    assert client.get("q") is None


HEADERS: list[tuple[dict[str, Any], dict[str, Any] | None, bool]] = [
    ({}, None, True),
    ({}, {"a": 1}, True),
    ({"x-match": "any"}, {"a": 1}, False),
    ({"x-match": "all"}, {}, True),
    ({"a": 1}, {"a": 1}, True),
    ({"a": 1}, {"a": 1, "b": 1}, True),
    ({"a": 1}, {"a": "1"}, False),
    ({"a": None}, {"a": 1}, True),
    ({"a": None}, {"b": 1}, False),
    ({"a": 1}, {"a": 2**40}, False),
    ({"a": True}, {"a": 1}, False),
    ({"x-match": "any", "a": 1, "b": 2}, {"b": 2}, True),
    ({"x-match": "any", "a": 1, "b": 2}, {"b": 3}, False),
    ({"x-foo": 1, "x-match": "all"}, {}, True),
    ({"x-foo": 1, "x-match": "all-with-x"}, {}, False),
    ({"x-foo": 1, "x-match": "all-with-x"}, {"x-foo": 1}, True),
    ({"x-foo": 1, "x-match": "any-with-x"}, {"x-foo": 1}, True),
    ({"x-foo": 1, "x-match": "any"}, {"x-foo": 1}, False),
    ({"a": ["b"]}, {"a": ["b"]}, True),
    ({"a": None, "x-match": "any"}, {"a": None}, True),
]


@pytest.mark.parametrize(("arguments", "headers", "expected"), HEADERS)
def test_headers(
    client: Client, arguments: dict[str, Any], headers: dict[str, Any] | None, expected: bool
) -> None:
    client.channel.queue_declare("q")
    client.channel.queue_bind("q", "amq.headers", "", arguments)
    client.publish("amq.headers", "", headers=headers)
    assert (client.get("q") is not None) is expected


def test_the_default_exchange_routes_by_queue_name(client: Client) -> None:
    client.channel.queue_declare("q")
    client.publish("", "q", b"1")
    assert client.get("q") == b"1"


def test_fanout_ignores_the_key(client: Client) -> None:
    for queue in "ab":
        client.channel.queue_declare(queue)
        client.channel.queue_bind(queue, "amq.fanout", "k")
    client.publish("amq.fanout", "other", b"1")
    assert (client.get("a"), client.get("b")) == (b"1", b"1")


def test_a_queue_gets_a_message_once_however_it_is_bound(client: Client) -> None:
    client.channel.queue_declare("q")
    client.channel.exchange_declare("x", "fanout")
    for pattern in ("#", "a.*", "a.b"):
        client.channel.queue_bind("q", "amq.topic", pattern)
    client.channel.exchange_bind("x", "amq.topic", "#")
    client.channel.exchange_bind("amq.topic", "x", "")  # a circle
    client.channel.queue_bind("q", "x", "")
    client.publish("amq.topic", "a.b", b"1")
    assert client.drain("q") == [b"1"]


def test_what_is_bound_later_counts_at_once(client: Client) -> None:
    client.publish("amq.direct", "k", b"lost")
    client.channel.queue_declare("q")
    client.publish("amq.direct", "k", b"lost too")
    client.channel.queue_bind("q", "amq.direct", "k")
    client.publish("amq.direct", "k", b"kept")
    client.channel.queue_unbind("q", "amq.direct", "k")
    client.publish("amq.direct", "k", b"lost again")
    assert client.drain("q") == [b"kept"]


def test_an_unbound_message_takes_the_alternate_exchange(client: Client) -> None:
    client.channel.exchange_declare("x", "direct", arguments={"alternate-exchange": "amq.fanout"})
    client.channel.queue_declare("bound")
    client.channel.queue_declare("else")
    client.channel.queue_bind("bound", "x", "k")
    client.channel.queue_bind("else", "amq.fanout", "")
    client.publish("x", "k", b"1")
    client.publish("x", "nobody", b"2", mandatory=True)
    assert (client.drain("bound"), client.drain("else")) == ([b"1"], [b"2"])
    assert client.sink.said == []


def test_an_alternate_exchange_that_is_missing_leads_nowhere(client: Client) -> None:
    client.channel.exchange_declare("x", "direct", arguments={"alternate-exchange": "later"})
    client.publish("x", "k", b"1", mandatory=True)
    assert client.sink.said == [("return", 312, "NO_ROUTE", b"1")]


def test_an_auto_delete_exchange_goes_with_its_last_binding(client: Client) -> None:
    client.channel.exchange_declare("x", "direct", auto_delete=True)
    client.channel.exchange_declare("y", "direct", auto_delete=True)
    client.channel.queue_declare("q")
    client.channel.exchange_bind("y", "x", "k")
    client.channel.queue_bind("q", "y", "k")
    client.channel.queue_delete("q")
    for name in ("x", "y"):
        with pytest.raises(ChannelError, match="no exchange"):
            client.channel.exchange_declare(name, "direct", passive=True)


def test_an_auto_delete_exchange_stays_when_only_its_own_sources_leave(client: Client) -> None:
    client.channel.exchange_declare("x", "direct", auto_delete=True)
    client.channel.exchange_bind("x", "amq.direct", "k")
    client.channel.exchange_unbind("x", "amq.direct", "k")
    client.channel.exchange_declare("x", "direct", passive=True)


def test_sender_selected_copies(client: Client) -> None:
    for queue in ("to", "copy", "blind"):
        client.channel.queue_declare(queue)
    client.publish("", "to", b"1", headers={"CC": ["copy", 5], "BCC": ["blind", "blind"], "h": 1})
    for queue in ("to", "copy", "blind"):
        assert client.get_headers(queue) == {"CC": ["copy", 5], "h": 1}
        assert client.get(queue) is None


def test_no_queue_and_no_key_bind_the_last_declared_queue_by_its_name(client: Client) -> None:
    client.channel.queue_declare("q")
    client.channel.queue_bind("", "amq.direct", "")
    client.publish("amq.direct", "q", b"1")
    assert client.get("") == b"1"
