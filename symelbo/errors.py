"""The exceptions of symelbo: they are for misuse only, verdicts are values.

Every message names what is wrong, where, and what would be right.
"""

from collections.abc import Collection
from importlib import import_module
from types import ModuleType

__all__ = [
    "BudgetError",
    "DomainError",
    "ExactnessError",
    "GraphError",
    "InternalError",
    "ModelError",
    "ModelFileError",
    "SymelboError",
    "nearest_names",
    "optional",
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


def optional(module: str, needed: str, extra: str) -> ModuleType:
    """Import a module that an extra installs; SymelboError says what needs it."""
    try:
        return import_module(module)
    except ImportError:
        raise SymelboError(f"{needed}; install the extra: pip install 'symelbo[{extra}]'") from None


MANY = 20


def nearest_names(what: str, names: Collection[str], wrong: str) -> str:
    """Say which names there are, or of many the three nearest to a wrong one.

    >>> nearest_names("nodes", ["x", "y"], "z")
    'the nodes are x, y'
    >>> nearest_names("nodes", [f"node{i}" for i in range(1000)], "node9999")
    'of the 1000 nodes node999, node99, node998 have the nearest names'
    """
    if len(names) <= MANY:
        return f"the {what} are {', '.join(names)}"
    from difflib import get_close_matches

    near = get_close_matches(wrong, names, n=3, cutoff=0.0)
    return f"of the {len(names)} {what} {', '.join(near)} have the nearest names"
