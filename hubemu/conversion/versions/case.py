"""RS-EDA and RS-EDA-MAJ (facts: converter 3.2, version-differences)."""

from __future__ import annotations

import re
from typing import Any

from hubemu.conversion.notes import add_alert_note, add_medical_note, as_text
from hubemu.conversion.places import holders, objects_at
from hubemu.conversion.rules import (
    Codes,
    ConversionRule,
    ConvertedBody,
    Drop,
    KnownCode,
    Make,
    Prune,
    Renamed,
    ToNote,
    VersionStep,
)
from hubemu.conversion.versions.codes import (
    ATTRIBUTIONS,
    ATTRIBUTIONS_BACK,
    CALLER_TYPES,
    CALLER_TYPES_BACK,
    LANGUAGES,
    ORIGINS,
    RESOURCE_TYPES,
    SEXES,
    WHATS_HAPPEN,
    WHATS_HAPPEN_BACK,
)

__all__ = ["V1_V2", "V2_V3"]

_DIAGNOSIS = re.compile(r"[A-Z]\d{2}(\.[\d+-]{1,3})?", re.ASCII)
_DIAGNOSES = ("hypothesis.mainDiagnosis", "hypothesis.otherDiagnosis[]")
_CALLER = "initialAlert.caller"
_CONTACTS = ("callerContact", "callbackContact")
_RELEASE_OF_V2 = "2.0.0"
_KEPT_ORIGINS = ("15", "112", "116117", *ORIGINS, *ORIGINS.values())


def _language(languages: dict[str, str]) -> ConversionRule:
    """Languages both versions know are recoded; any other becomes a note of the alert."""

    def apply(work: ConvertedBody) -> None:
        for caller in list(objects_at(work.body, _CALLER)):
            language = caller.get("language")
            if not isinstance(language, str):
                continue
            if language in languages:
                caller["language"] = languages[language]
            else:
                del caller["language"]
                add_alert_note(work.body, f"Langue du requérant: {language}")

    return Make(apply)


def _odd_diagnoses(work: ConvertedBody) -> None:
    """Diagnoses whose code is none of CIM-10 become medical notes of their patient."""
    for patient in list(objects_at(work.body, "patient[]")):
        for path in _DIAGNOSES:
            for one in list(objects_at(patient, path)):
                code = one.get("code")
                if not (isinstance(code, str) and _DIAGNOSIS.fullmatch(code)):
                    _note(work, patient, "Diagnostic : ", f"{code} {one.get('label', '')}".strip())
                    one.clear()
        _without_empty_diagnoses(patient)


def _without_empty_diagnoses(patient: dict[str, Any]) -> None:
    for holder, name in list(holders(patient, "hypothesis.otherDiagnosis")):
        holder[name] = [one for one in holder[name] if one != {}] if holder[name] else []
    empty = Prune("hypothesis.mainDiagnosis", "hypothesis.otherDiagnosis", "hypothesis")
    for path in empty.paths:
        for holder, name in list(holders(patient, path)):
            if holder[name] in ({}, []):
                del holder[name]


def _note(work: ConvertedBody, patient: dict[str, Any], label: str, value: Any) -> None:
    about = patient.get("patientId")
    add_medical_note(work.body, work.draw, work.sender, f"{label}{as_text(value)}", about)


def _without_external_ids(source: str) -> ConversionRule:
    """External ids of a source that the other version lacks become medical notes."""

    def apply(work: ConvertedBody) -> None:
        for patient in list(objects_at(work.body, "patient[]")):
            for holder, name in list(holders(patient, "administrativeFile.externalId")):
                if not isinstance(holder[name], list):
                    continue
                kept = []
                for one in holder[name]:
                    if isinstance(one, dict) and one.get("source") == source:
                        _note(work, patient, f"Identifiant {source} : ", one.get("value", ""))
                    else:
                        kept.append(one)
                holder[name] = kept

    return Make(apply)


_PRUNED = Prune(
    "patient[].administrativeFile.externalId",
    "patient[].administrativeFile",
    "patient[].detail",
    "patient[].hypothesis",
    "qualification.riskThreat",
    "qualification.locationKind",
    "qualification.details",
)


def _families_of_decisions(work: ConvertedBody) -> None:
    """v1 knows the families of resources only: `SMUR.PED` is SMUR there."""
    for holder, name in holders(work.body, "decision[].resourceType"):
        if isinstance(holder[name], str):
            holder[name] = holder[name].partition(".")[0]


V1_V2 = VersionStep(
    both=(
        Renamed("location.geometry.obsDatime", "datetime"),
        Renamed("patient[].idPat", "patientId"),
        Renamed("medicalNote[].idPat", "patientId"),
        Renamed("medicalNote[].idObs", "medicalNoteId"),
        Renamed("decision[].idPat", "patientId"),
        Codes("qualification.whatsHappen.code", WHATS_HAPPEN, WHATS_HAPPEN_BACK),
        Codes("qualification.details.attribution", ATTRIBUTIONS, ATTRIBUTIONS_BACK),
        Codes(f"{_CALLER}.type", CALLER_TYPES, CALLER_TYPES_BACK),
        Codes("patient[].identity.strictFeatures.sex", SEXES),
        Codes("decision[].resourceType", RESOURCE_TYPES),
    ),
    up=(
        _language(LANGUAGES),
        Drop("decision[].vehiculeType"),
        Make(_odd_diagnoses),
    ),
    down=(
        _language({new: old for old, new in LANGUAGES.items()}),
        ToNote("detail.treatment", "Traitement : ", "patient[]"),
        ToNote("detail.medicalHistory", "Antécédents : ", "patient[]"),
        ToNote("administrativeFile.generalPractitioner", "Médecin traitant : ", "patient[]"),
        *(Codes(f"{_CALLER}.{one}.type", {"MSS": "EMAIL"}) for one in _CONTACTS),
        Make(_families_of_decisions),
        _PRUNED,
    ),
)


V2_V3 = VersionStep(
    both=(
        Codes(
            "interventionType",
            {"PRIMAIRE": "T1", "SECONDAIRE": "T2-INTER", "RETOUR A DOMICILE": "T3"},
            {"T2-INTRA": "SECONDAIRE"},
        ),
        Codes("qualification.origin", ORIGINS),
        Codes("qualification.details.status", {"PROGRAMME": "PROGRAM", " ACTIF": "ACTIF"}),
        Codes("decision[].resourceType", {"TSU ": "TSU"}),
        *(
            Codes(f"{_CALLER}.{one}.channel", {"DEFIBRILLATEUR, ": "DEFIBRILLATEUR"})
            for one in _CONTACTS
        ),
    ),
    up=(
        Drop("patient[].healthMotive"),
        _without_external_ids("SI-VIC"),
        _PRUNED,
    ),
    down=(
        ToNote("interventionType", "Type d'intervention : ", keeps=lambda code: code != "T4"),
        ToNote(
            "qualification.origin",
            "Origine de l'appel : ",
            keeps=lambda code: code in _KEPT_ORIGINS,
        ),
        KnownCode(
            "RS-EDA",
            _RELEASE_OF_V2,
            "qualification.whatsHappen",
            "Nature de fait : ",
            {"code": "C11.06.00", "label": "Autre nature de fait"},
        ),
        KnownCode("RS-EDA", _RELEASE_OF_V2, "qualification.locationKind", "Type de lieu : "),
        KnownCode(
            "RS-EDA",
            _RELEASE_OF_V2,
            "qualification.healthMotive",
            "Motif de recours médico-secouriste : ",
            {"code": "M06.04", "label": "Autre motif"},
        ),
        KnownCode("RS-EDA", _RELEASE_OF_V2, "qualification.riskThreat[]", "Risque : "),
        Codes("qualification.details.attribution", {"DRM.SPE.AUTRESPE": "DRM.SPE"}),
        *(
            Codes(f"{one}[].operator.role", {"PILOTE": "AUTRE", "TCM": "AUTRE"})
            for one in ("medicalNote", "decision")
        ),
        Codes("decision[].orientationType", {"REA-USI": "AUTRE"}),
        ToNote("destination", "Destination : ", "decision[]"),
        _without_external_ids("AUTRE"),
        _PRUNED,
    ),
)
