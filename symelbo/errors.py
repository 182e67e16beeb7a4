"""The exceptions of symelbo: they are for misuse only, verdicts are values.

Every message names what is wrong, where, and what would be right.
"""

__all__ = [
    "BudgetError",
    "DomainError",
    "ExactnessError",
    "GraphError",
    "InternalError",
    "ModelError",
    "ModelFileError",
    "SymelboError",
]


class SymelboError(Exception):
    """Base of all errors that symelbo raises on purpose."""


class ExactnessError(SymelboError, TypeError):
    """An inexact or unsupported expression where an exact one is needed (a float, an unknown function)."""


class ModelError(SymelboError, ValueError):
    """A model that is not one: wrong states, wrong sum, undeclared symbols, an empty side."""


class GraphError(ModelError):
    """A graph that does not define a model: a cycle, an unknown node, a doubled edge."""


class ModelFileError(ModelError):
    """A model file that cannot be read: the message gives the place and what is expected."""


class DomainError(SymelboError, ValueError):
    """A point, target or start outside the domain, or not admissible where that is required."""


class BudgetError(SymelboError):
    """A computation that reached its budget; caught by the engine and turned into Undecided."""


class InternalError(SymelboError, RuntimeError):
    """Two exact routes to the same answer disagree: a defect of symelbo, reported as such."""
