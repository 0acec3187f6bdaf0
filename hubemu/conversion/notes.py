"""What has no place of its own in the model wanted becomes a note in French, as a person reads it.

The labels of the service are not published, but for those that the facts quote; the others are
ours (docs/fidelity.md).
"""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import yaml

from hubemu.conversion.draw import Draw
from hubemu.conversion.places import Tree

__all__ = ["LABELS", "add_alert_note", "add_medical_note", "as_text"]

LABELS = {
    "access": "Accès",
    "accessCode": "Codes d'accès",
    "attachment": "Pièces jointes",
    "buildingName": "Bâtiment",
    "callTaker": "Opérateur",
    "callbackContact": "Contact de rappel",
    "caller": "Appelant",
    "callerContact": "Contact de l'appelant",
    "calltakerContact": "Contact de l'opérateur",
    "calltakerId": "Identifiant de l'opérateur",
    "channel": "Canal",
    "city": "Commune",
    "code": "Code",
    "communication": "Communication",
    "complete": "Complet",
    "contact": "Contact",
    "controlRoom": "Salle opérationnelle",
    "coord": "Coordonnées",
    "count": "Nombre de victimes",
    "country": "Pays",
    "creation": "Création",
    "datetime": "Horodatage",
    "derefURI": "URI de déréférencement",
    "description": "Description",
    "detail": "Détail",
    "detailedAddress": "Adresse",
    "detailedName": "Nom",
    "digest": "Empreinte",
    "elevator": "Ascenseur",
    "entity": "Service",
    "entrance": "Entrée",
    "externalId": "Identifiants",
    "externalInfo": "Informations externes",
    "externalLocationId": "Identifiants externes",
    "firstName": "Prénom",
    "floor": "Étage",
    "freetext": "Commentaire",
    "geometry": "Géométrie",
    "healthMotive": "Motif de recours médico-secouriste",
    "heading": "Cap",
    "height": "Altitude",
    "id": "Identifiant",
    "inseeCode": "Code INSEE",
    "interphone": "Interphone",
    "label": "Libellé",
    "language": "Langue",
    "lastName": "Nom",
    "lat": "Latitude",
    "locID": "Identifiant du lieu",
    "locLabel": "Libellé du lieu",
    "location": "Lieu",
    "locationKind": "Type de lieu",
    "lon": "Longitude",
    "mainVictim": "Victime principale",
    "mimeType": "Type de fichier",
    "name": "Nom",
    "notes": "Notes",
    "number": "Numéro",
    "organization": "Organisation",
    "phoneNumber": "Téléphone",
    "point": "Point",
    "precision": "Précision",
    "qualification": "Qualification",
    "reception": "Réception",
    "reporting": "Signalement",
    "riskThreat": "Risques, menaces et sensibilités",
    "role": "Rôle",
    "roomNumber": "Porte",
    "rppsId": "RPPS",
    "size": "Taille",
    "sketch": "Croquis",
    "source": "Source",
    "speed": "Vitesse",
    "type": "Type",
    "uri": "URI",
    "value": "Valeur",
    "victims": "Victimes",
    "wayName": "Voie",
    "whatsHappen": "Nature de fait",
}
"""The keys of the models in French."""

_NOTE_ID_LENGTH = 7
_PATIENT = ".patient."


def as_text(value: Any) -> str:
    """A value for people: a text as it is, anything else in YAML with French labels."""
    if isinstance(value, str):
        return value
    if isinstance(value, (dict, list)):
        dumped: str = yaml.dump(
            _in_french(value),
            Dumper=yaml.CSafeDumper,  # ten times as fast as the one in Python
            allow_unicode=True,
            sort_keys=False,
            width=10**6,
        )
        return dumped.rstrip("\n")
    return str(value)


def add_medical_note(body: Tree, draw: Draw, sender: str, text: str, patient: Any = None) -> None:
    """A medical note of nobody in particular, about a patient if one is given."""
    note = {
        "operator": {"role": "AUTRE"},
        "medicalNoteId": f"{sender}.medicalNote.{draw.characters(_NOTE_ID_LENGTH)}",
        "freetext": text,
    }
    if isinstance(patient, str) and _PATIENT in patient:  # a decision may say anything
        note = {"patientId": patient} | note
    _append(body, "medicalNote", note)


def add_alert_note(body: Tree, text: str) -> None:
    """A note of the first alert, which must be there."""
    _append(body["initialAlert"], "notes", {"freetext": text})


def _append(holder: Tree, name: str, item: Tree) -> None:
    if isinstance(holder.get(name), list):
        holder[name].append(item)
    else:
        holder[name] = [item]


def _in_french(value: Any) -> Any:
    if isinstance(value, dict):
        return {LABELS.get(key, key): _in_french(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_in_french(item) for item in value]
    if isinstance(value, Decimal):
        return float(value)
    return value
