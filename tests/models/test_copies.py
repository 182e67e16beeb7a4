"""Independent copies with the same parameters have the ranks of one copy, and n times its metrics."""

from fractions import Fraction

import pytest
import sympy

import symelbo as se
from symelbo import checker
from symelbo.models import model_from_text
from tests import oracle

AT_B = {"x": "1/2", "y1": "1/3", "y2": "1/5", "z1": "1/2", "z2": "1/7"}
POINT_B = {sympy.Symbol(k): Fraction(v) for k, v in AT_B.items()}


def weights_model():
    """Three states of which two are seen alike, with weights that are no probabilities."""
    a, b = sympy.symbols("a b", positive=True)
    space = se.StateSpace({"p": "u", "q": "u", "r": "w"})
    return se.Parametrization(space, [a, a * b, 1 + b], [a, b], weights=True)


def random(kind, seed):
    drawn = oracle.random_model(kind, seed)
    space = se.SampleSpace(
        {v: drawn.variables[v] for v in drawn.visible}, {v: drawn.variables[v] for v in drawn.hidden}
    )
    return se.Parametrization(
        space, drawn.table, drawn.parameters, domain=list(drawn.domain), weights=drawn.weights
    ), drawn.point


def inside(M):
    return dict(zip(M.parameters, map(oracle.rational, M.domain.interior_point()), strict=True))


def by_definition(M, n, point):
    """The n-fold table, multiplied out from that of one copy: p and the row of J by (what is seen, state)."""
    index = {s: v for v, fibre in enumerate(M.space.fibration) for s in (M.space.states[x] for x in fibre)}
    p, J = oracle.values_from_table(M.space.states, M.table, M.parameters, point)
    one = list(zip(M.space.states, p, J, strict=True))
    table = {((), ()): (Fraction(1), [Fraction(0)] * len(M.parameters))}
    for _ in range(n):
        table = {
            ((*seen, index[s]), (*state, s)): (
                q * px, [dq * px + q * dpx for dq, dpx in zip(row, dp, strict=True)]
            )
            for (seen, state), (q, row) in table.items()
            for s, px, dp in one
        }  # fmt: skip
    return table


def ranks_and_metrics(table):
    """Ranks of J, J_V, vertical part, and G and G_V, in fractions."""
    visible, scores = {}, []
    for (seen, _), (q, row) in table.items():
        total, derivative = visible.get(seen, (Fraction(0), [Fraction(0)] * len(row)))
        visible[seen] = total + q, [a + b for a, b in zip(derivative, row, strict=True)]
    vertical = []
    for (seen, _), (q, row) in table.items():
        total, derivative = visible[seen]
        vertical.append([a - q * b / total for a, b in zip(row, derivative, strict=True)])
        scores.append((q, row))

    def metric(rows):
        d = len(rows[0][1])
        return [[sum(r[i] * r[j] / q for q, r in rows) for j in range(d)] for i in range(d)]

    ranks = tuple(map(oracle.rank, ([r for _, r in scores], [r for _, r in visible.values()], vertical)))
    return ranks, metric(scores), metric(list(visible.values()))


def rational_matrix(M):
    return [[oracle.rational(e) for e in M.row(i)] for i in range(M.rows)]


def cases():
    yield "A", se.model_a(), {sympy.Symbol(k): Fraction(v) for k, v in {"x": "1/2", "y": "1/3", "z": "2/5"}.items()}
    yield "B", se.model_b(), POINT_B
    yield "weights", weights_model(), {p: Fraction(k + 1, 2) for k, p in enumerate(weights_model().parameters)}
    for kind, seed in (("mixture", 3), ("curved", 2), ("redundant", 1)):
        M, point = random(kind, seed)
        yield kind, M, point


@pytest.mark.parametrize("n", [2, 3])
@pytest.mark.parametrize(("M", "point"), [pytest.param(M, at, id=name) for name, M, at in cases()])
def test_copies_have_the_ranks_of_one_and_n_times_its_metrics(M, point, n):
    copies = M.iid(n)
    expected, G, G_V = ranks_and_metrics(by_definition(M, n, point))
    assert se.ranks(copies, point) == expected == se.ranks(M, point)
    assert rational_matrix(se.fisher_metric(copies, point)) == G
    assert rational_matrix(se.visible_fisher_metric(copies, point)) == G_V
    missing = [[a - b for a, b in zip(r, s, strict=True)] for r, s in zip(G, G_V, strict=True)]
    assert rational_matrix(se.missing_information(copies, point)) == missing
    assert copies.space.n_visible == M.space.n_visible**n
    assert sum(p for p, _ in by_definition(M, n, point).values()) == 1


@pytest.mark.parametrize("M", [se.model_b(), weights_model()], ids=["B", "weights"])
def test_the_table_of_copies_is_the_product_of_theirs(M):
    copies, one = M.iid(2), M.table
    k = len(M.space.names)
    names = [f"{v}_{i}" for i in (1, 2) for v in M.space.names]
    for state in copies.space.states:
        labels = dict(zip(copies.space.names, state, strict=True))
        first, second = (tuple(labels[v] for v in part) for part in (names[:k], names[k:]))
        assert sympy.cancel(copies.table[state] - one[first] * one[second]) == 0


@pytest.mark.parametrize("form", ["structured", "factored", "expanded"])
def test_metrics_of_copies_over_the_field_are_those_of_the_written_out_table(form):
    M = se.model_b()
    written = M.iid(2)
    forgotten = written.hide(*(v.name for v in written.space.hidden))  # the same table, not known to be copies
    assert forgotten.one_copy is forgotten
    for metric in (se.fisher_metric, se.visible_fisher_metric, se.missing_information):
        assert metric(written, form=form).at(AT_B) == metric(forgotten, AT_B) == 2 * metric(M, AT_B)
    assert se.ranks(forgotten) == se.ranks(written) == se.ranks(M)


@pytest.mark.parametrize("M", [se.model_a(), se.model_b()], ids=["A", "B"])
def test_the_verdict_on_copies_is_that_on_one_and_says_so(M):
    one, many = se.verify(M), se.verify(M.iid(2))
    for s in ("S3", "S4", "S8", "S9", "S11"):
        assert many[s].kind == one[s].kind
        assert many[s].scope == one[s].scope
        said = getattr(many[s], "detail", "") + getattr(many[s], "hypothesis", "")
        assert said.startswith("for one copy, and so for any number of independent copies")
    assert many.ranks == one.ranks
    assert not many.contradictions
    assert not many.undecided
    assert many["S3"].certificate.sha256 == one["S3"].certificate.sha256
    written = many["S12"].certificate
    assert written.sha256 != one["S12"].certificate.sha256
    assert checker.check(written.to_json(), written.sha256).accepted


def test_the_verdict_on_the_written_out_table_is_the_same():
    written = se.model_b().iid(2)
    forgotten = written.hide("x_1", "x_2")
    for at in (None, AT_B):
        assert se.is_cylindrical(forgotten, at).kind == se.is_cylindrical(written, at).kind == "refuted"
    assert se.is_cylindrical(forgotten).certificate.sha256 != se.is_cylindrical(written).certificate.sha256


def test_what_is_known_of_one_copy_is_known_within_a_budget_and_in_words():
    M = se.model_b().iid(4)
    found = se.is_cylindrical(M, budget=60)
    assert found == se.is_cylindrical(M)
    assert str(found.scope) == str(se.is_cylindrical(se.model_b()).scope)
    text = se.derive(se.model_b().iid(2), "S3").text()
    assert "on one copy" in " ".join(text.split())
    assert "uniform on the 8 states" not in text
    assert any("independent copies" in remark for remark in M.remarks)


def test_admissible_points_and_the_locus_are_those_of_one():
    M = se.bayesian_network([("x", "z"), ("y", "z")], hidden=["x"])
    assert se.cylindrical_locus(M.iid(3)).scope == se.cylindrical_locus(M).scope == "exactly on {z1 = z3, z2 = z4}"
    drop = AT_B | {"y2": "1/3", "z2": "1/2"}
    assert not se.is_admissible(se.model_b().iid(2), drop)
    with pytest.raises(se.DomainError, match="not admissible"):
        se.is_cylindrical(se.model_b().iid(2), drop)


def other_parameters(M):
    changed = M.reparametrise({p: sympy.Symbol(f"{p}_") for p in M.parameters})
    return changed.relabel({v: f"{v}_" for v in M.space.names})


def test_copies_with_parameters_of_their_own_are_no_copies():
    """A false neighbour: of a product ranks add, and metrics are blocks."""
    M = se.model_b()
    both = se.product(M, other_parameters(M))
    assert both.one_copy is both
    assert se.ranks(both) == tuple(2 * r for r in se.ranks(M)) != se.ranks(M.iid(2))


def test_another_hidden_set_is_that_of_no_copies():
    """A false neighbour: hiding x in one copy only, the other is seen in full."""
    seen = se.model_b().iid(2).hide("x_1")
    assert seen.one_copy is seen
    assert se.ranks(seen) == (5, 5, 3)


@pytest.mark.parametrize(
    "change",
    [
        lambda M: M.reparametrise({"y1": sympy.Symbol("y2")}),
        lambda M: M.reparametrise({"y1": sympy.Symbol("a")}),
        lambda M: M.on("y1 = y2"),
        lambda M: M.fix({"x": "1/2"}),
        lambda M: M.relabel({"x_1": "hidden"}),
        lambda M: M.observe(lambda *state: state[:1]),
    ],
)
def test_a_change_of_copies_is_answered_from_its_own_table(change):
    changed = change(se.model_b().iid(2))
    assert changed.one_copy is changed


def test_copies_of_copies_are_copies():
    M = se.model_b()
    assert M.iid(1) is M
    twice = M.iid(2).iid(2)
    assert twice.one_copy is M
    assert se.fisher_metric(twice, AT_B) == 4 * se.fisher_metric(M, AT_B)


@pytest.mark.parametrize("n", [0, -1, True, 2.0, "2"])
def test_the_number_of_copies_is_a_positive_integer(n):
    with pytest.raises(se.ModelError, match="expected a positive integer"):
        se.model_a().iid(n)


@pytest.mark.parametrize("n", [7, 1000, 10**100])
def test_copies_beyond_a_table_are_answered_from_one(n):
    M = se.model_b()
    copies = M.iid(n)
    assert copies.one_copy == M
    assert copies.parameters == M.parameters
    assert se.ranks(copies) == se.ranks(M)
    assert se.fisher_metric(copies, AT_B) == n * se.fisher_metric(M, AT_B)
    assert str(se.cylindrical_locus(copies)) == str(se.cylindrical_locus(M))
    report = se.verify(copies)
    assert report.ranks == se.ranks(M)
    assert {s for s, v in report.items() if v.kind != "not applicable"} == {"S3", "S4", "S9"}
    assert checker.check(report.cylindrical.certificate.to_json()).accepted
    assert f"{n} copies of M(b)" in repr(copies)
    with pytest.raises(se.ModelError, match=r"ask it of one copy, M.one_copy"):
        se.derive(copies.iid(2))


@pytest.mark.parametrize("n", [2, 100])
def test_copies_determine_the_parameters_that_one_determines(n):
    for M in (se.naive_bayes(3), se.model_b()):
        at = M.point({p: Fraction(1, k + 2) for k, p in enumerate(M.parameters)})
        one, copies = se.identifiability(M, at), se.identifiability(M.iid(n), at)
        assert (copies.identifiable, copies.visible_dimension, copies.defect) == (
            one.identifiable,
            one.visible_dimension,
            one.defect,
        )
        assert copies.directions == one.directions
        assert copies.missing == one.missing
        assert copies.model.count == n if n > 2 else copies.model.structure.count == n


def test_a_file_tells_how_many_copies():
    text = '[variables]\nh = 2\nv = 2\nhidden = ["h"]\n[model]\nkind = "independence"\ncopies = '
    assert isinstance(se.is_cylindrical(model_from_text(text + "3")), se.Proved)
    assert model_from_text(text + "300").count == 300
