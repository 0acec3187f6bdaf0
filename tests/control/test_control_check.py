"""Verdicts without sending, examples and schemas, over the vHosts of a real dispatcher."""

from __future__ import annotations

from typing import Any

import jsonschema_rs
import pytest

from hubemu.clock import Clock
from hubemu.dispatcher import contexts_of, judge
from hubemu.messages import builtin_releases, dump_json, load_release
from hubemu.messages.releases.bundling import bundle
from hubemu.routing import load_routing
from hubemu.scenarios.named_cases import named_case, named_cases
from tests.control.conftest import Api
from tests.support.fake_hub import FakeHub
from tests.support.messages import as_bytes, envelope

V1, V2, A, C = "15-15_v1.5", "15-15_v2.0", "fr.health.samuA", "fr.health.samuC"


@pytest.fixture
def api(hub: FakeHub) -> Api:
    hub.clock = Clock()
    return Api(hub)


def checked(api: Api, body: bytes | str, **more: Any) -> dict[str, Any]:
    text = body if isinstance(body, str) else body.decode()
    answer = api("POST", "/api/v1/check", json={"vhost": V2, "body": text} | more)
    assert answer.status_code == 200, answer.text
    verdict: dict[str, Any] = answer.json()
    return verdict


def test_a_good_message_would_be_accepted(api: Api) -> None:
    verdict = checked(api, as_bytes(envelope(A, C)))
    assert verdict["accepted"] is True
    assert verdict["queue"] == f"{C}.message"
    assert verdict["errorCode"] is None


def test_a_bad_one_is_told_field_by_field_and_is_not_sent(api: Api) -> None:
    tree = envelope(A, C)
    tree["descriptor"]["nonsense"] = 1
    verdict = checked(api, as_bytes(tree))
    assert verdict["errorCode"] == {"statusCode": 300, "statusString": "INVALID_MESSAGE"}
    assert [one["path"] for one in verdict["problems"]] == ["$.descriptor.nonsense"]
    assert verdict["spec"] == "DST 3.4"
    assert api.hub.published == []


def test_another_sender_is_the_hubs_own_verdict(api: Api) -> None:
    verdict = checked(api, as_bytes(envelope(A, C)), **{"as": "fr.health.samuB"})
    assert verdict["errorCode"]["statusCode"] == 200


def test_what_the_broker_would_refuse_is_told_too(api: Api) -> None:
    verdict = checked(api, as_bytes(envelope(A, C)), **{"as": "fr.health.nobody"})
    assert (verdict["accepted"], verdict["errorCode"]["statusCode"]) == (False, 403)


def test_an_unknown_vhost_is_named(api: Api) -> None:
    asked = {"vhost": "15-15_v2", "body": "{}"}
    assert "did you mean" in api.refused(422, "POST", "/api/v1/check", json=asked)["detail"]


@pytest.mark.parametrize("written", ["json", "xml"])
@pytest.mark.parametrize("extent", ["minimal", "full"])
def test_an_example_of_each_type_of_a_vhost_is_accepted(
    api: Api, written: str, extent: str
) -> None:
    types = api("GET", f"/api/v1/examples?vhost={V2}").json()["types"]
    assert "RS-EDA" in types
    for name in ("RS-EDA", "RS-SR", "RC-REF"):
        query = f"vhost={V2}&as={A}&to={C}&format={written}&extent={extent}"
        answer = api("GET", f"/api/v1/examples/{name}?{query}")
        assert answer.headers["content-type"] == f"application/{written}"
        assert checked(api, answer.content, format=written)["accepted"], name


@pytest.mark.parametrize("release", builtin_releases())
def test_every_named_case_is_accepted_in_every_release(release: str) -> None:
    known, clock = load_release(release), Clock()
    tables = load_routing()
    vhosts = [name for name, row in tables.vhosts.items() if row.model[0] == release[0]]
    tables = tables.with_models(dict.fromkeys(vhosts, release))
    contexts = contexts_of(tables, FakeHub().settings).values()
    mine = [one for one in contexts if one.release.name == release]
    cases = named_cases(known)
    assert len(cases) > 10
    for case in cases:
        context = next(one for one in mine if case.type in one.allowed)
        body = dump_json(named_case(case.name, known, A, C, clock.datetime()))
        verdict = judge(body, "json", context, clock=clock)
        assert verdict.accepted, (case.name, verdict.error)
        assert verdict.type == case.type


def test_the_types_that_today_s_release_brings_have_a_case() -> None:
    assert {"RC-RI", "RS-SAS-RDV"} <= {one.type for one in named_cases(load_release("3.4.1"))}


def test_a_named_case_bears_the_names_asked_for(api: Api) -> None:
    query = f"vhost={V1}&as={C}&to={A}"
    message = api("GET", f"/api/v1/examples/didier-morel-01a?{query}").json()
    assert message["senderID"] == C
    assert message["descriptor"]["explicitAddress"]["explicitAddressValue"] == A


@pytest.mark.parametrize("written", ["json", "xml"])
def test_a_named_case_is_accepted_as_it_is_given(api: Api, written: str) -> None:
    """Its dates as well: those of the Hub's clock, which runs in UTC."""
    cases = api("GET", f"/api/v1/examples?vhost={V2}").json()["examples"]
    assert len(cases) > 10
    for case in cases[:: 3 if written == "json" else 6]:
        query = f"vhost={V2}&as={A}&to={C}&format={written}"
        answer = api("GET", f"/api/v1/examples/{case['name']}?{query}")
        verdict = checked(api, answer.content, format=written)
        assert verdict["accepted"], (case["name"], verdict["errorCause"])


def test_an_example_that_is_not_there_is_404_with_those_that_are(api: Api) -> None:
    problem = api.refused(404, "GET", f"/api/v1/examples/nope?vhost={V2}")
    assert "didier-morel-01a" in problem["detail"]
    assert "RS-EDA" in api.refused(404, "GET", f"/api/v1/schemas/nope?vhost={V2}")["detail"]
    assert "needed" in api.refused(400, "GET", "/api/v1/schemas/RS-EDA")["detail"]


@pytest.mark.parametrize("release", builtin_releases())
def test_a_schema_in_one_piece_says_what_the_release_says(release: str) -> None:
    known, clock = load_release(release), Clock()
    for case in named_cases(known):
        key = known.types[case.type].key
        whole = bundle(known, key)
        schema = whole["schema"] | {"definitions": whole["definitions"]}
        tree = named_case(case.name, known, A, C, clock.datetime())
        content = tree["content"][0]["jsonContent"]["embeddedJsonContent"]["message"][key]
        validator = jsonschema_rs.Draft7Validator(schema)
        assert validator.is_valid(content), case.name
        assert not validator.is_valid(content | {"nonsense": 1}), case.name
