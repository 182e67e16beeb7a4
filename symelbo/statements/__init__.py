"""The theory's statements as values."""

from symelbo.statements.catalogue import CONDITIONS, STATEMENTS, Condition, Statement, statement
from symelbo.statements.families import GAUSSIAN_STATEMENTS, MIXTURE_STATEMENTS, NOT_EXACT, WITH_VISIBLE_METRIC
from symelbo.statements.formulas import NAMES, Formula, Term

__all__ = [
    "CONDITIONS",
    "GAUSSIAN_STATEMENTS",
    "MIXTURE_STATEMENTS",
    "NAMES",
    "NOT_EXACT",
    "STATEMENTS",
    "WITH_VISIBLE_METRIC",
    "Condition",
    "Formula",
    "Statement",
    "Term",
    "statement",
]
