"""Whatever can run long has a budget, in Python and on the command line, and leaves no process behind."""

import inspect
import os
import signal
import subprocess
import sys
import textwrap
import time
from fnmatch import fnmatch

import pytest
import sympy
from click.testing import CliRunner

import symelbo as se
from symelbo.budget import _EndedError
from symelbo.cli import main
from symelbo.errors import BudgetError
from symelbo.geometry import Geometry, StructuredGeometry
from tests.model_files import MODEL_B

pytestmark = pytest.mark.skipif(not hasattr(os, "fork"), reason="processes cannot be forked here")

UNIFORM = [sympy.Rational(1, 8)] * 8
AT = {"x": "1/2", "y1": "1/2", "z1": "1/2", "y2": "1/3", "z2": "1/3"}
VALUES = {
    "fisher_metric": se.fisher_metric,
    "visible_fisher_metric": se.visible_fisher_metric,
    "missing_information": se.missing_information,
    "defect": se.defect,
    "scores": se.scores,
    "jacobian": se.jacobian,
    "ranks": se.ranks,
    "tangent_decomposition": lambda M, **b: repr(se.tangent_decomposition(M, **b)),
    "natural_gradient": lambda M, **b: se.natural_gradient(se.divergence(UNIFORM), M, **b),
    "cylindrical_locus": lambda M, **b: repr(se.cylindrical_locus(M, **b)),
    "derive": lambda M, **b: se.derive(M, "S3", **b).fragment(),
    "principal_angles": lambda M, **b: se.principal_angles(M, AT, **b),
    "symbolic_angles": se.symbolic_angles,
    "surviving_objectives": se.surviving_objectives,
    "recognition_dependence": lambda M, **b: se.recognition_dependence(M, se.mean_field(M.space), AT, **b),
    "em_step": lambda M, **b: se.em_step(M, ["1/4"] * 4, AT, **b),
    "survives": lambda M, **b: se.survives(se.objective(sympy.Symbol("p(1,1)")), M, **b),
    "defect_formula": lambda M, **b: repr(se.defect_formula(M, **b)),
    "export": lambda M, **b: se.export(M, UNIFORM, [AT], **b),
    "exact_cosines": lambda M, **b: se.exact_cosines(M, UNIFORM, AT, **b),
}
X = sympy.Symbol("x")
BUILT = {
    "_check_sum": lambda M, **b: se.Parametrization(M.space, [X / 4, (1 - X) / 4] * 4, [X], name="halves", **b),
    "reparametrise": lambda M, **b: M.reparametrise({"y1": X / 2}, **b),
    "on": lambda M, **b: M.on("y1**2 + y2**2 = 1", **b),
}
CHANGED = {
    "fix": lambda M, **b: M.fix({"x": "1/3"}, **b),
    "tie": lambda M, **b: M.tie({"y": "z"}, **b),
    "within": lambda M, **b: M.within("y1 < y2", **b),
    "rename": lambda M, **b: M.rename({"x": "a"}, **b),
    "hide": lambda M, **b: M.hide("y", **b),
    "observe": lambda M, **b: M.observe(lambda *state: state.count("1"), **b),
    "iid": lambda M, **b: M.iid(2, **b),
    "given": lambda M, **b: M.given("y", **b),
    "relabel": lambda M, **b: M.relabel({"x": "a"}, **b),
    "product": lambda M, **b: se.product(M, M.relabel(dict(zip("xyz", "abc", strict=True))).rename(NEW), **b),
    "mixture": lambda M, **b: se.mixture(M, 2, **b),
}
NEW = {"x": "a", "y1": "b1", "y2": "b2", "z1": "c1", "z2": "c2"}
OTHERS = {
    "Gaussian": lambda **b: se.Gaussian(["x", "y"], covariance=[[X, 1], [1, 2]], parameters=[X], hidden=["y"], **b),
    "network": lambda **b: se.naive_bayes(3, **b),
    "machine": lambda **b: se.restricted_boltzmann_machine(2, 1, **b),
    "factor_analysis": lambda **b: se.factor_analysis(3, **b).fix({"l1": 1}, **b),
    "mixture": lambda **b: se.exponential_mixture("poisson", **b).fix({"pi1": "1/3"}, **b),
}
NUMBERS = {
    "gradient_flow": lambda M, **b: se.gradient_flow(
        se.divergence(UNIFORM), M, AT, [0, 1], method="euler", step=0.5, **b
    ).values.tolist(),
    "sigma_curves": lambda M, **b: repr(se.sigma_curves(M, UNIFORM, AT, [0, 1], method="euler", step=0.5, **b)),
    "cosine_similarities": lambda M, **b: se.cosine_similarities(M, UNIFORM, [[0.5, 0.5, 0.9, 0.5, 0.2]], **b).tolist(),
    "fisher_volume_sample": lambda M, **b: se.fisher_volume_sample(M, 3, margin=0.01, **b).tolist(),
}


# What takes no budget: its work is constant, or linear in what it is given or writes down.
LINEAR = {
    "keep what they are given": "data_divergence divergence elbo evidence objective variational_gap visible_divergence "
    "known statement",
    "write a constant, or names or numbers once for each state": "model_a model_b zero_inflated_poisson mean_field "
    "free_recognition marginalisation sufficient_statistics visible_moments visible_probabilities jeffreys_simplex",
    "reads a file": "read_vectors",
    "is a command, whose options have the budget": "run_proof",
    "look up": "Budget.* Report.* Statement.* SampleSpace.* StateSpace.* Where.* Counterexample.* Moments.* "
    "PrincipalAngles.angles GradientFlow.rows SigmaCurves.rows Identifiability.as_dict *.describe *.keep *.kept "
    "*.parts *.primes_at *.point *.is_positive Parametrization.probability Gaussian.hide",
    "evaluate modulo a prime, or write the table as it is": "Parametrization.factor_residues Parametrization.residues "
    "Parametrization.from_factors Parametrization.unsure_factors ExponentialMixture.with_mass_at_zero",
    "go once through a formula": "NaturalGradient.* RecognitionModel.at RecognitionModel.derivatives",
    "write what is found": "Derivation.* Collection.* Explanation.*",
}


def public():
    """Every function that a user can call, and the methods of what it returns, by name."""
    for name in se.__all__:
        found = getattr(se, name)
        if inspect.isfunction(found):
            yield name, found
        elif inspect.isclass(found) and not issubclass(found, Exception):
            methods = inspect.getmembers(found, lambda m: inspect.isfunction(m) or inspect.ismethod(m))
            yield from ((f"{name}.{method}", value) for method, value in methods if method[0] != "_")


def test_every_public_call_takes_a_budget_or_is_linear():
    patterns = " ".join(LINEAR.values()).split()
    found = dict(public())
    without = {name for name, function in found.items() if "budget" not in inspect.signature(function).parameters}
    linear = {n for n in found if any(fnmatch(n, p) for p in patterns)}
    assert without - linear == set()
    assert linear - without == set()
    for built in (se.Parametrization, se.Gaussian):
        assert "budget" in inspect.signature(built).parameters


def ended(budget, *_):
    raise _EndedError(f"{budget.seconds:g} s ended")


@pytest.mark.parametrize("name", NUMBERS)
def test_numerical_methods_have_budgets_too(name, monkeypatch):
    model = se.model_b()
    assert NUMBERS[name](model, budget=120) == NUMBERS[name](model)
    monkeypatch.setattr("symelbo.budget.within", ended)
    with pytest.raises(BudgetError, match="9 s ended during the "):
        NUMBERS[name](model, budget=9)


@pytest.mark.parametrize("name", VALUES)
def test_within_its_budget_a_function_returns_the_same_value(name):
    expected = VALUES[name](se.model_b())
    for budget in (120, se.Budget(seconds=120, memory=2_000_000_000)):
        assert VALUES[name](se.model_b(), budget=budget) == expected


@pytest.mark.parametrize("name", BUILT)
def test_models_are_built_within_budgets_too(name, monkeypatch):
    model = se.model_b()
    built, limited = BUILT[name](model), BUILT[name](model, budget=120)
    assert (limited.table, limited.domain, limited.name) == (built.table, built.domain, built.name)
    assert se.ranks(limited) == se.ranks(built)
    for place in ("table.Table._check_sum", "model._replacements", "model.solution"):
        monkeypatch.setattr(f"symelbo.models.{place}", lambda *_: time.sleep(1000))
    with pytest.raises(BudgetError, match=r"0\.2 s ended during the (construction of halves|re.* of M\(b\))"):
        BUILT[name](model, budget=0.2)


@pytest.mark.parametrize("change", CHANGED.values(), ids=list(CHANGED))
def test_a_changed_model_is_the_same_within_a_budget(change, monkeypatch):
    model = se.model_b()
    assert change(model, budget=120) == change(model)
    monkeypatch.setattr("symelbo.budget.within", ended)
    with pytest.raises(BudgetError, match=r"9 s ended during the "):
        change(model, budget=9)


@pytest.mark.parametrize("build", OTHERS.values(), ids=list(OTHERS))
def test_models_are_built_by_their_constructors_within_budgets_too(build, monkeypatch):
    assert build(budget=120) == build()
    monkeypatch.setattr("symelbo.budget.within", ended)
    with pytest.raises(BudgetError, match=r"9 s ended during the "):
        build(budget=9)


@pytest.fixture
def endless(monkeypatch):
    """Whoever looks at the scores or the probabilities waits for ever."""

    def wait(_):
        while True:
            time.sleep(1)

    for name in ("scores", "probabilities", "visible_scores", "metric_inverse", "factor_logs"):
        monkeypatch.setattr(Geometry, name, property(wait))
    for name in ("weights", "factor_logs", "rows"):
        monkeypatch.setattr(StructuredGeometry, name, property(wait))


@pytest.mark.parametrize(
    "name", [n for n in VALUES if n not in ("ranks", "cylindrical_locus", "tangent_decomposition")]
)
def test_a_function_that_does_not_end_is_ended_with_what_is_known(name, endless):
    with pytest.raises(BudgetError, match=r"the budget of 0\.2 s ended during the ") as found:
        VALUES[name](se.model_b(), budget=0.2)
    if name in ("fisher_metric", "defect", "scores"):
        assert "ranks of J, J_V and the vertical part are at least (5, 3, 3)" in str(found.value)


def test_an_explanation_that_does_not_end_says_what_was_left_out(endless):
    page = se.explain(se.model_b(), budget=0.3)
    assert isinstance(page.verdict, se.Undecided)
    assert page.ranks == (5, 3, 3)
    # The verdict may have used up all of it: then what comes after it is not begun.
    parts, _, why = page.left_out[-1].rpartition(": ")
    assert "the defect as a function" in parts if why == "no time left" else "the budget of 0.3 s ended" in why
    assert "M(b)" in page.text()


def test_a_comparison_that_does_not_end_is_undecided():
    x, y = sympy.symbols("x y")
    verdict = se.check_equal((x + y + 1) ** 900 * (x - y) ** 300, (x + y) ** 3, budget=0.2)
    assert isinstance(verdict, se.Undecided)
    assert "the budget of 0.2 s ended" in verdict.reason


@pytest.fixture
def path(tmp_path):
    file = tmp_path / "model.toml"
    file.write_text(MODEL_B)
    return str(file)


@pytest.mark.parametrize("command", ["verify", "derive", "explain"])
def test_a_command_that_does_not_end_is_ended_with_exit_code_3(command, path, endless):
    result = CliRunner().invoke(main, [command, path, "--budget", "0.3"])
    assert result.exit_code == (0 if command == "explain" else 3)
    assert "0.3 s ended" in result.output or "no time left" in result.output


@pytest.mark.parametrize("command", ["verify", "derive", "explain"])
def test_reading_a_model_that_does_not_end_is_ended_too(command, path, monkeypatch):
    monkeypatch.setattr("symelbo.models.files._loaded", lambda *_: time.sleep(1000))
    result = CliRunner().invoke(main, [command, path, "--budget", "0.2"])
    assert result.exit_code == 3
    assert "undecided: the budget of 0.2 s ended during the reading of" in result.output


@pytest.mark.parametrize("command", ["verify", "derive", "explain"])
@pytest.mark.skipif(not os.path.exists("/proc/self/statm"), reason="memory is limited on Linux")
def test_a_command_in_its_budget_is_not_disturbed(command, path):
    result = CliRunner().invoke(main, [command, path, "--budget", "300", "--memory", "2000"])
    assert result.exit_code == 0, result.output


def test_a_flow_that_does_not_end_is_ended_with_exit_code_3(path, monkeypatch):
    monkeypatch.setattr("symelbo.flows.command.run_flow", lambda *_, **__: time.sleep(1000))
    start = "x=1/2,y1=1/3,y2=1/2,z1=1/3,z2=1/4"
    result = CliRunner().invoke(main, ["flow", path, "--q", "uniform", "--start", start, "--budget", "0.3"])
    assert result.exit_code == 3
    assert "0.3 s ended during the flows" in result.output


def test_wrong_budgets_are_wrong_input(path):
    for option in (["--budget", "-1"], ["--memory", "0"], ["--budget", "nan"]):
        result = CliRunner().invoke(main, ["verify", path, *option])
        assert result.exit_code == 2
        assert f"error: {option[0]}: " in result.output


def test_an_atlas_is_ended_too_and_can_be_continued(tmp_path):
    journal = tmp_path / "atlas.jsonl"
    arguments = ["atlas", "bayesian-network", "--nodes", "4", "--jobs", "1", "--resume", str(journal)]
    ended = CliRunner().invoke(main, [*arguments, "--budget", "0.01"])
    assert ended.exit_code == 3
    assert "of 2590 pairs; continue with --resume" in ended.output
    whole = CliRunner().invoke(main, [*arguments, "--budget", "600"])
    assert whole.exit_code == 0
    assert "2590 pairs" in whole.output


SCRIPT = """
    import sys, time
    from symelbo.geometry import Geometry, StructuredGeometry
    from symelbo.cli import main

    def wait(_):
        print("busy", flush=True)
        while True:
            time.sleep(1)

    for name in ("scores", "probabilities", "factor_logs"):
        setattr(Geometry, name, property(wait))
    main(sys.argv[1:])
"""


IDENTITY = """
    import sympy
    import symelbo as se

    x, y, z = sympy.symbols("x y z")
    print("busy", flush=True)
    se.check_equal((x + y + z + 1) ** 200 * (x - y + 2 * z) ** 90, x)
"""


def test_arithmetic_of_minutes_can_be_interrupted_in_a_session(tmp_path):
    script = tmp_path / "script.py"
    script.write_text(textwrap.dedent(IDENTITY))
    with subprocess.Popen(
        [sys.executable, script], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout.readline() == "busy\n"
        time.sleep(0.5)
        process.send_signal(signal.SIGINT)
        _, errors = process.communicate(timeout=20)
    assert errors.rstrip().endswith("KeyboardInterrupt")


def children(pid):
    with open(f"/proc/{pid}/task/{pid}/children") as file:
        return [int(p) for p in file.read().split()]


@pytest.mark.skipif(not os.path.exists(f"/proc/self/task/{os.getpid()}/children"), reason="reads /proc")
@pytest.mark.parametrize("command", [["verify"], ["verify", "--json"], ["derive"], ["explain"]])
@pytest.mark.parametrize("fatal", [signal.SIGINT, signal.SIGTERM])
def test_an_interrupted_command_ends_at_once_and_leaves_no_process_behind(command, fatal, path, tmp_path):
    script = tmp_path / "script.py"
    script.write_text(textwrap.dedent(SCRIPT))
    with subprocess.Popen(
        [sys.executable, script, command[0], path, *command[1:]],
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    ) as process:
        assert process.stdout.readline() == "busy\n"
        left = children(process.pid)
        assert left
        process.send_signal(fatal)
        process.wait(20)
    assert process.returncode == (130 if fatal == signal.SIGINT else -signal.SIGTERM)
    deadline = time.monotonic() + 20
    while time.monotonic() < deadline and any(os.path.exists(f"/proc/{p}") for p in left):
        time.sleep(0.02)
    assert not [p for p in left if os.path.exists(f"/proc/{p}")]
