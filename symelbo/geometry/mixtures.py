"""The scores of mixtures of exponential families: affine functions of the statistics in every class.

Functions: for every class h the coefficients of (1, s_1, .., s_D), k (1 + D) coordinates.  What is seen of a function,
``p_V E[a|v] = sum_h w_h b_h(v) exp<eta_h, s> a_h(s)``, has as coordinates those of the polynomials ``sum_h w_h a_h``
over classes with the same exponential (Erlang leaves of different shapes add powers of v): different ones are
independent.  Classes with more leaves that are 0 for certain come after those with fewer, which add up to 0 there too.
So the three ranks are linear algebra, and so are G and its inverse; G_V, Delta and the visible gradient are integrals
of 1/p_V and are refused.

The horizontal directions are those with the same score in every class, wherever both classes can be; an objective keeps
its equality exactly if its gradient on M is horizontal.

Order: cells (classes, and what is seen of categorical leaves) as in the model, in each the constant first, then the
statistics.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import cached_property
from typing import Any, NoReturn

import numpy as np
import sympy

from symelbo.errors import DomainError, ModelError
from symelbo.exact import QQ, Entry, Matrix, RationalFunction, Residues, as_rational, evaluate_mod
from symelbo.geometry.scorespace import Ranks, ScoreSpace, Screen, bounds, score_space, screen_at
from symelbo.models.exponential_mixtures import ExponentialMixture
from symelbo.models.points import Point

__all__ = ["MixtureScores", "mixture_scores"]

# Where the density of a leaf is positive.
SUPPORTS: dict[str, tuple[Callable[[Any], bool], str]] = {
    "gaussian": (lambda _: True, "a number"),
    "rate": (lambda x: bool(x > 0), "positive"),
    "poisson": (lambda x: x.q == 1 and x >= 0, "one of 0, 1, 2, ..."),
    "geometric": (lambda x: x.q == 1 and x >= 0, "one of 0, 1, 2, ..."),
    "zero": (lambda x: x == 0, "0"),
}


class MixtureScores(ScoreSpace):
    """The scores of a mixture; use :func:`symelbo.geometry.score_space` to obtain them."""

    model: ExponentialMixture

    def __init__(self, model: ExponentialMixture, point: Point | None = None) -> None:
        super().__init__(model, point)
        self.classes, self.width = len(model.weights), 1 + len(model.statistics)

    def _at(self, element: Entry) -> Entry:
        return element if self.point is None else self.domain.constant(0) + element.evaluate(self.point.values)

    @cached_property
    def weights(self) -> list[Entry]:
        """The weights pi_h."""
        return [self._at(e) for e in self.model.weights]

    @cached_property
    def scaled(self) -> list[Entry]:
        """The weights, times what stands before powers of v: r^k / (k - 1)!, up to a common factor."""
        found = []
        for weight, leaves in zip(self.weights, self.model.leaves, strict=True):
            for leaf in leaves:
                weight = weight if leaf.scale is None else weight * self._at(leaf.scale)  # noqa: PLW2901  # a product
            found.append(weight)
        return found

    @cached_property
    def layout(self) -> list[list[int]]:
        """The rows that add up to each coordinate of what is seen."""
        kinds = [
            (seen, [(leaf.kind, str([self._at(e) for e in leaf.base])) for leaf in leaves])
            for (_, seen), leaves in zip(self.model.cells, self.model.leaves, strict=True)
        ]
        return layout(self.model, list(map(str, kinds)))

    @cached_property
    def scores(self) -> Matrix:
        """The d scores: ``d log pi_h - <d eta, E_h[s]>`` and ``d eta`` in every class."""
        rows: list[list[Entry]] = []
        for weight, leaves in zip(self.model.weights, self.model.leaves, strict=True):
            constant = [e / weight for e in weight.gradient()]
            natural = []
            for leaf in leaves:
                for x, factor, mean in zip(leaf.base, leaf.factors, leaf.means, strict=True):
                    rate = [factor * e for e in x.gradient()]
                    constant = [c - mean * e for c, e in zip(constant, rate, strict=True)]
                    natural.append(rate)
            rows += [[self._at(e) for e in row] for row in (constant, *natural)]
        return Matrix(self.domain, rows, self.n_parameters)

    @property
    def one(self) -> Matrix:
        """The constant function 1."""
        unit = [self.domain.one, *[self.domain.zero] * (self.width - 1)]
        return Matrix.column(self.domain, unit * self.classes)

    def mean(self, functions: Matrix) -> Matrix:
        """``p_V E[.|v]``: sums of pi_h times the coefficients, over classes with the same exponential."""
        scaled = functions.scale_rows([w for w in self.scaled for _ in range(self.width)])
        rows = [[self.domain.sum(scaled[i, j] for i in group) for j in range(functions.ncols)] for group in self.layout]
        return Matrix(self.domain, rows, functions.ncols)

    def lift(self, visible: Matrix) -> Matrix:  # noqa: ARG002  # the signature of all instances
        """Not exact: E[.|v] divides by p_V."""
        self._refuse("the conditional expectation as a function")

    def visible_dual(self, visible: Matrix) -> Matrix:  # noqa: ARG002  # as above
        """Not exact: integrals of 1/p_V."""
        self._refuse("the visible metric")

    def _refuse(self, what: str) -> NoReturn:
        raise ModelError(f"{what} of a mixture is an integral of 1/p_V and not exact; ranks, G and its inverse are")

    def dual(self, functions: Matrix) -> Matrix:
        """The Gram matrix applied: pi_h times the second moments of (1, s) in class h."""
        rows: list[Sequence[Entry]] = []
        for h in range(self.classes):
            block = functions.select(range(h * self.width, (h + 1) * self.width))
            rows += [[self.weights[h] * e for e in row] for row in (self.second_moments(h) @ block).rows]
        return Matrix(self.domain, rows, functions.ncols)

    def second_moments(self, h: int) -> Matrix:
        """``E_h[f f']`` for f = (1, s)."""
        leaves, zero = self.model.leaves[h], self.domain.zero
        means = [self.domain.one, *(self._at(m) for leaf in leaves for m in leaf.means)]
        rows = [[a * b for b in means] for a in means]
        start = 1
        for leaf in leaves:
            n = len(leaf.means)
            for i in range(n):
                for j in range(n):
                    rows[start + i][start + j] = rows[start + i][start + j] + self._at(leaf.covariance[i, j])
            start += n
        return Matrix(self.domain, [[e if e else zero for e in row] for row in rows], self.width)

    @cached_property
    def visible_scores(self) -> Matrix:
        """The visible scores times p_V, in coordinates."""
        return self.mean(self.scores)

    @cached_property
    def visible_metric(self) -> Matrix:
        """Not exact."""
        self._refuse("the visible metric")

    @cached_property
    def vertical_scores(self) -> Matrix:
        """Scores less those of an earlier class where the same is seen: the same kernel as the vertical parts."""
        own, other = (self.scores.select([pair[k] for pair in differences(self.model)]) for k in (0, 1))
        return own - other

    @cached_property
    def missing_information(self) -> Matrix:
        """Not exact."""
        self._refuse("the missing information")

    @cached_property
    def visible_jacobian(self) -> Matrix:
        """The derivatives of the means of v and v^2, the visible coordinates that objectives are functions of."""
        rows = [[self._at(e) for e in moment.gradient()] for moment in self.model.moments().values()]
        return Matrix(self.domain, rows, self.n_parameters)

    @cached_property
    def visible_cometric(self) -> Matrix:
        """Not exact."""
        self._refuse("the visible gradient")

    def moments(self, given: Any, *, visible: bool) -> Matrix:
        """E_q of the basis of functions, for a q of finite support: ``{(class, v, ...): probability}``."""
        if visible:
            self._refuse("the posterior p(h|v), which D(Q||.) and D(p*||.) ask for,")
        if not isinstance(given, Mapping):
            raise DomainError(
                "q: expected a mapping from (class, v, ...) to probabilities, such as {(1, 0): '1/2', ...}"
            )
        n = len(self.model.leaves[0])
        totals = [[QQ.zero] * self.width for _ in range(self.classes)]
        for state, probability in given.items():
            h, *rest = state if isinstance(state, tuple) else (state,)
            cell, values = (h - 1 if isinstance(h, int) else None, tuple(rest[: len(rest) - n])), rest[len(rest) - n :]
            if cell not in self.model.cells or len(values) != n:
                count, labels = len(self.model.components), len(self.model.cells[0][1])
                beside = f"{labels} states of categorical variables and " if labels else ""
                raise DomainError(f"q: {state} is no class from 1 to {count} with {beside}{n} values")
            weight = as_rational(probability, f"q{state}")
            if weight < 0:
                raise DomainError(f"q{state} = {weight} is negative; a distribution is not")
            exact = [as_rational(v, f"value in {state}") for v in values]
            for leaf, x in zip(self.model.leaves[self.model.cells.index(cell)], exact, strict=True):
                if not SUPPORTS[leaf.kind][0](x):
                    raise DomainError(f"q{state}: {x} is not {SUPPORTS[leaf.kind][1]}, as this class asks for")
            functions = [QQ.one, *(exact[i] ** e for i, e in self.model.powers)]
            own = totals[self.model.cells.index(cell)]
            own[:] = [a + weight * f for a, f in zip(own, functions, strict=True)]
        if QQ.sum(row[0] for row in totals) != 1:
            raise DomainError("q does not sum to 1")
        return Matrix.column(self.domain, [self.domain.constant(e) for row in totals for e in row])

    def visible_coordinates(self) -> dict[sympy.Symbol, Entry]:
        """The means ``E(v)`` and ``E(v^2)`` of what is seen."""
        return {sympy.Symbol(f"E({name})"): self._at(e) for name, e in self.model.moments().items()}


@score_space.register
def mixture_scores(model: ExponentialMixture, point: Point | None = None) -> MixtureScores:
    """Return the scores of a mixture over its field (kept for the next call) or at an exact point."""
    if point is not None:
        return MixtureScores(model, point)
    return model.keep("scores", lambda: MixtureScores(model))


@screen_at.register
def _screen_of_mixture(model: ExponentialMixture, values: list[int], p: int, seed: int) -> Screen:  # noqa: ARG001  # as above
    space = mixture_scores(model)
    k, width = space.classes, space.width

    def residues(matrix: Matrix) -> Residues:
        rows = [[evaluate_mod(e, values, p) if e else 0 for e in row] for row in matrix.rows]
        return np.array(rows, dtype=np.int64).reshape(matrix.nrows, matrix.ncols)

    def at(element: RationalFunction) -> int:
        return evaluate_mod(element, values, p)

    joint = residues(space.one.beside(space.scores))
    weights, kinds = [], []
    for weight, (_, states), leaves in zip(model.weights, model.cells, model.leaves, strict=True):
        own = at(weight)
        for leaf in leaves:
            own = own if leaf.scale is None else own * at(leaf.scale) % p
        weights.append(own)
        kinds.append(str((states, [(leaf.kind, *map(at, leaf.base)) for leaf in leaves])))
    scaled = (joint.reshape(k, width, -1) * np.array(weights, dtype=np.int64)[:, None, None] % p).reshape(joint.shape)
    seen = np.array([scaled[rows].sum(axis=0) % p for rows in layout(model, kinds)])
    first, second = (list(part) for part in zip(*differences(model), strict=True))
    return Screen(joint, seen, (joint[first, 1:] - joint[second, 1:]) % p, p)


def layout(model: ExponentialMixture, kinds: Sequence[str]) -> list[list[int]]:
    """The rows that add up to each coordinate of what is seen, where these kinds of cells have the same exponential."""
    found: dict[tuple[Any, ...], list[int]] = {}
    width = 1 + len(model.statistics)
    for h, (kind, leaves) in enumerate(zip(kinds, model.leaves, strict=True)):
        shift = [leaf.shift for leaf in leaves]
        for a, power in enumerate([None, *model.powers]):
            total = list(shift)
            if power is not None:
                i, e = power
                if leaves[i].kind == "zero":
                    continue
                total[i] += e
            found.setdefault((kind, *total), []).append(h * width + a)
    return list(found.values())


def differences(model: ExponentialMixture) -> list[tuple[int, int]]:
    """Rows of scores whose differences vanish for horizontal directions: of two classes where both can be.

    One class is compared with all others where it can be wherever they are; otherwise all are with each other.
    """
    return model.keep("differences", lambda: _differences(model))


def _differences(model: ExponentialMixture) -> list[tuple[int, int]]:
    width = 1 + len(model.statistics)
    zeros = [{i for i, leaf in enumerate(leaves) if leaf.kind == "zero"} for leaves in model.leaves]
    star = all(zeros[0] <= other for other in zeros)
    found = []
    for h, (k, seen) in enumerate(model.cells):
        for g, (j, other) in enumerate(model.cells[:h]):
            if seen == other and j < (min(k, 1) if star else k):
                free = [a for a, (i, _) in enumerate(model.powers, 1) if i not in zeros[g] | zeros[h]]
                found += [(h * width + a, g * width + a) for a in (0, *free)]
    return found


@bounds.register
def _bounds_of_mixture(model: ExponentialMixture) -> Ranks:
    d, rows = len(model.parameters), len(model.cells) * (1 + len(model.statistics))
    return Ranks(min(d, rows - 1), min(d, rows - 1), min(d, len(differences(model))))
