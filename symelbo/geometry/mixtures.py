"""The scores of mixtures of exponential families: affine functions of the statistics in every class.

Functions: for every class h the coefficients of (1, s_1, .., s_D), k (1 + D) coordinates.  What is seen of a function,
``p_V E[a|v] = sum_h w_h b_h(v) exp<eta_h, s> a_h(s)``, has as coordinates those of the polynomials ``sum_h w_h a_h``
over classes with the same exponential (Erlang leaves of different shapes add powers of v): different ones are
independent.  Classes with more leaves that are 0 for certain come after those with fewer, which add up to 0 there too.
So the three ranks are linear algebra, and so are G and its inverse; G_V, Delta and the visible gradient are integrals
of 1/p_V and are refused.  Of two classes one of which is 0 for certain they are exact, with t = P(v = 0) in the other:
v tells the class but where it is 0.

The horizontal directions are those with the same score in every class, wherever both classes can be; an objective keeps
its equality exactly if its gradient on M is horizontal.

Order: cells (classes, and what is seen of categorical leaves) as in the model, in each the constant first, then the
statistics.
"""

from __future__ import annotations

import operator
from collections.abc import Iterator, Mapping, Sequence
from functools import cached_property, reduce
from typing import Any, NoReturn

import numpy as np
import sympy

from symelbo.errors import DomainError, ModelError
from symelbo.exact import (
    QQ,
    Entry,
    Matrix,
    RationalFunction,
    as_rational,
    evaluate_mod,
    rational_to_sympy,
)
from symelbo.geometry.scorespace import Ranks, ScoreSpace, Screen, bounds, score_space, screen_at
from symelbo.models.exponential_mixtures import ExponentialMixture
from symelbo.models.leaves import CATEGORICAL, SUPPORTS, density
from symelbo.models.points import Point


class MixtureScores(ScoreSpace):
    """The scores of a mixture; use :func:`symelbo.geometry.score_space` to obtain them."""

    model: ExponentialMixture

    def __init__(self, model: ExponentialMixture, point: Point | None = None) -> None:
        super().__init__(model, point)
        self.classes, self.width = len(model.weights), 1 + len(model.statistics)

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
        """Not exact: integrals over 1/p_V."""
        self._refuse("the visible metric")

    def _refuse(self, what: str) -> NoReturn:
        raise ModelError(f"{what} of a mixture is an integral over 1/p_V and not exact; ranks, G and its inverse are")

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
    def exact(self) -> MixtureScores | None:  # type: ignore[override]  # of most mixtures there are none
        """The scores over a field in which p_V is exact; None where there is none."""
        wide = self.model.with_mass_at_zero()
        if wide is None:
            return None
        if wide is self.model:
            return self
        return mixture_scores(wide, None if self.point is None else wide.point(self.point.substitution()))

    @cached_property
    def visible_metric(self) -> Matrix:
        """G less the missing information, where that is exact."""
        missing = self.missing_information
        return missing if self.exact is None else self.exact.metric - missing

    @cached_property
    def vertical_scores(self) -> Matrix:
        """Scores less those of an earlier class where the same is seen: the same kernel as the vertical parts."""
        own, other = (self.scores.select([pair[k] for pair in differences(self.model)]) for k in (0, 1))
        return own - other

    @cached_property
    def missing_information(self) -> Matrix:
        """The variance of the scores between the classes at v = 0, where v tells the class elsewhere."""
        if self.exact is None:
            self._refuse("the visible metric")
        if self.exact is not self:
            return self.exact.missing_information
        total = Matrix(self.domain, [[self.domain.zero] * self.n_parameters] * self.n_parameters, self.n_parameters)
        for h, g in ((h // self.width, g // self.width) for h, g in differences(self.model) if not h % self.width):
            joint = [self.weights[k] * self._at(self._mass_at_zero(k)) for k in (h, g)]
            own, other = (self.scores.select([k * self.width]) for k in (h, g))
            scale = joint[0] * joint[1] / (joint[0] + joint[1])
            total = total + (own - other).T.symmetric_product((own - other).scale_rows([scale]))
        return total

    def _mass_at_zero(self, cell: int) -> RationalFunction:
        """P(v = 0) in a cell of one leaf."""
        (leaf,), field = self.model.leaves[cell], self.model.field
        if leaf.kind == "poisson":
            return field.from_sympy(sympy.exp(-field.to_sympy(leaf.base[0], factored=False)))
        return leaf.base[0] if leaf.kind == "geometric" else field.one

    @cached_property
    def visible_jacobian(self) -> Matrix:
        """The derivatives of the means of v and v^2, the visible coordinates that objectives are functions of."""
        rows = [[self._at(e) for e in moment.gradient()] for moment in self.model.moments().values()]
        return Matrix(self.domain, rows, self.n_parameters)

    @cached_property
    def visible_cometric(self) -> Matrix:
        """``J_V G_V^- J_V^T`` in the means of v and v^2, where G_V is exact."""
        if self.exact is None or self.exact is self:
            return super().visible_cometric
        return self.exact.visible_cometric

    @cached_property
    def defect(self) -> Matrix:
        """Delta in the means of v and v^2, where G_V is exact."""
        return super().defect if self.exact is None or self.exact is self else self.exact.defect

    completes = True

    def moments(self, given: Any, *, visible: bool) -> Matrix:
        """The same as :meth:`moment_terms`, where posteriors are rational numbers."""
        terms = self.moment_terms(given, visible=visible)
        if any(c != 1 for c, _ in terms):
            raise ModelError(f"the posterior of the class at {given} is no rational number")
        return terms[0][1]

    def moment_terms(self, given: Any, *, visible: bool) -> list[tuple[sympy.Expr, Matrix]]:
        """E_q of the basis of functions, q of finite support ``{(class, v, ...): probability}``; or E_qhat.

        For p* ``{(v, ...): probability}`` there is one term for each v and class, with the coefficient p*(v) p(h|v).
        """
        name = "p*" if visible else "q"
        if not isinstance(given, Mapping):
            example = "(v, ...) to probabilities, such as {0: '1/2', ...}"
            raise DomainError(f"{name}: expected a mapping from {'' if visible else '(class, v, ...), not '}{example}")
        terms, total = [], QQ.zero
        for state, probability in given.items():
            weight = as_rational(probability, f"{name}{state}")
            if weight < 0:
                raise DomainError(f"{name}{state} = {weight} is negative; a distribution is not")
            total, factor = total + weight, Matrix(self.domain, [[self.domain.constant(weight)]])
            for _, share, column in self.shares(state, name, visible=visible):
                terms.append((share, column @ factor))
        if total != 1:
            raise DomainError(f"{name} does not sum to 1")
        exact = [column for share, column in terms if share == 1]
        rest = [(share, column) for share, column in terms if share != 1]
        return [*([(sympy.Integer(1), reduce(operator.add, exact))] if exact else []), *rest]

    def shares(self, state: Any, name: str = "p*", *, visible: bool) -> Iterator[tuple[int, sympy.Expr, Matrix]]:
        """The classes that a state can be in, from 1, with the posterior, and the functions there."""
        told = state if isinstance(state, tuple) else (state,)
        place = f"{name}({', '.join(map(str, told))})"
        h, rest = (None, told) if visible else (told[0], told[1:])
        families, count = self.model.families, len(self.model.components)
        if len(rest) != len(families) or not (visible or (isinstance(h, int) and 1 <= h <= count)):
            wanted = ", ".join([*([] if visible else [f"class from 1 to {count}"]), *(v for v, _ in families)])
            raise DomainError(f"{place} is not at a state ({wanted})")
        known = range(count) if h is None else [h - 1]
        seen = tuple(x for x, (_, kinds) in zip(rest, families, strict=True) if CATEGORICAL in kinds)
        values, joint = [], dict.fromkeys(known, sympy.Integer(1))
        for i, (x, (v, kinds)) in enumerate(zip(rest, families, strict=True)):
            if CATEGORICAL in kinds:
                continue
            values.append(as_rational(x, f"{v} in {state}"))
            for k in [k for k in joint if not SUPPORTS[kinds[k]][0](values[-1])]:
                del joint[k]
                if not joint:
                    raise DomainError(f"{place}: {v} = {values[-1]} is not {SUPPORTS[kinds[k]][1]}")
            for k in joint:
                law = [self._sympy(e) for e in self.model.components[k][1][i]]
                joint[k] = joint[k] * density(kinds[k], law, rational_to_sympy(values[-1]))
        cells = {k: self.model.cells.index((k, seen)) for k in joint if (k, seen) in self.model.cells}
        if not cells:
            raise DomainError(f"{place}: states of categorical variables are numbers from 1 on")
        if h is not None:
            yield h, sympy.Integer(1), self._functions(cells[h - 1], values)
            return
        odds = [joint[k] * self._sympy(self.model.weights[cell]) for k, cell in cells.items()]
        odds = [sympy.powsimp(e / odds[0]) for e in odds]
        for share, (k, cell) in zip(odds, cells.items(), strict=True):
            yield k + 1, share / sympy.Add(*odds), self._functions(cell, values)

    def _functions(self, cell: int, values: Sequence[Any]) -> Matrix:
        own = [QQ.one, *(values[i] ** e for i, e in self.model.powers)]
        column = [self.domain.zero] * (self.width * self.classes)
        column[cell * self.width : (cell + 1) * self.width] = [self.domain.constant(f) for f in own]
        return Matrix.column(self.domain, column)

    def _sympy(self, element: RationalFunction) -> sympy.Expr:
        return self.domain.to_sympy(self._at(element))

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

    def at(element: RationalFunction) -> int:
        return evaluate_mod(element, values, p)

    joint = space.one.beside(space.scores).modulo(values, p)
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


def difference_places(model: ExponentialMixture) -> list[tuple[int, int, int, int]]:
    """Of each of these differences the cells, the number of a leaf, and the power of it: (0, 0) at the constant."""
    width = 1 + len(model.statistics)
    smooth = [i for i, (_, kinds) in enumerate(model.families) if CATEGORICAL not in kinds]
    places = [(0, 0), *((smooth[i], e) for i, e in model.powers)]
    return [(h // width, g // width, *places[h % width]) for h, g in differences(model)]


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
