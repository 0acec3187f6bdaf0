"""Users and what they may do on each vHost.

Rules (RabbitMQ's):
1. A pattern is searched anywhere in the name; the empty pattern matches the empty name only.
2. Topic permissions restrict, for topic exchanges that have one, the routing keys; `{username}`
   and `{vhost}` in them stand for the names. An exchange without one is not restricted.
3. The default exchange is called `amq.default` in permissions.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Literal, TypeAlias

from hubemu.broker.core.errors import access_refused

__all__ = ["Access", "Denied", "Operation", "User"]

Operation: TypeAlias = Literal["configure", "write", "read"]

Denied: TypeAlias = Callable[[Operation, str, str], bool]
"""Whether an operation on a kind (`queue`, `exchange`) of this name is refused all the same."""


class User:
    """Somebody who can log in; `access` holds the vHosts they may enter."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.access: dict[str, Access] = {}

    def grant(self, vhost: str, configure: str, write: str, read: str, *, cached: int) -> Access:
        """Allow the names that match each pattern on `vhost`, replacing an earlier grant.

        Topic permissions are not part of a grant: they stay.

        `cached` bounds how many answers are remembered.
        """
        patterns: dict[Operation, str] = {"configure": configure, "write": write, "read": read}
        access = Access(self.name, vhost, patterns, cached)
        if (before := self.access.get(vhost)) is not None:
            access.replace(before)
        self.access[vhost] = access
        return access


class Access:
    """The permissions of one user on one vHost, with the answers already given."""

    def __init__(self, user: str, vhost: str, patterns: dict[Operation, str], cached: int) -> None:
        self._user = user
        self._vhost = vhost
        self._patterns = {operation: _compile(text) for operation, text in patterns.items()}
        self._topics: dict[tuple[Operation, str], re.Pattern[str]] = {}
        self._cached = cached
        self._answers: dict[tuple[Operation, str], bool] = {}
        self.denied: Denied | None = None
        """Takes a right away for a time (`Broker.deny`)."""

    def replace(self, other: Access) -> None:
        """Stand where another one stood: topic permissions, and what is taken away, stay."""
        self._topics = other._topics
        self.denied = other.denied

    def grant_topic(self, exchange: str, *, write: str, read: str) -> None:
        """Restrict the routing keys written to and read from the topic exchange `exchange`."""
        for operation, text in (("write", write), ("read", read)):
            expanded = text.replace("{username}", self._user).replace("{vhost}", self._vhost)
            self._topics[_operation(operation), exchange] = _compile(expanded)

    def require(self, operation: Operation, kind: str, name: str) -> None:
        """Let pass what is permitted on the `kind` (`queue`, `exchange`) called `name`.

        Raises:
            ChannelError: 403.
        """
        name = name or "amq.default"
        allowed = self._answers.get((operation, name))
        if allowed is None:
            allowed = self._remember(operation, name)
        if not allowed or (self.denied is not None and self.denied(operation, kind, name)):
            raise access_refused(
                f"access to {kind} '{name}' in vhost '{self._vhost}' "
                f"refused for user '{self._user}'"
            )

    def require_topic(self, operation: Operation, exchange: str, routing_key: str) -> None:
        """Let pass a routing key permitted on the topic exchange `exchange`.

        Raises:
            ChannelError: 403.
        """
        pattern = self._topics.get((operation, exchange))
        if pattern is not None and pattern.search(routing_key) is None:
            raise access_refused(
                f"access to topic '{routing_key}' in exchange '{exchange}' "
                f"in vhost '{self._vhost}' refused for user '{self._user}'"
            )

    def _remember(self, operation: Operation, name: str) -> bool:
        if len(self._answers) >= self._cached:
            self._answers.clear()
        allowed = self._patterns[operation].search(name) is not None
        self._answers[operation, name] = allowed
        return allowed


def _operation(name: str) -> Operation:
    return "write" if name == "write" else "read"


def _compile(pattern: str) -> re.Pattern[str]:
    return re.compile(pattern or "^$")
