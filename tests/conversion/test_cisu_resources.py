"""Resources to and from CISU: told whole, by change, by status (facts: converter 3.1 and 5)."""

from __future__ import annotations

from typing import Any

import pytest

from hubemu.conversion import ConversionMessage, ConversionRefused
from hubemu.conversion.cisu.case_resources import CaseMemory
from tests.conversion.messages import CASE, SDIS, A, edxl, from_cisu, service, to_cisu

R1, R2 = "fr.fire.sis.cga.resource.1", "fr.fire.sis.cga.resource.2"


def state(status: str, minute: int = 0) -> dict[str, Any]:
    return {"datetime": f"2024-05-18T18:{minute:02}:00+02:00", "status": status}


def resource(name: str, status: str, **more: Any) -> dict[str, Any]:
    return {"resourceId": name, "vehicleType": "SIS.VSAV", "state": state(status), **more}


def told(*resources: dict[str, Any]) -> dict[str, Any]:
    return {"caseId": CASE, "resource": list(resources)}


def test_resources_of_a_case_are_told_whole_the_first_time() -> None:
    on = service()
    given = told(
        resource(R1, "DEPART", position={"coord": {}}, operationId="o", missionId="m"),
        resource(R2, "DECISION"),
    )
    info, *statuses = from_cisu("resourcesInfoCisu", given, on)
    assert info.key == "resourcesInfo"
    assert info.distribution_id == f"{SDIS}_1"
    first, second = info.body()["resource"]
    assert first == {
        "resourceId": R1,
        "vehicleType": "SIS",
        "state": [state("DEPART")],
        "missionId": "o",
    }
    assert second == {"resourceId": R2, "vehicleType": "SIS", "state": [state("DECISION")]}
    assert [one.body() for one in statuses] == [
        {"caseId": CASE, "resourceId": R1, "state": state("DEPART")},
        {"caseId": CASE, "resourceId": R2, "state": state("DECISION")},
    ]
    ids = {one.distribution_id for one in (info, *statuses)}
    assert len(ids) == 3
    assert all(one.startswith(f"{SDIS}_") for one in ids)


def test_then_only_what_has_changed_is_told() -> None:
    on = service()
    from_cisu("resourcesInfoCisu", told(resource(R1, "DEPART")), on)
    same = from_cisu("resourcesInfoCisu", told(resource(R1, "DEPART")), on, internal="2")
    assert same == []
    (changed,) = from_cisu("resourcesInfoCisu", told(resource(R1, "ARRIVEE")), on, internal="3")
    assert (changed.key, changed.distribution_id) == ("resourcesStatus", f"{SDIS}_3")
    assert changed.body()["state"]["status"] == "ARRIVEE"
    both = told(resource(R1, "ARRIVEE"), resource(R2, "DEPART"))
    info, status = from_cisu("resourcesInfoCisu", both, on, internal="4")
    assert (info.key, status.body()["resourceId"]) == ("resourcesInfo", R2)
    (fewer,) = from_cisu("resourcesInfoCisu", told(resource(R2, "DEPART")), on, internal="5")
    assert (fewer.key, len(fewer.body()["resource"])) == ("resourcesInfo", 1)


def test_a_message_that_comes_again_is_compared_with_the_one_before_it() -> None:
    on = service()
    first = from_cisu("resourcesInfoCisu", told(resource(R1, "DEPART")), on)
    again = from_cisu("resourcesInfoCisu", told(resource(R1, "DEPART")), on)
    assert [one.key for one in first] == [one.key for one in again]


def test_what_was_told_on_another_vhost_is_of_another_case() -> None:
    on = service()
    message = ConversionMessage.of(
        edxl("resourcesInfoCisu", told(resource(R1, "DEPART")), sender=SDIS)
    )
    other = message.with_body(message.key, message.body(), f"{SDIS}_2")
    assert len(on.translate(message, vhost="a")) == 2
    assert len(on.translate(other, vhost="b")) == 2
    assert on.translate(other, vhost="a") == []


def test_a_resource_of_the_fire_brigade_needs_its_vehicle() -> None:
    with pytest.raises(ConversionRefused, match=f"Resource '{R1}' from RC-RI has no vehicleType"):
        from_cisu("resourcesInfoCisu", told({"resourceId": R1, "state": state("DEPART")}))


H1 = "fr.health.samuA.resource.1"


def health(name: str, *states: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {"resourceId": name, "vehicleType": "SMUR.AR", "state": list(states), **more}


def test_resources_of_a_samu() -> None:
    given = told(
        health(H1, state("ARRIVEE", 20), state("DEPART", 10), patientId="p", missionId="m"),
        health("without-state"),
        {"resourceId": "without-vehicle", "state": [state("DEPART")]},
    )
    (made,) = to_cisu("resourcesInfo", given)
    assert made.key == "resourcesInfoCisu"
    assert made.body()["resource"] == [
        {
            "resourceId": H1,
            "vehicleType": "SMUR",
            "state": state("ARRIVEE", 20),
            "operationId": "m",
        }
    ]


def test_without_a_resource_nothing_is_sent() -> None:
    assert to_cisu("resourcesInfo", told(health(H1))) == []


def status_of(name: str, status: str, minute: int) -> dict[str, Any]:
    return {"caseId": CASE, "resourceId": name, "state": state(status, minute)}


def test_a_status_is_told_with_all_resources_of_its_case() -> None:
    on = service()
    to_cisu("resourcesInfo", told(health(H1, state("DEPART")), health("r2", state("PEC"))), on)
    (made,) = to_cisu("resourcesStatus", status_of(H1, "ARRIVEE", 30), on, internal="2")
    assert (made.key, made.distribution_id) == ("resourcesInfoCisu", f"{A}_2")
    states = {one["resourceId"]: one["state"] for one in made.body()["resource"]}
    assert states == {H1: state("ARRIVEE", 30), "r2": state("PEC")}
    (made,) = to_cisu("resourcesStatus", status_of("r2", "DESTIN", 40), on, internal="3")
    states = {one["resourceId"]: one["state"] for one in made.body()["resource"]}
    assert states == {H1: state("ARRIVEE", 30), "r2": state("DESTIN", 40)}
    (made,) = to_cisu("resourcesInfo", told(health(H1, state("DEPART"))), on, internal="4")
    assert made.body()["resource"][0]["state"] == state("ARRIVEE", 30)


def test_a_status_of_what_nobody_told_is_refused() -> None:
    on = service()
    with pytest.raises(ConversionRefused) as refused:
        to_cisu("resourcesStatus", status_of(H1, "PEC", 1), on)
    assert str(refused.value) == f"No RS-RI found for caseId: '{CASE}'"
    to_cisu("resourcesInfo", told(health("r2", state("PEC"))), on)
    with pytest.raises(ConversionRefused) as refused:
        to_cisu("resourcesStatus", status_of(H1, "PEC", 1), on)
    expected = f"Resource '{H1}' from RS-SR not found in RS-RI for caseId '{CASE}'."
    assert str(refused.value) == expected
    on.forget()
    with pytest.raises(ConversionRefused, match="No RS-RI found"):
        to_cisu("resourcesStatus", status_of("r2", "PEC", 1), on)


def test_memory_is_bounded() -> None:
    memory = CaseMemory(cases=2, messages=2, octets=500)

    def remember(case: str, internal: str, filling: str = "") -> None:
        body = {"caseId": case, "x": filling}
        memory.remember("v", ConversionMessage.of(edxl("resourcesStatus", body, internal=internal)))

    def known(case: str) -> int:
        return len(list(memory.told("v", "resourcesStatus", case)))

    for number in range(3):
        remember("one", str(number))
    assert known("one") == 2
    remember("two", "1")
    remember("three", "1")
    assert (known("one"), known("two"), known("three")) == (0, 1, 1)
    remember("three", "2", "x" * 490)
    assert (known("two"), known("three")) == (0, 0)
    remember("four", "1", "x" * 400)
    assert known("four") == 1


def test_what_is_remembered_is_put_back_and_the_same_is_drawn_again() -> None:
    on = service()
    to_cisu("resourcesInfo", told(health(H1, state("DEPART"))), on)
    remembered = on.contents()
    first = to_cisu("createCaseHealth", {"patient": [{}]}, on)
    to_cisu("resourcesInfo", told(health("r2", state("PEC"))), on, internal="2")
    for _ in range(2):
        on.put_back(remembered)
        assert to_cisu("createCaseHealth", {"patient": [{}]}, on) == first
        with pytest.raises(ConversionRefused):
            to_cisu("resourcesStatus", status_of("r2", "DESTIN", 40), on, internal="3")
        (made,) = to_cisu("resourcesStatus", status_of(H1, "ARRIVEE", 30), on, internal="4")
        assert made.body()["resource"][0]["state"] == state("ARRIVEE", 30)
