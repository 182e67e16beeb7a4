"""Budgets: work that could run away is done in a process of its own, which can be ended at any moment.

The process is a fork of this one, so that the model need not travel; what it finds out travels back event by event, and
when the budget ends everything that has arrived is kept.  It never outlives its parent: it is killed when the budget
ends, when the parent is interrupted, and by the kernel when the parent dies (Linux).  A computation inside the
arithmetic library cannot be interrupted otherwise, not even by a signal.

Where processes cannot be forked (Windows) the time is looked at between two events only.
"""

from __future__ import annotations

import multiprocessing
import os
import signal
import sys
import time
import warnings
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from functools import wraps
from math import isfinite
from multiprocessing.connection import Connection
from typing import Any, ParamSpec, TypeVar

from symelbo.errors import BudgetError, DomainError
from symelbo.processes import die_with, limit_memory, pickled, unpickled
from symelbo.progress import doing, silenced

__all__ = [
    "LIMITS",
    "Budget",
    "Limit",
    "Limits",
    "Work",
    "budgeted",
    "killable",
    "limited",
    "within",
]

MEGABYTE = 1_000_000
SHORTEST = 0.01  # seconds
LONGEST = 86_400.0  # seconds that are waited for at a time: the system takes no arbitrary number


@dataclass(frozen=True, slots=True)
class Budget:
    """Limits of a computation: seconds, and bytes of memory beyond those in use when it begins.

    >>> Budget.of(2)
    Budget(seconds=2.0, memory=None)
    """

    seconds: float | None = None
    memory: float | None = None
    given: float | None = field(default=None, repr=False, compare=False)
    """The seconds that a person gave, where some of them are used up already."""

    @property
    def named(self) -> float:
        """The seconds for a message."""
        return self.given or self.seconds or 0.0

    def __post_init__(self) -> None:
        for name, value in (("seconds", self.seconds), ("memory", self.memory)):
            number = isinstance(value, int | float) and not isinstance(value, bool)
            if value is not None and not (number and isfinite(value) and value > 0):
                raise DomainError(f"budget: {name} = {value!r}; expected a positive number")

    @classmethod
    def of(cls, value: object) -> Budget:
        """Return a budget from itself or from a number of seconds."""
        if isinstance(value, Budget):
            return value
        if isinstance(value, int | float) and not isinstance(value, bool):
            return cls(float(value))
        raise DomainError(f"budget = {value!r}: expected seconds, or Budget(seconds=..., memory=...)")

    def left(self, start: float) -> Budget:
        """The budget less the time since ``start``, a value of ``time.monotonic()``."""
        if self.seconds is None:
            return self
        return Budget(max(self.seconds - (time.monotonic() - start), SHORTEST), self.memory, self.named)


@dataclass(frozen=True, slots=True)
class Limits:
    """Every limit of size that decides an answer, counted in work: terms, states, cases, eliminations; never seconds.

    Beyond a limit something is left open, or evaluated at points; none makes an answer wrong.
    """

    # The field and its elements.
    factored_terms: int = 4000  # factoring a longer numerator is presentation: it is left expanded
    factored_number_terms: int = 60  # a longer number in Q(exp(1/N)) gains nothing from factors
    uninterrupted_work: int = 5_000_000  # products of terms at a time that no signal ends; beyond, in another process
    uninterrupted_terms: int = 2000  # of a polynomial that is factored likewise
    exponent: int = 1000  # largest power of a generator, in tables, files and expressions
    inner_degree: int = 16  # largest power inside an exponent, which is multiplied out
    digits: int = 1000  # of numbers that are accepted in tables
    regrouped_terms: int = 160  # longer polynomials are not regrouped for display
    interpolated_monomials: int = 400  # candidates of one entry, numerator and denominator together
    interpolated_generators: int = 16  # that one null vector may depend on
    interpolated_degree: int = 32  # in each of them
    interpolation_work: int = 1_000_000_000  # multiplications; beyond, it is no shorter than what it avoids
    interpolation_attempts: int = 20  # points at which nothing is singular
    lifting_primes: int = 15  # by which coefficients are lifted and checked
    # Eliminations over the function field: terms of a row.
    elimination_terms: int = 20_000
    short_elimination_terms: int = 500  # where the result only adds to what is known
    # Conormals: tensors of weights of visible states.
    conormal_states: int = 300  # that are visible
    conormal_size: int = 80  # rows and columns of a flattening
    conormal_width: int = 7  # of the factor of a tensor whose Koszul complex is taken
    conormal_tensors: int = 60  # that are tried
    related_events: int = 1000  # of what is seen, whose weights are factored
    related_terms: int = 3000  # of all weights multiplied out
    elimination_swell: int = 10  # how much larger rows may be before their content is divided out
    elimination_pairs: int = 50  # pairs of terms to clear denominators, for each term that is allowed
    # Formulas: symbols to be written, and what may be done to write fewer.
    written_symbols: int = 2500  # of a matrix; beyond, sums that occur often have names
    line_symbols: int = 60  # of a gradient; beyond, it has names too
    short_sum: int = 8  # terms of a sum without a name that is written as part of another one
    fraction_work: int = 400  # products of terms to find one fraction for an entry
    fraction_terms: int = 40  # of one that is worth being factored
    zero_work: int = 40_000  # products of terms to see that what seems to be zero is
    marginal_work: int = 20_000  # products of terms to sum up probabilities of states
    denominator_terms: int = 10_000  # of a common denominator that is announced before it is formed
    # What is read and written out as a table.
    file_bytes: int = 20_000_000  # of a model file
    expression_characters: int = 100_000  # of one expression
    expression_depth: int = 100  # of brackets
    expression_bits: int = 20_000  # of a number that is computed
    expression_digits: int = 4000  # of a number that is read
    bif_entries: int = 10**7  # numbers of one table of a network file
    table_entries: int = 1 << 27  # |X| times the columns of exponents: memory
    stated_exponentials: int = 64  # positive weights, all of exponentials: claims on models name them up to here
    stated_products: int = 24  # positive weights in a default domain; of more, signs of factors are stated
    sum_terms: int = 20_000  # of all weights multiplied out; of a longer sum that is not 1 the value at a point is said
    table_states: int = 1 << 17  # larger networks are graphs without a table
    labels: int = 1 << 20  # of one variable: what has more is counted for ever
    simplex_states: int = 10_000  # larger simplices are not written out state by state
    written_states: int = 512  # of tables and vectors in certificates; beyond, they are products
    exchange_states: int = 1 << 10  # the judge sums the equations of an exchange over all of them
    coq_field_terms: int = 200  # longer identities go through Ring_polynom
    coq_states: int = 512  # of a table in a Coq file
    coq_local_work: int = 20_000  # pairs of parameters times states whose blocks are written out
    # Points of a domain.
    point_attempts: int = 400  # restarts before a domain is reported as (possibly) empty
    uneven_parameters: int = 24  # that are chosen one after the other; of more, equal ones are tried first
    point_candidates: int = 12  # accepted points among which the simplest is taken
    point_combinations: int = 200  # of simple coordinates that are then tried
    solution_points: int = 400  # of a quadric, of which one has to be rational and lie well
    point_combined: int = 12  # parameters up to which they are
    suspicious_points: int = 24  # at which a factor of the table is looked for with the wrong sign
    # Null vectors and closed forms.
    jacobian_shape: int = 20_000  # |X| d up to which the visible Jacobian is multiplied out
    screened_shape: int = 200_000  # |X| d up to which a message about an ended budget says what the screen knows
    summed_shape: int = 5000  # |X| d up to which G is summed over the table at a point
    local_states: int = 4096  # of the tables around a set of hidden variables
    local_sets: int = 300  # of hidden variables that are tried
    local_terms: int = 1000  # of a row in the elimination of one local matrix
    primes_at_point: int = 3  # before a probability that vanishes modulo all of them is taken to be 0
    # Signs on a domain.
    products: int = 3000  # of a sum of products of positive forms
    quadratic_terms: int = 60  # of a polynomial that is completed to squares
    elevations: int = 3  # of the degree of a Bernstein expansion
    block_choices: int = 60  # sets of forms that may be a simplex or a cone
    sign_samples: int = 12  # points that refute a sign before it is looked for
    signed_weights: int = 64  # states up to which the signs of weights are looked at
    # Loci.
    minors: int = 600  # of one matrix
    minor_terms: int = 20000  # of one of them
    pivot_terms: int = 60  # of an entry that is asked whether it vanishes somewhere
    entry_terms: int = 2000  # of an entry of a matrix under elimination
    cone_shape: int = 5000  # |X| (d + 1) up to which the visible matrix is multiplied out
    event_states: int = 64  # visible states up to which probabilities of events are tried
    root_samples: int = 30  # points at which a hypersurface is looked for
    basis_monomials: int = 2000  # of a Groebner basis that is begun
    basis_polynomials: int = 200  # in it
    basis_terms: int = 5000  # of one of them
    basis_bits: int = 20_000  # of their coefficients
    basis_calls: int = 50_000_000  # of functions, to bring it into lexicographic order
    open_terms: int = 2000  # of an equation that is left open and written out
    drop_factors: int = 12  # short equations that are combined
    drop_sets: int = 500  # of them
    drop_set: int = 4  # of so many equations
    transversals: int = 60  # of the drops that were found
    drop_cases: int = 40  # of a system that shows that there are no others
    drop_terms: int = 400  # of such a system
    general_samples: int = 3  # random points of a component with a parametrisation
    general_roots: int = 6  # points looked at of one given by an equation
    general_terms: int = 5000  # of a row in the elimination on a component
    # Verdicts.
    symbolic_shape: int = 100  # |X| d up to which formulas are evaluated over the field
    symbolic_terms: int = 6000  # of the common denominator, likewise
    inverse_terms: int = 20_000  # of the minors of an inverse, likewise
    square_states: int = 300  # up to which matrices |X| x |X| are evaluated
    evaluated_shape: int = 20_000  # |X| d up to which formulas are evaluated at points at all
    subnetwork_states: int = 1 << 13  # decided by the algebra
    subnetwork_shape: int = 1 << 19  # |X| d, likewise
    given_states: int = 1 << 12  # of a network whose tables are given, before the impossible ones are left out
    refuting_subnetworks: int = 2  # small ones that are tried for a counterexample
    reduced_nodes: int = 1 << 11  # of a network whose subnetworks are asked for more than the graph decides
    joined_nodes: int = 200_000  # nodes and arrows looked at, in all, for arrows that would mend a network
    quick_subnetwork_shape: int = 1 << 12  # of one that could only say that the network is cylindrical nowhere
    strata: int = 1 << 12  # joint states that are examined one by one at a point
    minor_attempts: int = 12  # choices of rows and columns
    minor_pairs: int = 2000  # of states that are looked at
    combined_minors: int = 24  # that are combined to a polynomial of one sign
    combined_terms: int = 120  # of one of them
    ideal_unknowns: int = 160  # of a combination that is 1
    ideal_degree: int = 3  # of its multipliers
    counterexample_visible: int = 64  # |V| up to which a uniform q and an objective are reported
    simple_point_states: int = 4096  # beyond, one screen is worth more than a smaller number
    point_screening: int = 1_000_000  # |X| d of all screens together that a simpler point is worth
    # Explanations and derivations.
    explained_visible: int = 32  # |V| up to which defect, angles and objectives are computed
    recognition_states: int = 32  # of a model whose recognition models are examined
    defect_visible: int = 64  # |V| up to which a defect at a point is computed and looked at
    eigenvector_size: int = 64  # degree of an eigenvalue times |V|
    arrow_graphs: int = 60_000  # that are looked at in each of two passes
    mended_shape: int = 200  # |X| d of a table beyond which its cut is proof enough of a repair
    observed_sets: int = 500  # of hidden variables, whose observation is tried
    derived_shape: int = 200  # |X| d up to which defect, G_V and decomposition are symbolic
    derived_locus_shape: int = 300  # |X| d up to which a derivation looks for inadmissible points
    derived_repair_shape: int = 400  # and decides changed models
    derived_point_shape: int = 5000  # and computes numbers at a point
    # Flows and the atlas.
    closed_flow_states: int = 512  # larger tables are left to the numerical methods
    closed_flow_variables: int = 8  # larger Gaussian models too
    velocities: int = 20_000  # after which an adaptive run is given up
    determinant_order: int = 6  # larger blocks are left to the walkers
    corner_variables: int = 12  # of a polynomial that is bounded at the corners of the cube
    flow_points: int = 100_000  # of a curve that is printed
    flow_steps: int = 1_000_000  # of an Euler run
    atlas_nodes: int = 6  # of a family that is enumerated
    # Where a model is cylindrical: units of work, cases, and |X| d.
    short_locus_work: int = 10_000_000  # some ten million units are a second
    short_locus_cases: int = 30
    short_locus_shape: int = 5_000
    locus_work: int = 200_000_000
    locus_cases: int = 400
    locus_shape: int = 20_000
    sign_work: int = 200_000_000  # for signs that nothing else limits
    factoring_work: int = 20  # what factors of a polynomial count, for every term
    point_work: int = 1_000  # what the search for a point counts, for every term of the conditions on it
    minors_work: int = 10_000_000  # for minors that prove "nowhere"


LIMITS = Limits()


class Work:
    """Work that is counted, in products of two terms or so, up to a limit: the same on every machine and under load.

    >>> work = Work(10)
    >>> work.spend(11)
    Traceback (most recent call last):
    symelbo.errors.BudgetError: a search was ended at its limit of 10 units of work
    >>> work.is_spent
    True
    """

    __slots__ = ("limit", "spent")

    def __init__(self, limit: int) -> None:
        self.limit = limit
        self.spent = 0

    @property
    def is_spent(self) -> bool:
        """Whether nothing is left."""
        return self.spent > self.limit

    def spend(self, units: int) -> None:
        """Count some units; BudgetError where they are more than what is left."""
        self.spent += units
        if self.is_spent:
            raise BudgetError(f"a search was ended at its limit of {self.limit} units of work")


T = TypeVar("T")
P = ParamSpec("P")
Limit = float | Budget | None


class _EndedError(BudgetError):
    """The process was ended, or ended without a word."""


def limited(budget: float | Budget | None, what: str, work: Callable[[], T], *shared: object) -> T:
    """Return the value of a computation that may take so long and no longer.

    Parameters
    ----------
    budget : seconds, Budget(seconds=..., memory=...) or None
        None: no limit, and the work is done in this process.
    what : str
        What is computed, for the message.
    work : callable without arguments
        Its value can be pickled once exact numbers are.
    shared : objects
        Come back as themselves where they occur in the value.

    Raises
    ------
    BudgetError
        The budget ended first.

    >>> limited(60, "a sum", lambda: sum(range(10)))
    45
    """
    if budget is None:
        with doing(what):
            return work()

    def once() -> Iterator[T]:
        yield work()

    try:
        with doing(what):
            (value,) = within(Budget.of(budget), once(), shared)
    except _EndedError as error:
        raise BudgetError(f"{error} during {what}") from None
    found: T = value
    return found


def killable(what: str, work: Callable[[], T]) -> T:
    """Return the value of a computation that listens to no signal, so that an interrupt ends it nevertheless.

    It is done in a process of its own, unless this process is one already, which others can end.

    >>> killable("a sum", lambda: sum(range(10)))
    45
    """
    return work() if multiprocessing.parent_process() is not None else limited(Budget(), what, work)


def budgeted(what: str) -> Callable[[Callable[P, T]], Callable[P, T]]:
    """Let a function, a method or an ``__init__`` keep to the ``budget=`` that it declares; a message says ``what``.

    The first argument that has a name is named, and models, their fields and parameters come back as themselves.

    >>> @budgeted("a sum")
    ... def total(n, *, budget=None):
    ...     return sum(range(n))
    >>> total(10, budget=60)
    45
    """

    def keeping(function: Callable[P, T]) -> Callable[P, T]:
        builds = function.__name__ == "__init__"

        @wraps(function)
        def kept(*args: P.args, **options: P.kwargs) -> T:
            budget: Any = options.pop("budget", None)
            if builds and budget is None:
                return function(*args, **options)

            def work() -> Any:
                found = function(*args, **options)
                return args[0] if builds else found

            given = [*(args[1:] if builds else args), *options.values()]
            models = [e for e in given if hasattr(e, "field")]
            named = [options.get("name"), *(getattr(e, "name", None) for e in models)]
            name = next((f" of {n}" for n in named if n), "")
            shared = [part for e in models for part in (e.field, *e.field.parameters)]
            found = limited(budget, what + name, work, *given, *shared)
            if builds:
                vars(args[0]).update(vars(found))
            return None if builds else found  # type: ignore[return-value]  # __init__ returns nothing

        return kept

    return keeping


def within(budget: Budget, events: Iterable[Any], shared: tuple[object, ...] = ()) -> Iterator[Any]:
    """Yield the events of a computation that runs in a process of its own, as they come.

    Parameters
    ----------
    budget : Budget
    events : iterable
        Is iterated in the other process only; events can be pickled.
    shared : tuple
        Objects that both processes have: they come back as themselves.

    Raises
    ------
    BudgetError
        The budget ended first; the message says which limit.
    """
    deadline = None if budget.seconds is None else time.monotonic() + budget.seconds
    if not hasattr(os, "fork"):
        yield from _cooperatively(events, deadline, budget)
        return
    for stream in (sys.stdout, sys.stderr):
        if stream is not None:  # what is buffered would be written by both processes
            stream.flush()
    context = multiprocessing.get_context("fork")
    receiver, sender = context.Pipe(duplex=False)
    process = context.Process(target=_serve, args=(events, sender, budget, shared, os.getpid()), daemon=True)
    try:
        with warnings.catch_warnings():
            # Forking beside threads is safe here: the other process uses none of their locks.
            warnings.simplefilter("ignore", DeprecationWarning)
            process.start()
        sender.close()
        yield from _received(receiver, process, deadline, budget, shared)
    finally:
        if process.pid is not None:
            process.kill()
            process.join()
        receiver.close()


def _received(
    receiver: Connection,
    process: multiprocessing.process.BaseProcess,
    deadline: float | None,
    budget: Budget,
    shared: tuple[object, ...],
) -> Iterator[Any]:
    while True:
        left = None if deadline is None else max(deadline - time.monotonic(), 0)
        if not receiver.poll(left if left is None else min(left, LONGEST)):
            if left is not None and left > LONGEST:
                continue
            raise _EndedError(f"the budget of {budget.named:g} s ended")
        try:
            kind, value = unpickled(receiver.recv_bytes(), shared)
        except EOFError:
            process.join()
            raise _EndedError(_cause(process.exitcode, budget)) from None
        if kind == "end":
            return
        if kind == "error":
            raise value
        yield value


def _cooperatively(events: Iterable[Any], deadline: float | None, budget: Budget) -> Iterator[Any]:
    for event in events:
        yield event
        if deadline is not None and time.monotonic() > deadline:
            raise _EndedError(f"the budget of {budget.named:g} s ended")


def _cause(exitcode: int | None, budget: Budget) -> str:
    """Why the process ended without a word: when memory is refused, the arithmetic library aborts."""
    if budget.memory is not None:
        return f"the budget of {budget.memory / MEGABYTE:g} MB of memory ended"
    return f"the computing process ended (exit code {exitcode})"


def _serve(events: Iterable[Any], sender: Connection, budget: Budget, shared: tuple[object, ...], parent: int) -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    silenced()
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    die_with(parent)
    # The computation may set budgets for parts of it: their processes die with this one.
    multiprocessing.current_process()._config["daemon"] = False  # type: ignore[attr-defined]  # no public switch
    if budget.memory is not None:
        limit_memory(budget.memory)
    try:
        for event in events:
            sender.send_bytes(pickled(("event", event), shared))
        last: tuple[str, Any] = ("end", None)
    except MemoryError:
        os._exit(1)  # the parent knows the reason
    except (ImportError, OSError) as error:
        if budget.memory is not None:
            os._exit(1)  # a library could not be loaded into what is left
        last = ("error", error)
    except Exception as error:
        last = ("error", error)
    sender.send_bytes(pickled(last, shared))
