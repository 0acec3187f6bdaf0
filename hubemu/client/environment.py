"""The environment variables that the official client kits and hubemu's own users read.

Names of the official kits first (facts: hub 8): the Java SDK's, then the test LRM's, then ours.
"""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from pathlib import Path

from hubemu.address import authority
from hubemu.client.facts import HubFacts
from hubemu.topology import HUB_EXCHANGE

__all__ = ["client_environment", "spring_properties"]

_LRM_SERVER = "NUXT_PUBLIC_BACKEND_LRM_SERVER"
_USUAL_LRM_SERVER = "localhost:8081"
"""Where the page of the test LRM finds its own server; nothing of the Hub decides it."""


def client_environment(facts: HubFacts, home: Path, client_id: str, vhost: str) -> dict[str, str]:
    """The variables for one client on one vHost.

    Raises:
        InputError: the Hub has no such client or vHost.
    """
    holder = facts.holder(client_id)
    own = facts.certs / "clients" / holder / facts.identity
    trust = facts.certs / "truststores" / facts.phase.value
    passphrase = (facts.certs / "passphrase.txt").read_text("utf-8").strip()
    client_map, vhosts = _client_map(facts, holder), _json(facts.vhosts)
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
        "CLIENT_MAP": client_map,
        "VHOSTS": vhosts,
        "NUXT_PUBLIC_CLIENT_MAP": client_map,
        "NUXT_PUBLIC_VHOST_MAP": vhosts,
        "NUXT_PUBLIC_BACKEND_LRM_SERVER": os.environ.get(_LRM_SERVER, _USUAL_LRM_SERVER),
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


def spring_properties(variables: Mapping[str, str]) -> dict[str, str]:
    """The same for Spring Boot, under the names of `spring-boot-starter-amqp`.

    The login by certificate (EXTERNAL) has no property: examples/java/application.yaml says how.
    """
    amqp = {
        "host": variables["HUB_HOSTNAME"],
        "port": variables["HUB_PORT"],
        "virtual-host": variables["VHOST"],
        "dynamic": "false",
        "ssl.enabled": "true",
        "ssl.key-store": f"file:{variables['CERTIFICATE_PATH']}",
        "ssl.key-store-type": "PKCS12",
        "ssl.key-store-password": variables["KEY_PASSPHRASE"],
        "ssl.trust-store": f"file:{variables['TRUST_STORE_PATH']}",
        "ssl.trust-store-type": "JKS",
        "ssl.trust-store-password": variables["TRUST_STORE_PASSWORD"],
        "ssl.verify-hostname": "true",
    }
    return {f"spring.rabbitmq.{name}": value for name, value in amqp.items()}


def _client_map(facts: HubFacts, holder: str) -> str:
    """Each id the certificate acts for, with the ids it may write to.

    The test LRM reads every message as JSON and dies of one in XML (facts: hub 12), so nobody who
    prefers XML is in it, and no own id that is written to in XML.
    """
    ids = (own for client in facts.clients.values() for own in client.own_ids)
    everyone = [own for own in dict.fromkeys(ids) if not facts.prefers_xml(own)]
    own_ids = [own for own in facts.clients[holder].own_ids if facts.reads_json(own)]
    return _json([[own, [other for other in everyone if other != own]] for own in own_ids])


def _json(value: object) -> str:
    """Without spaces, which some readers of environment files would end it at."""
    return json.dumps(value, separators=(",", ":"))
