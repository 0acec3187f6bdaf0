"""The version of hubemu, said once."""

__version__ = "0.1.0"
