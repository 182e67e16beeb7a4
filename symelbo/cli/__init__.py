"""The command line: thin commands that read, call and print.

Exit codes are those of :mod:`symelbo.cli.common`, for every command; README.md beside this file says what they mean.
"""

from symelbo.cli import experiments, files, verification
from symelbo.cli.common import main

__all__ = ["experiments", "files", "main", "verification"]
