"""The theory's statements as values."""

from symelbo.statements.catalogue import CONDITIONS, STATEMENTS, Condition, Statement, statement
from symelbo.statements.formulas import NAMES, Formula, Term
from symelbo.statements.gaussian import GAUSSIAN_STATEMENTS

__all__ = [
    "CONDITIONS",
    "GAUSSIAN_STATEMENTS",
    "NAMES",
    "STATEMENTS",
    "Condition",
    "Formula",
    "Statement",
    "Term",
    "statement",
]
