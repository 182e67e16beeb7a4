"""The theory's statements as values."""

from symelbo.statements.catalogue import CONDITIONS, STATEMENTS, Condition, Statement, statement
from symelbo.statements.formulas import NAMES, Formula, Term
from symelbo.statements.gaussian import GAUSSIAN_STATEMENTS
from symelbo.statements.mixtures import MIXTURE_STATEMENTS, NOT_EXACT, WITH_VISIBLE_METRIC

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
