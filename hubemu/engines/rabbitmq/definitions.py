"""The topology as RabbitMQ's `definitions.json`.

Rules, from what RabbitMQ 3.10 to 4.x do with a definitions file:
1. Users have an empty password hash: nobody logs in with a password, and 4.x accepts no null.
2. Every user has its `tags`: 3.10 otherwise drops the whole file without a word.
"""

from __future__ import annotations

import base64
import hashlib
import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from hubemu.topology import Topology, VHostTopology

__all__ = ["Administrator", "definitions"]

_HASHING = "rabbit_password_hashing_sha256"


@dataclass(frozen=True, slots=True)
class Administrator:
    """The one user with a password, which only the management API takes."""

    name: str
    password: str

    def user(self, salt: bytes) -> dict[str, Any]:
        """The entry of `users`, its password salted (4 bytes) and hashed."""
        digest = hashlib.sha256(salt + self.password.encode()).digest()
        return {
            "name": self.name,
            "password_hash": base64.b64encode(salt + digest).decode("ascii"),
            "hashing_algorithm": _HASHING,
            "tags": ["administrator"],
        }


def definitions(
    topology: Topology,
    administrator: Administrator | None = None,
) -> dict[str, Any]:
    """Everything of `topology` as RabbitMQ imports it: users without passwords.

    An administrator may read and configure every queue, because the management API empties and
    removes them in its name.
    """
    content: dict[str, list[dict[str, Any]]] = {
        "users": [_user(name) for name in topology.users],
        "vhosts": [{"name": name} for name in topology.vhosts],
    }
    for part in _PARTS:
        content[part] = [row for vhost in topology.vhosts.values() for row in _rows(part, vhost)]
    if administrator is not None:
        content["users"].append(administrator.user(os.urandom(4)))
        content["permissions"] += [_rules(administrator.name, name) for name in topology.vhosts]
    return content


_PARTS = ("permissions", "topic_permissions", "policies", "exchanges", "queues", "bindings")


def _rules(user: str, vhost: str) -> dict[str, Any]:
    return {"user": user, "vhost": vhost, "configure": ".*", "write": "^$", "read": ".*"}


def _user(name: str) -> dict[str, Any]:
    return {"name": name, "password_hash": "", "hashing_algorithm": _HASHING, "tags": []}


def _rows(part: str, vhost: VHostTopology) -> Iterator[dict[str, Any]]:
    """The rows of one part that a vHost brings."""
    makers: Mapping[str, Iterator[dict[str, Any]]] = {
        "permissions": _permissions(vhost),
        "topic_permissions": _topic_permissions(vhost),
        "policies": _policies(vhost),
        "exchanges": _exchanges(vhost),
        "queues": _queues(vhost),
        "bindings": _bindings(vhost),
    }
    return makers[part]


def _permissions(vhost: VHostTopology) -> Iterator[dict[str, Any]]:
    for right in vhost.permissions:
        yield {
            "user": right.user,
            "vhost": vhost.name,
            "configure": right.configure,
            "write": right.write,
            "read": right.read,
        }


def _topic_permissions(vhost: VHostTopology) -> Iterator[dict[str, Any]]:
    for right in vhost.topic_permissions:
        yield {
            "user": right.user,
            "vhost": vhost.name,
            "exchange": right.exchange,
            "write": right.write,
            "read": right.read,
        }


def _policies(vhost: VHostTopology) -> Iterator[dict[str, Any]]:
    for policy in vhost.policies:
        yield {
            "vhost": vhost.name,
            "name": policy.name,
            "pattern": policy.pattern,
            "apply-to": "queues",
            "definition": dict(policy.definition),
            "priority": policy.priority,
        }


def _exchanges(vhost: VHostTopology) -> Iterator[dict[str, Any]]:
    for exchange in vhost.exchanges:
        yield {
            "name": exchange.name,
            "vhost": vhost.name,
            "type": exchange.type,
            "durable": True,
            "auto_delete": False,
            "internal": False,
            "arguments": {},
        }


def _queues(vhost: VHostTopology) -> Iterator[dict[str, Any]]:
    for queue in vhost.queues:
        yield {
            "name": queue.name,
            "vhost": vhost.name,
            "durable": True,
            "auto_delete": False,
            "arguments": dict(queue.arguments),
        }


def _bindings(vhost: VHostTopology) -> Iterator[dict[str, Any]]:
    for binding in vhost.bindings:
        yield {
            "source": binding.exchange,
            "vhost": vhost.name,
            "destination": binding.queue,
            "destination_type": "queue",
            "routing_key": binding.routing_key,
            "arguments": {},
        }
