"""The theory's statements as values."""

from symelbo.statements.catalogue import CONDITIONS, STATEMENTS, Condition, Statement, statement
from symelbo.statements.formulas import NAMES, Formula, Term

__all__ = ["CONDITIONS", "NAMES", "STATEMENTS", "Condition", "Formula", "Statement", "Term", "statement"]
