"""Where RabbitMQ comes from, by what `--rabbitmq` says."""

from __future__ import annotations

from pathlib import Path

from hubemu.engines.rabbitmq.docker import DockerNode, docker_is_there
from hubemu.engines.rabbitmq.existing import ExistingNode
from hubemu.engines.rabbitmq.native import NativeNode
from hubemu.engines.rabbitmq.node import Node
from hubemu.engines.rabbitmq.process import find_server
from hubemu.errors import StartError
from hubemu.pki import Pki
from hubemu.supervision import Supervision
from hubemu.topology import Topology

__all__ = ["node_from"]


def node_from(
    source: str,
    folder: Path,
    topology: Topology,
    pki: Pki,
    supervision: Supervision,
    *,
    proxied: bool = False,
) -> Node:
    """The node that `source` means; its files go into `folder`.

    With `proxied` a node of ours expects a relay before its listener; one that somebody else runs
    stays as it is.

    Raises:
        StartError: `auto` finds neither docker nor an installed RabbitMQ.
    """
    if source.startswith("amqps://"):
        return ExistingNode(source, topology, pki)
    if source == "docker" or (source == "auto" and docker_is_there()):
        return DockerNode(folder, topology, pki, supervision, proxied=proxied)
    if source == "native" or find_server() is not None:
        return NativeNode(folder, topology, pki, proxied=proxied)
    raise StartError(
        "RabbitMQ is nowhere to be had: no docker daemon answers and no rabbitmq-server is "
        "installed; install one of them, or name a broker with --rabbitmq amqps://host:port"
    )
