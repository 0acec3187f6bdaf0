"""Engines: a broker started with a topology and the certificates of a migration phase."""

from hubemu.engines.embedded import EmbeddedEngine

__all__ = ["EmbeddedEngine"]
