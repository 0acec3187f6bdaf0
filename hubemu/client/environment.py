"""The environment variables that the official client kits and hubemu's own users read.

Names of the official kits first (facts: hub 8): the Java SDK's, then the test LRM's, then ours.
"""

from __future__ import annotations

import json
from pathlib import Path

from hubemu.address import authority
from hubemu.client.facts import HubFacts
from hubemu.topology import HUB_EXCHANGE

__all__ = ["client_environment"]


def client_environment(facts: HubFacts, home: Path, client_id: str, vhost: str) -> dict[str, str]:
    """The variables for one client on one vHost.

    Raises:
        InputError: the Hub has no such client or vHost.
    """
    holder = facts.holder(client_id)
    own = facts.certs / "clients" / holder / facts.identity
    trust = facts.certs / "truststores" / facts.phase.value
    passphrase = (facts.certs / "passphrase.txt").read_text("utf-8").strip()
    url = f"amqps://{authority(facts.host, facts.port)}"
    variables = {
        "HUB_HOSTNAME": facts.host,
        "HUB_PORT": str(facts.port),
        "VHOST": facts.require_vhost(vhost),
        "EXCHANGE_NAME": HUB_EXCHANGE,
        "CERTIFICATE_PATH": f"{own}.p12",
        "KEY_PASSPHRASE": passphrase,
        "TRUST_STORE_PATH": f"{trust}.jks",
        "TRUST_STORE_PASSWORD": passphrase,
        "HUB_URL": url,
        "LRM_PASSPHRASE": passphrase,
        "CLIENT_MAP": _client_map(facts, holder),
        "VHOSTS": json.dumps(facts.vhosts),
        "HUBEMU_HOME": str(home),
        "HUBEMU_HTTP": facts.http,
        "HUBEMU_AMQPS_URL": f"{url}/{vhost}",
        "HUBEMU_CERT": f"{own}.crt",
        "HUBEMU_KEY": f"{own}.key",
        "HUBEMU_CA": f"{trust}.pem",
    }
    if facts.http_token is not None:
        variables["HUBEMU_HTTP_TOKEN"] = facts.http_token
    return variables


def _client_map(facts: HubFacts, holder: str) -> str:
    """Each id the certificate acts for, with the ids it may write to."""
    everyone = dict.fromkeys(i for client in facts.clients.values() for i in client.own_ids)
    own_ids = facts.clients[holder].own_ids
    return json.dumps([[own, [other for other in everyone if other != own]] for own in own_ids])
