"""Bad input gives an error that names what is wrong, where, and what would be right; nothing is computed silently."""

import contextlib
import inspect
import itertools

import numpy as np
import pytest
import sympy
from sympy import Rational, symbols

import symelbo as se
from symelbo.budget import Budget
from symelbo.models import model_from_text

a, b, h = symbols("a b h")
SPACE = se.SampleSpace(visible={"v": 2}, hidden={"h": 2})
GOOD = [a * b, a * (1 - b), (1 - a) * b, (1 - a) * (1 - b)]
CUBE = [a > 0, a < 1, b > 0, b < 1]


def by_state(**changes):
    table = dict(zip(SPACE.states, GOOD, strict=True))
    table.update({tuple(int(c) for c in k[1:]): v for k, v in changes.items()})
    return table


def build(table=None, parameters=(a, b), domain=CUBE, **options):
    return se.Parametrization(SPACE, GOOD if table is None else table, parameters, domain, **options)


def refused(kind, *says):
    """The context in which an error of this kind names everything listed."""

    class Refusal:
        def __enter__(self):
            self.context = pytest.raises(kind)
            self.caught = self.context.__enter__()

        def __exit__(self, *error):
            result = self.context.__exit__(*error)
            for s in says:
                assert s in str(self.caught.value), str(self.caught.value)
            return result

    return Refusal()


def test_the_neighbour_without_a_fault_is_accepted():
    assert isinstance(se.is_cylindrical(build()), se.Proved)
    assert isinstance(se.is_cylindrical(build(by_state())), se.Proved)


def test_probabilities_that_do_not_sum_to_1_are_refused_and_the_sum_is_shown():
    with refused(se.ModelError, "sum to a + 1", "not to 1", "weights=True"):
        build([a * b, a * (1 - b), b, 1 - b])
    with refused(se.ModelError, "sum to 2"):
        build([2 * e for e in GOOD])
    assert build([2 * e for e in GOOD], weights=True).normalised is False


def test_a_state_missing_doubled_or_unknown_is_named():
    table = by_state()
    del table[1, 0]
    with refused(se.ModelError, "no probability for the state (1, 0)"):
        build(table)
    with refused(se.ModelError, "(1, 0)", "occurs twice"):
        build({**by_state(), ("1", 0): a})
    with refused(se.ModelError, "h", "7", "0, 1"):
        build({**by_state(), (0, 7): a})
    with refused(se.ModelError, "3 labels", "expected 2", "(v, h)"):
        build({**by_state(), (0, 0, 0): a})
    with refused(se.ModelError, "3 entries", "4 states"):
        build(GOOD[:3])


@pytest.mark.parametrize("entry", [0.5, a * 0.5, sympy.Float("0.5") * a * b])
def test_a_float_in_the_table_is_refused_with_its_state_and_the_rational(entry):
    with refused(se.ExactnessError, "(0, 1)", "floating-point", "Rational(1, 2)"):
        build(by_state(s01=entry))


def test_a_float_elsewhere_is_refused_with_its_place():
    with refused(se.ExactnessError, "domain", "0.1", "Rational(1, 10)"):
        build(domain=[a > 0.1, a < 1, b > 0, b < 1])
    with refused(se.ExactnessError, "value of a", "0.25", "Rational(1, 4)"):
        se.verify(build(), at={"a": 0.25, "b": Rational(1, 2)})
    with refused(se.ModelError, "2.0"):
        se.SampleSpace(visible={"v": 2.0}, hidden={"h": 2})


def test_a_symbol_that_is_no_declared_parameter_is_named_with_its_state():
    with refused(se.ExactnessError, "(0, 0)", "symbol h", "declared: a, b"):
        build(by_state(s00=h * b))
    with refused(se.ExactnessError, "domain", "symbol h"):
        build(domain=[*CUBE, h > 0])
    with refused(se.ExactnessError, "declared: none"):
        build(parameters=[])


def test_a_symbol_of_the_same_name_with_other_assumptions_is_explained():
    with refused(se.ExactnessError, "(0, 0)", "assumptions"):
        build(by_state(s00=sympy.Symbol("a", positive=True) * b))


@pytest.mark.parametrize(
    ("entry", "says"),
    [
        (sympy.sin(a), "sin"),
        (sympy.log(a), "log"),
        (sympy.sqrt(a), "integer powers"),
        (2**a, "exp"),
        (a**b, "base"),
        (sympy.exp(a / b), "polynomial"),
        (sympy.exp(sympy.sqrt(a)), "polynomial"),
        (sympy.pi * a, "pi"),
        (sympy.I * a, "I"),
        (abs(a), "Abs"),
        (sympy.Max(a, b), "Max"),
        (sympy.Piecewise((a, a > b), (b, True)), "Piecewise"),
        (sympy.oo, "oo"),
        (sympy.nan, "nan"),
        (a > b, "0, 0"),
        ("a*b", "'a*b'"),
        (None, "None"),
    ],
)
def test_a_function_or_object_outside_the_accepted_ones_is_named_with_its_state(entry, says):
    with refused(se.ExactnessError, "probability of (0, 0)", says):
        build(by_state(s00=entry))


def test_a_probability_that_is_zero_or_negative_in_the_domain_is_shown_at_a_point():
    with refused(se.ModelError, "(1, 0)", "inside the declared domain", "a = "):
        build(domain=[a > 0, b > 0, b < 1])
    with refused(se.ModelError, "positive"):
        build([-a, 1 + a, -b, b], domain=None)
    with refused(se.ModelError, "denominator", "a = ", "inside the declared domain"):
        build([1, 1, 1, 1 / (a - 1) ** 2], domain=[a > 0, a < 2], weights=True)


def test_a_probability_that_is_negative_in_a_corner_of_the_domain_is_found():
    with refused(se.ModelError, "is -", "inside the declared domain"):
        tilted = [a - Rational(1, 50), 1 - a, b, 1 - b]
        build([e / 2 if k > 1 else e * Rational(25, 49) for k, e in enumerate(tilted)])


def test_a_domain_that_is_empty_or_not_open_is_refused_with_its_inequalities():
    with refused(se.DomainError, "a > 0", "a < 0", "empty"):
        build(domain=[a > 0, a < 0])
    with refused(se.ModelError, "always false"):
        build(domain=[sympy.false])
    with refused(se.ModelError, "a >= 0", "open"):
        build(domain=[a >= 0])
    with refused(se.ModelError, "Eq(a, 1)", "strict"):
        build(domain=[sympy.Eq(a, 1)])
    with refused(se.ModelError, "list"):
        build(domain=a > 0)


@pytest.mark.parametrize(("hidden", "visible"), [({}, {"v": 2}), ({"h": 2}, {})])
def test_an_empty_hidden_or_visible_set_is_refused(hidden, visible):
    with refused(se.ModelError, "no hidden variable" if visible else "no visible variable", "at least one"):
        se.SampleSpace(visible=visible, hidden=hidden)


def test_an_empty_side_of_a_network_is_refused():
    with refused(se.ModelError, "no hidden"):
        se.bayesian_network([("x", "y")], hidden=[])
    with refused(se.ModelError, "no visible"):
        se.bayesian_network([("x", "y")], hidden=["x", "y"])


def test_an_unused_parameter_is_allowed_and_said():
    model = build(parameters=[a, b, h])
    assert model.unused_parameters == (h,)
    assert isinstance(se.is_cylindrical(model), se.Proved)


def test_parameters_are_distinct_symbols():
    with refused(se.ModelError, "a", "twice"):
        build(parameters=[a, a, b])
    with refused(se.ModelError, "'a'", "Symbol"):
        build(parameters=["a", "b"])


@pytest.mark.parametrize("table", [5, None, "abcd"])
def test_a_table_that_is_none_is_refused(table):
    with pytest.raises(se.ModelError, match="table"):
        se.Parametrization(SPACE, table, [a, b])


def test_a_graph_that_is_not_acyclic_is_refused_and_the_cycle_shown():
    with refused(se.GraphError, "x -> y -> z -> x", "acyclic"):
        se.bayesian_network([("x", "y"), ("y", "z"), ("z", "x")], hidden=["x"])
    with refused(se.GraphError, "x -> x", "loop"):
        se.bayesian_network([("x", "x")], hidden=["x"])
    with refused(se.GraphError, "x -> y", "twice"):
        se.bayesian_network([("x", "y"), ("x", "y")], hidden=["x"])
    with refused(se.GraphError, "w", "x, y"):
        se.bayesian_network([("x", "y")], hidden=["w"])


B = {"x": "1/2", "y1": "1/2", "y2": "1/3", "z1": "1/2", "z2": "1/3"}


@pytest.mark.parametrize(
    "ask",
    [se.verify, se.is_cylindrical, se.fisher_metric, se.defect, se.ranks, se.tangent_decomposition, se.is_admissible],
)
def test_a_point_outside_the_domain_is_refused_with_the_inequality(ask):
    with refused(se.DomainError, "x = 2", "outside the domain", "x < 1"):
        ask(se.model_b(), at={**B, "x": 2})
    with refused(se.DomainError, "0 < y1"):
        ask(se.model_b(), at={**B, "y1": 0})


def test_a_point_with_a_value_missing_or_unknown_is_refused():
    with refused(se.DomainError, "no value for", "y1"):
        se.verify(se.model_b(), at={"x": "1/2"})
    with refused(se.DomainError, "w", "x, y1, y2, z1, z2"):
        se.verify(se.model_b(), at={**B, "w": 1})
    with refused(se.ExactnessError, "value of x", "one half"):
        se.verify(se.model_b(), at={**B, "x": "one half"})
    with refused(se.ExactnessError, "value of x"):
        se.verify(se.model_b(), at={**B, "x": a})
    with refused(se.ExactnessError, "value of x"):
        se.verify(se.model_b(), at={**B, "x": "1e999999999"})


def test_an_inadmissible_point_is_refused_with_both_pairs_of_ranks():
    with refused(se.DomainError, "not admissible", "(5, 2)", "(5, 3)"):
        se.verify(se.model_b(), at={**B, "y2": "1/2", "z2": "1/2"})


@pytest.mark.parametrize("model", ["M(b)", None, 3])
def test_what_is_no_model_is_refused_and_shown(model):
    with pytest.raises(se.ModelError, match="is not a model"):
        se.verify(model)
    with pytest.raises(se.ModelError, match="is not a model"):
        se.natural_gradient(se.divergence([1]), model)


def test_a_simplex_on_more_states_than_can_be_listed_is_refused():
    with refused(se.ModelError, "1000000000000 states", "at most"):
        se.full_simplex(se.SampleSpace({"v": 10**6}, {"h": 10**6}))


def test_a_table_for_what_has_infinitely_many_values_is_refused_with_what_has_none():
    for states in (itertools.count(), 10**12):
        with refused(se.ModelError, "variable v: more than", "leaves of an exponential_mixture"):
            se.SampleSpace(visible={"v": states}, hidden={"h": 2})


# ---- the same through model files ------------------------------------------------------------------------

VARIABLES = '[variables]\nv = 2\nh = 2\nhidden = ["h"]\n'
TABLE = {"0,0": "a*b", "0,1": "a*(1 - b)", "1,0": "(1 - a)*b", "1,1": "(1 - a)*(1 - b)"}
DOMAIN = 'domain = ["0 < a", "a < 1", "0 < b", "b < 1"]\n'


def raw(changes=None, variables=VARIABLES, parameters='["a", "b"]', domain=DOMAIN, kind="probabilities"):
    table = {**TABLE, **(changes or {})}
    lines = [f'"{state}" = "{text}"' for state, text in table.items()]
    return (
        f'{variables}[model]\nkind = "parametrization"\nparameters = {parameters}\n{domain}[model.{kind}]\n'
        + "\n".join(lines)
    )


def network(edges='[["h", "v"]]', variables=VARIABLES):
    return f'{variables}[model]\nkind = "bayesian-network"\nedges = {edges}\n'


def test_the_files_without_a_fault_are_read():
    assert isinstance(se.is_cylindrical(model_from_text(raw())), se.Proved)
    assert model_from_text(network()).parameters


@pytest.mark.parametrize(
    ("text", "says"),
    [
        (raw({"1,1": "1 - a"}), ["sum to", "not to 1"]),
        (raw({"1,7": "a"}), ["h", "7"]),
        (raw({"1": "a"}), ["'1'", "1 labels", "v,h"]),
        (raw({" 1,1": "a"}), ["1,1", "twice"]),
        (raw().replace('"1,1" = "(1 - a)*(1 - b)"', ""), ["(1, 1)", "no probability"]),
        (raw({"0,0": "0.5*a"}), ["'0,0'", "0.5", "1/2"]),
        (raw().replace('"a*b"', "0.25"), ["'0,0'", "0.25", "exact"]),
        (raw({"0,0": "c*b"}), ["'0,0'", "'c'", "a, b"]),
        (raw({"0,0": "sin(a)"}), ["'0,0'", "'sin'"]),
        (raw({"0,0": "sqrt(a)"}), ["'0,0'", "'sqrt'"]),
        (raw({"0,0": "a**b"}), ["'0,0'", "exponent", "integer"]),
        (raw({"0,0": "a**(1/2)"}), ["'0,0'", "exponent", "integer"]),
        (raw({"0,0": "exp(1/a)"}), ["polynomial"]),
        (raw({"0,0": "__import__('os').getcwd()"}), ["'0,0'", "unexpected character"]),
        (raw({"0,0": "a.__class__"}), ["'0,0'", "unexpected character '.'"]),
        (raw({"0,0": "a*b/(a - a)"}), ["'0,0'", "division by zero"]),
        (raw({"0,0": ""}), ["'0,0'", "ends too early"]),
        (raw(domain='domain = ["0 < a"]\n'), ["inside the declared domain"]),
        (raw(domain='domain = ["0 < a", "a < 0"]\n'), ["0 < a", "empty"]),
        (raw(domain='domain = ["0 <= a"]\n'), ["domain", "open", "write <"]),
        (raw(domain='domain = ["a"]\n'), ["domain", "strict inequality"]),
        (raw(domain='domain = "0 < a"\n'), ["domain", "expected inequalities"]),
        (raw(parameters='["a", "b", "exp"]'), ["'exp'"]),
        (raw(parameters='["a", "b c"]'), ["'b c'"]),
        (raw(parameters='"a"'), ["parameters", "list"]),
        (raw(kind="table"), ["table", "accepted"]),
        (raw(variables='[variables]\nv = 2\nh = 2\nhidden = []\n'), ["no hidden variable"]),
        (raw(variables='[variables]\nv = 2\nh = 2\nhidden = ["v", "h"]\n'), ["no visible variable"]),
        (raw(variables='[variables]\nv = 2\nh = 2\nhidden = ["x"]\n'), ["x", "v, h"]),
        (raw(variables="[variables]\nv = 2\nh = 2\n"), ["hidden", "list of names"]),
        (raw(variables='[variables]\nv = 2.5\nh = 2\nhidden = ["h"]\n'), ["v", "2.5"]),
        (raw(variables='[variables]\nv = [1, 0]\nh = 2\nhidden = ["h"]\n'), ["v", "quotes"]),
        (network('[["h", "v"], ["v", "h"]]'), ["v -> h -> v"]),
        (network('[["h", "h"]]'), ["loop"]),
        (network('[["h", "v"], ["h", "v"]]'), ["h -> v", "twice"]),
        (network('[["h", "w"]]'), ["w"]),
        (network('[["h"]]'), ["['h']", "pair"]),
        (network('"h -> v"'), ["edges", "list of pairs"]),
        (network().replace("bayesian-network", "bayes"), ["'bayes'", "bayesian-network"]),
        (network() + "colour = 1\n", ["colour", "accepted"]),
        ("surname = 1\n" + network(), ["surname", "accepted"]),
        ("name = 1\n" + network(), ["name", "1"]),
        (network(variables="").lstrip(), ["[variables]", "missing"]),
        (VARIABLES, ["[model]", "missing"]),
        ("", ["missing"]),
        ("[variables\nv = 2", ["TOML", "line 1"]),
        ("a = 1\na = 2", ["TOML"]),
        ("a = " + "[" * 20000, ["nested"]),
    ],
)  # fmt: skip
def test_a_faulty_model_file_is_refused_with_what_and_where(text, says):
    with pytest.raises(se.SymelboError) as caught:
        model_from_text(text, source="M.toml")
    message = str(caught.value)
    assert message.startswith("M.toml")
    assert all(s in message for s in says), message
    assert len(message) < 2000


def test_a_file_that_cannot_be_read_is_an_error_that_names_it(tmp_path):
    with refused(se.ModelFileError, "absent.toml", "cannot be read"):
        se.load_model(tmp_path / "absent.toml")
    with refused(se.ModelFileError, "cannot be read"):
        se.load_model(tmp_path)
    path = tmp_path / "binary.toml"
    path.write_bytes(b"\xff\xfe\x00")
    with refused(se.ModelFileError, "binary.toml", "UTF-8"):
        se.load_model(path)


@pytest.mark.parametrize("edges", [5, "x", None, [5], ["xy"], [("x", "y", "z")]])
@pytest.mark.parametrize("build", [se.bayesian_network, se.boltzmann_machine, se.sigmoid_belief_network])
def test_edges_that_are_no_pairs_are_refused(build, edges):
    with refused(se.GraphError, "edges"):
        build(edges, hidden=["x"])


@pytest.mark.parametrize("generators", [5, "xy", [5], ["xy"]])
def test_generators_that_are_no_sets_of_names_are_refused(generators):
    with refused(se.GraphError, "generator"):
        se.log_linear(generators, hidden=["x"])


def test_a_point_where_a_probability_is_0_or_not_defined_lies_outside_the_domain():
    square = (a - b) ** 2
    for weights in ([square, 1, 1, a], [1 / square, 1, 1, a]):
        M = build(weights, domain=None, weights=True)
        for function in (se.verify, se.is_cylindrical, se.ranks, se.is_admissible, se.defect, se.fisher_metric):
            with refused(se.DomainError, "outside the domain", "(a - b)**2 > 0"):
                function(M, at={"a": 1, "b": 1})
    declared = build([a * (1 - b), a * b, (1 - a) * b, (1 - a) * (1 - b)], domain=[a > 0, a < 1, b > 0, b < 1])
    assert se.is_admissible(declared, {"a": "1/2", "b": "1/2"})


def test_factors_that_cancel_in_every_probability_do_not_restrict_the_model():
    half = (a**2 - b**2) / (2 * a - 2 * b)
    M = build([half * b, half * (1 - b), (1 - half) * b, (1 - half) * (1 - b)])
    assert se.ranks(M, {"a": "1/3", "b": "1/3"}) == (2, 1, 1)


def test_what_is_no_model_no_point_and_no_space_is_named():
    alone = [se.fisher_metric, se.defect, se.ranks, se.tangent_decomposition, se.verify, se.is_cylindrical, se.derive]
    alone += [se.repairs, se.symbolic_angles, se.dual_view, se.defect_formula, se.sufficient_statistics]
    for function in alone:
        with refused(se.ModelError, "None is not a model"):
            function(None)
    quarter = [Rational(1, 4)] * 4
    for function in (se.principal_angles, se.fisher_volume_sample):
        with refused(se.ModelError, "None is not a model"):
            function(None, {})
    for function in (se.em_step, se.exact_cosines, se.cosine_similarities):
        with refused(se.ModelError, "is not a model"):
            function(quarter, build(), {})
    with refused(se.ModelError, "is not a model"):
        se.gradient_flow(se.divergence(quarter), quarter, {}, [0, 1])
    with refused(se.ModelError, "is not an objective"):
        se.gradient_flow(quarter, build(), {}, [0, 1])
    with refused(se.ModelError, "is not a model"):
        se.sigma_curves(quarter, build(), {}, [0, 1])
    with refused(se.ModelError, "not a mapping from parameters"):
        build().fix([1, 2])
    with refused(se.ModelError, "not a mapping from parameters"):
        build().reparametrise("a")
    with refused(se.SymelboError, "not a path"):
        se.load_model(None)
    with refused(se.ModelError, "neither a SampleSpace nor a StateSpace"):
        se.full_simplex(4)
    with refused(se.SymelboError, "hidden: None"):
        se.bayesian_network([("x", "y")], hidden=None)
    with refused(se.ModelError, "neither a SampleSpace nor a StateSpace"):
        se.Parametrization("space", GOOD, [a, b])
    for at in (5, [1, 1]):
        with refused(se.DomainError, "not a mapping from parameters"):
            se.verify(build(), at=at)
    with refused(se.DomainError, "gives a twice"):
        se.verify(build(), at={"a": "1/2", a: "1/3", "b": "1/2"})


def test_inequalities_that_python_has_decided_already_are_understood():
    assert se.ranks(build(domain=[a < a + 1, *CUBE, True])) == (2, 1, 1)
    with refused(se.ModelError, "always false"):
        build(domain=[False, *CUBE])


def test_new_parameters_must_be_distinct():
    with refused(se.ModelError, "not distinct"):
        build().reparametrise({"a": b}, [b, b])


MODEL = """
[variables]
v = 2
h = 2
hidden = ["h"]
[model]
"""
WEIGHTS = 'weights = { "0,0" = "a", "0,1" = "1", "1,0" = "1", "1,1" = "1" }'


@pytest.mark.parametrize(
    ("text", "says"),
    [
        (MODEL + "kind = [1]", "kind = [1] is unknown"),
        (MODEL + "kind = { x = 1 }", "is unknown; expected one of"),
        (MODEL + 'kind = "mixture"\ncomponent = ["x"]', "component = ['x']; expected one of"),
        (MODEL + 'kind = "parametrization"\nparameters = ["a", "a"]\n' + WEIGHTS, "a is listed twice"),
        (MODEL + 'kind = "exponential"\nparameters = ["a b"]\nstatistics = ["v"]', "'a b' is not a name"),
        (MODEL.replace('["h"]', '["h", "h"]') + 'kind = "full-simplex"', "h is listed twice"),
        ('name = "\\u001b[31m"' + MODEL + 'kind = "full-simplex"', "printable"),
        (MODEL.replace("v = 2", 'v = ["a\\n", "b"]') + 'kind = "full-simplex"', "printable"),
        (
            MODEL
            + 'kind = "parametrization"\nparameters = ["a"]\n'
            + WEIGHTS.replace('"a"', '"exp(1000000000*a)+exp(a)"'),
            "a power beyond 1000",
        ),
    ],
)
def test_a_model_file_that_is_wrong_says_what_is_wrong(text, says):
    with refused(se.SymelboError, says):
        model_from_text(text)


@pytest.mark.parametrize(
    "domain",
    [
        [a**2 + b**2 < Rational(1, 10**8), a > 0, b > 0],
        [a**2 + b**2 < 1, a > 0, b > 0, a + b > Rational(141, 100)],
        [(a - Rational(1, 3)) ** 2 + (b - Rational(1, 5)) ** 2 < Rational(1, 10**12)],
        [b > a**2, b < a**2 + Rational(1, 10**12), a > 0, a < 1, b < 1],
    ],
)
def test_a_small_or_thin_domain_that_is_not_empty_is_found(domain):
    model = build(domain=domain)
    assert model.domain.contains(model.domain.interior_point())


@pytest.mark.parametrize(
    "entry",
    [
        a * b + 10**1200,
        a * b / (10**1200 + 1),
        symbols("a") * sympy.exp(10**1200 * b),
        (10**900 * a) ** 300 * b,
    ],
    ids=["numerator", "denominator", "exponent", "power"],
)
def test_numbers_of_very_many_digits_are_refused(entry):
    with refused(se.ExactnessError, "digits; at most 1000 are accepted"):
        se.Parametrization(SPACE, [1, entry, a, b], [a, b], weights=True)


def test_the_interior_of_a_domain_with_large_coefficients_is_found():
    """Rounded numbers only propose points; they have a largest exponent, exact ones have none."""
    model = se.Parametrization(SPACE, [1, (1 + 10**900 * a) ** 30, b, a * b], [a, b], weights=True)
    assert "beyond the independent checker" in se.verify(model, "S3").reason


NAMES = [f"x{i}" for i in range(64)]
TWO = dict.fromkeys(NAMES, 2)
CHAIN = list(itertools.pairwise(NAMES))


@pytest.mark.parametrize(
    "build",
    [
        lambda: se.restricted_boltzmann_machine(20, 20),
        lambda: se.log_linear([[n] for n in NAMES], states=TWO, hidden=NAMES[:3]),
        lambda: se.boltzmann_machine(CHAIN, hidden=NAMES[:3]),
        lambda: se.sigmoid_belief_network(CHAIN, hidden=NAMES[:3]),
        lambda: se.ExponentialFamily(
            se.SampleSpace(dict.fromkeys(NAMES[3:], 2), dict.fromkeys(NAMES[:3], 2)), list(symbols(NAMES))
        ),
    ],
)
def test_a_table_that_would_fill_the_memory_is_refused(build):
    with refused(se.ModelError, "variables have some 2**", "written out as a table"):
        build()


@pytest.mark.parametrize("text", ["a\n", "\x1b[31m", "\x00"])
def test_names_and_labels_that_cannot_be_printed_are_refused(text):
    for build in (
        lambda: se.SampleSpace(visible={"v": [text, "b"]}, hidden={"h": 2}),
        lambda: se.SampleSpace(visible={text: 2}, hidden={"h": 2}),
        lambda: se.StateSpace({text: "x", "b": "y"}),
        lambda: se.bayesian_network([("h", text)], hidden=["h"]),
    ):
        with refused(se.ModelError, "not printable", repr(text)):
            build()


def test_a_number_of_more_digits_than_are_read_is_refused():
    text = '[variables]\nv = 2\nh = {}\nhidden = ["h"]\n[model]\nkind = "full-simplex"\n'
    with refused(se.ModelFileError, "too many digits", "4301"):
        model_from_text(text.format("9" * 4301))


def test_a_parameter_with_the_name_of_an_exponential_is_refused():
    E, odd = symbols("E exp(a)")
    for p, e in ((E, sympy.exp(1)), (odd, sympy.exp(a))):
        for f in (p, sympy.exp(p)):
            with refused(se.ExactnessError, f"the parameter {p} has the name of an exponential"):
                se.Parametrization(SPACE, [f * e, 1, f, e], [p, a], [p > 0], weights=True)
        assert se.Parametrization(SPACE, [p, 1, p, 1], [p], [p > 0], weights=True).parameters == (p,)


def test_more_exponentials_than_parameters_are_no_error():
    weights = [sympy.exp(a + b), sympy.exp(b + 1), sympy.exp(a - b), 1]
    M = se.Parametrization(SPACE, weights, [a, b], weights=True)
    assert isinstance(se.is_cylindrical(M), se.Refuted)


def test_points_of_a_large_simplex_have_few_digits():
    M = se.full_simplex(se.SampleSpace(visible={"v": 8}, hidden={"h": 8}))
    assert {str(value) for value in M.domain.interior_point()} == {"1/64"}
    points = itertools.islice(M.domain.interior_points(seed=1), 9)
    assert all(value.q <= 8 * 64 for point in points for value in point)


def test_integers_of_numpy_are_integers():
    n, two = np.int64(3), np.int32(2)
    assert se.SampleSpace(visible={"v": n}, hidden={"h": [np.int64(0), np.int64(1)]}).n_states == 6
    assert se.bayesian_network([("x", "y")], states={"x": n, "y": two}, hidden=["x"]).space.n_states == 6
    copy = se.bayesian_network([("x", "y")], hidden=["x"], tables={"y": np.array([[1, 0], [0, 1]])})
    assert copy.space.n_states == 2
    for build in (
        se.restricted_boltzmann_machine,
        se.hidden_markov_model,
        se.naive_bayes,
        lambda n, two: se.mixture(se.independence({"a": 2, "b": n, "k": 1}, hidden=["k"]), two),
    ):
        assert build(n, two).space.n_states == build(3, 2).space.n_states
    assert se.factor_analysis(n, np.int64(1)).variables == se.factor_analysis(3, 1).variables


@pytest.mark.parametrize("budget", [1e9, 1e300, Budget(1e9, 1e300)])
def test_a_budget_beyond_what_there_is_is_none(budget):
    assert isinstance(se.is_cylindrical(se.model_a(), budget=budget), se.Proved)


ODD = (None, "AA", 3, -1, [1, 2], [0.5, 0.5], {"A": 1}, a, SPACE, se.Parametrization, se.evidence([Rational(1, 2)] * 2))
MODELS = (
    se.Parametrization(SPACE, GOOD, (a, b), CUBE),
    se.factor_analysis(2, 1),
    se.exponential_mixture("gaussian", variance="known"),
    se.bayesian_network([(f"h{i}", f"v{i}") for i in range(40)], hidden=[f"h{i}" for i in range(40)]),
)


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("name", [n for n in se.__all__ if n not in ("__version__", "load_model", "read_vectors")])
def test_whatever_is_given_the_errors_are_those_of_symelbo(name):
    call = getattr(se, name)
    if not callable(call) or (isinstance(call, type) and issubclass(call, Exception)):
        return
    for given in (*((x,) for x in (*ODD, *MODELS)), *((x, MODELS[0]) for x in ODD), *((MODELS[0], x) for x in ODD)):
        try:
            inspect.signature(call).bind(*given)
        except TypeError:
            continue
        with contextlib.suppress(se.SymelboError):
            call(*given)


@pytest.mark.parametrize(
    "method", ["fix", "given", "hide", "iid", "on", "relabel", "rename", "reparametrise", "tie", "within"]
)
def test_whatever_a_model_is_changed_by_the_errors_are_those_of_symelbo(method):
    change = getattr(MODELS[0], method)
    for given in (*ODD, *MODELS):
        with contextlib.suppress(se.SymelboError):
            change(given)
