"""Pages on Gaussian models and mixtures: the notation of the field, every value that of the engine."""

import json

import pytest
import sympy
from click.testing import CliRunner

import symelbo as se
from symelbo.cli import main as command
from symelbo.derivation.continuous_steps import ContinuousExplanation

MODELS = {
    "leaves": se.linear_gaussian([("h", "a"), ("h", "b")], hidden=["h"], means=False, name="leaves"),
    "sink": se.linear_gaussian([("a", "h"), ("b", "h"), ("a", "b")], hidden=["h"]),
    "pca": se.probabilistic_pca(3, 2),
    "system": se.linear_dynamical_system(2),
    "mixture": se.exponential_mixture("gaussian", 3, leaves=2, variance="free"),
}


@pytest.fixture(scope="module")
def pages():
    return {name: se.derive(model) for name, model in MODELS.items()}


def value(page, heading, left):
    step = next(s for s in page.steps if s.heading == heading)
    return next(r.right.value for r in step.relations if r.left.latex == left and r.right.value is not None)


@pytest.mark.parametrize("name", MODELS)
def test_every_page_is_written_in_all_forms_with_the_certificates_it_names(pages, name):
    page = pages[name]
    assert all([page.text(), page.fragment(), page.markdown(), page.html()])
    named = {s.certificate for s in page.steps if s.certificate} | {v.certificate for v in page.verdicts}
    assert named - {None} <= {c.sha256 for c in page.certificates}


def test_the_matrices_of_two_leaves_are_those_of_the_field(pages):
    w, s, t, a, b = sympy.symbols("w_h w_a w_b b_h_a b_h_b")
    page = pages["leaves"]
    Lambda, Psi, Sigma, B, Omega = (
        value(page, *where)
        for where in (
            ("Loadings and noise", r"\Lambda"),
            ("Loadings and noise", r"\Psi"),
            ("The model", r"\Sigma"),
            ("What is seen of what is hidden", "B"),
            ("What is seen of what is hidden", r"\Omega"),
        )
    )
    assert (Lambda, Psi) == (sympy.Matrix([a, b]), sympy.diag(s, t))
    seen = Lambda * w * Lambda.T + Psi
    assert (Sigma[:2, :2] - seen).expand() == sympy.zeros(2)
    # Woodbury: the classical E-step
    classical = (1 / w + (Lambda.T * Psi.inv() * Lambda)[0]) ** -1
    assert sympy.cancel(Omega[0] - classical) == 0
    assert (B - classical * Lambda.T * Psi.inv()).applyfunc(sympy.cancel) == sympy.zeros(1, 2)
    assert value(page, "Defect", r"\defect") == se.defect(MODELS["leaves"])
    assert value(page, "Fisher metric", "G") == se.fisher_metric(MODELS["leaves"])
    log = value(page, "Divergence and gap", r"\log \operatorname{det} \Sigma")
    assert sympy.cancel(sympy.prod(e.args[0] for e in log.args) - Sigma.det()) == 0


def test_the_graph_of_a_network_says_why_and_what_would_mend_it(pages):
    text = " ".join(pages["leaves"].text().split())
    assert "a → h → b" in text
    assert "With the arrow a → b it is a cut. No fewer arrows do." in text
    page = se.explain(MODELS["leaves"])
    assert isinstance(page, ContinuousExplanation)
    assert page.headline() == "leaves is cylindrical nowhere among its admissible points."
    (arrow,) = page.repair.arrows
    mended = se.linear_gaussian([("h", "a"), ("h", "b"), arrow], hidden=["h"], means=False)
    assert isinstance(se.is_cylindrical(mended), se.Proved)
    assert "What would mend it" not in pages["sink"].text()
    assert se.explain(MODELS["sink"]).repair is None


def test_the_page_on_a_gaussian_model_says_which_points_are_not_admissible_and_what_survives(pages):
    text = " ".join(pages["leaves"].text().split())
    assert "The points of {b_{h,a} = 0, b_{h,b} = 0} are not admissible" in text
    assert "satisfies: ℓ(Σ_{b,a}) = 0" in text
    assert "The points of {c = 0} are not admissible" in " ".join(pages["system"].text().split())
    assert "Every point of the domain is admissible." in pages["sink"].text()


def test_the_page_on_a_mixture_says_which_means_survive():
    for variance, kept in (("known", False), ("shared", True)):
        page = se.derive(se.exponential_mixture("gaussian", variance=variance))
        text = " ".join(page.text().split())
        assert ("It is not for L = 𝔼[v²]" in text) == (not kept)
        assert ("So it is for L = 𝔼[v], 𝔼[v²]" in text) == kept
    p, a, b = sympy.symbols("pi1 mu1 mu2")
    page = se.derive(se.exponential_mixture("gaussian"))
    gradient = value(page, "Which objectives survive", r"\grad^{\model} \mathbb{E}[v^{2}]")
    assert (gradient - sympy.Matrix([p * (1 - p) * (a**2 - b**2), 2 * a, 2 * b])).expand() == sympy.zeros(3, 1)


def test_one_statement_has_a_page_of_its_own():
    page = se.derive(MODELS["leaves"], "S7")
    assert page.title == "S7 elbo-decomposition on the model leaves"
    assert [v.id for v in page.verdicts] == ["S7"]
    with pytest.raises(se.DomainError, match="unknown statement"):
        se.derive(MODELS["leaves"], "S99")


def test_the_command_explains_them_as_text_and_as_data(tmp_path):
    file = tmp_path / "leaves.toml"
    file.write_text('[model]\nkind = "linear-gaussian"\nedges = [["h", "a"], ["h", "b"]]\nhidden = ["h"]\n')
    done = CliRunner().invoke(command, ["explain", str(file), "--json"])
    assert done.exit_code == 0
    assert json.loads(done.output)["repairs"] == {"arrows": [["a", "b"]], "at_least": 1, "fewest": True}
    done = CliRunner().invoke(command, ["derive", str(file), "-o", str(tmp_path / "leaves.tex")])
    assert done.exit_code == 0
    assert r"\Sigma_{VV}" in (tmp_path / "leaves.tex").read_text().replace("{V V}", "{VV}")
