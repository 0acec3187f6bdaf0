"""Error reports: golden ones in both formats, and what becomes of sources that resist."""

from __future__ import annotations

from typing import Any

import orjson
from lxml import etree

from hubemu.broker.wire.properties import decode_properties
from hubemu.dispatcher import ErrorCode, Rejection
from hubemu.dispatcher.reports import report
from hubemu.dispatcher.unread_message import source_tree
from hubemu.properties import Properties
from tests.support.dispatching import NOW, SDIS, A, B, C, a_message, context
from tests.support.messages import xml_envelope

REFUSED = Rejection(ErrorCode.SENDER_INCONSISTENCY, "message sender is é", f"{A}_1")
UNIQUE = "00000000-0000-4000-8000-000000000001"


def made(sender: str, source: Any = None, refused: Rejection = REFUSED, vhost: str = "") -> Any:
    where = context(vhost or "15-15_v2.0")
    return report(refused, sender, source, where, now=NOW, unique=UNIQUE)


def error_in(body: bytes) -> Any:
    return orjson.loads(body)["content"][0]["jsonContent"]["embeddedJsonContent"]["message"]


def test_a_report_in_json_word_for_word() -> None:
    publication = made(A, {"senderID": "x", "content": [1]})
    assert publication.routing_key == f"{A}.info"
    assert publication.mandatory
    assert decode_properties(publication.header) == Properties(
        content_type="application/json",
        delivery_mode=2,
    )
    assert orjson.loads(publication.body) == {
        "distributionID": f"fr.health.hub_{UNIQUE}",
        "senderID": "fr.health.hub",
        "dateTimeSent": "2027-01-15T08:00:00Z",
        "dateTimeExpires": "2027-01-16T08:00:00Z",
        "distributionStatus": "Actual",
        "distributionKind": "Error",
        "descriptor": {
            "language": "fr-FR",
            "explicitAddress": {
                "explicitAddressScheme": "hubex",
                "explicitAddressValue": A,
            },
        },
        "content": [
            {
                "jsonContent": {
                    "embeddedJsonContent": {
                        "message": {
                            "error": {
                                "errorCode": {
                                    "statusCode": 200,
                                    "statusString": "SENDER_INCONSISTENCY",
                                },
                                "errorCause": "message sender is é",
                                "sourceMessage": {"senderID": "x", "content": [1]},
                                "referencedDistributionID": f"{A}_1",
                            }
                        }
                    }
                }
            }
        ],
    }


def test_a_sender_that_prefers_xml_reads_the_same_in_xml() -> None:
    publication = made(B, {"senderID": "x"})
    root = etree.fromstring(publication.body)
    assert decode_properties(publication.header).content_type == "application/xml"
    assert root.findtext("{*}senderID") == "fr.health.hub"
    error = root.find(".//{*}error")
    assert error is not None
    assert [etree.QName(child).localname for child in error] == [
        "errorCode",
        "errorCause",
        "sourceMessage",
        "referencedDistributionID",
    ]
    assert error.findtext("{*}errorCode/{*}statusCode") == "200"
    assert error.findtext("{*}sourceMessage/{*}senderID") == "x"


def test_a_report_in_xml_word_for_word() -> None:
    assert made(B, {"senderID": "x", "content": [1]}).body.decode() == (
        "<?xml version='1.0' encoding='UTF-8'?>"
        '<edxlDistribution xlink:type="extended" xmlns="urn:oasis:names:tc:emergency:EDXL:DE:2.0"'
        ' xmlns:xlink="http://www.w3.org/1999/xlink"'
        ' xmlns:ct="urn:oasis:names:tc:emergency:edxl:ct:1.0">'
        f"<distributionID>fr.health.hub_{UNIQUE}</distributionID>"
        "<senderID>fr.health.hub</senderID>"
        "<dateTimeSent>2027-01-15T08:00:00Z</dateTimeSent>"
        "<dateTimeExpires>2027-01-16T08:00:00Z</dateTimeExpires>"
        "<distributionStatus>Actual</distributionStatus>"
        "<distributionKind>Error</distributionKind>"
        '<descriptor xlink:type="resource"><language>fr-FR</language><explicitAddress>'
        "<explicitAddressScheme>hubex</explicitAddressScheme>"
        f"<explicitAddressValue>{B}</explicitAddressValue></explicitAddress></descriptor>"
        '<content><contentObject xlink:type="resource"><contentXML><embeddedXMLContent>'
        '<message xmlns="urn:emergency:cisu:2.0"><error xmlns="urn:emergency:cisu:2.0:error">'
        "<errorCode><statusCode>200</statusCode>"
        "<statusString>SENDER_INCONSISTENCY</statusString></errorCode>"
        "<errorCause>message sender is é</errorCause>"
        "<sourceMessage><senderID>x</senderID><content>1</content></sourceMessage>"
        f"<referencedDistributionID>{A}_1</referencedDistributionID></error></message>"
        "</embeddedXMLContent></contentXML></contentObject></content></edxlDistribution>"
    )


def test_a_report_of_model_3_carries_the_unfilled_namespace() -> None:
    assert b'<message xmlns="urn:emergency:">' in made(B, vhost="15-15_v2.1").body


def test_a_refused_xml_message_is_quoted_with_its_attributes() -> None:
    body = xml_envelope(a_message(B, C), "<customContent><a>1</a></customContent>")
    source = source_tree(body, "xml")
    quoted = error_in(made(A, source).body)["error"]["sourceMessage"]
    assert quoted["type"] == "extended"
    content = quoted["content"]["contentObject"]["contentXML"]["embeddedXMLContent"]
    assert content["message"] == {"customContent": {"a": "1"}}


def test_partners_read_xml() -> None:
    assert decode_properties(made(SDIS).header).content_type == "application/xml"


def test_errors_of_partage_affaire_go_to_the_fire_queue() -> None:
    publication = made("partage-affaire", vhost="15-nexsis_v1.9")
    assert publication.routing_key == "fr.health.fire.info"
    address = orjson.loads(publication.body)["descriptor"]["explicitAddress"]
    assert address["explicitAddressValue"] == "fr.health.fire"


def test_without_a_tree_of_the_source_there_is_none_in_the_report() -> None:
    assert "sourceMessage" not in error_in(made(A).body)["error"]


def test_a_source_that_xml_cannot_hold_is_left_out() -> None:
    publication = made(B, {"bell": "\x07", "not a name": 1})
    root = etree.fromstring(publication.body)
    assert root.find(".//{*}sourceMessage") is None
    assert root.findtext(".//{*}statusString") == "SENDER_INCONSISTENCY"


def test_a_cause_that_xml_cannot_hold_is_made_readable() -> None:
    refused = Rejection(ErrorCode.INVALID_MESSAGE, "bell \x07 is invalid", "id\x00")
    root = etree.fromstring(made(B, None, refused).body)
    assert root.findtext(".//{*}errorCause") == "bell \N{REPLACEMENT CHARACTER} is invalid"


def test_reports_of_every_release_are_read_by_that_release() -> None:
    for vhost in ("15-15_v1.5", "15-15_v2.0", "15-15_v2.1"):
        body = made(A, {"senderID": "x"}, vhost=vhost).body
        assert context(vhost).release.read(body, "json").type.name == "RS-ERROR"
