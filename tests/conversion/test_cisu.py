"""To and from CISU: cases, each rule by its value (facts: converter 3.1 and 5)."""

from __future__ import annotations

from typing import Any

import pytest

from hubemu.conversion import ConversionMessage, ConversionRefused
from tests.conversion.messages import CASE, SDIS, A, B, edxl, from_cisu, service, to_cisu

CISU_CASE = {
    "caseId": CASE,
    "creation": "2023-11-03T10:03:00+01:00",
    "referenceVersion": "1.3",
    "qualification": {
        "whatsHappen": {"code": "C01.01.04", "label": "2-roues"},
        "victims": {"count": "PLUSIEURS", "mainVictim": "ADULTE", "freetext": "Brûlures"},
    },
    "location": {
        "locID": "1",
        "locLabel": "x",
        "country": "FR",
        "city": {"name": "Lyon", "detail": "Quartier Nord"},
        "geometry": {
            "datetime": "2023-11-03T10:04:00+01:00",
            "point": {"coord": {"lat": 1, "lon": 2, "heading": 3, "speed": 4, "precision": "RUE"}},
            "sketch": "None",
        },
    },
    "initialAlert": {
        "id": "1",
        "reception": "2023-11-03T10:02:00+01:00",
        "reporting": "ATTENTION",
        "notes": [
            {"creation": "2023-11-03T10:02:00+01:00"},
            {"freetext": "Accident"},
            {"freetext": "Deux voitures"},
        ],
        "caller": {"callerContact": {"channel": "PERSONNE", "type": "TEL", "detail": "06"}},
        "location": {"locID": "1", "country": "FR"},
        "qualification": {"whatsHappen": {"code": "C01.01.04", "label": "2-roues"}},
        "callTaker": {"organization": "SIS 44", "controlRoom": "CTA"},
        "attachment": [{"URI": "https://x.example/1"}],
    },
    "newAlert": [{"id": "2"}],
    "freetext": ["Attention au chien"],
    "additionalInformation": {"customMap": [{"key": "k", "value": "v"}]},
}


def test_a_case_of_the_fire_brigade() -> None:
    (made,) = from_cisu("createCase", CISU_CASE)
    body = made.body("createCaseHealth")
    (medical,) = body.pop("medicalNote")
    notes = body["initialAlert"].pop("notes")
    assert body == {
        "caseId": CASE,
        "creation": "2023-11-03T10:03:00+01:00",
        "owner": A,
        "qualification": {
            "whatsHappen": {"code": "C01.01.04", "label": "2-roues"},
            "details": {"priority": "P0"},
        },
        "location": {
            "freetext": "Détails de commune : Quartier Nord",
            "city": {"name": "Lyon"},
            "geometry": {
                "datetime": "2023-11-03T10:04:00+01:00",
                "point": {"coord": {"lat": 1, "lon": 2, "precision": "RUE"}},
            },
        },
        "initialAlert": {
            "reception": "2023-11-03T10:02:00+01:00",
            "caller": {"callerContact": {"channel": "PERSONNE", "type": "TEL", "detail": "06"}},
        },
    }
    assert medical["freetext"] == (
        "Nombre de victimes: PLUSIEURS\nVictime principale: ADULTE\nCommentaire: Brûlures"
    )
    assert medical["operator"] == {"role": "AUTRE"}
    assert medical["medicalNoteId"].startswith(f"{SDIS}.medicalNote.")
    assert notes == [
        {
            "freetext": "Accident; Deux voitures; "
            "Pièces jointes :\n- URI: https://x.example/1; "
            "Contact de l'opérateur SIS :\nOrganisation: SIS 44\nSalle opérationnelle: CTA; "
            "Attention au chien; Nouvelles alertes :\n- Identifiant: '2'; "
            "Nombre de victimes : PLUSIEURS; Victime principale : ADULTE; "
            "Organisation de l'appelant : SIS 44"
        },
        {"creation": "2023-11-03T10:02:00+01:00"},
    ]


def test_the_envelope_and_the_order_are_kept() -> None:
    given = edxl("createCase", CISU_CASE, sender=SDIS, recipient=A)
    (made,) = service().translate(ConversionMessage.of(given))
    message = given["content"][0]["jsonContent"]["embeddedJsonContent"]["message"]
    made_message = made.edxl["content"][0]["jsonContent"]["embeddedJsonContent"]["message"]
    assert [*made.edxl] == [*given]
    assert made.distribution_id == f"{SDIS}_1" == made_message["messageId"]
    assert [*made_message] == [*list(message)[:-1], "createCaseHealth"]
    assert {k: v for k, v in made_message.items() if k != "createCaseHealth"} == {
        k: v for k, v in message.items() if k != "createCase"
    }


@pytest.mark.parametrize(
    ("reporting", "details"),
    [("STANDARD", {"priority": "P2"}), ("ATTENTION", {"priority": "P0"}), (None, None)],
)
def test_the_priority_comes_from_the_reporting(reporting: str | None, details: Any) -> None:
    alert = {} if reporting is None else {"reporting": reporting}
    (made,) = from_cisu("createCase", {"qualification": {}, "initialAlert": alert})
    assert made.body()["qualification"].get("details") == details


def test_without_an_alert_its_notes_are_medical_ones() -> None:
    (made,) = from_cisu("createCase", {"freetext": ["a", "b"]})
    (note,) = made.body()["medicalNote"]
    assert note["freetext"] == "a; b"
    assert "initialAlert" not in made.body()


HEALTH_CASE = {
    "caseId": CASE,
    "creation": "2024-05-18T18:15:00+02:00",
    "owner": A,
    "perimeter": "AMU",
    "interventionType": "T1",
    "qualification": {"origin": "15", "details": {"priority": "P1"}},
    "location": {
        "detailedAddress": {"complete": "x", "highway": {"name": "A1"}},
        "geometry": {"datetime": "d", "point": {"coord": {"lat": 1}, "isAml": False}},
        "externalInfo": [{"uri": "u"}, {"uri": "v", "type": "CARTE"}],
    },
    "initialAlert": {"reception": "x", "caller": {"freetext": "y"}},
    "patient": [{}, {}],
    "medicalNote": [{}],
    "decision": [{}],
}


def test_a_case_for_the_fire_brigade() -> None:
    (made,) = to_cisu("createCaseHealth", HEALTH_CASE)
    body = made.body("createCase")
    stamp = body["location"]["locID"].removeprefix("LOC-")
    assert stamp.startswith("20231114221320-")
    assert len(stamp) == len("20231114221320-") + 4
    qualification = {
        "victims": {"count": "PLUSIEURS"},
        "whatsHappen": {"code": "C11.06.00", "label": "Autre nature de fait"},
    }
    location = {
        "detailedAddress": {"complete": "x"},
        "geometry": {"datetime": "d", "point": {"coord": {"lat": 1}}},
        "externalInfo": [{"uri": "u", "type": "AUTRE"}, {"uri": "v", "type": "CARTE"}],
        "locID": f"LOC-{stamp}",
        "country": "FR",
    }
    assert body == {
        "caseId": CASE,
        "creation": "2024-05-18T18:15:00+02:00",
        "referenceVersion": "2.0",
        "qualification": qualification,
        "location": location,
        "initialAlert": {
            "id": f"INAL-{stamp}",
            "reception": "2024-05-18T18:15:00+02:00",
            "reporting": "ATTENTION",
            "caller": {"freetext": "y"},
            "callTaker": {"organization": A, "controlRoom": "CRRA samuA"},
            "qualification": qualification,
            "location": location,
        },
    }


@pytest.mark.parametrize(
    ("patients", "count"),
    [(0, "0"), (1, "1"), (2, "PLUSIEURS"), (4, "PLUSIEURS"), (5, "BEAUCOUP"), (9, "BEAUCOUP")],
)
def test_victims_are_counted(patients: int, count: str) -> None:
    (made,) = to_cisu("createCaseHealth", {"patient": [{}] * patients})
    assert made.body()["qualification"]["victims"] == {"count": count}


@pytest.mark.parametrize(("priority", "told"), [("P0", "ATTENTION"), ("P2", "STANDARD")])
def test_the_reporting_comes_from_the_priority(priority: str, told: str) -> None:
    body = {"qualification": {"details": {"priority": priority}}, "initialAlert": {}}
    (made,) = to_cisu("createCaseHealth", body)
    assert made.body()["initialAlert"]["reporting"] == told


def test_the_same_seed_draws_the_same_ids() -> None:
    first, again = (to_cisu("createCaseHealth", HEALTH_CASE, service("7")) for _ in range(2))
    (other,) = to_cisu("createCaseHealth", HEALTH_CASE, service("8"))
    assert first == again
    assert other != first[0]
    same = service("7")
    to_cisu("createCaseHealth", HEALTH_CASE, same)
    same.forget()
    assert to_cisu("createCaseHealth", HEALTH_CASE, same) == first


def test_the_health_side_may_be_of_another_version() -> None:
    given = {"patient": [{"idPat": "p"}], "location": {"geometry": {"obsDatime": "d"}}}
    message = ConversionMessage.of(edxl("createCaseHealth", given, sender=A, recipient=SDIS))
    (made,) = service().translate(message, "v1", "v3")
    assert made.body()["location"]["geometry"] == {"datetime": "d"}
    back = ConversionMessage.of(edxl("createCase", made.body(), sender=SDIS, recipient=A))
    (again,) = service().translate(back, "v3", "v1")
    assert again.body()["location"]["geometry"] == {"obsDatime": "d"}
    assert again.body()["medicalNote"][0]["idObs"]


@pytest.mark.parametrize(("sender", "recipient"), [(A, SDIS), (SDIS, A)])
def test_a_reference_passes_as_it_is(sender: str, recipient: str) -> None:
    given = edxl("reference", {"distributionID": "x"}, sender=sender, recipient=recipient)
    assert [one.edxl for one in service().translate(ConversionMessage.of(given))] == [given]


@pytest.mark.parametrize(
    ("key", "sender", "recipient", "versions", "text"),
    [
        ("createCase", A, B, (), f"Both sender and recipient are health: {A} -> {B}"),
        (
            "emsi",
            A,
            SDIS,
            (),
            "Perimeter translation for message type 'emsi' is not implemented.",
        ),
        ("createCase", A, SDIS, (), "Input JSON must contain createCaseHealth key"),
        ("createCaseHealth", SDIS, A, (), "Input JSON must contain createCase key"),
        (
            "resourcesStatus",
            SDIS,
            A,
            (),
            "Traduction from 'resourcesInfoCisu' to 'resourcesStatus' is not supported.",
        ),
        ("createCase", SDIS, A, ("v2", "v3"), "Unknown source version v2. Must be: v3"),
        ("createCaseHealth", A, SDIS, ("v3", "v1"), "Unknown target version v1. Must be: v3"),
        (
            "createCaseHealth",
            A,
            SDIS,
            ("v7", "v3"),
            "Unknown source version v7. Must be one of: ['v1', 'v2', 'v3']",
        ),
        (
            "createCase",
            SDIS,
            A,
            ("v3", "v7"),
            "Unknown target version v7. Must be one of: ['v1', 'v2', 'v3']",
        ),
    ],
)
def test_what_the_service_refuses(
    key: str, sender: str, recipient: str, versions: tuple[str, ...], text: str
) -> None:
    message = ConversionMessage.of(edxl(key, {}, sender=sender, recipient=recipient))
    with pytest.raises(ConversionRefused) as refused:
        service().translate(message, *versions)
    assert str(refused.value) == text
