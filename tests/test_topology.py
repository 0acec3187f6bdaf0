"""The topology computed from the routing tables (facts: hub 2)."""

from __future__ import annotations

import re

import pytest

from hubemu.routing import load_routing
from hubemu.settings import Environment, QueueType
from hubemu.topology import Topology, VHostTopology, build_topology


@pytest.fixture(scope="module")
def topology() -> Topology:
    return build_topology(load_routing(), Environment.SANDBOX, ttl=10, queue_type=QueueType.QUORUM)


@pytest.fixture(scope="module")
def vhost(topology: Topology) -> VHostTopology:
    return topology.vhosts["15-15_v1.5"]


def test_the_exchanges_are_those_of_the_hub(vhost: VHostTopology) -> None:
    assert {e.name: e.type for e in vhost.exchanges} == {
        "hubsante": "topic",
        "distribution": "direct",
        "distribution.dlx": "fanout",
    }


def test_every_client_has_three_queues_bound_by_their_name(vhost: VHostTopology) -> None:
    names = {queue.name for queue in vhost.queues}
    assert {"dispatch", "dispatch.dlq", "fr.health.samuA.ack"} <= names
    bound = {b.queue for b in vhost.bindings if b.exchange == "distribution"}
    assert names - bound == {"dispatch", "dispatch.dlq"}
    assert all(b.routing_key == b.queue for b in vhost.bindings if b.exchange == "distribution")


def test_client_queues_expire_into_the_dead_letters(vhost: VHostTopology) -> None:
    for queue in vhost.queues:
        matching = [p for p in vhost.policies if re.search(p.pattern, queue.name)]
        assert len(matching) == (1 if queue.owner else 0)
        for policy in matching:
            assert policy.definition["message-ttl"] == 10_000


def test_both_certificates_of_a_client_have_its_rights(vhost: VHostTopology) -> None:
    rights = {p.user: (p.configure, p.write, p.read) for p in vhost.permissions}
    own = ("^$", "^hubsante$", r"^fr\.health\.samuA\..*")
    assert rights["fr.health.samuA"] == own
    assert rights["fr-health-samua.test.hubemu.example"] == own


def test_a_client_writes_only_with_its_own_key(vhost: VHostTopology) -> None:
    keys = {t.user: t.write for t in vhost.topic_permissions}
    assert re.search(keys["fr.health.samuA"], "fr.health.samuA")
    assert not re.search(keys["fr.health.samuA"], "fr.health.samuB")
    assert re.search(keys["fr.fire.nexsis.sdisZ"], "partage-affaire")
    assert re.search(keys["local.test"], "fr.health.samuC")
    assert not re.search(keys["local.test"], "local.test")
