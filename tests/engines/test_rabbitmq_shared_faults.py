"""Rules of messages where several dispatchers share the work: one process counts while they act."""

from __future__ import annotations

import json
import os
import signal
import time
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from urllib.error import HTTPError

import pika
import pytest

from hubemu.engines.rabbitmq.process import find_server
from hubemu.messages import example_message
from tests.conftest import missing
from tests.support.live import LiveHub, live_hub
from tests.support.messages import as_bytes, envelope

A, B, C = "fr.health.samuA", "fr.health.samuB", "fr.health.samuC"
SDIS = "fr.fire.nexsis.sdisZ"
VHOST = "15-15_v2.0"
PATIENCE = 60.0
MARK = "x-redelivered"


@pytest.fixture(scope="module")
def hub(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LiveHub]:
    if find_server() is None:
        missing("rabbitmq", "no rabbitmq-server is installed here")
    folder = tmp_path_factory.mktemp("shared")
    rules = folder / "rules.yaml"
    rules.write_text("faults:\n  - {effect: drop, match: {sender: fr.health.samuB}, after: 1}\n")
    options = ("--engine", "rabbitmq", "--rabbitmq", "native", "--dispatchers", "2")
    with live_hub(folder / "home", *options, "--faults", str(rules)) as hub:
        yield hub


def rule(hub: LiveHub, effect: str, **given: Any) -> str:
    added: dict[str, Any] = hub.http("POST", "/api/v1/faults", {"effect": effect, **given})
    return str(added["id"])


def clear(hub: LiveHub) -> None:
    hub.http("DELETE", "/api/v1/faults")


def send(hub: LiveHub, count: int, sender: str = A) -> list[str]:
    """Publish, confirmed; the distributionIDs in their order."""
    sent = [envelope(sender, C) for _ in range(count)]
    with hub.connect(sender) as publisher:
        for message in sent:
            publisher.publish(as_bytes(message))
    return [str(message["distributionID"]) for message in sent]


def taken(hub: LiveHub, count: int) -> list[str]:
    with hub.connect(C) as recipient:
        return [recipient.take("message").json["distributionID"] for _ in range(count)]


def wait_for(holds: Callable[[], bool]) -> None:
    deadline = time.monotonic() + PATIENCE
    while not holds():
        assert time.monotonic() < deadline
        time.sleep(0.05)


def is_ready(hub: LiveHub) -> bool:
    try:
        return bool(hub.http("GET", "/ready")["ready"])
    except HTTPError as refused:
        refused.close()
        return False


def workers(hub: LiveHub) -> list[int]:
    """The dispatchers' processes of a Hub."""
    pid = hub.endpoints["pid"]
    children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    spawned = (
        one for one in children if b"spawn_main" in Path(f"/proc/{one}/cmdline").read_bytes()
    )
    return [int(one) for one in spawned]


def test_rules_of_a_file_count_from_the_first_message_on(hub: LiveHub) -> None:
    first, *dropped = send(hub, 4, sender=B)
    others = send(hub, 3)
    came = taken(hub, 4)
    assert set(came) == {first, *others}
    [listed] = hub.http("GET", "/api/v1/faults")["faults"]
    assert listed["strikes"] == len(dropped) == 3
    clear(hub)


def test_the_third_of_a_senders_messages_is_struck_and_each_third_after_it(hub: LiveHub) -> None:
    given: dict[str, Any] = {
        "parameters": {"code": 600},
        "match": {"sender": A},
        "after": 2,
        "every": 3,
    }
    rule(hub, "reject", **given)
    other = send(hub, 5, sender=B)
    sent = send(hub, 9)
    refused = sent[2::3]
    assert sorted(taken(hub, 11)) == sorted([*other, *(one for one in sent if one not in refused)])
    with hub.connect(A) as sender:
        reports = [sender.take("info").json for _ in refused]
    told = [one["content"][0]["jsonContent"]["embeddedJsonContent"] for one in reports]
    assert [one["message"]["error"]["referencedDistributionID"] for one in told] == refused
    log = hub.http("GET", "/api/v1/faults/log").splitlines()
    assert [json.loads(line)["struck"] for line in log] == [False, False, True] * 3
    clear(hub)


def test_what_is_held_goes_on_in_its_order_when_the_rule_is_cleared(hub: LiveHub) -> None:
    rule(hub, "pause")
    sent = send(hub, 20)
    wait_for(lambda: hub.http("GET", "/api/v1/faults")["faults"][0]["strikes"] == len(sent))
    clear(hub)
    assert taken(hub, 20) == sent


def test_a_rule_of_the_converter_strikes(hub: LiveHub) -> None:
    rule(hub, "fail", where="converter", parameters={"error": "no such code"})
    case = example_message("RS-EDA", "3.0.0", sender=A, recipient=SDIS)
    with hub.connect(A, "15-nexsis_v1.9.1") as sender:
        sender.publish(case)
        assert b"conversion service: no such code" in sender.take("info").body
    clear(hub)


def test_rules_that_come_and_go_under_load_lose_nothing_and_send_nothing_twice(
    hub: LiveHub,
) -> None:
    messages, changes = 900, 6
    sent = [envelope(A, C) for _ in range(messages)]
    connection = pika.BlockingConnection(hub.parameters(VHOST, hub.tls(A)))
    channel = connection.channel()
    persistent = pika.BasicProperties(content_type="application/json", delivery_mode=2)
    for number, message in enumerate(sent):
        channel.basic_publish("hubsante", A, as_bytes(message), persistent)
        turn, left = divmod(number, messages // changes)
        if left == 0 and turn % 2 == 0:
            rule(hub, "drop", match={"sender": "nobody"})
        elif left == 0:
            clear(hub)
    connection.close()
    clear(hub)
    copies: Counter[str] = Counter()
    with hub.connect(C) as recipient:
        for _ in sent:
            received = recipient.take("message")
            copies[received.json["distributionID"]] += 1
            assert MARK not in (received.properties.headers or {})
        assert recipient.depth("message") == 0
    assert copies == Counter(str(message["distributionID"]) for message in sent)


def test_a_dispatcher_that_dies_meanwhile_comes_back_when_it_is_needed(hub: LiveHub) -> None:
    rule(hub, "drop", match={"sender": A}, times=1)
    [first, _] = workers(hub)
    os.kill(first, signal.SIGKILL)
    _, second = send(hub, 2)
    assert taken(hub, 1) == [second]
    wait_for(lambda: len(workers(hub)) == 2)
    clear(hub)
    wait_for(lambda: is_ready(hub))
    sent = send(hub, 40)
    assert sorted(taken(hub, 40)) == sorted(sent)


def test_a_reset_keeps_the_processes_and_they_work_on(hub: LiveHub) -> None:
    clear(hub)
    wait_for(lambda: is_ready(hub))
    before = workers(hub)
    send(hub, 20)
    hub.http("POST", "/api/v1/reset")
    assert workers(hub) == before
    assert hub.http("GET", "/api/v1/messages")["messages"] == []
    sent = send(hub, 40)
    assert Counter(taken(hub, 40)) == Counter(sent), "nothing of before, and nothing twice"
    told = [one["id"].split(".")[0] for one in hub.http("GET", "/api/v1/messages")["messages"]]
    assert len(set(told)) > 1, "more than one of them had some"


def test_clients_and_vhosts_come_and_go_where_several_share_the_work(hub: LiveHub) -> None:
    """What is sent meanwhile arrives once; a new client is known to every dispatcher."""
    clear(hub)
    new, vhost = "fr.health.samuX", "15-15_v3.0"
    sent = send(hub, 20)
    hub.http("PUT", f"/api/v1/clients/{new}", {"useXML": True})
    sent += send(hub, 20)
    hub.http("PUT", f"/api/v1/vhosts/{vhost}", {"perimeter": "15-15", "model": "3.4.1"})
    sent += send(hub, 20)
    assert sorted(taken(hub, 60)) == sorted(sent)
    with hub.connect(A, vhost) as sender, hub.connect(new, vhost) as there:
        for _ in range(10):
            sender.publish(as_bytes(envelope(A, new)))
        kinds = [there.take("message").properties.content_type for _ in range(10)]
    assert kinds == ["application/xml"] * 10
    hub.http("DELETE", f"/api/v1/vhosts/{vhost}")
    hub.http("DELETE", f"/api/v1/clients/{new}")
    sent = send(hub, 20)
    assert sorted(taken(hub, 20)) == sorted(sent)
