"""The command `hubemu`: one small module per command, everything else is done below."""

import gc

# Before all else: looking for cycles after every 700 objects costs a tenth of a start, most of it
# imports, and a sixth of a Hub's throughput, whose messages die by reference counting.
gc.set_threshold(50_000, 20, 50)

from hubemu.cli.entry import main  # noqa: E402

__all__ = ["main"]
