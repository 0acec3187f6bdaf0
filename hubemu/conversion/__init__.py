"""Conversions between the models: to and from CISU, and between versions; pure, no I/O.

service = ConversionService(seed="7", now=clock.now)
messages = service.translate(ConversionMessage.of(tree), "v3", "v3", vhost="15-nexsis_v1.9.1")
"""

from hubemu.conversion.message import ConversionMessage
from hubemu.conversion.refusal import ConversionRefused
from hubemu.conversion.service import ConversionService
from hubemu.conversion.versions.chain import VERSIONS

__all__ = ["VERSIONS", "ConversionMessage", "ConversionRefused", "ConversionService"]
