"""`python -m hubemu` is the command `hubemu`."""

from hubemu.cli import main

if __name__ == "__main__":
    main()
