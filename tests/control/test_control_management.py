"""RabbitMQ's management API over the embedded broker, with RabbitMQ's own names."""

from __future__ import annotations

import os
from typing import Any

import pytest

from hubemu.broker.core import Broker, ConnectionOwner
from hubemu.broker.core.limits import Limits
from hubemu.broker.server import ChannelInfo, ConnectionInfo
from hubemu.broker.wire.properties import NO_PROPERTIES
from hubemu.engines.broker_view import BrokerView
from tests.control.conftest import Api
from tests.support.channel_calls import Channel
from tests.support.core_broker import RecordingSink
from tests.support.fake_hub import FakeHub

VHOST = "15-15_v2.0"
QUEUE = "fr.health.samuA.message"
USER = "the tests"
ROOT = "/rabbitmq/api"

# The names that RabbitMQ 3.10 gives, less those for which it measures.
NAMES = {
    "/overview": "cluster_name contexts disable_stats enable_queue_totals exchange_types listeners "
    "management_version node object_totals product_name product_version queue_totals "
    "rabbitmq_version rates_mode",
    "/nodes": "disk_free_alarm mem_alarm name os_pid partitions processors rates_mode running type "
    "uptime",
    "/vhosts": "cluster_state default_queue_type description messages messages_ready "
    "messages_unacknowledged metadata name tags tracing",
    "/queues": "arguments auto_delete consumers durable effective_policy_definition exclusive "
    "message_bytes_ready messages messages_ready messages_unacknowledged name node "
    "operator_policy policy single_active_consumer_tag state type vhost",
    "/exchanges": "arguments auto_delete durable internal name type user_who_performed_action "
    "vhost",
    "/bindings": "arguments destination destination_type properties_key routing_key source vhost",
    "/connections": "auth_mechanism channel_max channels client_properties connected_at frame_max "
    "host name node peer_host peer_port port protocol ssl ssl_protocol state timeout type user "
    "user_provided_name user_who_performed_action vhost",
    "/channels": "acks_uncommitted confirm connection_details consumer_count global_prefetch_count "
    "messages_unacknowledged messages_uncommitted name node number prefetch_count state "
    "transactional user user_who_performed_action vhost",
    "/consumers": "ack_required active activity_status arguments channel_details consumer_tag "
    "exclusive prefetch_count queue",
    "/definitions": "bindings exchanges global_parameters parameters permissions policies "
    "product_name product_version queues rabbit_version rabbitmq_version topic_permissions users "
    "vhosts",
}


class Node:
    """A broker with the Hub's topology, and one client on it with one channel."""

    def __init__(self, hub: FakeHub) -> None:
        self.broker = Broker(hub.clock, limits=Limits(queued_bytes=100))
        self.broker.apply(hub.topology)
        self.vhost = self.broker.vhosts[VHOST]
        self.broker.grant(USER, VHOST, ".*", ".*", ".*")
        self.channel = Channel(
            *self.broker.open(VHOST, USER), RecordingSink(), ConnectionOwner("the connection")
        )
        client = ConnectionInfo(
            id="1",
            peer="127.0.0.1:50000",
            user=USER,
            vhost=VHOST,
            tls_version="TLSv1.3",
            chain=(),
            client_properties={"connection_name": "mine", "raw": b"\xff"},
            connected_at=hub.clock.now(),
            channels=1,
            mechanism="EXTERNAL",
            channel_max=2047,
            frame_max=131072,
            heartbeat=60,
            open_channels=(ChannelInfo(number=3, core=self.channel.core),),
        )
        hub.engine.broker = BrokerView(
            broker=self.broker,
            connections=(client,),
            users=hub.topology.users,
            listener=("127.0.0.1", 5671),
            started_at=hub.clock.now(),
        )

    def queue_up(self, *bodies: bytes) -> None:
        for body in bodies:
            assert self.vhost.publish("distribution", QUEUE, body, NO_PROPERTIES)


@pytest.fixture
def node(hub: FakeHub) -> Node:
    return Node(hub)


def read(api: Api, path: str) -> Any:
    answer = api("GET", f"{ROOT}{path}")
    assert answer.status_code == 200, answer.text
    return answer.json()


@pytest.mark.parametrize("path", NAMES)
def test_the_names_are_those_of_rabbitmq(api: Api, node: Node, path: str) -> None:
    node.channel.consume(QUEUE, "tag")
    content = read(api, path)
    row = content[0] if isinstance(content, list) else content
    assert sorted(row) == NAMES[path].split()


def test_a_queue_tells_its_depth_its_policy_and_its_consumers(api: Api, node: Node) -> None:
    node.channel.qos(0, 1, False)
    node.channel.consume(QUEUE, "tag")
    node.channel.resume()
    node.queue_up(b"delivered", b"ready")
    queue = read(api, f"/queues/{VHOST}/{QUEUE}")
    assert (queue["messages"], queue["messages_ready"], queue["messages_unacknowledged"]) == (
        2,
        1,
        1,
    )
    assert queue["message_bytes_ready"] == len(b"ready")
    assert queue["policy"] == "client-queues"
    assert queue["effective_policy_definition"]["message-ttl"] == 60_000
    (consumer,) = queue["consumer_details"]
    assert (consumer["consumer_tag"], consumer["prefetch_count"]) == ("tag", 1)
    assert consumer["channel_details"]["name"] == "127.0.0.1:50000 -> 127.0.0.1:5671 (3)"


def test_an_exclusive_queue_names_its_owner(api: Api, node: Node) -> None:
    node.channel.queue_declare("mine", exclusive=True)
    queue = read(api, f"/queues/{VHOST}/mine")
    assert queue["exclusive"] is True
    assert queue["owner_pid_details"] == {"name": "the connection"}


def test_lists_are_of_one_vhost_if_it_is_named(api: Api, node: Node) -> None:
    names = {row["name"] for row in read(api, f"/queues/{VHOST}")}
    assert names == set(node.vhost.queues)
    assert len(read(api, "/queues")) == sum(
        len(vhost.queues) for vhost in node.broker.vhosts.values()
    )
    assert {row["vhost"] for row in read(api, f"/exchanges/{VHOST}")} == {VHOST}
    assert {row["vhost"] for row in read(api, f"/bindings/{VHOST}")} == {VHOST}
    assert read(api, f"/vhosts/{VHOST}")["name"] == VHOST


def test_bindings_are_told_apart_by_key_and_arguments(api: Api, node: Node) -> None:
    headers = node.vhost.exchange("amq.headers")
    node.vhost.bind(headers, node.vhost.queue(QUEUE), "", {"x-match": "all", "a": 1})
    node.vhost.bind(headers, node.vhost.exchange("amq.fanout"), "")
    rows = [row for row in read(api, f"/bindings/{VHOST}") if row["source"] == "amq.headers"]
    assert [row["destination_type"] for row in rows] == ["queue", "exchange"]
    assert rows[1]["properties_key"] == "~"
    assert rows[0]["properties_key"].startswith("~")
    assert len(rows[0]["properties_key"]) > 1
    assert rows[0]["arguments"] == {"x-match": "all", "a": 1}


def test_a_connection_tells_both_ends_and_what_was_agreed(api: Api, node: Node) -> None:
    (connection,) = read(api, "/connections")
    assert connection["name"] == "127.0.0.1:50000 -> 127.0.0.1:5671"
    assert (connection["ssl"], connection["ssl_protocol"]) == (True, "tlsv1.3")
    assert connection["auth_mechanism"] == "EXTERNAL"
    assert connection["user_provided_name"] == "mine"
    assert read(api, f"/connections/{connection['name']}") == connection


def test_a_channel_tells_its_mode_and_its_prefetch(api: Api, node: Node) -> None:
    node.channel.qos(0, 7, False)
    node.channel.qos(0, 9, True)
    node.channel.confirm_select()
    (channel,) = read(api, "/channels")
    assert (channel["prefetch_count"], channel["global_prefetch_count"]) == (7, 9)
    assert (channel["confirm"], channel["transactional"]) == (True, False)
    assert channel["connection_details"]["peer_port"] == 50_000


def test_the_dispatcher_is_a_consumer_like_any_other(api: Api, node: Node) -> None:
    consumer = node.vhost.subscribe("dispatch", lambda delivery: None, prefetch=5, user="it")
    (row,) = read(api, f"/consumers/{VHOST}")
    assert (row["queue"]["name"], row["prefetch_count"]) == ("dispatch", 5)
    assert row["channel_details"]["user"] == "it"
    consumer.cancel()


def test_the_overview_counts(api: Api, node: Node) -> None:
    node.queue_up(b"one", b"two")
    overview = read(api, "/overview")
    assert overview["product_name"] == "RabbitMQ"
    assert overview["product_version"] == overview["rabbitmq_version"] == "3.12.14"
    assert overview["queue_totals"]["messages_ready"] == 2
    assert overview["object_totals"]["channels"] == overview["object_totals"]["connections"] == 1
    assert read(api, "/nodes")[0]["os_pid"] == str(os.getpid())


def test_definitions_are_those_rabbitmq_would_import(api: Api, node: Node) -> None:
    content = read(api, "/definitions")
    assert {row["name"] for row in content["vhosts"]} == set(node.broker.vhosts)
    assert {row["name"] for row in content["queues"] if row["vhost"] == VHOST} == set(
        node.vhost.queues
    )


def test_alarms_are_in_effect_while_publishers_wait(api: Api, node: Node) -> None:
    assert read(api, "/health/checks/alarms") == {"status": "ok"}
    node.queue_up(bytes(110))
    answer = api("GET", f"{ROOT}/health/checks/alarms")
    assert answer.status_code == 503
    assert answer.json()["status"] == "failed"
    assert answer.json()["alarms"][0]["resource"] == "memory"
    node.broker.alarms.disk(True)
    told = api("GET", f"{ROOT}/health/checks/alarms").json()["alarms"]
    assert [alarm["resource"] for alarm in told] == ["memory", "disk"]
    assert read(api, "/nodes")[0]["disk_free_alarm"]
    node.broker.alarms.disk(False)
    assert not read(api, "/nodes")[0]["disk_free_alarm"]


def test_the_aliveness_test_leaves_nothing_behind(api: Api, node: Node) -> None:
    before = dict(node.vhost.queues)
    assert read(api, f"/aliveness-test/{VHOST}") == {"status": "ok"}
    assert node.vhost.queues == before


@pytest.mark.parametrize("method", ["GET", "HEAD"])
@pytest.mark.parametrize(
    "headers", [{"origin": "http://evil.example"}, {"sec-fetch-site": "cross-site"}]
)
def test_the_aliveness_test_publishes_and_is_not_for_a_foreign_page(
    api: Api, node: Node, headers: dict[str, str], method: str
) -> None:
    assert api(method, f"{ROOT}/aliveness-test/{VHOST}", headers=headers).status_code == 403
    assert api(method, f"{ROOT}/queues", headers=headers).status_code == 200


@pytest.mark.parametrize(
    "path",
    [
        "/vhosts/nope",
        "/queues/nope",
        f"/queues/{VHOST}/nope",
        f"/exchanges/{VHOST}/nope",
        "/bindings/nope",
        "/connections/nope",
        "/aliveness-test/nope",
    ],
)
def test_what_does_not_exist_is_404_and_named(api: Api, node: Node, path: str) -> None:
    assert "'nope'" in api.refused(404, "GET", f"{ROOT}{path}")["detail"]


def test_nothing_can_be_changed_through_it(api: Api, node: Node) -> None:
    api.refused(405, "DELETE", f"{ROOT}/queues/{VHOST}/{QUEUE}")


def test_on_rabbitmq_it_says_whom_to_ask(api: Api) -> None:
    assert "RabbitMQ" in api.refused(409, "GET", f"{ROOT}/overview")["detail"]
