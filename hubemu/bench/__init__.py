"""How fast a Hub is on this machine: messages routed a second, and how long each takes."""

from hubemu.bench.comparison import Plan, compare
from hubemu.bench.load import Measured, measure
from hubemu.bench.process import hub_process
from hubemu.bench.publishing import Load
from hubemu.bench.rows import FurtherRows, measure_all

__all__ = [
    "FurtherRows",
    "Load",
    "Measured",
    "Plan",
    "compare",
    "hub_process",
    "measure",
    "measure_all",
]
