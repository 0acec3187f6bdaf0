"""What RabbitMQ is started with: definitions, configuration, certificates."""

from __future__ import annotations

import base64
import hashlib
import json
import os
import stat
from pathlib import Path, PurePosixPath
from typing import Any

import pytest

from hubemu.engines.rabbitmq.config import BrokerConfig
from hubemu.engines.rabbitmq.definitions import Administrator, definitions
from hubemu.engines.rabbitmq.node_files import write_material
from hubemu.home import Home
from hubemu.routing import load_routing
from hubemu.settings import Environment, QueueType
from hubemu.topology import DEAD_LETTERS, DISPATCH, Topology, build_topology, replicated
from tests.support.commands import Ended, hubemu_here
from tests.support.kept_certificates import KEPT

KNOWN_KEYS = {
    "listeners.tcp",
    "listeners.ssl.default",
    "listeners.ssl.1",
    "ssl_options.cacertfile",
    "ssl_options.certfile",
    "ssl_options.keyfile",
    "ssl_options.verify",
    "ssl_options.fail_if_no_peer_cert",
    "ssl_options.depth",
    "ssl_options.versions.1",
    "ssl_options.versions.2",
    "ssl_options.reuse_sessions",
    "auth_mechanisms.1",
    "ssl_cert_login_from",
    "load_definitions",
    "management.tcp.ip",
    "management.tcp.port",
    "vm_memory_high_watermark.absolute",
    "disk_free_limit.absolute",
    "max_message_size",
    "collect_statistics_interval",
    "log.console",
    "log.file",
    "log.file.level",
    "log.file.rotation.size",
    "log.file.rotation.count",
    "cluster_formation.peer_discovery_backend",
    "cluster_formation.classic_config.nodes.1",
    "cluster_formation.classic_config.nodes.2",
    "cluster_partition_handling",
}
"""Keys tried on 3.10 and 4.0: another one fails the boot of one of them. 3.12 and 3.13, which lie
between, were not run; none of these keys was new after 3.10 or gone before 4.0."""


@pytest.fixture(scope="module")
def topology() -> Topology:
    return build_topology(load_routing(), Environment.SANDBOX, 60, queue_type=QueueType.CLASSIC)


def keys(config: BrokerConfig) -> dict[str, str]:
    lines = [line for line in config.text().splitlines() if line and not line.startswith("#")]
    return dict(line.split(" = ", 1) for line in lines)


def test_every_object_of_the_topology_is_defined(topology: Topology) -> None:
    content = definitions(topology)
    vhosts = topology.vhosts.values()
    assert [row["name"] for row in content["vhosts"]] == list(topology.vhosts)
    assert len(content["queues"]) == sum(len(vhost.queues) for vhost in vhosts)
    assert len(content["bindings"]) == sum(len(vhost.bindings) for vhost in vhosts)
    assert len(content["exchanges"]) == sum(len(vhost.exchanges) for vhost in vhosts)
    assert len(content["permissions"]) == sum(len(vhost.permissions) for vhost in vhosts)
    assert len(content["topic_permissions"]) == sum(len(one.topic_permissions) for one in vhosts)
    assert len(content["policies"]) == sum(len(vhost.policies) for vhost in vhosts)


def test_users_have_no_password_and_no_tag(topology: Topology) -> None:
    users = definitions(topology)["users"]
    assert {row["name"] for row in users} == set(topology.users)
    assert {(row["password_hash"], tuple(row["tags"])) for row in users} == {("", ())}


@pytest.mark.parametrize("kind", list(QueueType))
def test_each_queue_says_its_type_itself(kind: QueueType) -> None:
    topology = build_topology(load_routing(), Environment.SANDBOX, 60, queue_type=kind)
    assert types_of(definitions(topology)) == {"dispatcher": {"classic"}, "clients": {kind.value}}
    assert types_of(definitions(replicated(topology))) == {
        "dispatcher": {kind.value},
        "clients": {kind.value},
    }


def types_of(content: dict[str, Any]) -> dict[str, set[str]]:
    types: dict[str, set[str]] = {"dispatcher": set(), "clients": set()}
    for row in content["queues"]:
        whose = "dispatcher" if row["name"] in (DISPATCH, DEAD_LETTERS) else "clients"
        types[whose].add(row["arguments"]["x-queue-type"])
    return types


@pytest.mark.parametrize(
    ("options", "dispatcher", "clients"),
    [
        ((), "classic", "quorum"),
        (("--queue-type", "classic"), "classic", "classic"),
        (("--cluster", "rabbit@a", "--cluster", "rabbit@b"), "quorum", "quorum"),
    ],
)
def test_what_is_exported_has_the_clients_queues_replicated_and_all_in_a_cluster(
    tmp_path: Path, options: tuple[str, ...], dispatcher: str, clients: str
) -> None:
    content = json.loads((exported(tmp_path, *options) / "definitions.json").read_text())
    assert types_of(content) == {"dispatcher": {dispatcher}, "clients": {clients}}


def test_an_administrator_logs_in_over_http_and_may_empty_or_remove_queues(
    topology: Topology,
) -> None:
    content = definitions(topology, administrator=Administrator("admin", "secret"))
    [user] = [row for row in content["users"] if row["name"] == "admin"]
    salted = base64.b64decode(user["password_hash"])
    assert salted[4:] == hashlib.sha256(salted[:4] + b"secret").digest()
    rights = [row for row in content["permissions"] if row["user"] == "admin"]
    assert len(rights) == len(topology.vhosts)
    assert {(row["configure"], row["write"], row["read"]) for row in rights} == {(".*", "^$", ".*")}


def test_only_keys_that_every_version_knows_are_written() -> None:
    folder = PurePosixPath("/hubemu")
    plain = keys(BrokerConfig(folder=folder))
    private = keys(BrokerConfig(folder=folder, host="127.0.0.1", management_host="127.0.0.1"))
    cluster = keys(BrokerConfig(folder=folder, cluster=("rabbit@a", "rabbit@b")))
    told = keys(BrokerConfig(folder=folder, log_file=True))
    assert {*plain, *private, *cluster, *told} <= KNOWN_KEYS
    assert (plain["log.file"], told["log.file"]) == ("false", "rabbitmq.log")
    assert plain["listeners.tcp"] == "none"
    assert plain["ssl_options.fail_if_no_peer_cert"] == "true"
    assert private["listeners.ssl.1"] == "127.0.0.1:5671"
    assert "listeners.ssl.default" not in private


def test_only_a_node_that_ends_with_its_hub_waits_for_no_disk() -> None:
    folder = PurePosixPath("/hubemu")
    assert "wal_sync_method" not in BrokerConfig(folder=folder).advanced()
    passing = BrokerConfig(folder=folder, lasting=False).advanced()
    assert "{ra, [{wal_sync_method, none}, {wal_max_size_bytes, 67108864}]}" in passing


def test_only_a_node_that_is_asked_itself_counts_seldom() -> None:
    folder = PurePosixPath("/hubemu")
    often, seldom = BrokerConfig(folder=folder), BrokerConfig(folder=folder, asked=True)
    assert keys(often)["collect_statistics_interval"] == "1000"
    assert keys(seldom)["collect_statistics_interval"] == "60000"
    assert "quorum_tick_interval" not in often.advanced()
    assert "{quorum_tick_interval, 60000}" in seldom.advanced()


def test_an_address_of_ip_version_6_is_bracketed() -> None:
    config = BrokerConfig(folder=PurePosixPath("/hubemu"), host="::1")
    assert keys(config)["listeners.ssl.1"] == "[::1]:5671"


def test_the_nodes_of_a_cluster_do_not_declare_queues_when_they_boot(
    topology: Topology, tmp_path: Path
) -> None:
    write_material(tmp_path, topology, BrokerConfig(folder=PurePosixPath("/x"), cluster=("a@b",)))
    at_boot = json.loads((tmp_path / "boot.json").read_text())
    assert at_boot["queues"] == at_boot["bindings"] == []
    assert at_boot["vhosts"]
    assert json.loads((tmp_path / "definitions.json").read_text())["queues"]


def exported(tmp_path: Path, *options: str) -> Path:
    folder = tmp_path / "broker"
    done = export(folder, tmp_path / "h", *options)
    assert done.code == 0, done.err
    return folder


def export(folder: Path, home: Path, *options: str) -> Ended:
    fresh = not (KEPT.given(home) / "certs").exists()
    done = hubemu_here("export", "rabbitmq", str(folder), "--home", str(home), *options)
    if fresh and done.code == 0 and (home / "certs").exists():
        KEPT.keep(home)
    return done


HASHES = ("544befed", "670f1400", "4767dc97", "ebc8a8cc", "09ca1f91")
"""What `openssl x509 -subject_hash` gives for the five authorities of a home."""


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def test_the_command_writes_everything(tmp_path: Path) -> None:
    folder = exported(tmp_path, "--queue-type", "quorum", "--administrator", "--ttl", "5")
    found = {path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()}
    assert found == {
        "rabbitmq.conf",
        "enabled_plugins",
        "advanced.config",
        "definitions.json",
        "boot.json",
        "administrator.json",
        "tls/trusted.pem",
        "tls/server.crt",
        "tls/server.key",
        *(f"tls/crl/{hash_of_an_authority}.r0" for hash_of_an_authority in HASHES),
    }
    content: dict[str, Any] = json.loads((folder / "definitions.json").read_text())
    assert {row["definition"]["message-ttl"] for row in content["policies"]} == {5000}
    assert f"load_definitions = {folder}/boot.json" in (folder / "rabbitmq.conf").read_text()
    assert mode(folder / "tls/server.key") == 0o600
    assert mode(folder / "administrator.json") == 0o600
    if os.geteuid() == 0:
        assert (folder / "tls/server.key").stat().st_uid == 999


def test_a_log_file_gets_a_folder_that_the_node_can_write_to(tmp_path: Path) -> None:
    log = exported(tmp_path, "--log-file") / "log"
    assert log.is_dir()
    if os.geteuid() == 0:
        assert log.stat().st_uid == 999
    assert "log.file = rabbitmq.log" in (log.parent / "rabbitmq.conf").read_text()


def test_what_was_written_is_told_as_json(tmp_path: Path) -> None:
    folder = tmp_path / "broker"
    done = export(folder, tmp_path / "h", "--json")
    assert done.code == 0, done.err
    assert done.json["folder"] == str(folder)
    assert (done.json["written"], done.json["phase"]) == (True, "igc")
    assert {"rabbitmq.conf", "definitions.json", "tls/server.key"} <= set(done.json["files"])


def test_the_administrator_that_a_broker_knows_is_kept(tmp_path: Path) -> None:
    known = exported(tmp_path, "--administrator") / "administrator.json"
    before = known.read_text()
    exported(tmp_path, "--administrator")
    assert known.read_text() == before
    known.write_text("{")
    done = export(known.parent, tmp_path / "h", "--administrator")
    assert done.code == 2
    assert "administrator.json: cannot be read" in done.err


def test_a_folder_that_a_hub_uses_can_be_left_as_it_is(tmp_path: Path) -> None:
    home = Home(tmp_path / "h")
    home.claim(Environment.SANDBOX)
    try:
        folder = exported(tmp_path, "--unless-up")
        refused = export(folder, home.path)
    finally:
        home.release()
    assert not folder.exists()
    assert refused.code == 3
    assert exported(tmp_path, "--unless-up").is_dir()


def test_without_an_administrator_there_is_no_password(tmp_path: Path) -> None:
    folder = exported(tmp_path, "--found-at", "/etc/hubemu")
    assert not (folder / "administrator.json").exists()
    users = json.loads((folder / "definitions.json").read_text())["users"]
    assert {row["password_hash"] for row in users} == {""}
    assert "/etc/hubemu/tls/server.key" in (folder / "rabbitmq.conf").read_text()


def test_a_folder_that_cannot_be_written_is_told(tmp_path: Path) -> None:
    file = tmp_path / "file"
    file.write_text("")
    done = export(file / "x", tmp_path / "h")
    assert done.code == 2
    assert "cannot be written" in done.err
