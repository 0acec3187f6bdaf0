"""A change of certificates, rehearsed before it happens: real connections at each of its steps."""

from hubemu.rehearsal.order import RehearsalOrder, rehearse
from hubemu.rehearsal.results import ClientRehearsal, Finding, Outcome, Rehearsal

__all__ = ["ClientRehearsal", "Finding", "Outcome", "Rehearsal", "RehearsalOrder", "rehearse"]
