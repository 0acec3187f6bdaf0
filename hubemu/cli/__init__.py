"""The command `hubemu`: one small module per command, everything else is done below."""

from hubemu.cli.entry import main

__all__ = ["main"]
