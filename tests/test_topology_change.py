"""From one topology to another: the difference as data, and what the broker makes of it."""

from __future__ import annotations

import asyncio
from itertools import pairwise
from typing import Any, cast

from hypothesis import given, settings
from hypothesis import strategies as st

from hubemu.broker.core import Broker
from hubemu.broker.core.observer import SilentObserver
from hubemu.clock import Clock
from hubemu.engines.embedded import EmbeddedEngine
from hubemu.engines.rabbitmq.definitions import definitions
from hubemu.routing import Client, RoutingTables, VHost, load_routing
from hubemu.routing_changes import with_client, with_vhost
from hubemu.settings import Environment, QueueType
from hubemu.supervision import Supervision
from hubemu.topology import Topology, build_topology
from hubemu.topology_change import change_between
from tests.support.connection_log import silent_log

BUILT_IN = load_routing()


def topology(tables: RoutingTables, **bound: tuple[str, ...]) -> Topology:
    return build_topology(tables, Environment.SANDBOX, 60, bound, queue_type=QueueType.QUORUM)


IDS = ("fr.health.a", "fr.health.b", "fr.c", "fr.d")


def tables(clients: list[Client], vhosts: dict[str, VHost]) -> RoutingTables:
    return RoutingTables(
        vhosts=vhosts,
        clients={one.id: one for one in clients},
        perimeters=BUILT_IN.perimeters,
        transverse=BUILT_IN.transverse,
        test_contents=BUILT_IN.test_contents,
    )


some_ids = st.lists(st.sampled_from(IDS), max_size=2, unique=True).map(tuple)
some_clients = st.lists(
    st.builds(
        Client,
        id=st.sampled_from(IDS),
        acts_for=some_ids,
        writes_as=some_ids,
        reads_as=some_ids,
        igc_name=st.sampled_from([None, "x.example", "y.example"]),
    ),
    min_size=1,
    max_size=4,
    unique_by=(lambda one: one.id, lambda one: one.igc_name or one.id),
)
some_vhosts = st.dictionaries(
    st.sampled_from(["v1", "v2", "v3"]),
    st.builds(
        VHost,
        perimeter=st.just("15-15"),
        model=st.just("2.0.0"),
        ttl=st.sampled_from([None, 1, 5]),
    ),
    min_size=1,
)
some_tables = st.builds(tables, some_clients, some_vhosts)


def of(broker: Broker) -> dict[str, Any]:
    """Everything that a broker has, as values."""
    return {
        "users": {
            name: {vhost: vars(access)["_patterns"] for vhost, access in user.access.items()}
            for name, user in broker.users.items()
        },
        "topics": {
            (name, vhost): vars(access)["_topics"]
            for name, user in broker.users.items()
            for vhost, access in user.access.items()
        },
        "vhosts": {
            name: {
                "exchanges": {one.name: one.type for one in vhost.exchanges.values()},
                "queues": {
                    one.name: (dict(one.arguments), one.settings) for one in vhost.queues.values()
                },
                "bindings": {
                    (one.source.name, one.destination.name, one.routing_key)
                    for exchange in vhost.exchanges.values()
                    for one in exchange.bindings
                },
                "policies": vhost.policies,
            }
            for name, vhost in broker.vhosts.items()
        },
    }


def engine(start: Topology) -> EmbeddedEngine:
    pki = cast(Any, None)  # nobody connects
    return EmbeddedEngine(start, pki, Clock(), SilentObserver(), silent_log(), Supervision())


async def go(up: EmbeddedEngine, old: Topology, new: Topology) -> None:
    change = change_between(old, new)
    await up.make(change)
    await up.remove(change)


@settings(max_examples=40, deadline=None)
@given(st.lists(some_tables, min_size=2, max_size=5))
def test_any_changes_end_where_a_fresh_start_begins(steps: list[RoutingTables]) -> None:
    """Also back again: what was added is gone, what was removed is there."""
    every = [topology(one, bound=("fr.health.a",)) for one in [*steps, steps[0], steps[-1]]]
    up = engine(every[0].copy())
    for old, new in pairwise(every):
        asyncio.run(go(up, old, new))
    assert of(up.broker) == of(engine(every[-1]).broker)


def rows(of: Topology) -> dict[str, set[str]]:
    """What RabbitMQ is given, in no order."""
    return {part: {str(one) for one in found} for part, found in definitions(of).items()}


@settings(max_examples=60, deadline=None)
@given(some_tables, some_tables)
def test_a_change_names_what_differs_and_nothing_else(
    before: RoutingTables, after: RoutingTables
) -> None:
    old, new = topology(before), topology(after)
    change = change_between(old, new)
    was, now, made = rows(old), rows(new), rows(change.added)
    assert made["queues"] == now["queues"] - was["queues"]
    assert made["bindings"] == now["bindings"] - was["bindings"]
    assert made["permissions"] == now["permissions"] - was["permissions"]
    assert set(change.users) == old.users.keys() - new.users.keys()
    assert set(change.vhosts) == old.vhosts.keys() - new.vhosts.keys()
    same = change_between(old, topology(before))
    assert not same.adds
    assert not same.removes


def test_one_more_client_is_three_queues_and_two_users_on_each_vhost() -> None:
    change = change_between(
        topology(BUILT_IN), topology(with_client(BUILT_IN, Client(id="fr.health.samuX")))
    )
    assert not change.removes
    assert [*change.added.users.values()] == ["fr.health.samuX"] * 2
    assert change.added.vhosts.keys() == BUILT_IN.vhosts.keys()
    for vhost in change.added.vhosts.values():
        assert [one.name for one in vhost.queues] == [
            f"fr.health.samuX.{kind}" for kind in ("message", "ack", "info")
        ]
        assert len(vhost.bindings) == 3
        assert len(vhost.permissions) == len(vhost.topic_permissions) == 2
        assert not vhost.exchanges
        assert not vhost.policies


def test_a_preference_changes_nothing_on_the_broker() -> None:
    xml = with_client(BUILT_IN, Client(id="fr.health.samuA", use_xml=True))
    change = change_between(topology(BUILT_IN), topology(xml))
    assert not change.adds
    assert not change.removes


def test_another_time_to_live_is_policies_and_nothing_else() -> None:
    row = VHost(perimeter="15-15", model="2.0.0", ttl=5)
    change = change_between(topology(BUILT_IN), topology(with_vhost(BUILT_IN, "15-15_v2.0", row)))
    (vhost,) = change.added.vhosts.values()
    assert {one.definition["message-ttl"] for one in vhost.policies} == {5000}
    assert [vhost.queues, vhost.bindings, vhost.permissions] == [(), (), ()]
    assert not change.removes
