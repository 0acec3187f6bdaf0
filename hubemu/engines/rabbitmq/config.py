"""RabbitMQ's configuration files: mutual TLS only, login by the Common Name of the certificate.

An unknown key fails the boot, so only keys that 3.10, 3.12, 3.13 and 4.x all know stand here; what
one of them would not take goes into `advanced.config`, which is not checked.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import PurePosixPath

from hubemu.address import authority

__all__ = [
    "DISK_FREE",
    "ENABLED_PLUGINS",
    "ERLANG_ARGUMENTS",
    "LOG_FILE",
    "SCHEDULERS",
    "BrokerConfig",
]

ENABLED_PLUGINS = "[rabbitmq_auth_mechanism_ssl,rabbitmq_management].\n"

_ADVANCED = """\
%% What rabbitmq.conf has no key for in every version.
[
  {{rabbit, [{counted}
    %% The management plugin counts as RabbitMQ 4 deprecates; without this it warns at each boot.
    {{permit_deprecated_features, #{{management_metrics_collection => true}}}},
    %% The same as in rabbitmq.conf, which this stands for, and the lists of what is revoked.
    {{ssl_options, [
      {tls},
      {{crl_check, best_effort}},
      {{crl_cache, {{ssl_crl_hash_dir, {{internal, [{{dir, {lists}}}]}}}}}}
    ]}}
  ]}}{journal}
].
"""
_COUNTED = """
    %% Quorum queues tell their statistics themselves.
    {{quorum_tick_interval, {milliseconds}}},"""
_UNSYNCED = """,
  %% What quorum queues write ends with this node: nobody waits until it is on the disk.
  {{ra, [{{wal_sync_method, none}}, {{wal_max_size_bytes, {octets}}}]}}"""

ERLANG_ARGUMENTS = "-ssl ssl_pem_cache_clean 1000"
"""Certificates replaced on disk are seen within a second, not two minutes; Erlang's TLS has started
before any configuration file is read, so this can only be said on its command line."""

LOG_FILE = "rabbitmq.log"
"""Name of a log that is written to a file too; its folder is RABBITMQ_LOG_BASE, so that the nodes
of a cluster, whose configuration is the same, have one each."""

SCHEDULERS = "u"
"""Erlang's threads may run on any processor. RabbitMQ ties each to one, for machines that have
nothing else to do; here the Hub and its clients are on the same, and a tied one waits for them."""

_MEBIBYTE = 1024 * 1024
DISK_FREE = 50 * _MEBIBYTE
"""Octets that must be free on the disk, as RabbitMQ wants them by default."""

_OFTEN = 1_000
_SELDOM = 60_000
"""Milliseconds between two statistics. Those of a thousand queues, counted once a second, take 50
ms of each second while nothing happens."""
_JOURNAL = 64 * _MEBIBYTE
"""Octets after which quorum queues begin a new journal, where they are in memory."""


@dataclass(frozen=True, slots=True, kw_only=True)
class BrokerConfig:
    """What varies from one node to another.

    `folder` is where the node finds the exported files; `host` and `management_host` are addresses,
    empty for every one; `memory` is the absolute watermark in bytes, because RabbitMQ does not see
    the limit of its container; `cluster` names the nodes to join; `proxied` says that a relay
    stands before it, which tells who its clients are; `log_file` has it write its log, rotated,
    into RABBITMQ_LOG_BASE too; `lasting` is false where its data end with it, so that nothing has
    to wait for the disk; `asked` says that nobody of ours reads its statistics.
    """

    folder: PurePosixPath
    host: str = ""
    port: int = 5671
    management_host: str = ""
    management_port: int = 15672
    memory: int = 512 * _MEBIBYTE
    cluster: tuple[str, ...] = ()
    proxied: bool = False
    log_file: bool = False
    lasting: bool = True
    asked: bool = False

    def text(self) -> str:
        """The content of `rabbitmq.conf`."""
        return "\n".join([*self._lines(), ""])

    def _lines(self) -> Iterator[str]:
        yield from self._listeners()
        yield from self._login()
        yield from self._limits()
        yield from self._logs()
        yield from self._peers()

    def _listeners(self) -> Iterator[str]:
        yield "# Clients come by mutual TLS; there is no plain listener."
        yield "listeners.tcp = none"
        if self.host:
            yield f"listeners.ssl.1 = {authority(self.host, self.port)}"
        else:
            yield f"listeners.ssl.default = {self.port}"
        if self.proxied:
            yield "# A relay comes before every client, and says by the PROXY protocol who it is."
            yield "proxy_protocol = true"
        yield "# A session resumed would outlive the authority that let its client in."
        for name, value in self._tls():
            values = {f".{number}": one for number, one in enumerate(value, start=1)}
            for suffix, one in values.items() if isinstance(value, tuple) else (("", value),):
                yield f"ssl_options.{name}{suffix} = {one}"

    def advanced(self) -> str:
        """The content of `advanced.config`."""
        terms = [f"{{{name}, {_term(value)}}}" for name, value in self._tls()]
        lists = _term(f"{self.folder / 'tls/crl'}")
        return _ADVANCED.format(
            counted=_COUNTED.format(milliseconds=_SELDOM) if self.asked else "",
            tls=",\n      ".join(terms),
            lists=lists,
            journal="" if self.lasting else _UNSYNCED.format(octets=_JOURNAL),
        )

    def _tls(self) -> Iterator[tuple[str, str | tuple[str, ...]]]:
        """The options of TLS, each a path, a word, or several words."""
        yield "cacertfile", f"{self.folder / 'tls/trusted.pem'}"
        yield "certfile", f"{self.folder / 'tls/server.crt'}"
        yield "keyfile", f"{self.folder / 'tls/server.key'}"
        yield "verify", "verify_peer"
        yield "fail_if_no_peer_cert", "true"
        yield "depth", "3"
        yield "versions", ("tlsv1.3", "tlsv1.2")
        yield "reuse_sessions", "false"

    def _login(self) -> Iterator[str]:
        yield ""
        yield "# The user is the Common Name of the certificate; no password is taken."
        yield "auth_mechanisms.1 = EXTERNAL"
        yield "ssl_cert_login_from = common_name"
        yield ""
        yield f"load_definitions = {self.folder / 'boot.json'}"
        if self.management_host:
            yield f"management.tcp.ip = {self.management_host}"
        yield f"management.tcp.port = {self.management_port}"

    def _limits(self) -> Iterator[str]:
        yield ""
        yield "# The same in every version, and whatever the container is allowed."
        yield f"vm_memory_high_watermark.absolute = {self.memory}"
        yield f"disk_free_limit.absolute = {DISK_FREE}"
        yield f"max_message_size = {128 * _MEBIBYTE}"
        yield f"collect_statistics_interval = {_SELDOM if self.asked else _OFTEN}"

    def _logs(self) -> Iterator[str]:
        yield "log.console = true"
        if not self.log_file:
            yield "log.file = false"
            return
        yield f"log.file = {LOG_FILE}"
        yield "log.file.level = info"
        yield f"log.file.rotation.size = {10 * _MEBIBYTE}"
        yield "log.file.rotation.count = 1"

    def _peers(self) -> Iterator[str]:
        if not self.cluster:
            return
        yield ""
        yield "cluster_formation.peer_discovery_backend = classic_config"
        for number, node in enumerate(self.cluster, start=1):
            yield f"cluster_formation.classic_config.nodes.{number} = {node}"
        yield "cluster_partition_handling = pause_minority"


def _term(value: str | tuple[str, ...]) -> str:
    """A value in Erlang's notation."""
    if isinstance(value, tuple):
        return f"[{', '.join(_term(one) for one in value)}]"
    if "/" in value or "\\" in value:
        escaped = value.replace("\\", "\\\\").replace('"', '\\"')
        return f'"{escaped}"'
    return f"'{value}'" if "." in value else value
