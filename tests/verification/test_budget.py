"""Budgets: a verdict in time, or Undecided with everything known, and no process left behind."""

import os
import signal
import subprocess
import sys
import textwrap
import time

import pytest
import sympy

import symelbo as se
from symelbo.budget import Budget, within
from symelbo.errors import BudgetError, DomainError
from symelbo.geometry import generic_screen
from symelbo.verification.evaluation import estimate

needs_fork = pytest.mark.skipif(not hasattr(os, "fork"), reason="processes cannot be forked here")


def kinds(report):
    return [(v.statement.id, v.kind, v.scope) for v in report.verdicts]


@pytest.mark.parametrize("model", [se.model_a(), se.model_b(), se.restricted_boltzmann_machine(2, 1)])
def test_within_its_budget_a_verification_gives_the_same_report(model):
    free, limited = se.verify(model), se.verify(model, budget=120)
    assert kinds(free) == kinds(limited)
    assert limited.model is model
    assert free.ranks == limited.ranks
    assert str(free.counterexample) == str(limited.counterexample)
    for a, b in zip(free.verdicts, limited.verdicts, strict=True):
        assert getattr(a, "certificate", None) is None or a.certificate.to_json() == b.certificate.to_json()


def test_exact_points_with_exponentials_survive_the_way_back():
    a, b = sympy.symbols("a b")
    space = se.SampleSpace({"v": 2}, {"h": 2})
    model = se.Parametrization(space, [sympy.exp(a), a, b, sympy.exp(b) * a], [a, b], [a > 0, b > 0], weights=True)
    free, limited = se.is_cylindrical(model), se.is_cylindrical(model, budget=120)
    assert free.kind == limited.kind
    assert str(free.point) == str(limited.point)


def endless():
    yield "first"
    while True:
        time.sleep(1)


@needs_fork
def test_what_was_known_arrives_and_the_end_is_punctual():
    start, events = time.monotonic(), within(Budget(0.3), endless())
    assert next(events) == "first"
    with pytest.raises(BudgetError, match=r"the budget of 0\.3 s ended"):
        next(events)
    assert time.monotonic() - start < 1.3


@needs_fork
def test_arithmetic_that_ignores_signals_is_ended_too():
    def stuck():
        yield os.getpid()
        yield int(str(sympy.prime(1)) * 10) ** (10**9)

    start = time.monotonic()
    events = within(Budget(0.5), stuck())
    pid = next(events)
    with pytest.raises(BudgetError):
        next(events)
    assert time.monotonic() - start < 1.5
    with pytest.raises(ProcessLookupError):
        os.kill(pid, 0)


@needs_fork
@pytest.mark.skipif(not os.path.exists("/proc/self/statm"), reason="memory is limited on Linux")
def test_memory_is_limited_too():
    def hungry():
        yield "before"
        yield len(bytes(500_000_000))

    with pytest.raises(BudgetError, match="the budget of 100 MB of memory ended"):
        list(within(Budget(memory=100_000_000), hungry()))
    assert list(within(Budget(60, memory=2_000_000_000), hungry())) == ["before", 500_000_000]


def test_an_undecided_verdict_tells_what_is_known():
    model = se.naive_bayes(15)
    verdict = se.is_cylindrical(model, budget=0.05)
    assert isinstance(verdict, se.Undecided)
    assert "the budget of 0.05 s ended during" in verdict.reason
    generic_screen(model)  # what is known already need not be found again
    report = se.verify(model, budget=0.5)
    assert report.undecided
    assert len(report) == 12
    assert any("formulas are evaluated at exact points" in t for t in report.undecided[-1].tried)
    assert any("ranks (31, 31, 16), not cylindrical if they are exact" in t for t in report.undecided[-1].tried)


def test_errors_come_back_as_errors():
    with pytest.raises(DomainError, match="is not admissible"):
        se.verify(se.model_b(), at={"x": "1/2", "y1": "1/2", "y2": "1/2", "z1": "1/2", "z2": "1/2"}, budget=60)


@pytest.mark.parametrize("wrong", [0, -1, "10", True, Budget])
def test_a_wrong_budget_is_refused(wrong):
    with pytest.raises(DomainError, match="budget"):
        se.is_cylindrical(se.model_a(), budget=wrong)


def test_a_large_network_has_a_budget_as_well():
    chain = [(f"h{i}", f"h{i + 1}") for i in range(39)] + [(f"h{i}", f"v{i}") for i in range(40)]
    model = se.bayesian_network(chain, hidden=[f"h{i}" for i in range(40)])
    assert kinds(se.verify(model, budget=120)) == kinds(se.verify(model))


@needs_fork
@pytest.mark.parametrize("fatal", [signal.SIGINT, signal.SIGKILL])
@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="the kernel ends orphans on Linux")
def test_no_process_is_left_behind(tmp_path, fatal):
    script = tmp_path / "script.py"
    script.write_text(
        textwrap.dedent(
            """
            import os, time
            from symelbo.budget import Budget, within

            def endless():
                yield os.getpid()
                while True:
                    time.sleep(1)

            for pid in within(Budget(60), endless()):
                print(pid, flush=True)
            """
        )
    )
    with subprocess.Popen(
        [sys.executable, script], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
    ) as process:
        child = int(process.stdout.readline())
        process.send_signal(fatal)
        process.wait(10)
    deadline = time.monotonic() + 5
    while time.monotonic() < deadline and os.path.exists(f"/proc/{child}"):
        time.sleep(0.02)
    assert not os.path.exists(f"/proc/{child}")


def test_the_estimate_decides_the_route_and_is_in_the_notes():
    assert estimate(se.model_b()).symbolic
    assert not estimate(se.naive_bayes(5)).symbolic
    report = se.verify(se.model_b())
    assert report.notes[0] == str(estimate(se.model_b()))
    assert report.notes[1].startswith("screen at a random point, modulo 2147483647: ranks (5, 3, 3), not cylindrical")
