"""The Hub's rules: what is checked, forwarded, refused and told, and what treats each message.

What treats messages (`driver.Dispatcher`) is not among the names here: judging a file needs none.
"""

from hubemu.dispatcher.checks import CHECKS
from hubemu.dispatcher.context import UnusableModel, VHostContext, contexts_of
from hubemu.dispatcher.converter import ConversionFailed, Converter
from hubemu.dispatcher.decision import ConversionNeeded, Ruling, decide, resume, undeliverable
from hubemu.dispatcher.delivery import Delivery, ErrorCode, Publication, Rejection
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
    "ErrorCode",
    "Judge",
    "Judgement",
    "Metrics",
    "Publication",
    "Rejection",
    "Ruling",
    "UnusableModel",
    "VHostContext",
    "contexts_of",
    "decide",
    "format_of",
    "judge",
    "resume",
    "undeliverable",
]
