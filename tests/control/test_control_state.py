"""Health, readiness, version, clock, phase, reset, metrics and the page."""

from __future__ import annotations

import re

import pytest
from prometheus_client import Counter
from prometheus_client.parser import text_string_to_metric_families

from hubemu.control.resources.clock import MAX_OFFSET
from hubemu.settings import Phase
from hubemu.version import __version__
from tests.control.conftest import Api
from tests.support.fake_hub import Depth, FakeHub, a_message

CLOCK, PHASE = "/api/v1/clock", "/api/v1/phase"


@pytest.mark.parametrize("path", ["/health", "/actuator/health"])
def test_health_is_up_when_nothing_is_missing(api: Api, path: str) -> None:
    answer = api("GET", path)
    assert answer.status_code == 200
    assert answer.json() == {"status": "UP", "components": {"broker": {"status": "UP"}}}


@pytest.mark.parametrize("path", ["/health", "/actuator/health"])
def test_health_is_down_until_all_is_ready(api: Api, hub: FakeHub, path: str) -> None:
    hub.reports.reasons = ["endpoints.json is not written yet"]
    answer = api("GET", path)
    assert answer.status_code == 503
    assert answer.json()["status"] == "DOWN"


def test_ready_tells_the_reasons(api: Api, hub: FakeHub) -> None:
    assert api("GET", "/ready").json() == {"ready": True, "reasons": []}
    hub.reports.reasons = ["no TLS listener is up"]
    answer = api("GET", "/ready")
    assert answer.status_code == 503
    assert answer.json() == {"ready": False, "reasons": ["no TLS listener is up"]}


def test_head_answers_without_a_body(api: Api) -> None:
    assert api("HEAD", "/health").status_code == 200


def test_version_says_what_runs(api: Api) -> None:
    assert api("GET", "/version").json()["version"] == __version__


def test_the_clock_moves_forward(api: Api) -> None:
    real = {"stands": False, "begins": None}
    assert api("GET", CLOCK).json() == {"now": "2023-11-14T22:13:20.000Z", "offset": 0.0} | real
    moved = api("POST", CLOCK, json={"advance": 86_400}).json()
    assert moved == {"now": "2023-11-15T22:13:20.000Z", "offset": 86_400.0} | real


def test_the_clock_stops_at_a_century(api: Api) -> None:
    assert api("POST", CLOCK, json={"advance": MAX_OFFSET}).status_code == 200
    assert "century" in api.refused(409, "POST", CLOCK, json={"advance": 1})["detail"]


def test_the_phase_goes_to_any_step(api: Api, hub: FakeHub) -> None:
    dual = {"phase": "dual", "step": "dual", "migration": None, "certs": "/certs"}
    assert api("PUT", PHASE, json={"phase": "dual"}).json() == dual | {"disconnected": 0}
    assert hub.engine.phase is Phase.DUAL
    assert api("GET", PHASE).json() == dual


def test_a_phase_can_drop_the_open_connections(api: Api) -> None:
    answer = api("PUT", PHASE, json={"phase": "legacy", "disconnect": True})
    legacy = {"phase": "legacy", "step": "legacy", "migration": None, "certs": "/certs"}
    assert answer.json() == legacy | {"disconnected": 3}


@pytest.mark.parametrize("wrong", ["IGC", "", None, ["igc"], 1])
def test_an_unknown_phase_names_those_that_exist(api: Api, wrong: object) -> None:
    problem = api.refused(422, "PUT", PHASE, json={"phase": wrong})
    assert "legacy, dual, igc" in problem["detail"]


def test_disconnect_is_a_boolean(api: Api) -> None:
    problem = api.refused(422, "PUT", PHASE, json={"phase": "dual", "disconnect": "yes"})
    assert problem["errors"][0]["pointer"] == "#/disconnect"


def test_reset_brings_back_the_start(api: Api, hub: FakeHub) -> None:
    a_message(hub.journal)
    hub.clock.advance(60)
    assert api("POST", "/api/v1/reset").status_code == 204
    assert (len(hub.journal), hub.clock.offset) == (0, 0.0)


@pytest.mark.parametrize("path", ["/metrics", "/actuator/prometheus"])
def test_metrics_join_dispatcher_and_broker(api: Api, hub: FakeHub, path: str) -> None:
    Counter("dispatch_message", "Judged", ["vhost"], registry=hub.metrics.registry).labels("v")
    hub.engine.dispatch = Depth(ready=4, unacked=1, consumers=1)
    answer = api("GET", path)
    assert answer.headers["content-type"].startswith("text/plain; version=0.0.4")
    families = {one.name: one for one in text_string_to_metric_families(answer.text)}
    assert "dispatch_message" in families
    values = {
        family: families[family].samples[0].value for family in families if families[family].samples
    }
    assert values["rabbitmq_connections"] == 1
    assert values["rabbitmq_channels"] == 2
    assert values["rabbitmq_queue_messages"] == 5
    assert values["hubemu_journal_messages"] == 0


def test_idle_client_queues_are_not_scraped(api: Api) -> None:
    text = api("GET", "/metrics").text
    assert 'queue="dispatch"' in text
    assert "fr.health.samuA.info" not in text


QUEUE_GAUGES = {
    "queue_messages_ready": (4, 0),
    "queue_messages_unacked": (1, 0),
    "queue_messages": (5, 0),
    "queue_consumers": (2, 0),
}
"""As RabbitMQ 3.10's plugin names them, of `dispatch` and of an idle queue of the fake broker."""


def scraped(api: Api, path: str) -> dict[str, dict[tuple[str, str], float]]:
    answer = api("GET", path)
    assert answer.headers["content-type"].startswith("text/plain; version=0.0.4")
    return {
        family.name: {
            (one.labels["vhost"], one.labels["queue"]): one.value for one in family.samples
        }
        for family in text_string_to_metric_families(answer.text)
    }


def test_every_queue_is_scraped_per_object(api: Api, hub: FakeHub) -> None:
    hub.engine.dispatch = Depth(ready=4, unacked=1, consumers=2)
    gauges = scraped(api, "/metrics/per-object")
    assert set(gauges) == {f"rabbitmq_{name}" for name in QUEUE_GAUGES}
    for name, (busy, idle) in QUEUE_GAUGES.items():
        rows = gauges[f"rabbitmq_{name}"]
        assert {vhost for vhost, _ in rows} == set(hub.topology.vhosts)
        assert rows["15-15_v2.0", "dispatch"] == busy
        assert rows["15-15_v2.0", "fr.health.samuA.info"] == idle


@pytest.mark.parametrize(
    ("families", "names"),
    [
        ("", set()),
        ("family=bogus&foo=1", set()),
        ("family=queue_consumer_count", {"queue_consumers"}),
        ("family=queue_coarse_metrics", set(QUEUE_GAUGES) - {"queue_consumers"}),
        ("family=queue_coarse_metrics&family=queue_consumer_count", set(QUEUE_GAUGES)),
    ],
)
def test_detailed_metrics_are_those_of_the_families(
    api: Api, families: str, names: set[str]
) -> None:
    gauges = scraped(api, f"/metrics/detailed?{families}")
    assert set(gauges) == {f"rabbitmq_detailed_{name}" for name in names}


def test_detailed_metrics_of_some_vhosts(api: Api) -> None:
    path = "/metrics/detailed?family=queue_consumer_count"
    [rows] = scraped(api, f"{path}&vhost=15-15_v2.0&vhost=15-15_v1.5").values()
    assert {vhost for vhost, _ in rows} == {"15-15_v2.0", "15-15_v1.5"}
    assert scraped(api, f"{path}&vhost=nope") == {"rabbitmq_detailed_queue_consumers": {}}


def test_the_page_is_html_that_loads_its_own_files_only(api: Api) -> None:
    answer = api("GET", "/")
    assert answer.headers["content-type"] == "text/html; charset=utf-8"
    policy = answer.headers["content-security-policy"].split("; ")
    assert policy[0] == "default-src 'none'"
    assert not any("unsafe" in part or "http" in part or "*" in part for part in policy)
    assert 'src="/page/app.js"' in answer.text


def test_every_file_that_the_page_names_is_served(api: Api) -> None:
    html = api("GET", "/").text
    links = [part.partition('"')[0] for part in re.split('(?:href|src)="', html)[1:]]
    scripts = ["/page/page.js", "/page/message.js", "/page/lrm.js", "/page/hub.js"]
    answers = [api("GET", link) for link in (*links, *scripts)]
    assert [answer.status_code for answer in answers] == [200] * len(answers)
    assert answers[-1].headers["content-type"] == "text/javascript; charset=utf-8"


def test_a_file_of_the_page_is_sent_once(api: Api) -> None:
    tag = api("GET", "/page/app.js").headers["etag"]
    answer = api("GET", "/page/app.js", headers={"If-None-Match": tag})
    assert (answer.status_code, answer.content) == (304, b"")
    packed = api("GET", "/page/app.js", headers={"Accept-Encoding": "gzip"})
    assert packed.headers["content-encoding"] == "gzip"


@pytest.mark.parametrize("name", ["nope.js", "__init__.py", "..%2Fversion.py"])
def test_no_other_file_is_served_with_the_page(api: Api, name: str) -> None:
    assert "page" in api.refused(404, "GET", f"/page/{name}")["detail"]
