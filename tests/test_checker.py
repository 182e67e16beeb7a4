"""The checker believes nobody: corpora, mutations, truncations, bombs, and agreement with sympy and flint."""

from __future__ import annotations

import ast
import json
import random
import resource
import subprocess
import sys
import time
import types
from fractions import Fraction
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import sympy

import symelbo as se
from symelbo import checker
from symelbo.certificates import IdentityCertificate
from symelbo.models.domain import Domain
from symelbo.statements import GAUSSIAN_STATEMENTS, STATEMENTS
from tests.certificates.build import rehashed

CORPUS = Path(__file__).parent / "certificates"
ACCEPT = sorted((CORPUS / "accept").glob("*.json"))
REJECT = sorted((CORPUS / "reject").glob("*.json"))
CHECKER = Path(checker.__file__)
# Reasons that no certificate alone provokes.
UNREACHED = {"statement"}


def run(*arguments: str, flags: tuple[str, ...] = ("-I",)) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, *flags, str(CHECKER), *arguments], capture_output=True, text=True, check=False, timeout=300
    )


def test_the_checker_imports_the_standard_library_only_and_has_no_assert() -> None:
    tree = ast.parse(CHECKER.read_text())
    for node in ast.walk(tree):
        assert not isinstance(node, ast.Assert)
        if isinstance(node, ast.Import):
            assert all(a.name in sys.stdlib_module_names for a in node.names)
        if isinstance(node, ast.ImportFrom):
            assert node.module.split(".")[0] in sys.stdlib_module_names
            assert not node.level


def test_the_statements_are_those_of_the_catalogue() -> None:
    for s in STATEMENTS:
        assumptions, conclusion, quantifier, formulas = checker.STATEMENTS[s.slug]
        assert (assumptions, conclusion, quantifier) == (list(s.hypotheses), s.conclusion, s.quantifier)
        assert formulas == [f.text for f in s.formulas] or s.slug == "elbo-equivalence"
    for s in GAUSSIAN_STATEMENTS.values():
        words = checker.NORMAL_STATEMENTS[s.slug]
        assert words == (list(s.hypotheses), s.conclusion, s.quantifier, [])


@cache
def checked(path: Path) -> checker.Result:
    return checker.check(path.read_text())


@pytest.mark.parametrize("path", ACCEPT, ids=lambda p: p.stem)
def test_committed_certificates_stay_valid(path: Path) -> None:
    result = checked(path)
    assert (result.exit, result.reason) == (0, "valid")
    assert result.sha256 == json.loads(path.read_text())["sha256"]


@pytest.mark.parametrize("path", REJECT, ids=lambda p: p.stem)
def test_broken_certificates_are_rejected_for_the_reason_in_their_name(path: Path) -> None:
    result = checked(path)
    assert path.stem.startswith(f"{result.exit}-{result.reason}-") or path.stem == f"{result.exit}-{result.reason}"
    assert result.exit in (1, 2)
    assert not result.report


def test_every_reason_code_and_every_kind_has_a_file() -> None:
    place = {"_require": 1, "Rejected": 0, "Malformed": 0}
    calls = (n for n in ast.walk(ast.parse(CHECKER.read_text())) if isinstance(n, ast.Call))
    reasons = [c.args[place[c.func.id]] for c in calls if isinstance(c.func, ast.Name) and c.func.id in place]
    raised = {n.value for reason in reasons for n in ast.walk(reason) if isinstance(n, ast.Constant)}
    seen = {checked(p).reason for p in REJECT}
    assert raised - seen <= UNREACHED
    kinds = {json.loads(p.read_text())["witness"]["kind"] for p in ACCEPT}
    assert kinds == {kind for kind, _, _, _ in checker.PROVES}
    slugs = {json.loads(p.read_text())["claim"]["statement"] for p in ACCEPT}
    assert slugs == set(checker.STATEMENTS)


@pytest.mark.parametrize("path", ACCEPT, ids=lambda p: p.stem)
def test_what_there_is_to_read_for_a_certificate_are_some_600_lines(path: Path) -> None:
    """More only for a network proved by subnetworks: a table is judged inside of a graph."""
    *lines, last = checker.reading(path.read_text())
    assert last == f"{len(lines)} lines judge this certificate"
    assert len(lines) < (850 if '"subnetworks"' in path.read_text() else 750)
    source = CHECKER.read_text().splitlines()
    assert all(source[int(line[:5]) - 1] == line[7:] for line in lines)


@pytest.mark.parametrize(
    "name",
    [
        "a-S3",
        "b-S3",
        "b-nowhere",
        "collinear-S4",
        "network-cut",
        "signs",
        "abo-nowhere",
        "counts-S11",
        "normal-leaves-nowhere",
    ],
)
def test_what_there_is_to_read_is_all_that_judges_every_other_function_may_be_missing(name: str) -> None:
    """But for the one that reads the table of statements when the file is loaded."""
    text = (CORPUS / "accept" / f"{name}.json").read_text()
    kept = {int(line[:5]) for line in checker.reading(text)[:-1]}
    tree = ast.parse(CHECKER.read_text())
    for node in ast.walk(tree):
        if (
            isinstance(node, ast.FunctionDef)
            and node.lineno not in kept
            and node.name not in ("_statement", "_statements")
        ):
            node.body = ast.parse("raise SystemExit").body
    rest = types.ModuleType("rest")
    exec(compile(tree, "rest", "exec"), rest.__dict__)  # the checker itself, with functions taken out
    assert tuple(rest.check(text)) == tuple(checker.check(text))


@pytest.mark.parametrize("flags", [("-I",), ("-I", "-OO")])
def test_the_script_agrees_with_the_function_also_under_optimisation(flags: tuple[str, ...]) -> None:
    done = run(*map(str, ACCEPT), flags=flags)
    assert done.returncode == 0
    assert not done.stderr
    done = run(*map(str, REJECT), flags=flags)
    assert done.returncode == 2
    assert not done.stderr
    for path, line in zip(REJECT, done.stdout.splitlines(), strict=True):
        assert line.startswith(f"{path}: {'INVALID' if path.stem[0] == '1' else 'MALFORMED'}: ")


def test_the_exit_code_of_one_file_is_that_of_its_result() -> None:
    for path in (*ACCEPT[::20], *REJECT[::10]):
        assert checker.main([str(path)]) == checked(path).exit


def test_a_valid_proof_of_another_statement_is_rejected() -> None:
    a, b = ((CORPUS / "accept" / f"{name}-S3.json") for name in "ab")
    digest = json.loads(a.read_text())["sha256"]
    assert run("--statement", digest, str(a)).returncode == 0
    other = run("--statement", digest, str(b))
    assert other.returncode == 1
    assert ": statement: " in other.stdout
    assert checker.check(b.read_text(), digest).reason == "statement"


def test_a_statement_is_demanded_by_all_digits_of_its_hash_and_the_message_names_them() -> None:
    text = (CORPUS / "accept" / "a-S3.json").read_text()
    digest = json.loads(text)["sha256"]
    assert checker.check(text, digest).accepted
    for other in (digest[:12], digest[:63], digest[1:], digest + "0"):
        result = checker.check(text, other)
        assert result.reason == "statement"
        assert digest in result.message


@pytest.mark.parametrize("arguments", [[], ["--statement"], ["--help"], ["/nowhere.json"], ["/"]])
def test_bad_usage_is_exit_2_without_a_traceback(arguments: list[str]) -> None:
    done = run(*arguments)
    assert done.returncode == 2
    assert "Traceback" not in done.stderr + done.stdout


@pytest.mark.parametrize("name", ["a-S3", "b-S9", "identity", "abo-S3"])
def test_truncation_at_every_byte_is_malformed(name: str) -> None:
    text = (CORPUS / "accept" / f"{name}.json").read_text()
    for k in range(len(text)):
        assert checker.check(text[:k]).exit == 2


def test_bytes_that_are_not_ascii_are_malformed(tmp_path: Path) -> None:
    for k, raw in enumerate([b"\xff\xfe", b"\x00" * 100, '{"a":"é"}'.encode()]):
        path = tmp_path / f"{k}.json"
        path.write_bytes(raw)
        assert run(str(path)).returncode == 2


# ----------------------------------------------------------------------------------------------- limits


def _bomb(**changes: Any) -> str:
    data = json.loads((CORPUS / "accept" / "identity.json").read_text())
    data["claim"].update(changes)
    return rehashed(data)


def _table_bomb(change: Any, name: str = "a-S3") -> str:
    data = json.loads((CORPUS / "accept" / f"{name}.json").read_text())
    change(data)
    return rehashed(data)


def _graph_bomb(arrow: Any) -> str:
    data = json.loads((CORPUS / "accept" / "network-refuted.json").read_text())
    n = 60_000
    model = data["claim"]["model"]
    model["variables"] = [["v", ["0", "1"]], *([f"n{k}", ["0", "1"]] for k in range(n + 1))]
    model["hidden"] = [f"n{k}" for k in range(n // 2, n + 1)]
    model["arrows"] = [arrow(k) for k in range(n)]
    return rehashed(data)


def _one_state(data: dict[str, Any]) -> None:
    """A generator of 90 variables has 2^90 faces."""
    model = data["claim"]["model"]
    model["variables"] = [[f"u{k}", ["0"]] for k in range(90)] + model["variables"]
    model.update(domain=[], generators=[], parameters=[], factors=[])
    model["weights"] = [["1", []]] * 8
    data["interior_point"] = []
    data["witness"] = {"kind": "log-linear-cut", "generators": [[v[0] for v in model["variables"]]]}


def _tower() -> Any:
    tree: Any = ["+", ["g", 0], ["g", 1], "1"]
    for _ in range(60):
        tree = ["*", tree, tree]
        if len(json.dumps(tree)) > 200_000:
            break
    return tree


def _dense(data: dict[str, Any]) -> None:
    terms = [[str(10**400 + i * j), [i, j, 0]] for i in range(40, -1, -1) for j in range(40, -1, -1)]
    data["claim"]["model"]["factors"] = [terms] * 6


def _many_digits(data: dict[str, Any]) -> None:
    data["interior_point"] = [f"{10**1500}/{10**1900 + 7 * k + 3}" for k in range(3)]
    data["claim"]["model"]["weights"] = [[c, [[f, 2000] for f, _ in e]] for c, e in data["claim"]["model"]["weights"]]


def _long_fractions(data: dict[str, Any]) -> None:
    """Exact sums of many fractions with long denominators."""
    point = [str(Fraction(10**297, 10**300 + 7 * k + 3)) for k in range(len(data["interior_point"]))]
    model = data["claim"]["model"]
    for table in model["tables"]:
        table["rows"] = [[c, [[f, 10] for f, _ in e]] for c, e in table["rows"]]
    data["interior_point"] = data["claim"]["point"] = point


def _null_vector_bomb(hidden: int, factors: int, rows: list[Any], *, vertical: bool) -> str:
    """A claim that the only parameter is vertical, or horizontal, over a table with very many factors."""
    data = json.loads((CORPUS / "accept" / "weights-S3.json").read_text())
    labels = [str(h) for h in range(hidden)]
    data["claim"]["model"] = {
        "parameters": ["a"],
        "generators": [{"name": "a"}],
        "domain": [],
        "variables": [["v", ["0", "1"]], ["h", labels]],
        "hidden": ["h"],
        "factors": [[["1", [1]]]] * factors,
        "weights": rows,
    }
    column = [[[["1", [0]]]]]
    data["interior_point"] = ["1"]
    sides = ("vertical", "horizontal") if vertical else ("horizontal", "vertical")
    data["witness"] = {"kind": "null-vectors", sides[0]: column, sides[1]: [], "null": []}
    return rehashed(data)


def _common_factors() -> str:
    """Sums over fibres, in which every state has a factor of its own."""
    rows = [["1", [[h, 1]]] for _ in range(2) for h in range(5000)]
    return _null_vector_bomb(5000, 5000, rows, vertical=True)


def _differences() -> str:
    """Differences of exponents to a state that has all the factors."""
    rows = [["1", [[k, 1] for k in range(900)]]] + [["1", [[h % 900, 2]]] for h in range(1, 20000)]
    return _null_vector_bomb(20000, 900, rows + [["1", []]] * 20000, vertical=False)


def _listed(text: str) -> str:
    """The same table with its states listed."""
    data = json.loads(text)
    model = data["claim"]["model"]
    (_, visible), (_, hidden) = model.pop("variables")
    model.pop("hidden")
    model["states"] = [[f"{v},{h}", v] for v in visible for h in hidden]
    data["version"] = 2
    return rehashed(data)


def _many_states() -> str:
    """A list of 200,000 states, each in a fibre of its own."""
    data = json.loads((CORPUS / "accept" / "counts-S3.json").read_text())
    data["claim"]["model"]["states"] = [[str(k), str(k)] for k in range(200_000)]
    data["claim"]["model"]["weights"] = [["1", []]] * 200_000
    return rehashed(data)


def _sum(n: int) -> Any:
    return ["+", *(["g", k] for k in range(n))]


def _wide(n: int, tree: Any) -> str:
    """An identity in many generators."""
    data = json.loads((CORPUS / "accept" / "identity.json").read_text())
    names = [f"g{k}" for k in range(n)]
    data["claim"]["model"].update(parameters=names, generators=[{"name": name} for name in names])
    data["claim"].update(left=[tree], right=["1"])
    data["interior_point"] = ["1"] * n
    return rehashed(data)


def _all_factors(n: int) -> str:
    """Every weight has powers of all of many generators, and of their sum."""
    data = json.loads((CORPUS / "accept" / "a-S3.json").read_text())
    names, units = [f"g{k}" for k in range(n)], [[int(i == k) for i in range(n)] for k in range(n)]
    factors = [*([["1", unit]] for unit in units), [["1", unit] for unit in units]]
    weights = [["1", [[f, 1 + (7 * x * f + x) % 3] for f in range(n + 1)]] for x in range(200)]
    data["claim"]["model"].update(
        domain=[],
        parameters=names,
        generators=[{"name": name} for name in names],
        factors=factors,
        weights=weights,
        variables=[["y", [str(k) for k in range(100)]], ["x", ["1", "0"]]],
    )
    column = [[["1", [0] * n]], *[[]] * (n - 1)]
    data.update(interior_point=["1"] * n)
    data["witness"] = {"kind": "null-vectors", "horizontal": [], "vertical": [column], "null": []}
    return rehashed(data)


# Made when they are thrown.
BOMBS = {
    "listed common factors": lambda: _listed(_common_factors()),
    "listed differences": lambda: _listed(_differences()),
    "many listed states": _many_states,
    "common factors": _common_factors,
    "differences": _differences,
    "tower of squares": lambda: _bomb(left=[_tower()]),
    "power of a sum": lambda: _bomb(left=[["^", ["+", ["g", 0], ["g", 1], "1"], 2000]]),
    "power of powers": lambda: _bomb(left=[["^", ["^", ["^", ["g", 0], 2000], 2000], 2000]]),
    "number power": lambda: _bomb(left=[["^", ["^", ["^", "9" * 100, 2000], 2000], 2000]]),
    "many terms": lambda: _bomb(left=[["*", *([["+", ["g", 0], ["g", 1], "1"]] * 3000)]]),
    "dense factors": lambda: _table_bomb(_dense),
    "digits": lambda: _table_bomb(_many_digits),
    "long fractions": lambda: _table_bomb(_long_fractions, "large-S4"),
    "states": lambda: _table_bomb(
        lambda d: d["claim"]["model"].update(
            variables=[[f"v{k}", [str(i) for i in range(9)]] for k in range(9)] + [["x", ["1", "0"]]]
        )
    ),
    "parents": lambda: _graph_bomb(lambda k: [f"n{k}", "v"]),
    "long chain": lambda: _graph_bomb(lambda k: [f"n{k}", f"n{k + 1}"]),
    "unused parameters": lambda: _table_bomb(
        lambda d: d["claim"]["model"].update(parameters=[*"xyz", *(f"p{k}" for k in range(90_000))])
    ),
    "variables of one state": lambda: _table_bomb(_one_state),
    "square in 1,000 generators": lambda: _wide(1000, ["^", _sum(1000), 2]),
    "square in 400 generators": lambda: _wide(400, ["^", _sum(400), 2]),
    "products in 60 generators": lambda: _wide(60, ["*", *(_sum(k) for k in range(1, 60))]),
    "derivatives in 100 generators": lambda: _all_factors(100),
    "brackets": lambda: "[" * 1_000_000,
    "lists": lambda: "[" + "[[]]," * 3_000_000 + "[]]",
    "texts": lambda: "[" + '"ab",' * 3_000_000 + "[]]",
    "objects": lambda: '{"a":' * 200_000,
    "string": lambda: '"' + "a" * 15_000_000,
    "too long": lambda: " " * 17_000_000,
    "integer": lambda: "9" * 1_000_000,
}


# These reach the same limit of work as "power of a sum", which takes some seconds.
SLOW_BOMBS = {"many terms", "tower of squares"}


@pytest.mark.parametrize("name", [pytest.param(n, marks=pytest.mark.slow) if n in SLOW_BOMBS else n for n in BOMBS])
def test_bombs_are_refused_within_the_limits(name: str, tmp_path: Path) -> None:
    path = tmp_path / "bomb.json"
    path.write_text(BOMBS[name]())
    start = time.perf_counter()
    script = (
        "import resource, runpy, sys; resource.setrlimit(resource.RLIMIT_AS, (5 * 10**8,) * 2); "
        f"sys.argv = ['checker.py', {str(path)!r}]; runpy.run_path({str(CHECKER)!r}, run_name='__main__')"
    )
    done = subprocess.run(
        [sys.executable, "-I", "-c", script], capture_output=True, text=True, check=False, timeout=120
    )
    assert done.returncode in (1, 2), done.stdout[:300]
    assert "Traceback" not in done.stderr + done.stdout
    assert "fault" not in done.stdout
    assert "MemoryError" not in done.stdout
    assert time.perf_counter() - start < 60


# ------------------------------------------------------------------------------------------- differential test


def _random_expression(rng: random.Random, symbols: list[sympy.Expr], depth: int) -> sympy.Expr:
    if not depth or rng.random() < 0.2:
        return rng.choice([*symbols, sympy.Rational(rng.randint(-3, 3), rng.randint(1, 3))])
    a, b = (_random_expression(rng, symbols, depth - 1) for _ in range(2))
    kind = rng.choice("++**/^")
    if kind == "+":
        return a + b
    if kind == "*":
        return a * b
    if kind == "/":
        return a / (b + rng.choice(symbols) ** 2 + 1)
    return a ** rng.choice([2, 3])


@pytest.mark.parametrize("seed", range(60))
def test_checker_sympy_and_flint_agree_on_true_and_nearly_true_identities(seed: int) -> None:
    rng = random.Random(seed)
    x, y, a = sympy.symbols("x y a")
    symbols = [x, y] if seed % 3 else [x, sympy.exp(a), sympy.exp(-2 * a)]
    left = _random_expression(rng, symbols, 3)
    right = rng.choice([sympy.together, sympy.expand, sympy.factor, lambda e: sympy.expand(sympy.together(e))])(left)
    if seed % 2:
        right = right + rng.choice([sympy.Rational(1, 10**6), rng.choice(symbols) / 10**4])
    field = se.exact.Field.containing([left, right, *symbols], [x, y, a])
    # sympy decides on plain symbols for the exponentials.
    t = sympy.Symbol("t")
    plain = [
        e.subs(sympy.exp(-2 * a), 1 / t**2).subs(sympy.exp(a), t).replace(sympy.exp, lambda f: t ** (f / a))
        for e in (left, right)
    ]
    by_sympy = sympy.cancel(sympy.together(plain[0] - plain[1])) == 0
    by_flint = field.from_sympy(left) == field.from_sympy(right)
    assert by_sympy == by_flint
    inside = se.check_equal(left, right)
    assert isinstance(inside, se.Proved) == by_flint
    domain = Domain(field, ())
    point = inside.certificate.interior
    claimed = IdentityCertificate(inside.certificate.field, domain, (left,), (right,), "proved", "generic", point)
    result = checker.check(claimed.to_json())
    assert result.accepted == by_flint, result


# ------------------------------------------------------------------------------------- what it must reach


def _processor_seconds() -> float:
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def test_the_certificate_of_m_b_checks_in_at_most_fifteen_times_what_the_start_of_python_takes() -> None:
    """Processor time of whole processes, in one run: wall time depends on what else runs."""
    path = str(CORPUS / "accept" / "b-S3.json")
    imports = [sys.executable, "-I", "-c", "import fractions, hashlib, itertools, json, re, threading, typing"]

    def best(command: list[str]) -> float:
        times = []
        for _ in range(5):
            start = _processor_seconds()
            assert subprocess.run(command, capture_output=True, check=False, timeout=300).returncode == 0
            times.append(_processor_seconds() - start)
        return min(times)

    assert best([sys.executable, "-I", str(CHECKER), path]) < 15 * best(imports)


def test_naive_bayes_with_eight_leaves_checks_within_half_of_the_work_that_is_allowed() -> None:
    model = se.bayesian_network([("x", f"y{k}") for k in range(8)], hidden=["x"])
    for name in ("S3", "S4", "S10"):
        verdict = se.verify(model, name)
        assert checker.check(verdict.certificate.to_json(), verdict.certificate.sha256).accepted
        assert checker.MAX_WORK - checker._budget.left < checker.MAX_WORK / 2
