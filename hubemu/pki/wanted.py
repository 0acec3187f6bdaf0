"""Which certificates a home must hold: the server's, the dispatcher's and two for each client."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import get_args

from hubemu.pki.definitions import Definitions, IdentityKind
from hubemu.pki.issuing import is_host
from hubemu.pki.layout import Layout
from hubemu.pki.leaves import WantedLeaf
from hubemu.topology import DISPATCHER

__all__ = ["KINDS", "IdentityRequest", "wanted_leaves"]

KINDS: tuple[IdentityKind, ...] = get_args(IdentityKind)

_SERVER_NAME = "messaging.hub.localhost"


@dataclass(frozen=True, slots=True)
class IdentityRequest:
    """A client that needs its two identities; the names are their Common Names."""

    client_id: str
    legacy_name: str
    igc_name: str


def wanted_leaves(
    layout: Layout,
    definitions: Definitions,
    igc_chain: str,
    clients: Sequence[IdentityRequest],
    sans: Sequence[str],
) -> Iterator[WantedLeaf]:
    """Every leaf of a home whose environment has the IGC Santé chain `igc_chain`.

    `sans` are the names of the server certificate beyond those of its profile.
    """
    for kind in KINDS:
        chain = igc_chain if kind == "igc" else kind
        yield WantedLeaf(
            path=layout.server(kind),
            chain=chain,
            profile=definitions.server,
            common_name=_SERVER_NAME,
            names=(*definitions.server.names, *sans),
        )
        yield WantedLeaf(
            path=layout.dispatcher(kind),
            chain=chain,
            profile=definitions.client,
            common_name=DISPATCHER,
        )
        for client in clients:
            name = client.igc_name if kind == "igc" else client.legacy_name
            yield WantedLeaf(
                path=layout.client(client.client_id, kind),
                chain=chain,
                profile=definitions.client,
                common_name=name,
                # IGC Sante names a host; the Hub's former authority signed a bare client id.
                names=(name,) if kind == "igc" and is_host(name) else (),
                alias=client.client_id,
            )
