"""What keeps hubemu from working on a machine: looked at one by one, each with its mend."""

from hubemu.doctor.examination import Patient, examine
from hubemu.doctor.finding import MachineFinding, Verdict

__all__ = ["MachineFinding", "Patient", "Verdict", "examine"]
