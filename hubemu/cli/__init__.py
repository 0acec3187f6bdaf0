"""The command `hubemu`: one small module per command, everything else is done below."""

from hubemu.collector import collect_seldom

__all__ = ["main"]


def main() -> None:
    """Run the command line and end the process with its exit code."""
    collect_seldom()
    # Only now, since a start is mostly imports.
    from hubemu.cli.entry import main as command

    command()
