"""What became of each message: kept in memory, within bounds."""

from hubemu.journal.codes import HUB_CODES
from hubemu.journal.entry import (
    ENTRY_COST,
    MAX_STEPS,
    Entry,
    Forwarded,
    Outcome,
    Step,
    dead_letter_cause,
    utc_text,
)
from hubemu.journal.journal import CURSOR, Journal, ReportToken
from hubemu.journal.problems import problems_of
from hubemu.journal.query import Filters, Page, UnknownCursor
from hubemu.journal.watch import Missed, RowChange, Subscription

__all__ = [
    "CURSOR",
    "ENTRY_COST",
    "HUB_CODES",
    "MAX_STEPS",
    "Entry",
    "Filters",
    "Forwarded",
    "Journal",
    "Missed",
    "Outcome",
    "Page",
    "ReportToken",
    "RowChange",
    "Step",
    "Subscription",
    "UnknownCursor",
    "dead_letter_cause",
    "problems_of",
    "utc_text",
]
