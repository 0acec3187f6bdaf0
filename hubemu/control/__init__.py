"""The control API of a Hub over HTTP: health, metrics, journal, clock, migration phase."""

from hubemu.control.server import ControlServer

__all__ = ["ControlServer"]
