"""Reach the Hub of a home as one of its clients."""

from __future__ import annotations

from typing import TYPE_CHECKING

from hubemu.client.control import ControlClient
from hubemu.client.facts import HubFacts, ask_hub, reachable_url
from hubemu.home import Home

if TYPE_CHECKING:
    from hubemu.client.connection import Endpoint

__all__ = ["control_if_up", "control_of", "endpoint_for", "endpoint_on", "facts_of"]


def control_of(home: Home) -> ControlClient:
    """The control API of the Hub that is up in `home`, with the token it wants.

    Raises:
        StartError: none is up.
    """
    return ControlClient(reachable_url(home.require_endpoints()["http"]), home.token())


def control_if_up(home: Home) -> ControlClient | None:
    """The control API of the Hub that is up in `home`; `None` when none is."""
    return control_of(home) if home.endpoints() is not None else None


def facts_of(home: Home) -> HubFacts:
    """What the Hub that is up in `home` says of itself.

    Raises:
        StartError: none is up, or it does not answer.
    """
    return ask_hub(control_of(home))


def endpoint_for(home: Home, client_id: str, vhost: str) -> Endpoint:
    """How `client_id` connects to `vhost` of the Hub that is up in `home` (see `endpoint_on`).

    Raises:
        StartError: no Hub is up.
        InputError: the Hub has no such client or vHost.
    """
    return endpoint_on(facts_of(home), client_id, vhost)


def endpoint_on(facts: HubFacts, client_id: str, vhost: str) -> Endpoint:
    """How `client_id` connects to `vhost`, with the certificate the Hub's phase asks for.

    Raises:
        InputError: the Hub has no such client or vHost.
    """
    from hubemu.client.connection import Endpoint
    from hubemu.pki import open_pki

    facts.require_vhost(vhost)
    tls = open_pki(facts.certs).client_context(facts.holder(client_id), facts.identity, facts.phase)
    return Endpoint(host=facts.host, port=facts.port, vhost=vhost, tls=tls)
