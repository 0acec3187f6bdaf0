"""The Hub's rules: what is checked, forwarded, refused and told, and what treats each message."""

from hubemu.dispatcher.checks import CHECKS
from hubemu.dispatcher.context import VHostContext, contexts_of
from hubemu.dispatcher.conversion_service import converter_of
from hubemu.dispatcher.converter import ConversionFailed, Converter
from hubemu.dispatcher.decision import ConversionNeeded, Ruling, decide, resume, undeliverable
from hubemu.dispatcher.delivery import Delivery, ErrorCode, Publication, Rejection
from hubemu.dispatcher.driver import Dispatcher
from hubemu.dispatcher.embedded import EmbeddedFeed
from hubemu.dispatcher.judge import HUB, Judge
from hubemu.dispatcher.metrics import Metrics
from hubemu.dispatcher.verdict import Judgement, format_of, judge

__all__ = [
    "CHECKS",
    "HUB",
    "ConversionFailed",
    "ConversionNeeded",
    "Converter",
    "Delivery",
    "Dispatcher",
    "EmbeddedFeed",
    "ErrorCode",
    "Judge",
    "Judgement",
    "Metrics",
    "Publication",
    "Rejection",
    "Ruling",
    "VHostContext",
    "contexts_of",
    "converter_of",
    "decide",
    "format_of",
    "judge",
    "resume",
    "undeliverable",
]
