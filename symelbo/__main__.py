"""``python -m symelbo``: the command line."""

from symelbo.cli import main

if __name__ == "__main__":
    main(prog_name="symelbo")
