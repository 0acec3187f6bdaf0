"""A change of certificates, rehearsed before it happens: real connections at each of its steps."""

from hubemu.rehearsal.order import RehearsalOrder, rehearse
from hubemu.rehearsal.results import ClientRehearsal, Outcome, Rehearsal, StepFinding

__all__ = ["ClientRehearsal", "Outcome", "Rehearsal", "RehearsalOrder", "StepFinding", "rehearse"]
