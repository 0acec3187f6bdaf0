"""A refusal of the broker as people and programs read it: who, what, why, and the mend."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from hubemu.broker.protocol.refused import Refused
from hubemu.events.reasons import Situation, reason_for
from hubemu.journal import utc_text
from hubemu.printable import printable

__all__ = ["Directory", "refusal_json"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Directory:
    """Who is who on a Hub.

    `users` maps user names (common names) to client ids, `ids` a client to those it may publish
    as, its main one first; `vhosts` are the names of all.
    """

    users: Mapping[str, str]
    ids: Mapping[str, Sequence[str]]
    vhosts: Sequence[str]

    def client(self, refused: Refused) -> str | None:
        """The client that was refused: by its login, else by its certificate."""
        name = refused.user or refused.peer.common_name
        return self.users.get(name) if name else None


def refusal_json(refused: Refused, directory: Directory, at: float) -> dict[str, Any]:
    """The refusal as `GET /api/v1/connections` lists it (CONTRACT); `at` in seconds, UTC.

    Texts are escaped: a client decides what stands in them.
    """
    client = directory.client(refused)
    text = printable(refused.text)
    reason = reason_for(
        Situation(
            scope=refused.scope,
            code=refused.code,
            text=text,
            method=refused.method,
            ids=directory.ids.get(client, ()) if client else (),
            vhosts=directory.vhosts,
        )
    )
    return {
        "at": utc_text(at),
        "scope": refused.scope,
        "peer": refused.peer.address,
        "client": client,
        "user": printable(refused.user) or None,
        "vhost": printable(refused.vhost) or None,
        "channel": refused.channel,
        "method": refused.method or None,
        "code": refused.code,
        "text": text,
        "why": reason.why,
        "mend": reason.mend,
    }
