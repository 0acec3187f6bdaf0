"""Header values at the edge of every type, wherever the broker builds something of them.

The headers that a broker reads or writes itself get odd values in nearly every message; whatever
they say, the message goes on or is dropped as a whole, and the next one is as well off as ever.
"""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from hubemu.broker.core import ChannelError, Message
from hubemu.broker.wire.fields import (
    Binary,
    Float32,
    Int8,
    Int16,
    Int64,
    Timestamp,
    UInt8,
    UInt16,
    UInt32,
)
from hubemu.broker.wire.properties import encode_properties
from hubemu.broker.wire.table import encode_table
from hubemu.properties import Properties
from tests.support.core_broker import Bench

OWN = ("BCC", "CC", "x-death", "x-delivery-count")
"""Headers that a broker reads."""
FIRST = tuple(f"x-first-death-{name}" for name in ("exchange", "queue", "reason"))

numbers = st.sampled_from(
    [
        *(kind(edge) for kind in (Int8, UInt8) for edge in (0, 1, 127)),
        *(Int8(-128), UInt8(255), Int16(-(2**15)), Int16(2**15 - 1), UInt16(2**16 - 1)),
        *(-(2**31), 2**31 - 1, UInt32(2**32 - 1), Int64(-(2**63)), Int64(2**63 - 1)),
        *(Timestamp(0), Timestamp(2**63), Timestamp(2**64 - 1)),
        *(0.0, -0.0, 1.5, 1.7976931348623157e308, 5e-324, Float32(1.5)),
        *(Decimal(0), Decimal("0E-255"), Decimal("4294967295E-255"), Decimal(4294967295)),
        *(True, False, None),
    ]
)
texts = st.sampled_from(["", "q", "dl", "rejected", "expired", "x" * 300, b"\xff", Binary(b"q")])
scalars = numbers | texts
places = st.sampled_from(["q", "dl", "elsewhere", Binary(b"q"), 1, None])
reasons = st.sampled_from(["rejected", "expired", "maxlen", "delivery_limit", 7])
entries = st.fixed_dictionaries(
    {}, optional={"queue": places, "reason": reasons, "count": scalars, "time": scalars}
)
countable = st.fixed_dictionaries(
    {"queue": st.just("q"), "reason": st.sampled_from(["rejected", "expired"]), "count": numbers}
)
values = st.recursive(
    scalars | st.lists(entries | scalars, max_size=4),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner),
    max_leaves=8,
)
headers = (
    st.fixed_dictionaries({}, optional=dict.fromkeys((*OWN, *FIRST, "h", "é"), values))
    | st.fixed_dictionaries({"x-death": st.lists(entries, max_size=5), "h": values})
    | st.fixed_dictionaries({"x-death": st.lists(countable, min_size=1, max_size=3)})
)


@settings(max_examples=400, deadline=None)
@given(
    table=headers,
    kind=st.sampled_from(["classic", "quorum"]),
    ends=st.lists(st.sampled_from(["reject", "requeue", "expire", "push out"]), max_size=4),
    priority=st.sampled_from([None, 0, 255]),
    timestamp=st.sampled_from([None, 0, 2**64 - 1]),
)
def test_odd_headers_harm_nobody(
    table: dict[str, Any], kind: str, ends: list[str], priority: int, timestamp: int
) -> None:
    bench = Bench()
    client = bench.client()
    channel = client.channel
    arguments = {
        "x-queue-type": kind,
        "x-dead-letter-exchange": "",
        "x-max-length": 1,
        "x-delivery-limit": 2,
    }
    if kind == "classic":
        del arguments["x-delivery-limit"]
    for queue, other in (("q", "dl"), ("dl", "q")):
        own = {**arguments, "x-dead-letter-routing-key": other}
        channel.queue_declare(queue, durable=True, arguments=own)
    given_properties = Properties(
        headers=table, expiration="1000", priority=priority, timestamp=timestamp
    )
    try:
        channel.publish(Message("", "q", b"odd", encode_properties(given_properties)))
    except ChannelError:
        return
    for end in ends:
        for queue in ("q", "dl"):
            _go_through(bench, queue, end)
    for queue in ("q", "dl"):
        _see_what_is_left(bench, queue, table, timestamp)
    # Whatever became of it, time goes on for others.
    client.publish("", "q", b"ordinary", expiration="1000")
    bench.advance(1)
    got = channel.get("dl", no_ack=True)
    assert got is not None
    assert got.message.headers["x-death"][0]["reason"] == "expired"


def _go_through(bench: Bench, queue: str, end: str) -> None:
    """Let the message of a queue die or come back."""
    client = bench.client()
    if end == "expire":
        bench.advance(1)
    elif end == "push out":
        client.publish("", queue, b"other")
    elif (got := client.channel.get(queue)) is not None:
        client.channel.reject(got.delivery_tag, requeue=end == "requeue")


def _see_what_is_left(bench: Bench, queue: str, sent: dict[str, Any], timestamp: int) -> None:
    """Headers that are nobody's business but the client's are as they were sent, types included."""
    got = bench.client().channel.get(queue, no_ack=True)
    if got is None or got.message.body != b"odd":
        return
    found = got.message.properties
    assert found.timestamp == timestamp
    assert found.headers is not None
    for name in sent.keys() & {"h", "é"}:
        assert encode_table({name: found.headers[name]}) == encode_table({name: sent[name]})
    deaths = found.headers.get("x-death")
    for death in deaths if isinstance(deaths, list) else ():
        if isinstance(death, dict) and isinstance(death.get("count"), Int64):
            assert -(2**63) <= death["count"] < 2**63
