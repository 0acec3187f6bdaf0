"""How fast a Hub is on this machine: messages routed a second, and how long each takes."""

from hubemu.bench.comparison import Plan, compare
from hubemu.bench.load import Load, Measured, measure
from hubemu.bench.process import hub_process

__all__ = ["Load", "Measured", "Plan", "compare", "hub_process", "measure"]
