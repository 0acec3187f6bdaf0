"""hubemu: the Hub Santé on a laptop."""

from hubemu.version import __version__

__all__ = ["__version__"]
