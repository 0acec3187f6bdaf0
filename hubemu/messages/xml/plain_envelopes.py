"""The envelope around a message none of whose texts must be escaped, in one step.

What is written is what `writing` and `json_text` give of the same tree, which is told by the tests.
"""

from __future__ import annotations

from hubemu.messages.envelope.texts import EnvelopeTexts
from hubemu.messages.xml.writing import HEAD, RESOURCE

__all__ = ["in_json", "in_xml"]


def in_xml(envelope: EnvelopeTexts, messages: list[str], *, content_is_resource: bool) -> bytes:
    """The XML of a message whose `message` elements are written already."""
    name, sender, sent, expires, status, kind, language, scheme, address = envelope
    start = f"<contentObject{RESOURCE}><contentXML><embeddedXMLContent>"
    end = "</embeddedXMLContent></contentXML></contentObject>"
    return (
        f"{HEAD}<distributionID>{name}</distributionID><senderID>{sender}</senderID>"
        f"<dateTimeSent>{sent}</dateTimeSent><dateTimeExpires>{expires}</dateTimeExpires>"
        f"<distributionStatus>{status}</distributionStatus>"
        f"<distributionKind>{kind}</distributionKind><descriptor{RESOURCE}>"
        f"<language>{language}</language><explicitAddress>"
        f"<explicitAddressScheme>{scheme}</explicitAddressScheme>"
        f"<explicitAddressValue>{address}</explicitAddressValue></explicitAddress></descriptor>"
        f"<content{RESOURCE if content_is_resource else ''}>"
        f"{start}{f'{end}{start}'.join(messages)}{end}</content></edxlDistribution>"
    ).encode()


def in_json(envelope: EnvelopeTexts, fields: str) -> str:
    """The JSON of a message whose `message` object holds these fields, printed already."""
    name, sender, sent, expires, status, kind, language, scheme, address = envelope
    return (
        f'{{"distributionID":"{name}","senderID":"{sender}","dateTimeSent":"{sent}",'
        f'"dateTimeExpires":"{expires}","distributionStatus":"{status}",'
        f'"distributionKind":"{kind}","descriptor":{{"language":"{language}",'
        f'"explicitAddress":{{"explicitAddressScheme":"{scheme}",'
        f'"explicitAddressValue":"{address}"}}}},'
        f'"content":[{{"jsonContent":{{"embeddedJsonContent":{{"message":{{{fields}}}}}}}}}]}}'
    )
