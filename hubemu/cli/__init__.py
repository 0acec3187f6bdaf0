"""The command `hubemu`: one small module per command, everything else is done below."""

__all__ = ["main"]


def main() -> None:
    """Run the command line and end the process with its exit code."""
    try:
        # Only now, since a start is mostly imports, in which Ctrl-C may come as well.
        from hubemu.collector import collect_seldom

        collect_seldom()
        from hubemu.cli.entry import main as command

        command()
    except KeyboardInterrupt:
        raise SystemExit(130) from None
