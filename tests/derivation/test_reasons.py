"""Why a model is cylindrical nowhere: the minor on the page is one of scores, computed here from densities alone."""

from functools import cache

import pytest
import sympy

import symelbo as se
from tests.certificates.mixed import mixtures
from tests.loci.test_locus import HALF, QUARTER, THIRD, T, curve

CURVE = curve(QUARTER + (T - HALF) ** 2 / 2, QUARTER + (T - THIRD) ** 2 / 2)
CENTRED = se.linear_gaussian([("h", "a"), ("h", "b")], hidden=["h"], means=False)
MODELS = {
    "two minors": CURVE.iid(2),
    "copies": se.model_b().iid(2),
    "network": CENTRED,
    "covariance": se.load_model("proofs/models/signal_and_noise.toml"),
    "mixture": mixtures()["normal"],
    "bent": mixtures()["bent"],
    "split": mixtures()["split"],
}


@cache
def reason(name):
    """Relations and text of the step with the reason."""
    page = se.derive(MODELS[name])
    (step,) = [s for s in page.steps if "vanishes nowhere" in "".join(map(str, s.after))]
    assert step.certificate in {c.sha256 for c in page.certificates}
    (witness,) = [c.witness for c in page.certificates if c.sha256 == step.certificate]
    return page, step.relations[0], witness


@pytest.mark.parametrize("name", MODELS)
def test_what_vanishes_nowhere_is_told(name):
    page, line, witness = reason(name)
    assert (line.quantity == "minors") == (len(witness["minors"]) > 1)
    for text in (page.text(), page.written(detail="short").text()):
        assert "vanishes nowhere in the domain" in " ".join(text.split())


def test_two_minors_add_up():
    """log ratios of states that are seen alike, differentiated."""
    _, line, witness = reason("two minors")
    p, at = list(CURVE.table.values()), {T: sympy.Rational(2, 7)}
    values = {
        f"minor {k}": sympy.diff(sympy.log(p[x] / p[y]), T).subs(at)
        for k, ((x, y),) in enumerate((m["pairs"] for m in witness["minors"]), 1)
    }
    found = line.left.value.subs({s: values[s.name] for s in line.left.value.free_symbols if s.name in values})
    assert sympy.cancel(found.subs(at) - line.right.value.subs(at)) == 0


def test_the_minor_of_copies_is_that_of_one():
    x, y1, z1 = MODELS["copies"].parameters[0], *(MODELS["copies"].parameters[k] for k in (1, 3))
    _, line, _ = reason("copies")
    assert sympy.cancel(line.right.value * x * (1 - x) * y1 * (1 - y1) * z1 * (1 - z1)) in (1, -1)


@pytest.mark.parametrize("name", ["network", "covariance"])
def test_the_minor_of_a_gaussian_model_is_one_of_derivatives_of_the_precision(name):
    """With an inversion here, and up to sign and det Sigma_VV, by which R d Sigma differs from d K."""
    model = MODELS[name]
    _, line, witness = reason(name)
    covariance, mean = model.covariance.to_sympy(), sympy.Matrix([e.field.to_sympy(e) for e in model.mean])
    K, n = covariance.inv(), model.n_visible
    (minor,) = witness["minors"]
    rows = [
        [(K * mean.diff(t))[n + a] if not s else K.diff(t)[n + a, s - 1] for t in model.parameters]
        for a, s in minor["rows"]
    ]
    found = sympy.Matrix(rows)[:, minor["columns"]].det()
    ratio = sympy.factor(found / line.right.value)
    signs = {ratio.subs(dict.fromkeys(model.parameters, v)) > 0 for v in (1, sympy.Rational(1, 3), 5)}
    assert found != 0
    assert len(signs) == 1
    assert name == "covariance" or ratio == 1


def test_the_minor_of_a_mixture_is_a_coefficient_of_a_difference_of_scores():
    """Two normal densities, by sympy."""
    _, line, witness = reason("mixture")
    v = sympy.Symbol("v")
    pi, *rest = MODELS["mixture"].parameters
    means, variances = rest[:2], rest[2:]
    logs = [
        sympy.log(w) - sympy.log(s) / 2 - (v - m) ** 2 / (2 * s)
        for w, m, s in zip((pi, 1 - pi), means, variances, strict=True)
    ]
    (minor,) = witness["minors"]
    rows = [
        [sympy.expand(sympy.diff(logs[h] - logs[g], t)).coeff(v, e) for t in MODELS["mixture"].parameters]
        for h, g, _, e in minor["rows"]
    ]
    assert sympy.cancel(sympy.Matrix(rows)[:, minor["columns"]].det() - line.right.value) == 0
