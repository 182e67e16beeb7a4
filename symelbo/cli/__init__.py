"""The command line: thin commands that read, call and print.

Exit codes: 0 all decided and nothing contradicted; 1 a theorem contradicted or a certificate invalid; 2 the input is
wrong; 3 undecided within the budget.
"""

from symelbo.cli import experiments, verification
from symelbo.cli.common import main

__all__ = ["experiments", "main", "verification"]
