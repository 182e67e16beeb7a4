"""What a session shows: values are one line that unfolds, names that do not exist are answered with those that do."""

import re
from html import escape
from xml.etree import ElementTree

import pytest
import sympy

import symelbo as se
from symelbo.typesetting import vocabulary


def test_public_values_are_one_line_that_unfolds_into_all_they_hold():
    M = se.model_b()
    R = se.restricted_boltzmann_machine(1, 1)
    q = se.mean_field(M.space)
    eighths = [sympy.Rational(1, 8)] * 8
    at = {"x": "1/2", "y1": "1/2", "z1": "1/2", "y2": "1/3", "z2": "1/3"}
    verdict = se.is_cylindrical(M)
    values = [
        verdict,
        M.domain,
        M.point(at),
        se.tangent_decomposition(M, at=at),
        se.cylindrical_locus(M),
        se.identifiability(M),
        next(iter(se.repairs(M))),
        se.surviving_objectives(M),
        se.principal_angles(M, at),
        se.dual_view(R),
        se.em_step(R, ["1/4", "3/4"], dict.fromkeys(R.parameters, 0)),
        se.is_cylindrical(se.factor_analysis(2, 1)).counterexample,
        M,
        M.space,
        M.observe({"total": sympy.Symbol("y") + sympy.Symbol("z")}).space,
        se.boltzmann_machine([("h", "v"), ("h", "w")], hidden=["h"]),
        se.factor_analysis(2, 1),
        se.exponential_mixture("gaussian"),
        se.zero_inflated_poisson(),
        se.verify(M),
        se.statement("S8"),
        se.natural_gradient(se.data_divergence(sympy.symbols("q0:4")), M),
        se.symbolic_angles(M),
        se.defect_formula(M),
        q,
        se.recognition_dependence(M, q, at),
        se.recognition_gradients(M, q, at, dict.fromkeys(q.parameters, "1/3")),
        se.exact_cosines(M, eighths, at),
        se.gradient_flow(se.divergence(eighths), M, at, [0, 1]),
        se.gradient_flow(se.divergence(eighths), M, at, [0, 1]).closed_form,
        se.sigma_curves(M, eighths, at, [0, 1]),
        se.Moments.of_data([[0, 1], [2, 3]]),
    ]
    for value in values:
        shown = value._repr_html_()
        assert re.match("<details( open=.open.)?><summary>", shown)
        assert escape(repr(value).splitlines()[0], quote=False) in shown
        assert len(repr(value).splitlines()[0]) < 400
        tree = ElementTree.fromstring(shown)
        assert len(list(tree.iter("tr"))) >= 2, value
        for cell in filter(None, tree.itertext()):
            assert set(re.findall(r"\\([A-Za-z]+)", cell)) <= vocabulary(), cell
    assert verdict.counterexample._repr_html_() in verdict._repr_html_()
    assert "$\\frac{11}{72}$" in verdict._repr_html_()


def test_a_state_that_does_not_exist_is_answered_with_those_that_do():
    M = se.model_b()
    assert M.probability((1, 0, 1)) == M.table[1, 0, 1]
    with pytest.raises(se.ModelError, match=r"\(y, z, x\), like \(1, 1, 1\)"):
        M.probability(99)
    with pytest.raises(se.ModelError, match="variable y has no state 9; its states are 1, 0"):
        M.probability((9, 0, 1))


def test_dir_shows_what_is_public():
    assert {n for n in dir(se) if not n.startswith("__")} == set(se.__all__)
