"""Signs on a domain: models that are cylindrical nowhere, expressions that are positive everywhere."""

from __future__ import annotations

from fractions import Fraction

import sympy

import symelbo as se
from symelbo import checker
from symelbo.certificates import Certificate, PositivityCertificate
from symelbo.certificates.signs import written
from symelbo.loci import Products
from symelbo.loci.minors import Minor, minor_polynomial
from symelbo.loci.positivity import Positivity
from symelbo.models.parametrization import Point
from symelbo.verification.tables import nowhere_cylindrical


def test_m_b_and_naive_bayes_are_cylindrical_at_no_admissible_point() -> None:
    for model in (se.model_b(), se.naive_bayes(3), se.naive_bayes(8), se.restricted_boltzmann_machine(3, 1)):
        certificate = nowhere_cylindrical(model, se.is_cylindrical(model).point)
        result = checker.check(certificate.to_json(), certificate.sha256)
        assert result.accepted, result
        assert "it holds at no admissible point" in result.report[1]


def test_a_collider_that_is_cylindrical_on_a_curve_has_no_such_certificate() -> None:
    model = se.bayesian_network([("x", "z"), ("y", "z")], hidden=["x"])
    assert nowhere_cylindrical(model, se.is_cylindrical(model).point) is None


def test_several_minors_add_up_to_a_sign() -> None:
    """x minor + (1 - x) minor for two permutations of one minor of M(b): the multipliers are verified too."""
    model = se.model_b()
    x = model.field.generator(0)
    pairs, columns = ((0, 1), (2, 3), (4, 5)), (0, 1, 3)
    assert minor_polynomial(model, pairs, columns) == -1
    swapped = (pairs[1], pairs[0], pairs[2])
    minors = [Minor(pairs, columns, x - model.field.one), Minor(swapped, columns, x)]
    point = se.is_cylindrical(model).point
    certificate = Certificate.nowhere(model, minors, Products((), ((Fraction(1), ()),)), point)
    assert checker.check(certificate.to_json()).accepted
    cancelled = [Minor(pairs, columns, x), Minor(swapped, columns, x)]
    false = Certificate.nowhere(model, cancelled, Products((), ((Fraction(1), ()),)), point)
    assert checker.check(false.to_json()).reason == "sign"


def test_a_positive_witness_of_the_search_becomes_a_certificate() -> None:
    model = se.model_b()
    kappa = se.defect(model)[0, 0]
    witness = Positivity.of(model).sign(model.field.from_sympy(kappa)).witness
    point = Point(model.field, model.domain.interior_point())
    certificate = PositivityCertificate.of(model.field, model.domain, [kappa], [witness], point)
    assert checker.check(certificate.to_json(), certificate.sha256).accepted


def test_signs_follow_from_positive_products_and_from_sums_of_probabilities() -> None:
    x, y = sympy.symbols("x y")
    space = se.SampleSpace(visible={"v": 2}, hidden={"h": 2})
    model = se.Parametrization(space, [x * y, x * (1 - y), (1 - x) * y, (1 - x) * (1 - y)], [x, y])
    known = Positivity.of(model)
    assert [known.proved_sign(model.field.from_sympy(e)) for e in (x, y - 1, 1 - x, x - y)] == [1, -1, 1, 0]
    assert known.product(model.field.from_sympy(x - y)) is None
    assert written(known, [Products((model.field.from_sympy(x - y),), ((Fraction(1), (1,)),))]) is None


def test_an_expression_that_is_negative_somewhere_is_not_positive() -> None:
    x = sympy.symbols("x")
    field = se.exact.Field([x])
    domain = se.models.domain.Domain.from_relationals(field, [x > 0])
    point = Point(field, domain.interior_point())
    forms = (field.from_sympy(x),)
    good = PositivityCertificate.of(field, domain, [x**2 + 1], [Products(forms, ((1, (2,)), (1, (0,))))], point)
    assert checker.check(good.to_json()).accepted
    bad = PositivityCertificate.of(field, domain, [x**2 - 1], [Products(forms, ((1, (2,)), (1, (0,))))], point)
    assert checker.check(bad.to_json()).reason == "sign"
