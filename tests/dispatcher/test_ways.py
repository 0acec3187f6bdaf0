"""Ways that are known: what is decided of a message does not depend on those before it."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hubemu.dispatcher import Delivery, Ruling, VHostContext, decide
from tests.support.dispatching import SDIS, A, B, C, a_case, a_message, context, delivery, now

KEYS = (A, B, SDIS, "partage-affaire")
RECIPIENTS = (B, C, SDIS, "fr.health.nobody", "fr.fire.x")


def a_delivery(sender: str, recipient: str, key: str, case: bool) -> Delivery:
    body = a_case("RS-EDA", sender, recipient) if case else a_message(sender, recipient)
    return delivery(body, key)


DELIVERIES = st.builds(
    a_delivery,
    st.sampled_from(KEYS[:3]),
    st.sampled_from(RECIPIENTS),
    st.sampled_from(KEYS),
    st.booleans(),
)


def decided(of: Delivery, where: VHostContext) -> Any:
    """All that is decided of a message."""
    made = decide(of, where, now)
    if not isinstance(made, Ruling):
        return made.request, made.trace
    refused = made.rejection and (made.rejection.code, made.rejection.cause)
    return made.outcome, made.trace, made.publications, refused


@pytest.mark.parametrize("vhost", ["15-15_v2.0", "15-nexsis_v1.9.1"])
def test_a_message_is_decided_as_if_it_were_the_first(vhost: str) -> None:
    used, passed = replace(context(vhost)), set()

    @given(st.lists(DELIVERIES, min_size=1, max_size=6))
    def the_same(deliveries: list[Delivery]) -> None:
        for one in deliveries:
            told = decided(one, used)
            assert told == decided(one, replace(used))
            passed.add(told[0])

    the_same()
    assert "routed" in passed
    assert "rejected" in passed
    assert used.free_ways


def test_a_way_with_something_to_tell_is_told_each_time() -> None:
    where = replace(context())
    for _ in range(2):
        made = decide(delivery(a_message(A, C), SDIS), where, now)
        assert isinstance(made, Ruling)
        assert [told for name, _, told in made.trace if name == "sender consistency" and told]
    assert not where.free_ways


def test_ways_that_are_known_are_bounded() -> None:
    where = replace(context())
    for number in range(5_000):
        where.let_pass(("k", "s", str(number), "s"))
        assert len(where.free_ways) <= 2048


def test_other_tables_know_no_ways() -> None:
    where = replace(context())
    decide(delivery(), where, now)
    assert where.free_ways
    assert not replace(where, ttl=1).free_ways
