"""The judge: every decision the dispatcher takes, as one value that can be given and wrapped."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from hubemu.dispatcher.context import VHostContext
from hubemu.dispatcher.converter import ConversionFailed
from hubemu.dispatcher.dead_letters import DeadLetterRuling, decide_dead_letter
from hubemu.dispatcher.decision import (
    ConversionNeeded,
    Now,
    Ruling,
    decide,
    resume,
    undeliverable,
)
from hubemu.dispatcher.delivery import Delivery, Publication
from hubemu.dispatcher.reports import report

__all__ = ["HUB", "Judge"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Judge:
    """Pure functions: nothing in here publishes, waits or counts.

    `decide` judges a message of `dispatch`, `resume` goes on with one that was converted,
    `undeliverable` judges one again whose publication came back, `decide_dead_letter` one of
    `dispatch.dlq`, `report` writes what a sender is told.
    """

    decide: Callable[[Delivery, VHostContext, Now], Ruling | ConversionNeeded]
    resume: Callable[
        [ConversionNeeded, Sequence[bytes] | ConversionFailed, VHostContext, Now], Ruling
    ]
    undeliverable: Callable[[Ruling, Publication, VHostContext, Now], Ruling]
    decide_dead_letter: Callable[[Delivery, VHostContext], DeadLetterRuling]
    report: Callable[..., Publication]


HUB = Judge(
    decide=decide,
    resume=resume,
    undeliverable=undeliverable,
    decide_dead_letter=decide_dead_letter,
    report=report,
)
"""The Hub's own judge."""
