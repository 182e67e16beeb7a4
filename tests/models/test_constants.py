"""Known constants: symbols in a table that are not differentiated."""

import pytest
import sympy

import symelbo as se
from symelbo import checker
from symelbo.models import model_from_text

x, y = sympy.symbols("x y")
PAIR = se.SampleSpace(visible={"v": 2}, hidden={"h": 2})


def two_sources(q, parameters):
    """Admixture: of two sources with allele frequencies x and y, the second has the share q."""
    table = [(1 - q) * x, q * y, (1 - q) * (1 - x), q * (1 - y)]
    return se.Parametrization(PAIR, table, parameters)


def noisy(q, parameters):
    """What is hidden, seen with an error of probability q, beside an independent observation of it."""
    space = se.SampleSpace(visible={"v": 2, "w": 2}, hidden={"h": 2})
    table = {s: (x if s[2] else 1 - x) * (q if s[0] != s[2] else 1 - q) * (y if s[1] else 1 - y) for s in space.states}
    return se.Parametrization(space, table, parameters)


def test_a_constant_that_is_known_is_not_the_parameter_that_it_could_be():
    q, p = se.known("q"), sympy.Symbol("q")
    known, estimated = two_sources(q, [x, y]), two_sources(p, [x, y, p])
    assert known.constants == (q,)
    assert known.parameters == (x, y)
    assert (se.ranks(known).joint, se.ranks(estimated).joint) == (2, 3)


@pytest.mark.parametrize("value", ["1/10", "1/3", "9/10"])
@pytest.mark.parametrize("build", [two_sources, noisy])
def test_what_holds_for_generic_constants_holds_at_generic_values_of_them(build, value):
    model = build(se.known("q"), [x, y])
    fixed = model.fix({"q": value})
    plain = build(sympy.Rational(value), [x, y])
    assert fixed.constants == ()
    assert se.ranks(model) == se.ranks(fixed) == se.ranks(plain)
    generic, special = se.is_cylindrical(model), se.is_cylindrical(fixed)
    assert type(generic) is type(special) is type(se.is_cylindrical(plain))
    for verdict in (generic, special):
        assert checker.check(verdict.certificate.to_json()).accepted


def test_a_special_value_of_a_constant_may_have_other_ranks():
    model = noisy(se.known("q"), [x, y])
    assert se.ranks(model).visible == 2
    assert se.ranks(model.fix({"q": "1/2"})).visible == 1  # pure noise
    assert se.is_admissible(model, at={"x": "1/3", "y": "1/2", "q": "1/3"})
    assert not se.is_admissible(model, at={"x": "1/3", "y": "1/2", "q": "1/2"})


def test_metrics_have_derivatives_along_parameters_alone():
    q = se.known("q")
    model = two_sources(q, [x, y])
    expected = sympy.diag((1 - q) / (x * (1 - x)), q / (y * (1 - y)))
    assert sympy.simplify(sympy.Matrix(se.fisher_metric(model)) - expected) == sympy.zeros(2)


def test_ranges_of_constants_are_inequalities_of_the_domain():
    q = se.known("q")
    table = [(1 - q) * x, q * y, (1 - q) * (1 - x), q * (1 - y)]
    domain = [x > 0, x < 1, y > 0, y < 1, q > 0, q < sympy.Rational(1, 10)]
    model = se.Parametrization(PAIR, table, [x, y], domain)
    with pytest.raises(se.DomainError, match="q < 1/10"):
        model.fix({"q": "1/2"})
    with pytest.raises(se.DomainError, match="no value for q"):
        model.point({"x": "1/2", "y": "1/2"})
    assert str(model.point({"x": "1/2", "y": "1/2", "q": "1/20"})) == "x = 1/2, y = 1/2, q = 1/20"


def test_models_with_the_same_constant_have_it_once_in_their_product_and_mixture():
    q = se.known("q")
    a, b = sympy.symbols("a b")
    other = two_sources(q, [x, y]).relabel({"v": "w", "h": "k"}).reparametrise({"x": a, "y": b})
    both = se.product(two_sources(q, [x, y]), other)
    assert both.constants == (q,)
    assert se.ranks(both).joint == 4
    assert se.mixture(two_sources(q, [x, y]), 2).constants == (q,)


def test_files_declare_constants():
    text = """
    [variables]
    v = 2
    h = 2
    hidden = ["h"]
    [model]
    kind = "{kind}"
    parameters = ["x", "y"]
    constants = ["q"]
    {rest}
    """
    table = 'probabilities = { "0,0" = "x*(1-q)", "0,1" = "y*q", "1,0" = "(1-x)*(1-q)", "1,1" = "(1-y)*q" }'
    model = model_from_text(text.format(kind="parametrization", rest=table))
    assert se.ranks(model) == se.ranks(two_sources(se.known("q"), [x, y]))
    network = 'edges = [["h", "v"]]\ntables = { h = [["1 - q", "q"]], v = [["x", "1 - x"], ["y", "1 - y"]] }'
    assert se.ranks(model_from_text(text.format(kind="bayesian-network", rest=network))) == se.ranks(model)
    with pytest.raises(se.ModelFileError, match="constants: x is a parameter already"):
        model_from_text(text.format(kind="parametrization", rest=table).replace('["q"]', '["q", "x"]'))


def test_numbers_need_values_of_constants():
    q = se.known("q")
    model = two_sources(q, [x, y])
    with pytest.raises(se.ModelError, match=r'known constants q: give them with M.fix\(\{"q": "1/10"\}\)'):
        se.cosine_similarities(model, [0.25] * 4, [[0.5, 0.5]])
    with pytest.raises(se.ModelError, match="q is a known constant; leave it out"):
        two_sources(q, [x, y, q])
    for wrong in ((), (1,), ("",)):
        with pytest.raises(se.ModelError, match=r'known\("q"\)'):
            se.known(*wrong)


def signal(noise, **options):
    """v = h + e, h ~ N(0, x), e ~ N(0, noise)."""
    return se.Gaussian(["v", "h"], None, [[x + noise, x], [x, x]], [x], hidden=["h"], **options)


def test_gaussian_models_have_known_constants_too():
    q = se.known("q")
    M = signal(q, domain=[q > 0])
    assert (M.parameters, M.constants) == ((x,), (q,))
    assert sympy.expand(se.defect(M)[1, 1] - 2 * q * (2 * x + q)) == 0
    generic, special = se.is_cylindrical(M), se.is_cylindrical(M.fix({"q": "1/2"}))
    assert str(generic.scope) == str(special.scope) == "nowhere"
    assert checker.check(generic.certificate.to_json()).accepted
    assert checker.check(generic.extent_certificate.to_json()).accepted
    with pytest.raises(se.DomainError, match="they violate q > 0"):
        M.fix({"q": -1})
    with pytest.raises(se.DomainError, match="no value for q"):
        M.point({"x": 1})
    leaves = se.linear_gaussian([("h", "a"), ("h", "b")], hidden=["h"], means=False)
    assert leaves.reparametrise({"w_a": q, "w_b": q}).parameters == sympy.symbols("w_h b_h_a b_h_b")
    assert repr(leaves.on("w_a = w_b")).startswith("model on {w_a = w_b} of a, b")


def test_files_of_gaussian_models_name_their_constants():
    text = """
    [model]
    kind = "gaussian"
    variables = ["v", "h"]
    hidden = ["h"]
    parameters = ["x"]
    constants = ["q"]
    covariance = [["x + q", "x"], ["x", "x"]]
    """
    assert model_from_text(text).constants == (se.known("q"),)
    assert model_from_text(text.replace('constants = ["q"]', 'constants = ["q", "r"]')).constants == (se.known("q"),)
    with pytest.raises(se.ModelFileError, match="q is a parameter already"):
        model_from_text(text.replace('["x"]\n', '["x", "q"]\n'))
