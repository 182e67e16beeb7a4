"""Certificates as theorems for Coq 8.16: a self-contained file over Q, without axioms.

The file is written from the same data that the independent checker reads.  It defines the table and its derivatives,
proves that they are derivatives (``p(theta + e) = p(theta) + e d + e^2 r`` with a polynomial r; for parameters in
exponents they are formal derivatives, with ``d t = c t``), that the probabilities sum to 1, that the posterior is a
distribution, and then

* cylindrical: that the columns of N_H, N_V, N_0 are horizontal, vertical and null directions, and independent;
* not cylindrical: that at the rational point any two solutions of the normal equations, for D(q||.) on the model and
  for D(q_V||.) on the visible model, have different projections, by linear arithmetic;
* identities: that both sides are equal wherever their denominators are not 0, or different at the point.

Polynomial identities up to :data:`RING_LIMIT` terms are proved by ``ring``, longer ones by reflection over
``Ring_polynom``, identities with denominators by ``field``.  Every theorem is followed by ``Print Assumptions``; each
one with hypotheses has a lemma that they can be satisfied.  Compile with ``coqc FILE.v``.
"""

from __future__ import annotations

import re
import subprocess
import tempfile
from collections.abc import Callable, Iterable, Sequence
from fractions import Fraction
from itertools import pairwise, product
from pathlib import Path
from typing import Any

from symelbo.certificates.claims import Certificate
from symelbo.certificates.expressions import IdentityCertificate
from symelbo.certificates.trees import (
    Tree,
    as_fraction,
    coq_number,
    count_terms,
    denominators,
    expression_tree,
    polynomial_tree,
    rational_at,
    shift_rest,
    tree_product,
    tree_sum,
    value_at,
)
from symelbo.certificates.writer import RING_LIMIT, Writer
from symelbo.errors import ModelError

__all__ = ["RING_LIMIT", "coq_gate", "coq_source"]


STATE_LIMIT = 128
"""States beyond which no file is written: use the checker."""


_PREAMBLE = """\
From Coq Require Import QArith Qfield Lqa Ring_polynom Ring_theory BinList List.
Import ListNotations.
Open Scope Q_scope.
"""

_REFLECTION = """\
(* Reflection: two polynomials with the same normal form are equal. *)
Definition qeval := PEeval 0 1 Qplus Qmult Qminus Qopp (fun q : Q => q) (fun n : N => n) (pow_N 1 Qmult).
Definition qnorm := norm_subst 0 1 Qplus Qmult Qminus Qopp Qeq_bool (triv_div 0 1 Qeq_bool) 0 [].
Lemma qmorph : ring_morph 0 1 Qplus Qmult Qminus Qopp Qeq 0 1 Qplus Qmult Qminus Qopp Qeq_bool (fun q => q).
Proof. constructor; try (intros; reflexivity). intros; now apply Qeq_bool_eq. Qed.
Lemma qpow : power_theory 1 Qmult Qeq (fun n : N => n) (pow_N 1 Qmult).
Proof. constructor. intros. reflexivity. Qed.
Lemma qext : ring_eq_ext Qplus Qmult Qopp Qeq.
Proof. constructor; repeat intro; [now apply Qplus_comp | now apply Qmult_comp | now apply Qopp_comp]. Qed.
Lemma by_reflection : forall l a b, Peq Qeq_bool (qnorm a) (qnorm b) = true -> qeval l a == qeval l b.
Proof.
  intros l a b H. pose (A := Rth_ARth Q_Setoid qext Qsrt).
  exact (ring_correct Q_Setoid qext A qmorph qpow (triv_div_th Q_Setoid qext A qmorph) 0 l [] a b I H).
Qed.
"""


def coq_source(certificate: Certificate | IdentityCertificate) -> str:
    """Return a Coq file with the theorems of a certificate.

    Parameters
    ----------
    certificate
        Usually that of the verdict on S3: of kind null-vectors or not-cylindrical.  Any other kind gives the theorems
        on the table (derivatives, normalisation, posterior).

    Raises
    ------
    ModelError
        The table is too large, or has a denominator or a power that Coq would have to multiply out.

    >>> from symelbo.models import model_a
    >>> from symelbo.verification import is_cylindrical
    >>> print(coq_source(is_cylindrical(model_a()).certificate).splitlines()[0])
    (* cylindrical: proved, scope every-admissible-point *)
    """
    data = certificate.as_dict()
    claim = data["claim"]
    writer = Writer(claim["model"]["generators"], data["interior_point"])
    if claim["statement"] == "identity":
        _identity(writer, claim)
    else:
        if len(claim["model"].get("weights", range(STATE_LIMIT + 1))) > STATE_LIMIT:
            raise ModelError(f"a Coq file is written for at most {STATE_LIMIT} states; the checker has no such limit")
        _model(writer, data)
    head = [
        f"(* {claim['statement']}: {claim['verdict']}, scope {claim['scope']} *)",
        f"(* SHA-256 of the claim: {data['sha256']} *)",
        *(f"(* {line} *)" for line in writer.legend()),
    ]
    reflection = [_REFLECTION] if writer.reflects else []
    ends = [f"Print Assumptions {name}." for name in writer.theorems]
    return "\n".join([*head, _PREAMBLE, *reflection, *writer.lines, *ends]) + "\n"


_FORBIDDEN = re.compile(
    r"\b(Admitted|admit|give_up|Abort|Axiom|Axioms|Parameter|Parameters|Conjecture|Hypothesis|Hypotheses|Variable|"
    r"Variables|Context|Unset|bypass_check|Declare)\b"
)


def coq_gate(source: str, *, coqc: str = "coqc", timeout: float = 600) -> tuple[str, ...]:
    """Compile a Coq file and return the reasons not to believe it (none: it passes).

    The compiler has to accept the file, nothing in it may be admitted or assumed, and ``Print Assumptions`` has to
    say "Closed under the global context" for every single theorem.

    Parameters
    ----------
    source : str
        The text of the file.
    coqc : str
        The compiler of Coq.
    timeout : float
        Seconds after which compilation counts as failed.
    """
    code = re.sub(r"\(\*.*?\*\)", " ", source, flags=re.DOTALL)
    reasons = [f"the file contains {word}" for word in sorted({m[1] for m in _FORBIDDEN.finditer(code)})]
    theorems = re.findall(r"^\s*Theorem\s+(\S+)", code, flags=re.MULTILINE)
    printed = re.findall(r"^\s*Print\s+Assumptions\s+(\w+)", code, flags=re.MULTILINE)
    if not theorems:
        reasons.append("the file has no theorem")
    if sorted(theorems) != sorted(printed):
        reasons.append("Print Assumptions does not name every theorem once")
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "certificate.v")
        path.write_text(source, encoding="ascii")
        try:
            run = subprocess.run(
                [coqc, "-q", path.name], cwd=folder, capture_output=True, text=True, timeout=timeout, check=False
            )
        except subprocess.TimeoutExpired:
            return (*reasons, f"coqc did not finish in {timeout} seconds")
    if run.returncode:
        reasons.append(f"coqc refuses the file: {run.stderr.strip()[:500]}")
    closed = run.stdout.count("Closed under the global context")
    if closed != len(theorems) or "Axioms:" in run.stdout:
        reasons.append(f"{closed} of {len(theorems)} theorems are closed under the global context")
    return tuple(reasons)


class _Table:
    """The weights and their derivatives as trees, with names for the states."""

    def __init__(self, model: dict[str, Any]) -> None:
        self.parameters: list[str] = model["parameters"]
        self.generators = model["generators"]
        self.n_hidden, self.n_visible = 1, 1
        labels = [v[1] for v in model["variables"]]
        for name, own in model["variables"]:
            if name in model["hidden"]:
                self.n_hidden *= len(own)
            else:
                self.n_visible *= len(own)
        visible = len(labels) - len(model["hidden"])
        plain = all(re.fullmatch(r"[A-Za-z0-9]+", label) for own in labels for label in own)
        states, visible_states = list(product(*labels)), list(product(*labels[:visible]))
        self.names = ["_".join(s) if plain else str(k) for k, s in enumerate(states)]
        self.visible_names = ["_".join(s) if plain else str(k) for k, s in enumerate(visible_states)]
        self.factors = [{tuple(e): Fraction(c) for c, e in f} for f in model["factors"]]
        self.factor_trees = [polynomial_tree(f) for f in model["factors"]]
        self.rows = [(Fraction(c), [(f, e) for f, e in powers]) for c, powers in model["weights"]]
        if any(e < 0 for _, powers in self.rows for _, e in powers):
            lowest = {f: min(0, *(dict(p).get(f, 0) for _, p in self.rows)) for _, q in self.rows for f, _ in q}
            shifted = [(c, {f: dict(p).get(f, 0) - low for f, low in lowest.items()}) for c, p in self.rows]
            self.rows = [(c, [(f, e) for f, e in sorted(p.items()) if e]) for c, p in shifted]
            self.note = "weights are multiplied by a common product of powers, which cancels in p = w / sum w"
        else:
            self.note = ""

    def fibre(self, v: int) -> range:
        """The states over visible state v."""
        return range(v * self.n_hidden, (v + 1) * self.n_hidden)

    def weight(self, x: int) -> Tree:
        """The weight of a state as a product."""
        c, powers = self.rows[x]
        return tree_product(c, *(self._power(f, e) for f, e in powers))

    def _power(self, f: int, e: int) -> Tree:
        return Fraction(1) if not e else self.factor_trees[f] if e == 1 else ("^", self.factor_trees[f], e)

    def derivation(self, k: int, i: int) -> Fraction:
        """The derivative of generator k: 1 or 0 for a symbol, the coefficient c of c t for an exponential."""
        g = self.generators[k]
        if "exponent" in g:
            return Fraction(g["exponent"][i])
        return Fraction(int(g["name"] == self.parameters[i]))

    def factor_derivative(self, f: int, i: int) -> Tree:
        """The derivative of a factor with respect to parameter i."""
        total: dict[tuple[int, ...], Fraction] = {}
        for exponents, c in self.factors[f].items():
            for k, e in enumerate(exponents):
                rate = self.derivation(k, i)
                if e and rate:
                    lower = 0 if "exponent" in self.generators[k] else 1
                    key = (*exponents[:k], e - lower, *exponents[k + 1 :])
                    total[key] = total.get(key, Fraction(0)) + c * e * rate
        return polynomial_tree([[str(c), key] for key, c in sorted(total.items(), reverse=True) if c])

    def derivative(self, x: int, i: int) -> Tree:
        """The derivative of a weight with respect to parameter i."""
        c, powers = self.rows[x]
        terms = []
        for f, e in powers:
            inner = self.factor_derivative(f, i)
            others = [self._power(g, k - (g == f)) for g, k in powers]
            terms.append(tree_product(c * e, inner, *others))
        return tree_sum(terms)


def _model(w: Writer, data: dict[str, Any]) -> None:
    model, witness = data["claim"]["model"], data["witness"]
    t = _Table(model)
    n, d = len(t.rows), len(t.parameters)
    if t.note:
        w.lines.append(f"(* {t.note} *)")
    w.lines.append("(* The table: p_s is the weight of the state s, visible variables first. *)")
    p, dp = [f"p_{s}" for s in t.names], [[f"d_{s}_{i + 1}" for i in range(d)] for s in t.names]
    weights = [t.weight(x) for x in range(n)]
    derivatives = [[t.derivative(x, i) for i in range(d)] for x in range(n)]
    for x in range(n):
        w.define(p[x], weights[x])
    for v, name in enumerate(t.visible_names):
        w.define(f"pV_{name}", tree_sum([("name", w.call(p[x])) for x in t.fibre(v)]))
    w.lines.append("(* d_s_i is the derivative of p_s with respect to parameter number i. *)")
    for x in range(n):
        for i in range(d):
            w.define(dp[x][i], derivatives[x][i])
    _derivatives(w, t, p, dp, weights)
    total = tree_sum(weights)
    if _sums_to_one(t):
        w.identities("normalised", [(total, Fraction(1), " + ".join(w.call(q) for q in p), "1")], p)
    values = [value_at(tree, w.point) for tree in weights]
    positive = " /\\ ".join(f"0 < {q} {w.at}".rstrip() for q in p)
    w.theorem("positive_at_point", positive, "vm_compute. repeat split; reflexivity.")
    _posterior(w, t, p)
    if witness["kind"] == "null-vectors":
        _null_vectors(w, t, witness, (p, dp), (weights, derivatives))
    elif witness["kind"] == "not-cylindrical":
        at = [[value_at(tree, w.point) for tree in row] for row in derivatives]
        _counterexample(w, t, witness, (p, dp), (values, at))


def _sums_to_one(t: _Table) -> bool:
    """Whether the weights sum to 1 at some points: then Coq is asked to prove that they do everywhere."""
    m = len(t.generators)
    points = ([Fraction(k + 2, 7 * (k + j) + 5) for k in range(m)] for j in range(3))
    return all(sum((value_at(t.weight(x), q) for x in range(len(t.rows))), Fraction(0)) == 1 for q in points)


def _derivatives(w: Writer, t: _Table, p: list[str], dp: list[list[str]], weights: list[Tree]) -> None:
    """p(theta + e) = p(theta) + e d + e^2 r, for parameters that are generators."""
    for i, parameter in enumerate(t.parameters):
        names = [g["name"] for g in t.generators]
        inside = any("exponent" in g and Fraction(g["exponent"][i]) for g in t.generators)
        if parameter not in names or inside:
            w.lines.append(f"(* {parameter} occurs in exponents: d_s_{i + 1} follows from d t = c t. *)")
            continue
        k = names.index(parameter)
        shifted = " ".join(f"({v} + e)" if j == k else v for j, v in enumerate(w.variables))
        rests = [shift_rest(tree, k, len(w.variables)) for tree in weights]
        parts = [
            f"{p[x]} {shifted} == {w.call(p[x])} + e * {w.call(dp[x][i])}"
            + (f" + e * e * ({w.text(rest)})" if rest != 0 else "")
            for x, rest in enumerate(rests)
        ]
        unfold = ", ".join([*p, *(row[i] for row in dp)])
        statement = f"forall ({w.arguments} e : Q),\n  " + " /\\\n  ".join(parts)
        w.theorem(f"derivative_{i + 1}", statement, f"intros. unfold {unfold}. repeat split; ring.")


def _posterior(w: Writer, t: _Table, p: list[str]) -> None:
    """The posterior sums to 1 on every fibre, and D C = pi^T D_V: the identities behind S2, S5, S6."""
    for v, name in enumerate(t.visible_names):
        below = w.call(f"pV_{name}")
        own = [w.call(p[x]) for x in t.fibre(v)]
        hypotheses = [f"~ {below} == 0", *(f"~ {q} == 0" for q in own)]
        sums = " + ".join(f"{q} / {below}" for q in own)
        parts = [f"{sums} == 1", *(f"({q} / {below}) / {q} == 1 / {below}" for q in own)]
        quantified = f"forall {w.binder}, " if w.variables else ""
        statement = f"{quantified}{' -> '.join(hypotheses)} ->\n  " + " /\\\n  ".join(parts)
        general = "; ".join(f"generalize dependent ({q})" for q in own)
        proof = f"intros. unfold pV_{name} in *. repeat split; field; auto."
        if len(own) * max(count_terms(t.weight(x)) for x in t.fibre(v)) > 12:
            proof = f"unfold pV_{name}. intros{''.join(' ' + u for u in w.variables)}. {general}. "
            proof += "intros. repeat split; field; auto."
        w.theorem(f"posterior_{name}", statement, proof)
        satisfied = " /\\ ".join(f"~ {call} == 0" for call in _at_point(w, [f"pV_{name}", *(p[x] for x in t.fibre(v))]))
        w.theorem(f"posterior_{name}_not_vacuous", satisfied, "repeat split; intro H; vm_compute in H; discriminate H.")


def _at_point(w: Writer, names: Iterable[str]) -> list[str]:
    return [f"{name} {w.at}".rstrip() for name in names]


def _null_vectors(
    w: Writer,
    t: _Table,
    witness: dict[str, Any],
    names: tuple[list[str], list[list[str]]],
    trees: tuple[list[Tree], list[list[Tree]]],
) -> None:
    p, dp = names
    weights, derivatives = trees
    d = len(t.parameters)
    columns: list[list[Fraction]] = []
    for kind in ("horizontal", "vertical", "null"):
        for number, data in enumerate(witness[kind]):
            column = [polynomial_tree(q) for q in data]
            columns.append([value_at(tree, w.point) for tree in column])
            entries = [f"n_{kind}_{number + 1}_{i + 1}" for i in range(d)]
            for entry, tree in zip(entries, column, strict=True):
                w.define(entry, tree)
            active = [i for i in range(d) if column[i] != 0]

            def along(x: int, active: list[int] = active, column: list[Tree] = column) -> list[Tree]:
                return [("*", derivatives[x][i], column[i]) for i in active]

            def along_text(x: int, active: list[int] = active, entries: list[str] = entries) -> str:
                return " + ".join(f"{w.call(dp[x][i])} * {w.call(entries[i])}" for i in active)

            used = [*p, *(dp[x][i] for x in range(len(p)) for i in active), *(entries[i] for i in active)]
            if kind == "vertical":
                pairs = _vertical_pairs(t, along, along_text, weights, w)
                used = [*(f"pV_{name}" for name in t.visible_names), *used]
            else:
                pairs = []
                groups = [range(len(p))] if kind == "null" else [t.fibre(v) for v in range(t.n_visible)]
                for x, y in (pair for group in groups for pair in pairwise(group)):
                    left, right = (("*", weights[b], _plus(along(a))) for a, b in ((x, y), (y, x)))
                    texts = [f"{w.call(p[b])} * ({along_text(a)})" for a, b in ((x, y), (y, x))]
                    pairs.append((left, right, texts[0], texts[1]))
            w.identities(f"{kind}_direction_{number + 1}", pairs, used)
    _independent(w, witness, columns)


def _plus(parts: list[Tree]) -> Tree:
    """A sum as it is written, nothing simplified: reflection needs the same shape."""
    return parts[0] if len(parts) == 1 else ("+", *parts)


def _vertical_pairs(
    t: _Table, along: Callable[[int], list[Tree]], along_text: Callable[[int], str], weights: list[Tree], w: Writer
) -> list[tuple[Tree, Tree, str, str]]:
    """The derivative of p_V along the direction is 0 (for unnormalised weights: proportional to p_V)."""
    sums = [_plus([term for x in t.fibre(v) for term in along(x)]) for v in range(t.n_visible)]
    texts = [" + ".join(along_text(x) for x in t.fibre(v)) for v in range(t.n_visible)]
    if _sums_to_one(t):
        return [(s, Fraction(0), text, "0") for s, text in zip(sums, texts, strict=True)]
    below = [_plus([weights[x] for x in t.fibre(v)]) for v in range(t.n_visible)]
    names = [w.call(f"pV_{name}") for name in t.visible_names]
    return [
        (
            ("*", below[v + 1], sums[v]),
            ("*", below[v], sums[v + 1]),
            f"{names[v + 1]} * ({texts[v]})",
            f"{names[v]} * ({texts[v + 1]})",
        )
        for v in range(t.n_visible - 1)
    ]


def _independent(w: Writer, witness: dict[str, Any], columns: list[list[Fraction]]) -> None:
    """The directions are linearly independent at the point: together they span the parameters."""
    names = [f"n_{kind}_{k + 1}" for kind in ("horizontal", "vertical", "null") for k in range(len(witness[kind]))]
    d = len(columns)
    unknowns = [f"c{k + 1}" for k in range(d)]
    rows = [
        " + ".join(f"{c} * {name}_{i + 1} {w.at}".rstrip() for c, name in zip(unknowns, names, strict=True))
        for i in range(d)
    ]
    statement = f"forall {' '.join(unknowns)} : Q,\n  " + " ->\n  ".join(f"{row} == 0" for row in rows)
    statement += " ->\n  " + " /\\ ".join(f"{c} == 0" for c in unknowns)
    unfold = ", ".join(f"{name}_{i + 1}" for name in names for i in range(d))
    w.theorem("directions_independent", statement, f"unfold {unfold}. intros. repeat split; lra.")


def _counterexample(
    w: Writer,
    t: _Table,
    witness: dict[str, Any],
    names: tuple[list[str], list[list[str]]],
    at: tuple[list[Fraction], list[list[Fraction]]],
) -> None:
    """Numbers at the point, and the inequality of any two gradients there.

    With weights w of sum Z the centred derivatives of p = w / Z are (d - w E) / Z, E = sum d / Z.
    """
    p, dp = names
    values, derivatives = at
    n, d = len(values), len(t.parameters)
    z = sum(values, Fraction(0))
    mean = [sum((row[i] for row in derivatives), Fraction(0)) / z for i in range(d)]
    prob = [v / z for v in values]
    jac = [[(row[i] - v * mean[i]) / z for i in range(d)] for v, row in zip(values, derivatives, strict=True)]
    q = [Fraction(v) for v in witness["elbo"]["q"]]
    w.lines.append(f"(* At the point {w.at}: numbers of the table, with sum {coq_number(z)}. *)")
    parts = [f"{name} {w.at} == {coq_number(v)}" for name, v in zip(p, values, strict=True)]
    parts += [
        f"{dp[x][i]} {w.at} == {coq_number(derivatives[x][i])}" for x in range(n) for i in range(d) if derivatives[x][i]
    ]
    w.theorem("numbers_at_point", " /\\\n  ".join(parts), "vm_compute. repeat split; reflexivity.")
    prob_v = [sum((prob[x] for x in t.fibre(v)), Fraction(0)) for v in range(t.n_visible)]
    jac_v = [[sum((jac[x][i] for x in t.fibre(v)), Fraction(0)) for i in range(d)] for v in range(t.n_visible)]
    q_v = [sum((q[x] for x in t.fibre(v)), Fraction(0)) for v in range(t.n_visible)]

    def normal_equations(
        rows: list[list[Fraction]], weight: list[Fraction], measure: list[Fraction], c: str
    ) -> list[str]:
        equations = []
        for i in range(d):
            metric = [sum((r[i] * r[j] / u for r, u in zip(rows, weight, strict=True)), Fraction(0)) for j in range(d)]
            right = sum((r[i] * m / u for r, m, u in zip(rows, measure, weight, strict=True)), Fraction(0))
            equations.append(f"{_linear(metric, c)} == {coq_number(right)}")
        return equations

    w.lines.append("(* Metrics and right hand sides, from the numbers above:")
    w.lines.append("   sum_x J(x,i) J(x,j) / p(x) and sum_x J(x,i) q(x) / p(x), the same on the visible states. *)")
    _metric_theorem(w, t, names, (z, mean), q)
    joint = normal_equations(jac, prob, q, "c")
    visible = normal_equations(jac_v, prob_v, q_v, "b")
    different = next(v for v in range(t.n_visible) if witness["elbo"]["projected"][v] != witness["elbo"]["visible"][v])
    unknowns = " ".join([*(f"c{i + 1}" for i in range(d)), *(f"b{i + 1}" for i in range(d))])
    goal = f"~ {_linear(jac_v[different], 'c')} == {_linear(jac_v[different], 'b')}"
    statement = f"forall {unknowns} : Q,\n  " + " ->\n  ".join([*joint, *visible, goal])
    w.lines.append(
        "(* Any coefficients c of the gradient on the model and b of the one on the visible model: the two tangent\n"
        f"   vectors differ at the visible state {t.visible_names[different]}. *)"
    )
    w.theorem("gradients_differ", statement, "intros. lra.")
    solutions = [Fraction(v) for k in ("coefficients", "visible_coefficients") for v in witness["elbo"][k]]
    satisfied = " /\\\n  ".join(_substitute(e, solutions, d) for e in [*joint, *visible])
    w.theorem("gradients_differ_not_vacuous", satisfied, "vm_compute. repeat split; reflexivity.")


def _metric_theorem(
    w: Writer,
    t: _Table,
    names: tuple[list[str], list[list[str]]],
    centre: tuple[Fraction, list[Fraction]],
    q: list[Fraction],
) -> None:
    """The coefficients of the normal equations, computed by Coq from the definitions of the table."""
    p, dp = names
    z, mean = centre
    d = len(t.parameters)
    w.lines.append(f"Definition z_ : Q := {coq_number(z)}.")
    for x, name in enumerate(t.names):
        w.lines.append(f"Definition prob_{name} : Q := {p[x]} {w.at} / z_.")
        for i in range(d):
            centred = f"{dp[x][i]} {w.at} - {p[x]} {w.at} * {coq_number(mean[i])}"
            w.lines.append(f"Definition jac_{name}_{i + 1} : Q := ({centred}) / z_.")
    for v, name in enumerate(t.visible_names):
        own = [t.names[x] for x in t.fibre(v)]
        w.lines.append(f"Definition probV_{name} : Q := {' + '.join(f'prob_{s}' for s in own)}.")
        for i in range(d):
            w.lines.append(f"Definition jacV_{name}_{i + 1} : Q := {' + '.join(f'jac_{s}_{i + 1}' for s in own)}.")
    q_v = [sum((q[x] for x in t.fibre(v)), Fraction(0)) for v in range(t.n_visible)]
    total = " + ".join(f"{name} {w.at}" for name in p)
    parts = [f"{total} == z_"]
    for i in range(d):
        sums = " + ".join(f"{dp[x][i]} {w.at}" for x in range(len(p)))
        parts.append(f"{sums} == z_ * {coq_number(mean[i])}")
    w.theorem("normalisation_at_point", " /\\\n  ".join(parts), "vm_compute. repeat split; reflexivity.")
    for suffix, states, measure in (("", t.names, q), ("V", t.visible_names, q_v)):
        texts = []
        for i in range(d):
            column = [f"jac{suffix}_{s}_{i + 1}" for s in states]
            for j in range(i, d):
                products = (
                    f"{a} * jac{suffix}_{s}_{j + 1} / prob{suffix}_{s}" for a, s in zip(column, states, strict=True)
                )
                texts.append(f"{' + '.join(products)} == {coq_number(_computed(w, t, suffix, i, j))}")
            products = (
                f"{a} * {coq_number(m)} / prob{suffix}_{s}" for a, s, m in zip(column, states, measure, strict=True)
            )
            texts.append(f"{' + '.join(products)} == {coq_number(_computed(w, t, suffix, i, q))}")
        name = "metric_at_point" if not suffix else "visible_metric_at_point"
        w.theorem(name, " /\\\n  ".join(texts), "vm_compute. repeat split; reflexivity.")


def _computed(w: Writer, t: _Table, suffix: str, i: int, other: int | list[Fraction]) -> Fraction:
    """An entry of a metric (with a parameter), or of the right hand side (with a measure), at the point."""
    values = [value_at(t.weight(x), w.point) for x in range(len(t.rows))]
    z = sum(values, Fraction(0))

    def column(k: int) -> list[Fraction]:
        d = [value_at(t.derivative(x, k), w.point) for x in range(len(values))]
        mean = sum(d, Fraction(0)) / z
        return _marginal([(a - v * mean) / z for a, v in zip(d, values, strict=True)], t, suffix)

    second = column(other) if isinstance(other, int) else _marginal(other, t, suffix)
    below = _marginal([v / z for v in values], t, suffix)
    return sum((a * b / c for a, b, c in zip(column(i), second, below, strict=True)), Fraction(0))


def _marginal(vector: list[Fraction], t: _Table, suffix: str) -> list[Fraction]:
    if not suffix:
        return vector
    return [sum((vector[x] for x in t.fibre(v)), Fraction(0)) for v in range(t.n_visible)]


def _linear(coefficients: Sequence[Fraction], letter: str) -> str:
    terms = [f"{coq_number(c)} * {letter}{i + 1}" for i, c in enumerate(coefficients) if c]
    return " + ".join(terms) if terms else "0"


def _substitute(equation: str, solutions: Sequence[Fraction], d: int) -> str:
    def value(match: re.Match[str]) -> str:
        return coq_number(solutions[int(match[2]) - 1 + (d if match[1] == "b" else 0)])

    return re.sub(r"\b([bc])([0-9]+)\b", value, equation)


def _identity(w: Writer, claim: dict[str, Any]) -> None:
    """Equality of expressions wherever the denominators are not 0, or inequality at the point."""
    for k, (a, b) in enumerate(zip(claim["left"], claim["right"], strict=True)):
        left, right = expression_tree(a), expression_tree(b)
        if claim["verdict"] == "refuted":
            w.define(f"left_{k + 1}", left)
            w.define(f"right_{k + 1}", right)
            sides = _at_point(w, [f"left_{k + 1}", f"right_{k + 1}"])
            if rational_at(left, w.point) != rational_at(right, w.point):
                w.theorem(
                    f"different_{k + 1}", f"~ {sides[0]} == {sides[1]}", "intro H; vm_compute in H; discriminate H."
                )
            continue
        parts = [as_fraction(t)[0] for t in denominators(left) + denominators(right)]
        below = list(dict.fromkeys(w.text(t) for t in parts if not isinstance(t, Fraction)))
        name = f"identity_{k + 1}"
        if not below:
            w.identities(name, [(left, right, w.text(left), w.text(right))], [])
            continue
        hypotheses = [f"~ {text} == 0" for text in below]
        statement = f"forall {w.binder},\n  {' -> '.join([*hypotheses, f'{w.text(left)} == {w.text(right)}'])}"
        close = "try assumption; intro Z; match goal with H : ~ _ == 0 |- _ => apply H; rewrite <- Z; ring end"
        w.theorem(name, statement, f"intros. field; repeat split; {close}.")
        satisfied = " /\\ ".join(f"~ {text} == 0" for text in below)
        for variable, v in zip(w.variables, w.point, strict=True):
            satisfied = re.sub(rf"\b{variable}\b", coq_number(v), satisfied)
        w.theorem(f"{name}_not_vacuous", satisfied, "repeat split; intro H; vm_compute in H; discriminate H.")
