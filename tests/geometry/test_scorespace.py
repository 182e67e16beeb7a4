"""A family of models that is no table: bivariate Gaussians, written here as their scores and conditional expectations.

Functions are polynomials of degree 2 in y = x - mu, in the basis 1, y_v, y_h, y_v^2, y_v y_h, y_h^2; what is seen is v.
"""

from dataclasses import dataclass

import pytest
import sympy

import symelbo as se
from symelbo.exact import Field, Matrix, as_rational
from symelbo.geometry import ScoreSpace, decompose, generic_ranks, ranks_at, score_space
from symelbo.models import Domain
from symelbo.models.model import Model
from symelbo.models.points import Point

BASIS = [(0, 0), (1, 0), (0, 1), (2, 0), (1, 1), (0, 2)]
VISIBLE = [(0, 0), (1, 0), (2, 0)]


@dataclass(eq=False)
class Gaussian(Model):
    """N(mu, Sigma) with entries in Q(theta); the first coordinate is visible."""

    field: Field
    mean: list[sympy.Expr]
    covariance: sympy.Matrix
    name: str = "Gaussian"
    is_exact = True
    _numerals = frozenset()

    @property
    def domain(self):
        return Domain.from_relationals(self.field, [p > 0 for p in self.parameters if p in (s, w)])

    def parts(self):
        return ["v"], ["h"], []

    def _rewritten(self, new, parameters, _domain):
        return Gaussian(Field(parameters), [e.subs(new) for e in self.mean], self.covariance.subs(new))


class GaussianScores(ScoreSpace):
    """Polynomials of degree 2, by Isserlis' formula."""

    def __init__(self, model, point=None):
        super().__init__(model, point)
        values = () if point is None else [sympy.Rational(str(v)) for v in point.values]
        self.at = dict(zip(model.parameters, values, strict=False))
        self.sigma = model.covariance.subs(self.at)
        self.slope = self.sigma[1, 0] / self.sigma[0, 0]
        self.rest = self.sigma[1, 1] - self.slope * self.sigma[1, 0]

    def _matrix(self, rows):
        return Matrix.from_sympy(sympy.Matrix(rows), self.domain)

    @property
    def one(self):
        return self._matrix([1, 0, 0, 0, 0, 0])

    @property
    def scores(self):
        y = sympy.Matrix(sympy.symbols("y0 y1"))
        K = self.sigma.inv()
        columns = []
        for p in self.model.parameters:
            m = sympy.Matrix([sympy.diff(e, p) for e in self.model.mean]).subs(self.at)
            S = self.model.covariance.diff(p).subs(self.at)
            score = sympy.expand((m.T * K * y)[0] + ((y.T * K * S * K * y)[0] - (K * S).trace()) / 2)
            terms = sympy.Poly(score, *y)
            columns.append([terms.coeff_monomial(y[0] ** a * y[1] ** b) for a, b in BASIS])
        return self._matrix(columns).T

    def mean(self, functions):
        b, r = self.slope, self.rest
        images = {(0, 0): [1, 0, 0], (1, 0): [0, 1, 0], (0, 1): [0, b, 0], (2, 0): [0, 0, 1], (1, 1): [0, 0, b]}
        images[0, 2] = [r, 0, b**2]
        return self._matrix([images[m] for m in BASIS]).T @ functions

    def lift(self, visible):
        return self._matrix([[int(m == v) for v in VISIBLE] for m in BASIS]) @ visible

    def _moment(self, indices):
        if not indices:
            return sympy.Integer(1)
        first, *others = indices
        pairs = ((k, others[:j] + others[j + 1 :]) for j, k in enumerate(others))
        return sympy.Add(*(self.sigma[first, k] * self._moment(rest) for k, rest in pairs))

    def _gram(self, basis):
        return self._matrix([[self._moment([0] * (a + c) + [1] * (b + d)) for c, d in basis] for a, b in basis])

    def dual(self, functions):
        return self._gram(BASIS) @ functions

    def visible_dual(self, visible):
        return self._gram(VISIBLE) @ visible


@score_space.register
def _(model: Gaussian, point=None):
    return model.keep("scores", lambda: GaussianScores(model)) if point is None else GaussianScores(model, point)


m, s, w, a, b = sympy.symbols("m s w a b")
ZERO, ONE = sympy.Integer(0), sympy.Integer(1)


def signal(*parameters, slope=ONE, mean=ZERO, prior=s, noise=w, level=ZERO):
    """v = level + slope h + e with h ~ N(mean, prior) and e ~ N(0, noise)."""
    sigma = sympy.Matrix([[slope**2 * prior + noise, slope * prior], [slope * prior, prior]])
    return Gaussian(Field(parameters), [level + slope * mean, mean], sigma)


@pytest.mark.parametrize(
    ("model", "ranks"),
    [
        (signal(m, s, w, mean=m), (3, 2, 3)),
        (signal(s, w), (2, 1, 2)),
        (signal(s, prior=s, noise=ONE), (1, 1, 1)),
        (signal(m, s, w, a, b, mean=m, slope=b, level=a), (5, 2, 3)),
    ],
)
def test_the_engine_takes_scores_with_a_conditional_expectation_from_any_family(model, ranks):
    assert tuple(generic_ranks(model)) == ranks
    dims = decompose(model).dims
    joint, visible, vertical = ranks
    assert tuple(dims) == (joint - vertical, joint - visible, visible + vertical - joint)


def test_signal_plus_noise_has_the_defect_4_s_w():
    space = score_space(signal(s, w))
    assert score_space(space.model) is space
    found = (space.visible_cometric - space.projected_cometric).to_sympy()
    # In tangent vectors of y_v^2: a covector is a function of Sigma_VV through E[y_v^2].
    assert sympy.cancel(found[2, 2] - 4 * s * w) == 0
    assert (space.metric - space.visible_metric - space.missing_information).is_zero()


def test_at_a_point_the_same_numbers_come_out():
    model = signal(s, w)
    point = Point(model.field, (as_rational("1/2"), as_rational("1/3")))
    assert tuple(ranks_at(model, point)) == (2, 1, 2)
    assert score_space(model, point).defect.to_sympy()[2, 2] == sympy.Rational(4, 6)


def test_what_is_no_model_of_a_registered_family_is_named():
    with pytest.raises(se.ModelError, match="3 is not a model"):
        score_space(3)


def test_a_family_in_one_file_has_a_locus_angles_restrictions_and_what_is_identified():
    M = signal(s, w)
    at = {"s": "1/2", "w": "1/3"}
    assert se.cylindrical_locus(M).where == se.Where.NOWHERE
    ((cosine, _),) = se.principal_angles(M, at).oblique
    assert se.symbolic_angles(M).sum.subs({s: "1/2", w: "1/3"}) == cosine == sympy.Rational(13, 25)
    assert se.identifiability(M).unidentifiable == (s, w)
    assert se.identifiability(M.on("w = 1")).identifiable == (s,)
