"""The page: what it says about the paper's models, and that its data are complete and exact."""

import json
import subprocess
import sys

import pytest
import sympy

import symelbo as se
from symelbo import checker
from symelbo.loci import PositiveWitness
from tests.derivation.examples import derivation, explanation
from tests.loci.test_locus import collider, curve
from tests.translation import HALVES_AND_THIRDS


def flat(text):
    return " ".join(text.split())


def test_the_page_of_model_b_says_where_how_badly_for_whom_and_what_would_help():
    page = flat(explanation("model_b").text())
    for phrase in (
        "T_p ℳ has dimension 5 = 2 + 2 + 1",
        "The model M(b) is not cylindrical: at the point θ0 with x = 1/2",
        "cylindrical nowhere among its admissible points: κ > 0 there. [certificate ",
        "κ = x y1 (1 − y1) z1 (1 − z1) + (1 − x) y2 (1 − y2) z2 (1 − z2)",
        "κ > 0 at every point of the domain",
        "The points with y1 = y2, z1 = z2 are not admissible",
        "cos² φ = 1 − κ ∑_v e(v)²/p_V(v)",
        "61/1105",
        "76.4°",
        "scores that weigh the y-z interaction",
        "holds at every admissible point exactly for the objectives",
        "They are those with differential ℓ = f1(y) + f2(z)",
        "given by free tables. At θ0 the family is rich enough: φ moves the projected gradient in the one oblique",
        "add the arrow y → z (or z → y), with 2 more parameters; or observe x",
        "No fewer arrows make the network a cut.",
    ):
        assert phrase in page


def test_the_page_tells_the_steps_of_the_derivation_and_no_other_sentences():
    page, story = explanation("model_b").derivation(), derivation("model_b")
    told = {step.heading: step.text for step in story.steps}
    own = {"Verdict", "With a recognition model"}  # the one names the point first, the other is on the page alone
    shared = [step for step in page.steps if step.heading not in own]
    assert len(shared) == 9
    for step in shared:
        assert step.text == told[step.heading]


def test_the_page_of_a_cylindrical_model_is_short_and_says_so():
    page = explanation("model_a")
    assert page.scope == "at every admissible point"
    assert "cylindrical at every admissible point" in flat(page.text())
    assert "What would mend it" not in page.text()


def test_the_page_of_a_locus_names_it_and_a_point_of_it():
    page = flat(se.explain(collider()).text())
    assert "cylindrical exactly on {" in page
    assert "An example is x = 1/2" in page


def test_at_a_point_the_page_speaks_of_that_point():
    page = se.explain(se.model_b(), HALVES_AND_THIRDS)
    assert page.scope == "not at this point"
    assert page.locus is None
    assert "at the point θ0 with x = 1/2" in flat(page.text())
    on_locus = se.cylindrical_locus(collider()).components[0].point
    assert se.explain(collider(), on_locus).scope == "at this point"


@pytest.mark.parametrize(
    "model",
    [
        se.model_a(),
        se.model_b(),
        collider(),
        se.restricted_boltzmann_machine(2, 1),
        se.mixture({"y": 3}, 2),
        curve(sympy.Rational(1, 4) + (sympy.Symbol("t") ** 3 - sympy.Symbol("t") / 2) / 4, sympy.Rational(1, 3)),
    ],
    ids=lambda m: m.name,
)
def test_the_data_are_json_without_floats(model):
    data = json.loads(json.dumps(se.explain(model).as_dict()))

    def numbers(node):
        if isinstance(node, dict):
            for value in node.values():
                yield from numbers(value)
        elif isinstance(node, list):
            for value in node:
                yield from numbers(value)
        else:
            yield node

    assert not any(isinstance(e, float) for e in numbers(data))
    assert set(data) == {
        "model", "point", "cylindrical", "ranks", "tangent", "locus", "defect", "angles", "objectives", "recognition",
        "repairs", "left_out",
    }  # fmt: skip
    assert sum(data["tangent"][k] for k in ("horizontal", "vertical", "oblique")) == data["tangent"]["dim"]


def test_the_witness_in_the_data_multiplies_out_to_the_numerator_of_kappa():
    data = explanation("model_b").as_dict()["defect"]
    (witness,) = data["witnesses"]
    assert witness["kind"] == "positive"
    forms = [sympy.sympify(f) for f in witness["forms"]]
    total = sum(
        sympy.Rational(t["coefficient"]) * sympy.prod([f**k for f, k in zip(forms, t["powers"], strict=True)])
        for t in witness["terms"]
    )
    assert sympy.expand(total - sympy.sympify(witness["polynomial"])) == 0
    assert PositiveWitness.__doc__


def test_pages_are_the_same_twice():
    assert explanation("model_b").text() == se.explain(se.model_b()).text()


def test_with_a_small_budget_the_page_says_what_is_left_out():
    page = se.explain(se.naive_bayes(3), budget=0.01)
    assert page.left_out
    assert "Left open. Not computed" in page.text()


def test_only_models_are_explained():
    with pytest.raises(se.ModelError, match="explain"):
        se.explain("M(b)")


@pytest.mark.parametrize("model", [se.model_b(), collider(), se.naive_bayes(3)], ids=lambda m: m.name)
def test_certificates_in_the_data_are_accepted_as_they_are_saved(model, tmp_path):
    data = json.loads(json.dumps(se.explain(model).as_dict(), indent=2, ensure_ascii=False))
    found = [data["cylindrical"]["certificate"], (data["defect"] or {}).get("certificate")]
    found = [c for c in found if c is not None]
    assert found
    for k, certificate in enumerate(found):
        file = tmp_path / f"{k}.json"
        file.write_text(certificate["json"], encoding="utf-8")
        command = [sys.executable, "-I", checker.__file__, "--statement", certificate["sha256"], str(file)]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stdout


def test_data_and_page_name_the_same_recognition_family():
    for model, family in (
        (se.model_b(), "free tables"),
        (se.restricted_boltzmann_machine(2, 2), "mean field, a table for each hidden variable"),
    ):
        page = se.explain(model)
        assert page.as_dict()["recognition"]["family"] == family
        assert f"given by {family}. At θ0" in flat(page.text())


def test_squared_cosines_as_functions_are_sums_that_are_not_multiplied_out():
    one = explanation("model_b").as_dict()["angles"]["symbolic"]
    assert set(one) == {"squared_cosine"}
    assert len(one["squared_cosine"]) < 1000
    two = se.explain(se.bayesian_network([("x", "y"), ("x", "z")], states={"x": 2, "y": 3, "z": 2}, hidden=["x"]))
    assert "The two oblique directions make with ℋ_p the angles φ, ψ with" in flat(two.text())
    assert all(len(text) < 20000 for text in two.as_dict()["angles"]["symbolic"].values())


def test_what_a_page_does_not_have_it_says():
    edges = [("h", "a"), ("h", "b")]
    three = flat(se.explain(se.bayesian_network(edges, states={"h": 3, "a": 3, "b": 2}, hidden=["h"])).text())
    assert "squared cosines as functions (the model is too large for formulas)" in three
    assert "the defect as a function (the model is too large for formulas)" in three
    machine = flat(explanation("restricted_boltzmann_machine").text())
    assert "squared cosines as functions (given for one or two oblique directions, not for 4)" in machine
    assert "Whether there are further points at which rank J_V is smaller is open." in machine
    chain = flat(explanation("hidden_markov").text())
    assert "recognition models (64 states, more than 32)" in chain
    early = flat(se.explain(se.naive_bayes(5), budget=0.001).text())
    assert "what comes after it" not in early
    assert "changes that make it cylindrical (no time left)" in early
