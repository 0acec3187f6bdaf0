"""Versions of health messages: each rule by its value (facts: converter 3.2)."""

from __future__ import annotations

from typing import Any

import pytest

from hubemu.conversion import VERSIONS, ConversionMessage, ConversionRefused
from tests.conversion.messages import CASE, converted, edxl, service

PATIENT = "fr.health.samu440.patient.1"


def a_case(**different: Any) -> dict[str, Any]:
    return {"caseId": CASE, "qualification": {}, "location": {}, **different}


def notes(body: dict[str, Any]) -> list[str]:
    return [one["freetext"] for one in body.get("medicalNote", ())]


RENAMED_CASES = [
    ({"patient": [{"idPat": "p"}]}, {"patient": [{"patientId": "p"}]}),
    (
        {"medicalNote": [{"idPat": "p", "idObs": "n", "freetext": "x"}]},
        {"medicalNote": [{"patientId": "p", "medicalNoteId": "n", "freetext": "x"}]},
    ),
    ({"decision": [{"idPat": "p"}]}, {"decision": [{"patientId": "p"}]}),
    (
        {"location": {"geometry": {"obsDatime": "d"}}},
        {"location": {"geometry": {"datetime": "d"}}},
    ),
    ({"decision": [{"resourceType": "LIB"}]}, {"decision": [{"resourceType": "LIBERAL"}]}),
    (
        {"patient": [{"identity": {"strictFeatures": {"sex": "FEM"}}}]},
        {"patient": [{"identity": {"strictFeatures": {"sex": "F"}}}]},
    ),
    (
        {"initialAlert": {"caller": {"type": "SF", "language": "GB"}}},
        {"initialAlert": {"caller": {"type": "SANTE.SF", "language": "en"}}},
    ),
    (
        {"qualification": {"details": {"attribution": "PEDIA"}}},
        {"qualification": {"details": {"attribution": "DRM.SPE.PEDIA"}}},
    ),
    (
        {"qualification": {"whatsHappen": {"code": "C02.15.03", "label": "x"}}},
        {"qualification": {"whatsHappen": {"code": "C02.16.03", "label": "x"}}},
    ),
    (
        {"qualification": {"whatsHappen": {"code": "C02.14.06", "label": "x"}}},
        {"qualification": {"whatsHappen": {"code": "C02.15.06", "label": "x"}}},
    ),
]


@pytest.mark.parametrize(("old", "new"), RENAMED_CASES)
@pytest.mark.parametrize("key", ["createCaseHealth", "createCaseHealthUpdate"])
def test_a_case_of_v1_and_one_of_v2_say_the_same(
    key: str, old: dict[str, Any], new: dict[str, Any]
) -> None:
    assert converted(key, a_case(**old), "v1", "v2") == a_case(**new)
    assert converted(key, a_case(**new), "v2", "v1") == a_case(**old)


@pytest.mark.parametrize(("old", "new"), RENAMED_CASES)
def test_steps_are_chained(old: dict[str, Any], new: dict[str, Any]) -> None:
    assert converted("createCaseHealth", a_case(**old), "v1", "v3") == a_case(**new)
    assert converted("createCaseHealth", a_case(**new), "v3", "v1") == a_case(**old)


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ({"interventionType": "PRIMAIRE"}, {"interventionType": "T1"}),
        ({"interventionType": "SECONDAIRE"}, {"interventionType": "T2-INTER"}),
        ({"interventionType": "RETOUR A DOMICILE"}, {"interventionType": "T3"}),
        ({"qualification": {"origin": "18"}}, {"qualification": {"origin": "CTA-CONF"}}),
        ({"qualification": {"origin": "17"}}, {"qualification": {"origin": "FDO"}}),
        ({"qualification": {"origin": "116117"}}, {"qualification": {"origin": "116117"}}),
        (
            {"qualification": {"details": {"status": " ACTIF"}}},
            {"qualification": {"details": {"status": "ACTIF"}}},
        ),
        (
            {"qualification": {"details": {"status": "PROGRAMME"}}},
            {"qualification": {"details": {"status": "PROGRAM"}}},
        ),
        ({"decision": [{"resourceType": "TSU "}]}, {"decision": [{"resourceType": "TSU"}]}),
        (
            {"initialAlert": {"caller": {"callbackContact": {"channel": "DEFIBRILLATEUR, "}}}},
            {"initialAlert": {"caller": {"callbackContact": {"channel": "DEFIBRILLATEUR"}}}},
        ),
    ],
)
def test_a_case_of_v2_and_one_of_v3_say_the_same(old: dict[str, Any], new: dict[str, Any]) -> None:
    assert converted("createCaseHealth", a_case(**old), "v2", "v3") == a_case(**new)
    assert converted("createCaseHealth", a_case(**new), "v3", "v2") == a_case(**old)


@pytest.mark.parametrize(
    ("source", "target", "given", "kept", "noted"),
    [
        (
            "v2",
            "v1",
            {"patient": [{"patientId": PATIENT, "detail": {"treatment": "Aspirine"}}]},
            {"patient": [{"idPat": PATIENT}]},
            "Traitement : Aspirine",
        ),
        (
            "v2",
            "v1",
            {"patient": [{"patientId": PATIENT, "detail": {"medicalHistory": "x", "weight": 11}}]},
            {"patient": [{"idPat": PATIENT, "detail": {"weight": 11}}]},
            "Antécédents : x",
        ),
        (
            "v1",
            "v2",
            {"patient": [{"idPat": PATIENT, "hypothesis": {"mainDiagnosis": {"code": "PB32"}}}]},
            {"patient": [{"patientId": PATIENT}]},
            "Diagnostic : PB32",
        ),
        (
            "v2",
            "v3",
            {
                "patient": [
                    {
                        "patientId": PATIENT,
                        "administrativeFile": {"externalId": [{"source": "SI-VIC", "value": "7"}]},
                    }
                ]
            },
            {"patient": [{"patientId": PATIENT}]},
            "Identifiant SI-VIC : 7",
        ),
        (
            "v3",
            "v2",
            {"decision": [{"patientId": PATIENT, "destination": {"freetext": "CHU"}}]},
            {"decision": [{"patientId": PATIENT}]},
            "Destination : Commentaire: CHU",
        ),
    ],
)
def test_what_has_no_place_becomes_a_medical_note_of_its_patient(
    source: str, target: str, given: dict[str, Any], kept: dict[str, Any], noted: str
) -> None:
    body = converted("createCaseHealth", a_case(**given), source, target)
    (note,) = body.pop("medicalNote")
    assert body == a_case(**kept)
    assert note["freetext"] == noted
    assert note["idPat" if target == "v1" else "patientId"] == PATIENT
    assert note["operator"] == {"role": "AUTRE"}
    made_up = note["idObs" if target == "v1" else "medicalNoteId"]
    assert made_up.startswith("fr.health.samuA.medicalNote.")
    assert len(made_up.rpartition(".")[2]) == 7


@pytest.mark.parametrize(
    ("field", "value", "kept", "noted"),
    [
        ("interventionType", "T2-INTRA", "SECONDAIRE", []),
        ("interventionType", "T4", None, ["Type d'intervention : T4"]),
        ("origin", "CROSS", None, ["Origine de l'appel : CROSS"]),
        ("whatsHappen", "C02.08.99", "C02.08.00", []),
        ("whatsHappen", "C02.77.01", "C02.00.00", []),
        ("whatsHappen", "C99.01.01", "C11.06.00", ["Nature de fait : C99.01.01 x"]),
        ("locationKind", "L99.01.01", None, ["Type de lieu : L99.01.01 x"]),
        ("locationKind", "L01.99.01", "L01.00.00", []),
        ("healthMotive", "M01.77", "M01.00", []),
        ("healthMotive", "M03.08.01", "M03.08", []),
        (
            "healthMotive",
            "M17.03.01",
            "M06.04",
            ["Motif de recours médico-secouriste : M17.03.01 x"],
        ),
        ("riskThreat", "R99", None, ["Risque : R99 x"]),
        ("riskThreat", "R13", "R13", []),
    ],
)
def test_a_code_of_v3_that_v2_lacks(
    field: str, value: str, kept: str | None, noted: list[str]
) -> None:
    coded = {"code": value, "label": "x"}
    inner: Any = {"origin": value, "riskThreat": [coded]}.get(field, coded)
    given = {field: value} if field == "interventionType" else {"qualification": {field: inner}}
    body = converted("createCaseHealth", a_case(**given), "v3", "v2")
    found = body.get(field) or body["qualification"].get(field)
    if isinstance(found, list):
        (found,) = found
    assert (found["code"] if isinstance(found, dict) else found) == kept
    assert notes(body) == noted


def test_a_language_that_the_other_version_lacks_is_told_in_the_alert() -> None:
    given = a_case(initialAlert={"caller": {"language": "PT"}, "notes": [{"freetext": "a"}]})
    body = converted("createCaseHealth", given, "v1", "v2")
    assert body["initialAlert"] == {
        "caller": {},
        "notes": [{"freetext": "a"}, {"freetext": "Langue du requérant: PT"}],
    }


@pytest.mark.parametrize("code", ["INDISPMU", "PCSAMU"])
def test_the_two_attributions_the_service_misspells_pass_as_they_are(code: str) -> None:
    given = a_case(qualification={"details": {"attribution": code}})
    assert converted("createCaseHealth", given, "v1", "v2") == given


def resources(name: str = "resource", **resource: Any) -> dict[str, Any]:
    return {"caseId": CASE, name: [{"resourceId": "r", **resource}]}


def test_resources_of_v1_in_v2_and_back() -> None:
    given = resources(
        "mobilizedResource",
        resourceType="SIS",
        vehiculeType="VSAV",
        plate="AB-123-CD",
        coord={"lat": 1},
        team={"teamCare": "MED"},
        state=[{"status": "ARRIVE"}, {"status": "TRANSPOR"}, {"status": "FINPEC"}],
    )
    body = converted("resourcesInfo", given, "v1", "v2")
    assert body == resources(
        vehicleType="SIS.VSAV",
        team={"medicalLevel": "MED"},
        state=[{"status": "ARRIVEE"}, {"status": "TRANSP"}, {"status": "FINMED"}],
        freetext=["Immatriculation : AB-123-CD"],
    )
    back = converted("resourcesInfo", body, "v2", "v1")
    lost = {"freetext": ["Immatriculation : AB-123-CD"]}
    resource = given["mobilizedResource"][0]
    del resource["plate"], resource["coord"]
    assert back == {"caseId": CASE, "mobilizedResource": [resource | lost]}


@pytest.mark.parametrize(
    ("kind", "vehicle"), [("TSU ", "TSU"), ("FDO", "FSI"), ("HOSPIT", "AUTREVEC")]
)
def test_a_resource_of_v1_without_vehicle_gets_its_family(kind: str, vehicle: str) -> None:
    body = converted("resourcesInfo", resources("mobilizedResource", resourceType=kind), "v1", "v2")
    assert body == resources(vehicleType=vehicle)


def test_resources_of_v3_in_v2() -> None:
    given = resources(
        patientId="p", state=[{"status": "FINPEC"}, {"status": "ORIENTAT"}], freetext=["x"]
    )
    assert converted("resourcesInfo", given, "v3", "v2") == resources(
        state=[{"status": "FINMED"}, {"status": "TRANSP"}], freetext=["x", "Patient ID : p"]
    )


def test_a_status_is_flat_in_v1() -> None:
    flat = {"caseId": CASE, "resourceId": "r", "datetime": "d", "status": "FINPEC"}
    made = {"caseId": CASE, "resourceId": "r", "state": {"datetime": "d", "status": "FINMED"}}
    assert converted("resourcesStatus", flat, "v1", "v2") == made
    assert converted("resourcesStatus", made, "v2", "v1") == flat
    assert converted("resourcesStatus", flat, "v1", "v3")["state"]["status"] == "FINPEC"


def test_deadlines() -> None:
    def asked(deadline: str) -> dict[str, Any]:
        return {"caseId": CASE, "request": {"deadline": deadline}}

    def answered(deadline: str) -> dict[str, Any]:
        return {"caseId": CASE, "response": {"deadline": deadline}}

    assert converted("resourcesRequest", asked("DEL45M"), "v1", "v2") == asked("45M")
    assert converted("resourcesRequest", asked("45M"), "v3", "v1") == asked("DEL45M")
    assert converted("resourcesRequest", asked("ASAP"), "v1", "v3") == asked("ASAP")
    assert converted("resourcesResponse", answered("soon"), "v1", "v2") == answered("DEL0")
    assert converted("resourcesResponse", answered("24H"), "v1", "v2") == answered("24H")
    assert converted("resourcesResponse", answered("24H"), "v2", "v1") == answered("24H")


def test_positions() -> None:
    old = {"position": [{"resourceId": "r", "coord": [{"lat": 1}, {"lat": 2}], "cap": "90"}]}
    new = {"position": [{"resourceId": "r", "coord": {"lat": 1}, "cap": "90"}]}
    assert converted("geoPositionsUpdate", old, "v2", "v3") == new
    listed = {"position": [{"resourceId": "r", "coord": [{"lat": 1}], "cap": "90"}]}
    assert converted("geoPositionsUpdate", new, "v3", "v2") == listed
    number = {"position": [{"resourceId": "r", "coord": {"lat": 1}, "cap": 90}]}
    assert converted("geoPositionsUpdate", number, "v3", "v2") == listed
    odd = {"position": [{"resourceId": "r", "coord": [{"lat": 1}], "cap": "north"}]}
    assert "cap" not in converted("geoPositionsUpdate", odd, "v2", "v3")["position"][0]
    ship = {"resource": [{"mobility": "SHIP "}]}
    clean = {"resource": [{"mobility": "SHIP"}]}
    assert converted("geoResourcesDetails", ship, "v2", "v3") == clean
    assert converted("geoResourcesDetails", clean, "v3", "v2") == ship


def test_the_step_of_a_reference_is_of_v3_only() -> None:
    given = {"distributionID": "x", "step": "RECU"}
    assert converted("reference", given, "v3", "v2") == {"distributionID": "x"}
    assert converted("reference", given, "v3", "v3") == given


@pytest.mark.parametrize("key", ["error", "resourcesEngagement", "geoResourcesRequest"])
@pytest.mark.parametrize("source", VERSIONS)
@pytest.mark.parametrize("target", VERSIONS)
def test_what_is_the_same_in_all_versions(key: str, source: str, target: str) -> None:
    given = {"caseId": CASE, "resource": [{"team": {"medicalLevel": "SANS"}}], "step": "RECU"}
    assert converted(key, given, source, target) == given


@pytest.mark.parametrize(
    ("key", "source", "target", "told"),
    [
        (
            "emsi",
            "v3",
            "v3",
            "Version conversion for message type 'emsi' is currently not implemented.",
        ),
        (
            "rpis",
            "v1",
            "v2",
            "Version conversion for message type 'rpis' is currently not implemented.",
        ),
        (
            "geoPositionsUpdate",
            "v1",
            "v2",
            "Version conversion from v1 to v2 for message type 'geoPositionsUpdate' is currently "
            "not implemented.",
        ),
        (
            "geoResourcesDetails",
            "v3",
            "v1",
            "Version conversion from v3 to v1 for message type 'geoResourcesDetails' is currently "
            "not implemented.",
        ),
        ("error", "v4", "v1", "Unknown source version v4. Must be one of: ['v1', 'v2', 'v3']"),
        ("error", "v1", "3.0", "Unknown target version 3.0. Must be one of: ['v1', 'v2', 'v3']"),
    ],
)
def test_what_the_service_refuses(key: str, source: str, target: str, told: str) -> None:
    with pytest.raises(ConversionRefused) as refused:
        service().convert_version(ConversionMessage.of(edxl(key, {})), source, target)
    assert str(refused.value) == told
