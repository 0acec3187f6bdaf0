"""What became of each message: kept in memory, within bounds.

The journal itself (`journal.Journal`) is not among the names here: who only words a verdict needs
none.
"""

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
from hubemu.journal.problems import problems_of

__all__ = [
    "ENTRY_COST",
    "HUB_CODES",
    "MAX_STEPS",
    "Entry",
    "Forwarded",
    "Outcome",
    "Step",
    "dead_letter_cause",
    "problems_of",
    "utc_text",
]
