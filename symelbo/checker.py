"""An independent judge of symelbo certificates.

    python -I checker.py [--statement SHA256] FILE...

Standard library only; nothing of symelbo is imported.  Exit code 0: every certificate is valid; 1: one is invalid (a
reason code says why); 2: one is malformed or beyond the limits below.

WHAT A CERTIFICATE SAYS.  A model is a finite table of weights ``w(x) = c(x) prod_f f**E[x, f]`` of polynomials f in
generators: parameters theta_i, and exponentials t = exp(linear form in theta), differentiated by d t/d theta_i = c_i t.
States are ordered visible first.  Large tables are products of local ones, on some of the variables each.  The
distribution is p = w / sum w; scores are s = d log w / d theta, so that p is never expanded.  The domain consists of
the parameters where the inequalities of the table and all w(x) > 0 hold.
The claim (model, statement, scope, verdict) is bound by its SHA-256; ``--statement`` demands a certain one.

WHAT IS DERIVED HERE.  Everything: derivatives, marginals, conditionals, ranks, gradients, graphs.  A witness holds only
what has to be searched for (null vectors, a point, a distribution, coefficients), and is checked by multiplying out.

LEMMAS that close the gap between what is computed and what is said (all elementary unless cited):
 1. An identity of elements of Q(theta, t) holds at every point.  theta and t are algebraically independent when the
    exponents are linearly independent over Q (checked).  A minor that is not zero at one point, or modulo a prime, is
    not the zero function: ranks found so are lower bounds of the generic (= maximal) ranks.  A null vector c with
    J c = 0 says that the score S c is the same for all x; (I - C dpi) J c = 0 that it is the same on each fibre;
    J_V c = 0 that sum_h w(v,h) S c (v,h) is the same multiple of w_V(v) for all v.  Where w is a product of local
    tables and c changes those of a set A only, this sum is 0 as soon as, for a set S of hidden variables, the sum over
    the states of S of (product of the tables in A and of those with a variable in S) times S c is 0 for all states of
    their other variables: in the remaining tables S does not occur.
 2. theta is admissible when rank J and rank J_V are generic there.  If [N_H N_V N_0] is square and nonsingular at one
    point, T = (T n H_p) + (T n V_p) on a dense open set; the defect W - U is continuous on the admissible points, so
    the same holds at all of them.  That is S3, and S4 (a).
 3. At an admissible point (a) to (g) of S4 are equivalent, and (d), (g) give S8 (Ay, van Oostrum, Datar 2025, Theorem
    3): dim T n V_p = r - r_V and dim T n H_p = r - r_vert; in an orthonormal basis of T, G_V is K with 0 <= K <= 1,
    and each condition says that K is a projection.  For every L, or every q, is linear in dL, or q: spanning sets do.
 4. (f): the eigenvalues of G_V relative to G lie in [0, 1] and r_V of them are not 0; they are all 0 or 1 exactly if
    their sum tr(G^- G_V) is r_V.  (e): self-adjoint projections commute if and only if P_H maps T into T.
 5. u = J c is the gradient for a measure q (or, with q = p l, for the differential l) if and only if
    sum_x s_i(x) (u(x) - q(x)) = 0 for all i (s centred): these are the normal equations.  The same in P(V).
 6. S1, S2, S5, S6, S12 hold for every positive table: the formulas are reduced to 0 = 0 by the rules in RULES, matrix
    identities that hold fibre by fibre by definition of dpi, C, D, or are the normal equations G X = J_V^T and
    G_V Y = J_V^T, solvable because ker G = ker J is contained in ker J_V = ker G_V for positive p.  For S1: g(u, w) =
    l^T U^T D_V W l = l^T U l = |grad|^2, and u = 0 or w = 0 exactly if J_V^T l = 0.  For S12: both terms have the form
    A^T D A.  For S6: S7 and Gibbs' inequality.
 7. S10 (Ay 2023): in a network of free conditional tables a score of one row has conditional mean 0 given the parents,
    so different rows are orthogonal; within a row it is the Fisher metric of one categorical distribution.
 8. S11: networks with the same skeleton and v-structures are the same model (Verma, Pearl 1990); without an arrow from
    hidden to visible, p = p(v) p(h|v) with independent tables, a cut.  Hierarchical log-linear models are collapsible
    onto V when the boundary of each hidden component lies in a generator (Asmussen, Edwards 1983).  Constant N_H, N_V
    are coordinates of a cut; if rank J = |X| - 1, M is open in P(X), and p_V and p(h|v) vary independently.  A cut is
    cylindrical (Barndorff-Nielsen 1978).

 9. Ranks do not change when a constant is added to a score or columns are scaled: rank J = rank [1 | s] - 1 and
    rank J_V = rank [1 | E[s|v]] - 1 for raw scores s, and s - E[s|v] spans the vertical part.  A few rows give lower
    bounds; those of J and J_V must reach the upper bounds, then r < r_V + r_vert says that T does not split.  If the
    weight is a product of local tables with positive entries, it is positive.
10. s(x) - s(y), x and y over one v, span the same rows as s - E[s|v]: each spans the other by positive weights p(h|v).
    If a minor of k such rows vanishes nowhere, rank (I - C dpi) J >= k everywhere; with rank J <= r and r_V >= b
    generically, r < b + k says that T splits at no admissible point.  Rows and columns may be multiplied by factors of
    weights w(x), which vanish nowhere.  P > 0 where P m is a sum of products of positive polynomials, with positive
    coefficients, and m is a product of nonnegative ones.  At least one minor is not 0 where sum_m a_m minor_m > 0.

TRUSTED: this file, Python's int, Fraction, json and hashlib, these lemmas.  NOT TRUSTED: the witness, "provenance",
and that the table is the model somebody has in mind: read it.
"""

from __future__ import annotations

import hashlib
import json
import re
import sys
from fractions import Fraction
from itertools import combinations, product
from math import gcd, prod
from typing import Any, NamedTuple, TypeAlias

__all__ = ["Malformed", "Rejected", "Result", "check", "main"]

MAX_BYTES = 16_000_000
MAX_STATES = 140_000  # beyond, only states that a certificate names are looked at
MAX_DIGITS = 4000
MAX_TERMS = 100_000
MAX_DEGREE = 2000
MAX_DEPTH = 100
MAX_BITS = 200_000
MAX_MINOR = 16  # rows
MAX_LOCAL = 4096  # states of a few local tables
MAX_WORK = 8_000_000  # elementary operations on numbers of machine size
PRIMES = (2**61 - 1, 2**89 - 1, 2**107 - 1)

EVERYWHERE, GENERIC, POINT, SPACE = "every-admissible-point", "generic", "point", "space"
NOWHERE, DOMAIN = "no-admissible-point", "every-point"
SCOPES = {
    EVERYWHERE: "",
    GENERIC: "on a dense open set",
    POINT: "",
    SPACE: "",
    NOWHERE: "it holds at no admissible point",
    DOMAIN: "",
}
ADMISSIBLE = "theta is admissible: rank J and rank J_V have their generic values"

# slug: (assumptions, conclusion, quantifier, formulas)
STATEMENTS: dict[str, tuple[list[str], str, str, list[str]]] = {
    "gradient-alignment": (
        [ADMISSIBLE],
        "g(u, w) = |grad^M (L o pi)|^2 for u = dpi grad^M (L o pi), w = grad^{M_V} L; u = 0 exactly when w = 0",
        "for every differentiable L on P(V)",
        ["U' D_V W = U", "U = U'"],
    ),
    "submersion": (
        [],
        "H_p and V_p are orthogonal, dpi on H_p is an isometry, the projection is the conditional expectation",
        "for all tangent vectors",
        ["pi C = I_V", "C' D C = D_V", "C' D = D_V pi", "P_H P_H = P_H", "P_H' D = D P_H"],
    ),
    "cylindrical": ([ADMISSIBLE], "T = (T n H_p) + (T n V_p)", "at every admissible point", []),
    "cylindrical-characterisation": (
        [ADMISSIBLE],
        "conditions (a) to (g) are all true or all false",
        "for every L on P(V) and every q in P(X)",
        [],
    ),
    "unconstrained-gradients": (
        [],
        "-grad D(q||.) = q - p, -grad D(Q||.) = qhat - p, -grad D(p*||.) = p* - p_V, the gap's gradient is vertical",
        "for every q in P(X) and p* in P(V)",
        [
            "P D - p p' D = I - p 1'",
            "P D C - p p' D C = C - p 1_V'",
            "P_V D_V - p_V p_V' D_V = I_V - p_V 1_V'",
            "pi P D - pi p p' D = pi P D C pi - pi p p' D C pi",
        ],
    ),
    "data-manifold": (
        [],
        "D(Q||p) = D(p*||p_V), attained at qhat; its differential at p0 is that of D(qhat_{p0}||.)",
        "for every p* in P(V) and q in Q",
        ["pi C = I_V", "D C = pi' D_V"],
    ),
    "elbo-decomposition": (
        [],
        "D(q||p) = D(q_V||p_V) + GAP(q, p) and log p_V(v) - ELBO(q, p; v) = D(q(.|v) || p(.|v))",
        "for all p and q in P(X)",
        [],
    ),
    "elbo-equivalence": (
        [ADMISSIBLE, "the model is cylindrical"],
        "dpi grad^M D(q||.) = dpi grad^M D(Q||.) = grad^{M_V} D(p*||.) for q_V = p*",
        "for every q in P(X), p* = q_V",
        [],
    ),
    "converse": (
        [ADMISSIBLE, "the model is not cylindrical at theta"],
        "some L violates condition (d); some q with q_V = p_V is moved by the ELBO although the evidence is optimal",
        "there exist L and q",
        [],
    ),
    "locality": (
        ["the model is a Bayesian network with free conditional tables"],
        "G is block diagonal over (node, parent state), each block p(pa) times a categorical distribution's metric",
        "for all tangent vectors",
        ["J' D J = L"],
    ),
    "cut": (
        ["p(v, h) = p(v; xi) p(h | v; chi) with xi, chi varying independently"],
        "M is cylindrical at every admissible point",
        "at every admissible point",
        [],
    ),
    "missing-information": (
        [],
        "G = G_V + E_p[Cov(s | v)], both terms positive semidefinite",
        "for all tangent vectors",
        ["G = G_V + G_H"],
    ),
    "ranks": ([], "the ranks of J, of J_V and of (I - C dpi) J are those stated", "at the point, or generically", []),
    "identity": ([], "left = right, entry by entry", "for all values of the generators", []),
    "positivity": ([], "every expression is positive", "at every point of the domain at which it is defined", []),
}

# What each name in a formula stands for, and rules that hold for every positive table (lemma 6).  X and Y solve
# G X = J_V', G_V Y = J_V'.  Rules are tried in this order, each with its transpose except the last one.
DEFINITIONS = {
    "J_V": "pi J",
    "G": "J' D J",
    "G_V": "J' pi' D_V pi J",
    "G_H": "J' D J - J' D C pi J - J' pi' C' D J + J' pi' C' D C pi J",  # (J - C pi J)' D (J - C pi J)
    "P_H": "C pi",
    "U": "pi J X",
    "W": "pi J Y",
}
RULES = (
    "pi C -> ",
    "P D -> ",
    "P_V D_V -> ",
    "D C -> pi' D_V",
    "P pi' D_V -> C",  # P D C read both ways
    "p' D -> 1'",
    "p_V' D_V -> 1_V'",
    "pi p -> p_V",
    "1_V' pi -> 1'",
    "1' C -> 1_V'",
    "J' D J X -> J' pi'",
    "J' pi' D_V pi J Y -> J' pi'",
    "X' J' pi' -> pi J X",  # both are X' J' D J X
)

Number: TypeAlias = "int | Fraction"
Polynomial: TypeAlias = dict[tuple[int, ...], Number]
Powers: TypeAlias = tuple[tuple[int, int], ...]
Rows: TypeAlias = list[list[Any]]


class Malformed(Exception):  # noqa: N818  # it names the finding
    """The file is no certificate, or beyond the limits: exit code 2."""


class Rejected(Exception):  # noqa: N818  # it names the finding
    """The certificate proves nothing: exit code 1."""


class Result(NamedTuple):
    """The judgement: exit code, reason code ("valid" if accepted), message, hash of the claim, and what it means."""

    exit: int
    reason: str
    message: str
    sha256: str = ""
    report: tuple[str, ...] = ()

    @property
    def accepted(self) -> bool:
        """Whether the certificate is valid."""
        return self.exit == 0


class Work:
    """The budget of elementary operations: a deterministic limit of time and memory."""

    def __init__(self) -> None:
        self.left = MAX_WORK

    def spend(self, units: int) -> None:
        """Count operations; Malformed when the budget is used up."""
        self.left -= units
        if self.left < 0:
            raise Malformed("limit", f"more than {MAX_WORK} elementary operations")


# ------------------------------------------------------------------------------------------------- decoding


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    result = dict(pairs)
    if len(result) != len(pairs):
        raise Malformed("duplicate-key", f"an object has a key twice: {sorted(k for k, _ in pairs)}")
    return result


def _small_int(text: str) -> int:
    if len(text) > 9:
        raise Malformed("number", f"the index {text[:20]}... is too large")
    return int(text)


def _no_float(text: str) -> Any:
    raise Malformed("number", f"{text} is not allowed: numbers are strings such as 1/3")


def _parse(text: str) -> Any:
    if len(text) > MAX_BYTES:
        raise Malformed("limit", f"more than {MAX_BYTES} bytes")
    try:
        data = json.loads(
            text, object_pairs_hook=_unique, parse_int=_small_int, parse_float=_no_float, parse_constant=_no_float
        )
        canonical = _canonical(data)
    except RecursionError:
        raise Malformed("depth", "nested too deeply") from None
    except ValueError as error:
        raise Malformed("json", f"not JSON: {error}") from None
    if canonical != text.removesuffix("\n"):
        raise Malformed("canonical", "not canonical JSON: sorted keys, no white space, ASCII only")
    return data


def _canonical(data: Any) -> str:
    return json.dumps(data, sort_keys=True, separators=(",", ":"), ensure_ascii=True, allow_nan=False)


def _record(data: Any, keys: set[str], where: str) -> dict[str, Any]:
    if not isinstance(data, dict) or set(data) != keys:
        raise Malformed("schema", f"{where}: expected an object with the keys {sorted(keys)}")
    return data


def _list(data: Any, where: str, length: int | None = None, *, most: int = MAX_TERMS) -> list[Any]:
    if not isinstance(data, list) or (length is not None and len(data) != length):
        raise Malformed("schema", f"{where}: expected a list" + ("" if length is None else f" of length {length}"))
    if len(data) > most:
        raise Malformed("limit", f"{where}: more than {most} entries")
    return data


def _index(data: Any, below: int, where: str) -> int:
    if type(data) is not int or not 0 <= data < below:
        raise Malformed("schema", f"{where}: expected an integer from 0 to {below - 1}")
    return data


def _name(data: Any, where: str) -> str:
    if not isinstance(data, str) or not data.isprintable() or not 0 < len(data) <= 500:
        raise Malformed("schema", f"{where}: expected a text")
    return data


def _names(data: Any, where: str) -> list[str]:
    names = [_name(n, where) for n in _list(data, where)]
    if len(set(names)) != len(names):
        raise Malformed("schema", f"{where}: a name occurs twice")
    return names


_NUMBER = re.compile(r"(-?(?:0|[1-9][0-9]*))(?:/([1-9][0-9]*))?", re.ASCII)


def _number(data: Any, where: str) -> Number:
    match = _NUMBER.fullmatch(data) if isinstance(data, str) and len(data) <= MAX_DIGITS else None
    if match is None or data == "-0":
        raise Malformed("number", f"{where}: expected a rational number as a text such as -1/3")
    numerator, denominator = int(match[1]), int(match[2] or 1)
    if gcd(numerator, denominator) != 1 or match[2] == "1":
        raise Malformed("number", f"{where}: {data[:40]} is not in lowest terms")
    return Fraction(numerator, denominator) if match[2] else numerator


def _numbers(data: Any, length: int, where: str) -> list[Fraction]:
    return [Fraction(_number(v, where)) for v in _list(data, where, length)]


def _polynomial(data: Any, n: int, where: str) -> Polynomial:
    result: Polynomial = {}
    previous = None
    for term in _list(data, where):
        coefficient, exponents = _list(term, where, 2)
        key = tuple(_index(e, MAX_DEGREE, where) for e in _list(exponents, where, n))
        if previous is not None and key >= previous:
            raise Malformed("schema", f"{where}: the terms are not in decreasing order")
        previous, value = key, _number(coefficient, where)
        if not value:
            raise Malformed("schema", f"{where}: a coefficient is 0")
        result[key] = value
    return result


# ---------------------------------------------------------------------------------------------- polynomials


def _bits(p: Polynomial) -> int:
    return max((c.numerator.bit_length() + c.denominator.bit_length() for c in p.values()), default=0)


def _add(a: Polynomial, b: Polynomial, scale: Number = 1) -> Polynomial:
    result = dict(a)
    for key, c in b.items():
        value = result.get(key, 0) + scale * c
        if value:
            result[key] = value
        else:
            result.pop(key, None)
    return result


def _mul(a: Polynomial, b: Polynomial, work: Work) -> Polynomial:
    bits = _bits(a) + _bits(b)
    work.spend(len(a) * len(b) * (1 + bits // 256))
    result: Polynomial = {}
    for k, c in a.items():
        for m, e in b.items():
            key = tuple(map(int.__add__, k, m))
            result[key] = result.get(key, 0) + c * e
    result = {k: c for k, c in result.items() if c}
    if len(result) > MAX_TERMS or bits > MAX_BITS or any(max(k, default=0) > 2 * MAX_DEGREE for k in result):
        raise Malformed("limit", "a polynomial is too large")
    return result


def _quotient(a: Polynomial, b: Polynomial, work: Work) -> Polynomial | None:
    """The quotient a / b if it is a polynomial (division by leading terms, lexicographic order), else None."""
    result: Polynomial = {}
    lead = max(b)
    while a:
        top = max(a)
        key = tuple(map(int.__sub__, top, lead))
        if min(key, default=0) < 0:
            return None
        work.spend(len(a) + len(b))
        ratio = Fraction(a[top]) / b[lead]
        result[key] = ratio.numerator if ratio.denominator == 1 else ratio  # integers are many times faster
        a = _add(a, {tuple(map(int.__add__, key, k)): c for k, c in b.items()}, -result[key])
    return result


def _evaluate(p: Polynomial, values: list[Any], prime: int, work: Work) -> Any:
    """The value at a point; modulo a prime if that is not 0."""
    total: Any = 0
    for key, c in p.items():
        term: Any = _residue(c, prime) if prime else Fraction(c)
        for v, e in zip(values, key, strict=True):
            if e:
                term *= pow(v, e, prime) if prime else _power(v, e, work)
        total += term
    work.spend(len(p))
    return total % prime if prime else total


def _power(value: Fraction, e: int, work: Work) -> Fraction:
    bits = abs(e) * (value.numerator.bit_length() + value.denominator.bit_length())
    if bits > MAX_BITS:
        raise Malformed("limit", "a power has too many digits")
    work.spend(1 + bits // 64)
    if not value and e < 0:
        raise Rejected("zero-denominator", "a denominator is 0 at the point")
    return value**e


def _residue(c: Number, prime: int) -> int:
    return c.numerator * pow(c.denominator, -1, prime) % prime  # ValueError for a bad prime: the next one is tried


# ------------------------------------------------------------------------------------------- linear algebra


def _echelon(rows: Rows, prime: int, work: Work) -> dict[int, list[Any]]:
    """Reduced row echelon form: pivot column -> row with 1 there and 0 in all other pivot columns."""
    basis: dict[int, list[Any]] = {}
    for given in rows:
        row = list(given)
        for j, b in basis.items():
            if row[j]:
                row = _combine(row, b, row[j], prime, work)
        pivot = next((j for j, e in enumerate(row) if e), None)
        if pivot is None:
            continue
        inverse = pow(row[pivot], -1, prime) if prime else Fraction(1) / row[pivot]
        row = [e * inverse % prime for e in row] if prime else [e * inverse for e in row]
        for j, b in basis.items():
            if b[pivot]:
                basis[j] = _combine(b, row, b[pivot], prime, work)
        basis[pivot] = row
        if len(basis) == len(row):
            break
    return basis


def _combine(a: list[Any], b: list[Any], factor: Any, prime: int, work: Work) -> list[Any]:
    if prime:
        work.spend(1 + len(a) // 8)
        return [(x - factor * y) % prime for x, y in zip(a, b, strict=True)]
    work.spend(len(a) * (4 + (factor.numerator.bit_length() + factor.denominator.bit_length()) // 16))
    return [x - factor * y if y else x for x, y in zip(a, b, strict=True)]


def _rank(rows: Rows, prime: int, work: Work) -> int:
    return len(_echelon(rows, prime, work))


def _nullspace(rows: Rows, n: int, prime: int, work: Work) -> Rows:
    basis = _echelon(rows, prime, work)
    vectors = []
    for free in (j for j in range(n) if j not in basis):
        vector: list[Any] = [0] * n
        vector[free] = 1 if prime else Fraction(1)
        for j, row in basis.items():
            vector[j] = -row[free] % prime if prime else -row[free]
        vectors.append(vector)
    return vectors


def _solve(a: Rows, b: Rows, prime: int, work: Work) -> Rows:
    """A solution X of a X = b (free variables 0), for systems that have one."""
    n, m = len(a[0]), len(b[0])
    basis = _echelon([[*r, *s] for r, s in zip(a, b, strict=True)], prime, work)
    if any(j >= n for j in basis):
        raise Rejected("no-solution", "normal equations without a solution")
    zero: list[Any] = [0 if prime else Fraction(0)] * m
    return [basis[j][n:] if j in basis else zero for j in range(n)]


def _product(a: Rows, b: Rows, prime: int, work: Work) -> Rows:
    columns = list(zip(*b, strict=True))
    work.spend(len(a) * len(columns) * (1 + len(b)) // (8 if prime else 1) * (1 if prime else 4))
    result = [[sum(x * y for x, y in zip(r, c, strict=True) if x and y) for c in columns] for r in a]
    return [[e % prime for e in r] for r in result] if prime else result


def _transpose(a: Rows) -> Rows:
    return [list(r) for r in zip(*a, strict=True)]


# -------------------------------------------------------------------------------------------------- the table


class Generators:
    """Parameters and generators: symbols, and exponentials with their exponents."""

    def __init__(self, data: dict[str, Any], work: Work) -> None:
        self.work = work
        self.parameters = _names(data["parameters"], "parameters")
        self.d = len(self.parameters)
        if any(set(p) & set(" *+-/^()=,;:") for p in self.parameters):
            raise Malformed("schema", "parameters: a name looks like a formula")
        self.names: list[str] = []
        self.shown_names: list[str] = []  # an exponential is shown as what it is, whatever its name
        self.derivations: list[list[Number]] = []  # of a symbol: unit vector; of an exponential: its coefficients
        self.exponential: list[bool] = []
        exponents: Rows = []
        for g in _list(data["generators"], "generators"):
            keys = {"name", "exponent"} if isinstance(g, dict) and "exponent" in g else {"name"}
            name = _name(_record(g, keys, "generators")["name"], "generators")
            if name in self.names:
                raise Malformed("schema", f"generators: {name} occurs twice")
            if "exponent" in keys:
                form = _numbers(g["exponent"], self.d + 1, f"exponent of {name}")
                exponents.append(form)
                self.derivations.append(list(form[:-1]))
                terms = (f"{c}*{p}" for c, p in zip(form, [*self.parameters, "1"], strict=True) if c)
                self.shown_names.append(f"exp({' + '.join(terms)})")
            elif name in self.parameters:
                self.derivations.append([int(name == p) for p in self.parameters])
                self.shown_names.append(name)
            else:
                raise Malformed("schema", f"generators: {name} is neither a parameter nor an exponential")
            self.names.append(name)
            self.exponential.append("exponent" in keys)
        self.n = len(self.names)
        if len(_echelon(exponents, 0, work)) != len(exponents):
            raise Rejected("dependent-generators", "the exponents of the exponentials are linearly dependent over Q")
        free = [i for i, p in enumerate(self.parameters) if p not in self.names]
        self.real = len(_echelon([[row[i] for i in free] for row in exponents], 0, work)) == len(exponents)
        self.domain = [
            tuple(_polynomial(q, self.n, "domain") for q in _list(pair, "domain", 2))
            for pair in _list(data["domain"], "domain")
        ]

    def point(self, data: Any, where: str) -> list[Fraction]:
        """A point inside the domain: values of the generators."""
        values = _numbers(data, self.n, where)
        for name, value, exponential in zip(self.names, values, self.exponential, strict=True):
            if exponential and value <= 0:
                raise Rejected("outside-domain", f"{where}: the exponential {name} = {value} is not positive")
        for k, (num, den) in enumerate(self.domain):
            below = _evaluate(den, values, 0, self.work)
            if not below:
                raise Rejected("zero-denominator", f"{where}: the denominator of inequality {k + 1} is 0")
            if _evaluate(num, values, 0, self.work) / below <= 0:
                raise Rejected("outside-domain", f"{where}: inequality {k + 1} of the domain is violated")
        return values

    def derivative(self, p: Polynomial, i: int) -> Polynomial:
        """The derivative of a polynomial with respect to parameter i."""
        result: Polynomial = {}
        for g in range(self.n):
            c = self.derivations[g][i]
            if c:
                lower = 0 if self.exponential[g] else 1
                part = {(*k[:g], k[g] - lower, *k[g + 1 :]): c * e * k[g] for k, e in p.items() if k[g]}
                result = _add(result, part)
        return result


class Table(Generators):
    """A model: the weights of all states as products of powers of the factors, visible variables first."""

    def __init__(self, data: Any, work: Work) -> None:
        kind = "tables" if isinstance(data, dict) and "tables" in data else "weights"
        keys = {"domain", "factors", "generators", "hidden", "parameters", "variables", kind}
        super().__init__(_record(data, keys, "model"), work)
        variables = [_list(v, "variables", 2) for v in _list(data["variables"], "variables")]
        self.variables = dict(zip(_names([v[0] for v in variables], "variables"), variables, strict=True))
        self.labels = {n: _names(v[1], f"labels of {n}") for n, v in self.variables.items()}
        self.hidden = _names(data["hidden"], "hidden")
        visible = len(self.labels) - len(self.hidden)
        if (
            list(self.labels)[visible:] != self.hidden
            or not self.hidden
            or visible < 1
            or not all(self.labels.values())
        ):
            raise Malformed("schema", "variables: visible ones first, then the hidden ones, at least one of each")
        sizes = [len(v) for v in self.labels.values()]
        self.n_visible, self.n_hidden = prod(sizes[:visible]), prod(sizes[visible:])
        self.n_states = self.n_visible * self.n_hidden
        if kind == "weights" and self.n_states > MAX_STATES:
            raise Malformed("limit", f"more than {MAX_STATES} states")
        self.factors = [_polynomial(f, self.n, "factors") for f in _list(data["factors"], "factors")]
        if not all(self.factors):
            raise Rejected("zero-factor", "a factor is the zero polynomial")
        self.sizes = dict(zip(self.labels, sizes, strict=True))
        if kind == "weights":
            self.tables = [(list(self.labels), self._rows(data["weights"], self.n_states))]
        else:
            parts = [_record(t, {"rows", "variables"}, "tables") for t in _list(data["tables"], "tables")]
            self.tables = []
            for part in parts:
                names = _names(part["variables"], "tables")
                if names != [n for n in self.labels if n in names]:
                    raise Malformed("schema", "tables: unknown variables, or not in the order of the model")
                self.tables.append((names, self._rows(part["rows"], prod(self.sizes[n] for n in names))))
        self.used = {f for _, rows in self.tables for _, e in rows for f, _ in e}
        self._full: list[tuple[Number, Powers]] | None = None
        self.derivatives = {
            f: {i: df for i in range(self.d) if (df := self.derivative(self.factors[f], i))} for f in self.used
        }
        self._expanded: dict[Powers, Polynomial] = {}

    def _rows(self, data: Any, length: int) -> list[tuple[Number, Powers]]:
        """Decode a table: coefficient and powers of factors for every state of its variables, in order."""
        result = []
        for row in _list(data, "weights", length, most=MAX_STATES):
            coefficient, powers = _list(row, "weights", 2)
            pairs = [_list(p, "weights", 2) for p in _list(powers, "weights")]
            indices = [_index(p[0], len(self.factors), "weights") for p in pairs]
            if any(type(p[1]) is not int or not 0 < abs(p[1]) <= MAX_DEGREE for p in pairs):
                raise Malformed("schema", "weights: an exponent is no integer other than 0, or too large")
            if sorted(set(indices)) != indices:
                raise Malformed("schema", "weights: the factors of a state are not in increasing order")
            powers = tuple((f, p[1]) for f, p in zip(indices, pairs, strict=True))
            result.append((_number(coefficient, "weights"), powers))
        return result

    def row(self, x: int) -> tuple[Number, Powers]:
        """Coefficient and powers of the weight of one state: the product of its entries in the tables."""
        if len(self.tables) == 1 and len(self.tables[0][1]) == self.n_states:
            return self.tables[0][1][x]
        digits = {}
        for name in reversed(self.labels):
            x, digits[name] = divmod(x, self.sizes[name])
        coefficient, exponents = self._product_of(self.tables, digits)
        return coefficient, tuple(sorted(exponents.items()))

    def _product_of(self, tables: list[Any], digits: dict[str, int]) -> tuple[Number, dict[int, int]]:
        """Coefficient and powers of a product of local tables at a state of their variables."""
        coefficient: Number = 1
        exponents: dict[int, int] = {}
        for names, rows in tables:
            k = 0
            for name in names:
                k = k * self.sizes[name] + digits[name]
            coefficient *= rows[k][0]
            for f, e in rows[k][1]:
                exponents[f] = exponents.get(f, 0) + e
        self.work.spend(1 + len(tables))
        return coefficient, {f: e for f, e in exponents.items() if e}

    @property
    def full(self) -> list[tuple[Number, Powers]]:
        """The rows of all states."""
        if self._full is None:
            if self.n_states > MAX_STATES:
                raise Malformed("limit", f"more than {MAX_STATES} states")
            self._full = [self.row(x) for x in range(self.n_states)]
        return self._full

    def fibre(self, v: int) -> range:
        """The states over visible state v."""
        return range(v * self.n_hidden, (v + 1) * self.n_hidden)

    def expand(self, powers: Powers) -> Polynomial:
        """A product of powers of factors, multiplied out."""
        if not powers:
            return {(0,) * self.n: 1}
        if powers not in self._expanded:
            *rest, (f, e) = powers
            shorter = (*rest, (f, e - 1)) if e > 1 else tuple(rest)
            if e > MAX_DEPTH * 5:
                raise Malformed("limit", "a power is too high to be multiplied out")
            self._expanded[powers] = _mul(self.expand(shorter), self.factors[f], self.work)
        return self._expanded[powers]

    def shown(self) -> list[str]:
        """The table in readable form."""

        def polynomial(p: Polynomial) -> str:
            terms = []
            for key, c in p.items():
                powers = [n if e == 1 else f"{n}^{e}" for n, e in zip(self.shown_names, key, strict=True) if e]
                if powers and c == -1:
                    powers[0] = f"-{powers[0]}"
                terms.append("*".join(powers if powers and c in (1, -1) else [str(c), *powers]))
            return terms[0] if len(terms) == 1 else f"({' + '.join(terms)})"

        lines = []
        for state, (c, powers) in zip(product(*self.labels.values()), self.full, strict=True):
            parts = [polynomial(self.factors[f]) + (f"^{e}" if e != 1 else "") for f, e in powers]
            lines.append(f"  w({', '.join(state)}) = {' '.join([*([] if c == 1 and parts else [str(c)]), *parts])}")
        return lines

    # ------------------------------------------------------------------------- null vectors (lemma 1)

    def columns(self, data: Any, where: str) -> list[list[Polynomial]]:
        """Decode vectors of d polynomials."""
        return [
            [_polynomial(p, self.n, where) for p in _list(column, where, self.d)]
            for column in _list(data, where, most=self.d)
        ]

    def rates(self, column: list[Polynomial]) -> dict[int, tuple[Polynomial, int]]:
        """The log-derivative of each factor along a direction, as (g, 1) for g / f, or (g, 0) for g itself."""
        result = {}
        for f in self.used:
            rate: Polynomial = {}
            for i, df in self.derivatives[f].items():
                if column[i]:
                    rate = _add(rate, _mul(df, column[i], self.work))
            if rate:
                quotient = _quotient(rate, self.factors[f], self.work)
                result[f] = (rate, 1) if quotient is None else (quotient, 0)
        return result

    def is_constant(self, column: list[Polynomial], groups: list[range]) -> bool:
        """Whether S c is the same for all states of each group."""
        rates = self.rates(column)
        seen = set()
        for group in groups:
            reference = dict(self.full[group[0]][1])
            for x in group[1:]:
                own = dict(self.full[x][1])
                key = tuple((f, e) for f in sorted(rates) if (e := own.get(f, 0) - reference.get(f, 0)))
                if key not in seen:
                    seen.add(key)
                    if self._weighted_sum([((), [(e, f) for f, e in key], 1)], rates):
                        return False
        return True

    def _weighted_sum(
        self, terms: list[tuple[Powers, list[tuple[int, int]], Number]], rates: dict[int, tuple[Polynomial, int]]
    ) -> Polynomial:
        """The sum of c * product * sum_f e_f g_f / f^(0 or 1), times a power product that makes it a polynomial."""
        flat = []
        for powers, parts, c in terms:
            for e, f in parts:
                own = dict(powers)
                own[f] = own.get(f, 0) - rates[f][1]
                flat.append((own, rates[f][0], c * e))
        return self._sum(flat)

    def _sum(self, flat: list[tuple[dict[int, int], Polynomial, Number]]) -> Polynomial:
        used = {f for own, _, _ in flat for f in own}
        lowest = {f: min(own.get(f, 0) for own, _, _ in flat) for f in used}
        total: Polynomial = {}
        for own, g, c in flat:
            shifted = tuple((f, e) for f in sorted(lowest) if (e := own.get(f, 0) - lowest[f]))
            total = _add(total, _mul(self.expand(shifted), g, self.work), c)
        return total

    def is_visible_null(self, column: list[Polynomial]) -> bool:
        """Whether sum_h w S c is the same multiple of w_V for all v."""
        rates = self.rates(column)
        if self._is_local_null(rates):
            return True
        one: Polynomial = {(0,) * self.n: 1}
        above: list[Polynomial] = []
        below: list[tuple[list[Any], list[Any]]] = []
        for v in range(self.n_visible):
            # Terms with the polynomial 0 give both sums the same common power product, which then cancels.
            flat = []
            for c, powers in (fibre := [self.full[x] for x in self.fibre(v)]):
                for f, e in powers:
                    if f in rates:
                        own = dict(powers)
                        own[f] -= rates[f][1]
                        flat.append((own, rates[f][0], c * e))
            total = [(dict(powers), one, c) for c, powers in fibre]
            zero: Polynomial = {}
            shift = [(own, zero, 0) for own, _, _ in flat]
            above.append(self._sum([*flat, *((own, zero, 0) for own, _, _ in total)]))
            below.append((total, shift))
        if not any(above):
            return True
        weights = [self._sum([*total, *shift]) for total, shift in below]
        first = zip(above[1:], weights[1:], strict=True)
        return all(_mul(a, weights[0], self.work) == _mul(above[0], w, self.work) for a, w in first)

    def _is_local_null(self, rates: dict[int, tuple[Polynomial, int]]) -> bool:
        """Whether sum_h w S c = 0 for all v because that holds in a few tables, summed over few hidden variables."""
        changed = [any(f in rates for _, powers in rows for f, _ in powers) for _, rows in self.tables]
        touched = {n for (names, _), c in zip(self.tables, changed, strict=True) if c for n in names} & {*self.hidden}
        others = {n for (names, _), c in zip(self.tables, changed, strict=True) if not c for n in names}
        for inner in (touched - others, touched):
            around = [t for t, c in zip(self.tables, changed, strict=True) if c or inner & {*t[0]}]
            outer = [n for n in self.labels if n not in inner and any(n in names for names, _ in around)]
            size = prod(self.sizes[n] for n in (*outer, *inner))
            if len(around) < len(self.tables) and size <= MAX_LOCAL and self._sums_vanish(around, outer, inner, rates):
                return True
        return False

    def _sums_vanish(
        self, tables: list[Any], outer: list[str], inner: set[str], rates: dict[int, tuple[Polynomial, int]]
    ) -> bool:
        """Whether the sum of (product of the tables) S c over the inner variables is 0 for all states of the outer."""
        summed = sorted(inner)
        for state in product(*(range(self.sizes[n]) for n in outer)):
            digits = dict(zip(outer, state, strict=True))
            flat = []
            for part in product(*(range(self.sizes[n]) for n in summed)):
                digits.update(zip(summed, part, strict=True))
                coefficient, powers = self._product_of(tables, digits)
                for f, e in powers.items():
                    if f in rates:
                        own = dict(powers)
                        own[f] -= rates[f][1]
                        flat.append((own, rates[f][0], coefficient * e))
            if self._sum(flat):
                return False
        return True


class States:
    """Weights and raw scores d log w of single states at one point, exactly or modulo a prime."""

    def __init__(self, table: Table, values: list[Fraction], prime: int = 0) -> None:
        self.table, self.prime, self.work = table, prime, table.work
        at: list[Any] = [_residue(v, prime) for v in values] if prime else list(values)
        self.factors = {f: _evaluate(table.factors[f], at, prime, self.work) for f in table.used}
        if prime and not all(self.factors.values()):
            raise ValueError("bad prime")
        if not all(self.factors.values()):
            raise Rejected("not-positive", "a factor of the weights is 0 at the point")
        self.logs = {
            f: {i: self.divide(_evaluate(df, at, prime, self.work), self.factors[f]) for i, df in rows.items()}
            for f, rows in table.derivatives.items()
        }
        self._powers: dict[tuple[int, int], Any] = {}

    def state(self, row: tuple[Number, Powers]) -> tuple[Any, list[Any]]:
        """Weight and score of a state with this row of the table."""
        c, exponents = row
        weight: Any = _residue(c, self.prime) if self.prime else Fraction(c)
        score: list[Any] = [0] * self.table.d
        for f, e in exponents:
            if (f, e) not in self._powers:
                base, prime = self.factors[f], self.prime
                self._powers[f, e] = pow(base, e, prime) if prime else _power(base, e, self.work)
            weight = self.reduce(weight * self._powers[f, e])
            for i, log in self.logs[f].items():
                score[i] = self.reduce(score[i] + e * log)
        self.work.spend(self.table.d + 8 * len(exponents))
        if not self.prime and weight.denominator.bit_length() + weight.numerator.bit_length() > MAX_BITS:
            raise Malformed("limit", "a weight has too many digits")
        return weight, score

    def conditional_mean(self, v: int) -> list[Any]:
        """E[score | v]."""
        states = [self.state(self.table.row(x)) for x in self.table.fibre(v)]
        total = self.reduce(sum(w for w, _ in states))
        columns = zip(*(score for _, score in states), strict=True)
        means = [self.reduce(sum(w * s for (w, _), s in zip(states, column, strict=True))) for column in columns]
        return [self.divide(m, total) for m in means]

    def reduce(self, value: Any) -> Any:
        """The value modulo the prime, if there is one."""
        return value % self.prime if self.prime else value

    def divide(self, a: Any, b: Any) -> Any:
        """The quotient; ValueError for a bad prime."""
        return a * pow(b, -1, self.prime) % self.prime if self.prime else Fraction(a) / b


class Numbers(States):
    """The whole model at one point, exactly or modulo a prime: p, centred scores, conditional means, metrics."""

    def __init__(self, table: Table, values: list[Fraction], prime: int = 0) -> None:
        super().__init__(table, values, prime)
        self._ranks: tuple[int, int, int] | None = None
        states = [self.state(row) for row in table.full]
        self.weights: list[Any] = [w for w, _ in states]
        self.scores: Rows = [s for _, s in states]
        if not prime and any(w <= 0 for w in self.weights):
            raise Rejected("not-positive", "a weight is not positive at the point")
        self.total = self.reduce(sum(self.weights))
        self.p = [self.divide(w, self.total) for w in self.weights]
        mean = self.mean(range(table.n_states), 1)
        self.scores = [[self.reduce(a - b) for a, b in zip(r, mean, strict=True)] for r in self.scores]
        self.p_v = [self.reduce(sum(self.p[x] for x in table.fibre(v))) for v in range(table.n_visible)]
        self.means = [self.mean(table.fibre(v), self.p_v[v]) for v in range(table.n_visible)]

    def mean(self, states: range, total: Any) -> list[Any]:
        """The mean of the scores over some states."""
        sums: list[Any] = [0] * self.table.d
        for x in states:
            p = self.p[x]
            for i, s in enumerate(self.scores[x]):
                if s:
                    sums[i] += p * s
        self.work.spend((1 if self.prime else 4) * len(states) * self.table.d)
        return [self.divide(self.reduce(s), total) for s in sums]

    def vertical(self) -> Rows:
        """The vertical parts of the scores, s - E[s|v]."""
        m = self.table.n_hidden
        return [
            [self.reduce(a - b) for a, b in zip(r, self.means[x // m], strict=True)] for x, r in enumerate(self.scores)
        ]

    def ranks(self) -> tuple[int, int, int]:
        """The ranks of J, of J_V and of (I - C dpi) J (modulo the prime: lower bounds)."""
        if self._ranks is None:
            joint, visible, vertical = (
                _rank([list(r) for r in dict.fromkeys(map(tuple, rows))], self.prime, self.work)
                for rows in (self.scores, self.means, self.vertical())
            )
            self._ranks = joint, visible, vertical
        return self._ranks

    def metric(self, scores: Rows, p: list[Any]) -> Rows:
        """The metric sum p s s^T."""
        d = self.table.d
        result: Rows = [[0 if self.prime else Fraction(0)] * d for _ in range(d)]
        for row, weight in zip(scores, p, strict=True):
            active = [(i, s) for i, s in enumerate(row) if s]
            for i, s in active:
                ws, own = self.reduce(weight * s), result[i]
                for j, t in active:
                    if j >= i:
                        own[j] += ws * t
        self.work.spend(len(p) * d * (d + 1) // (8 if self.prime else 1))
        return [[self.reduce(result[min(i, j)][max(i, j)]) for j in range(d)] for i in range(d)]

    def conditions(self) -> dict[str, bool]:
        """Conditions (a) to (g) of S4 (lemmas 3 and 4), each from its own definition."""
        t, prime, work = self.table, self.prime, self.work
        g, g_v = self.metric(self.scores, self.p), self.metric(self.means, self.p_v)
        r, r_v, r_vertical = self.ranks()
        if prime and (_rank(g, prime, work), _rank(g_v, prime, work)) != (r, r_v):
            raise ValueError("bad prime")  # isotropic vectors: G^- would not be the residue of a g-inverse over Q
        vertical = self.vertical()
        horizontal_part = _nullspace(vertical, t.d, prime, work)
        vertical_part = _nullspace(self.means, t.d, prime, work)
        dimensions = [
            _rank(_product(part, g, prime, work), prime, work) if part else 0
            for part in (horizontal_part, vertical_part)
        ]
        relative = _solve(g, g_v, prime, work)  # G^- G_V
        rows = list(_echelon(self.means, prime, work).values())  # they span the rows of J_V
        lifted = _solve(g, _transpose(rows), prime, work) if rows else [[] for _ in range(t.d)]
        own = _solve(g_v, _transpose(rows), prime, work) if rows else lifted
        return {
            "a": sum(dimensions) >= r,
            "b": r >= r_v + r_vertical,
            "c": _product(g_v, relative, prime, work) == g_v,
            "d": not rows or _product(rows, lifted, prime, work) == _product(rows, own, prime, work),
            "e": all(
                row == self.means[x // t.n_hidden] for x, row in enumerate(_product(self.scores, relative, prime, work))
            ),
            "f": self.reduce(sum(relative[i][i] for i in range(t.d))) == self.reduce(r_v),
            "g": not rows or not any(e for row in _product(vertical, lifted, prime, work) for e in row),
        }

    def gradient(self, q: list[Any], coefficients: list[Any], *, visible: bool) -> list[Any]:
        """The tangent vector J c (or J_V c), after verifying the normal equations for the measure q (lemma 5)."""
        scores, p = (self.means, self.p_v) if visible else (self.scores, self.p)
        vector = [
            w * sum(s * c for s, c in zip(row, coefficients, strict=True) if s)
            for row, w in zip(scores, p, strict=True)
        ]
        self.work.spend(8 * len(p) * self.table.d)
        for i in range(self.table.d):
            if sum(row[i] * (u - w) for row, u, w in zip(scores, vector, q, strict=True) if row[i]):
                raise Rejected("gradient", f"the coefficients do not solve the normal equations (parameter {i + 1})")
        return vector

    def marginal(self, vector: list[Any]) -> list[Any]:
        """Sums over the fibres."""
        return [sum(vector[x] for x in self.table.fibre(v)) for v in range(self.table.n_visible)]


def _modular(table: Table, values: list[Fraction]) -> Numbers | None:
    """The model at a point modulo a prime that divides no denominator there; None if no prime is good."""
    for prime in PRIMES:
        try:
            return Numbers(table, values, prime)
        except ValueError:
            continue
    return None


# ------------------------------------------------------------------------------------------------ the judges


class Case:
    """A decoded certificate for a statement on a model."""

    def __init__(self, data: dict[str, Any], work: Work) -> None:
        claim = data["claim"]
        self.slug, self.verdict, self.scope = claim["statement"], claim["verdict"], claim["scope"]
        self.claim, self.witness, self.work = claim, data["witness"], work
        self.table = Table(claim["model"], work)
        self.values = self.table.point(data["interior_point"], "interior point")
        self.at_point = claim["point"] is not None
        if self.at_point:
            if claim["point"] != data["interior_point"]:
                raise Rejected("point", "the interior point is not the point of the claim")
            if self.scope == POINT and not self.table.real:
                raise Rejected("unreal-point", "the values of the generators need not come from real parameters")
        self._exact: Numbers | None = None
        self._modular: Numbers | None = None

    @property
    def exact(self) -> Numbers:
        """The model at the point, exactly (this shows that all weights are positive there)."""
        if self._exact is None:
            self._exact = Numbers(self.table, self.values)
        return self._exact

    @property
    def quick(self) -> Numbers:
        """The model at the point modulo a prime: for lower bounds of ranks and for inequalities."""
        if self._modular is None:
            self._modular = _modular(self.table, self.values) or self.exact
        return self._modular

    def fields(self, *names: str) -> dict[str, Any]:
        """The witness, which has these entries and its kind."""
        return _record(self.witness, {"kind", *names}, "witness")

    def require_positive(self) -> None:
        """Reject unless all weights are positive at the point: entry by entry where they are products of tables."""
        states = States(self.table, self.values)
        weights = (states.state(row)[0] for _, rows in self.table.tables for row in rows)
        self.require(min(weights, default=1) > 0, "not-positive", "a weight is not positive at the interior point")

    def require(self, condition: bool, reason: str, message: str) -> None:
        """Reject unless a condition holds."""
        if not condition:
            raise Rejected(reason, message)

    def null_vectors(self, name: str, groups: list[range] | None) -> list[list[Fraction]]:
        """Verify null vectors (for J: one group; horizontal: the fibres; J_V: None); their values at the point."""
        values = []
        for k, column in enumerate(self.table.columns(self.witness[name], name)):
            good = self.table.is_visible_null(column) if groups is None else self.table.is_constant(column, groups)
            self.require(good, "not-null-vector", f"{name}: vector {k + 1} is not a null vector")
            values.append([_evaluate(p, self.values, 0, self.work) for p in column])
        return values

    def upper_bound(self, name: str, groups: list[range] | None, size: int) -> int:
        """An upper bound of a generic rank, from the shape and from null vectors."""
        vectors = self.null_vectors(name, groups)
        independent = _rank(vectors, 0, self.work) == len(vectors)
        self.require(independent, "dependent-vectors", f"{name}: the vectors are linearly dependent at the point")
        return min(self.table.d - len(vectors), size)

    def upper_bounds(self) -> tuple[int, int]:
        """Upper bounds of the generic ranks of J and J_V."""
        t = self.table
        joint = self.upper_bound("null", [range(t.n_states)], t.n_states - 1)
        return joint, self.upper_bound("visible_null", None, t.n_visible - 1)

    def admissible(self) -> tuple[int, int, int]:
        """The ranks at the point (the third a lower bound), after proving that it is admissible."""
        bounds = self.upper_bounds()
        for numbers in (self.quick, self.exact):
            ranks = numbers.ranks()
            if ranks[:2] == bounds:
                return ranks
        raise Rejected(
            "not-admissible", f"the ranks of J and J_V at the point are {ranks[:2]}, the proved upper bounds {bounds}"
        )


def _judge_null_vectors(case: Case) -> list[str]:
    t = case.table
    case.fields("horizontal", "vertical", "null")
    vectors = [
        *case.null_vectors("horizontal", [t.fibre(v) for v in range(t.n_visible)]),
        *case.null_vectors("vertical", None),
        *case.null_vectors("null", [range(t.n_states)]),
    ]
    case.require(len(vectors) == t.d, "empty-witness" if not vectors else "ranks", f"{len(vectors)} vectors, not {t.d}")
    case.require(_rank(vectors, 0, case.work) == t.d, "singular", "[N_H N_V N_0] is singular at the interior point")
    checked = [
        f"(I - C dpi) J N_H = 0 ({len(case.witness['horizontal'])} columns), J_V N_V = 0 "
        f"({len(case.witness['vertical'])}), J N_0 = 0 ({len(case.witness['null'])}) as identities",
        "[N_H N_V N_0] is nonsingular at the interior point, so T splits at every admissible point (lemma 2)",
    ]
    if case.slug == "cut":
        parts = [p for name in ("horizontal", "vertical", "null") for c in case.witness[name] for p in c]
        constant = all(not any(exponents) for p in parts for _, exponents in p)
        full = constant or case.quick.ranks()[0] == t.n_states - 1
        case.require(full, "not-constant", "the vectors depend on the point: no cut in these parameters")
        reason = "all vectors are constant: coordinates of a cut" if constant else "M is open in P(X)"
        checked.append(f"{reason} (lemma 8)")
    if case.slug in ("elbo-equivalence", "cylindrical-characterisation"):
        checked.append("the statement follows (lemma 3)")
    return checked


def _judge_not_cylindrical(case: Case) -> list[str]:
    case.fields("null", "visible_null", "elbo", "optimal", "objective")
    ranks = case.admissible()
    if ranks[0] >= ranks[1] + ranks[2]:
        ranks = case.exact.ranks()
    r, r_v, r_vertical = ranks
    case.require(r < r_v + r_vertical, "ranks", f"{r} = {r_v} + {r_vertical}: T splits at the point")
    exact, t = case.exact, case.table
    checked = [f"the point is admissible; ranks {r} < {r_v} + {r_vertical}: T does not split there"]
    elbo = _record(case.witness["elbo"], {"q", "coefficients", "visible_coefficients", "projected", "visible"}, "elbo")
    q, projected = _distribution(elbo, t), _projected(elbo, case)
    visible = exact.gradient(exact.marginal(q), _numbers(elbo["visible_coefficients"], t.d, "elbo"), visible=True)
    stated = [_numbers(elbo[k], t.n_visible, "elbo") for k in ("projected", "visible")]
    case.require(stated == [projected, visible], "gradient", "a stated gradient is not the one of the coefficients")
    case.require(projected != visible, "equal-gradients", "the two gradients of q are equal")
    checked.append("-dpi grad D(q||.) and -grad D(p*||.) for q and p* = q_V are those stated, and differ")
    if t.n_states <= 32:
        for name, vector in (("q", elbo["q"]), ("-dpi grad D(q||.)", elbo["projected"])):
            checked.append(f"{name} = ({', '.join(vector)})")
        checked.append(f"-grad D(p*||.) = ({', '.join(elbo['visible'])})")
    optimal = _record(case.witness["optimal"], {"q", "coefficients"}, "optimal")
    q = _distribution(optimal, t)
    case.require(exact.marginal(q) == exact.p_v, "not-optimal", "the optimal q does not have the marginal p_V")
    case.require(any(_projected(optimal, case)), "equal-gradients", "the gradient of the optimal q is 0 in P(V)")
    checked.append("for a second q with q_V = p_V the visible gradient is 0, the projected one is not")
    if case.witness["objective"] is None:
        return [*checked, "so condition (g) fails there, and with it (d), for some L (lemma 3)"]
    objective = _record(
        case.witness["objective"], {"differential", "coefficients", "visible_coefficients"}, "objective"
    )
    dl = _numbers(objective["differential"], t.n_visible, "objective")
    measure = [p * dl[x // t.n_hidden] for x, p in enumerate(exact.p)]
    coefficients = [_numbers(objective[k], t.d, "objective") for k in ("coefficients", "visible_coefficients")]
    u = exact.marginal(exact.gradient(measure, coefficients[0], visible=False))
    w = exact.gradient(exact.marginal(measure), coefficients[1], visible=True)
    case.require(u != w, "equal-gradients", "the two gradients of L are equal")
    return [*checked, "for an L with the stated differential condition (d) fails"]


def _judge_minors(case: Case) -> list[str]:
    """The ranks at the point from a few rows of [1 | s], [1 | E[s|v]] and s - E[s|v], s the raw scores (lemma 9)."""
    t, witness = case.table, case.fields("rows", "null", "visible_null", "gradient")
    rows = _record(witness["rows"], {"joint", "visible", "vertical"}, "rows")
    bounds = case.upper_bounds()
    ranks = _ranks_of_rows(
        case,
        *(
            [_index(x, size, "rows") for x in _list(rows[k], "rows", most=t.d + 1)]
            for k, size in (("joint", t.n_states), ("visible", t.n_visible), ("vertical", t.n_states))
        ),
    )
    r, r_v, r_vertical = ranks
    if case.scope == GENERIC and ranks[:2] != bounds:
        # Lower bounds hold on a dense open set; there T splits only if rank J reaches their sum (lemmas 1, 3).
        case.require(bounds[0] < r_v + r_vertical, "ranks", f"{bounds[0]} >= {r_v} + {r_vertical}: T may split")
        return [f"generically rank J <= {bounds[0]} < {r_v} + {r_vertical}, by minors: T does not split there"]
    case.require(
        ranks[:2] == bounds,
        "not-admissible",
        f"the ranks of J and J_V in the rows are {ranks[:2]}, the proved upper bounds {bounds}",
    )
    case.require(r < r_v + r_vertical, "ranks", f"{r} = {r_v} + {r_vertical}: T splits, as far as the rows show")
    checked = [f"the point is admissible; ranks {r} < {r_v} + {r_vertical}, by minors: T does not split there"]
    if case.slug == "cylindrical-characterisation":
        return [*checked, "so all seven conditions are false there (lemma 3)"]
    if witness["gradient"] is None:
        return [*checked, "so condition (g) fails there, and with it (d), for some L (lemma 3)"]
    return [*checked, *_gradient_of_network(case, witness["gradient"])]


def _ranks_of_rows(case: Case, joint: list[int], visible: list[int], vertical: list[int]) -> tuple[int, int, int]:
    t = case.table
    for prime in PRIMES:
        try:
            states = States(t, case.values, prime)
            lists: list[Rows] = [
                [[1, *states.state(t.row(x))[1]] for x in joint],
                [[1, *states.conditional_mean(v)] for v in visible],
                [
                    [
                        (a - b) % prime
                        for a, b in zip(
                            states.state(t.row(x))[1], states.conditional_mean(x // t.n_hidden), strict=True
                        )
                    ]
                    for x in vertical
                ],
            ]
        except ValueError:
            continue
        a, b, c = (_rank(rows, prime, case.work) for rows in lists)
        return a - 1, b - 1, c
    raise Malformed("limit", "the point is bad for all primes")


def _gradient_of_network(case: Case, data: Any) -> list[str]:
    """For q = p + epsilon (e_x - e_y), x and y over one v, q_V = p_V; its gradient J c, seen in P(V), is not 0.

    c solves the normal equations: sum_z s_i q(z) = epsilon (s_i(x) - s_i(y)), and G is that of lemma 7.
    """
    t = case.table
    keys = {"families", "states", "epsilon", "coefficients", "projected"}
    part = _record(data, keys, "gradient")
    families = _network(case, part["families"])[0]
    x, y = (_index(s, t.n_states, "states") for s in _list(part["states"], "states", 2))
    states, c = States(t, case.values), _numbers(part["coefficients"], t.d, "coefficients")
    epsilon = Fraction(_number(part["epsilon"], "epsilon"))
    (p_x, s_x), (p_y, s_y) = (states.state(t.row(z)) for z in (x, y))
    case.require(x // t.n_hidden == y // t.n_hidden and p_x > 0, "not-optimal", "the two states lie over different v")
    case.require(0 < epsilon < p_y, "not-distribution", "q is not a positive distribution")
    for node, (parents, rows) in families.items():
        weights = _parent_weights(case, families, states, parents)
        for row, weight in zip(rows, weights, strict=True):
            free = [_symbol_of(t, f) for f in row]
            last = sum((c[i] for i in free if i is not None), Fraction(0))
            bottom = next((states.factors[f] for f, i in zip(row, free, strict=True) if i is None), Fraction(1))
            for f, i in zip(row, free, strict=True):
                if i is not None:
                    left = weight * (c[i] / states.factors[f] + last / bottom)
                    good = left == epsilon * (s_x[i] - s_y[i])
                    case.require(good, "gradient", f"the normal equations fail in the table of {node}")
    found = False
    for entry in _list(part["projected"], "projected"):
        v, text = _list(entry, "projected", 2)
        value = _number(text, "projected")
        total = Fraction(0)
        for z in t.fibre(_index(v, t.n_visible, "projected")):
            p, s = states.state(t.row(z))
            total += p * sum(a * b for a, b in zip(s, c, strict=True) if a)
        case.require(total == value, "gradient", f"the gradient at visible state {v} is {total}, not {value}")
        found = found or total != 0
    case.require(found, "equal-gradients", "no coordinate at which the gradient is not 0 is stated")
    return ["for a q with q_V = p_V the visible gradient is 0, -dpi grad D(q||.) is not, at the stated coordinates"]


def _symbol_of(t: Table, f: int) -> int | None:
    """The parameter that a free entry of a conditional table is; None for the entry that is 1 minus the others."""
    terms = t.factors[f]
    ((key, c),) = terms.items() if len(terms) == 1 else (((), 0),)
    return key.index(1) if c == 1 and sum(key) == 1 else None


def _parent_weights(
    case: Case, families: dict[str, tuple[list[str], Rows]], states: States, parents: list[str]
) -> list[Fraction]:
    """The probabilities of all states of the parents: sums over the states of them and their ancestors."""
    t, needed = case.table, set(parents)
    while more := {p for n in needed for p in families[n][0]} - needed:
        needed |= more
    names = [n for n in t.labels if n in needed]
    sums = [Fraction(0)] * prod(t.sizes[p] for p in parents)
    case.work.spend(prod(t.sizes[n] for n in names) * (1 + len(names)))
    for digits in product(*(range(t.sizes[n]) for n in names)):
        digit, weight = dict(zip(names, digits, strict=True)), Fraction(1)
        for name in names:
            row = families[name][1][_row_number(t, families[name][0], digit)]
            weight *= states.factors[row[digit[name]]] if row else 1
        sums[_row_number(t, parents, digit)] += weight
    return sums


def _row_number(t: Table, parents: list[str], digit: dict[str, int]) -> int:
    k = 0
    for parent in parents:
        k = k * t.sizes[parent] + digit[parent]
    return k


def _distribution(part: dict[str, Any], t: Table) -> list[Fraction]:
    q = _numbers(part["q"], t.n_states, "q")
    if sum(q) != 1 or any(v <= 0 for v in q):
        raise Rejected("not-distribution", "q is not a positive distribution")
    return q


def _projected(part: dict[str, Any], case: Case) -> list[Any]:
    coefficients = _numbers(part["coefficients"], case.table.d, "coefficients")
    q = _numbers(part["q"], case.table.n_states, "q")
    return case.exact.marginal(case.exact.gradient(q, coefficients, visible=False))


def _judge_conditions(case: Case) -> list[str]:
    truth = case.fields("truth", "null", "visible_null")["truth"]
    if not isinstance(truth, bool):
        raise Malformed("schema", "witness: truth is true or false")
    case.require(
        truth or case.slug == "cylindrical-characterisation", "kind", "false conditions prove the equivalence only"
    )
    case.require(not truth or case.scope == POINT, "kind", "true conditions at a formal point are not true generically")
    ranks = case.admissible()
    # An identity that fails modulo a prime fails; that it holds is computed exactly.
    quick = not truth and case.quick.ranks()[:2] == ranks[:2]
    try:
        found = (case.quick if quick else case.exact).conditions()
    except ValueError:
        found = case.exact.conditions()
    wrong = [k for k, v in found.items() if v != truth]
    case.require(not wrong, "condition", f"condition ({', '.join(wrong)}) is {not truth} at the point")
    return [
        f"the point is admissible (ranks {ranks[0]}, {ranks[1]}); conditions (a) to (g) are all {str(truth).lower()}"
    ]


def _judge_ranks(case: Case) -> list[str]:
    stated = tuple(_index(r, 1 << 30, "ranks") for r in _list(case.claim["ranks"], "ranks", 3))
    t, d = case.table, case.table.d
    if case.scope == POINT:
        case.fields()
        found = case.quick.ranks()
        bounds = (min(d, t.n_states - 1), min(d, t.n_visible - 1), min(d, t.n_states - t.n_visible))
        if found != bounds:
            found = case.exact.ranks()
        case.require(found == stated, "ranks", f"the ranks at the point are {found}, not {stated}")
        return ["the ranks, by elimination"]
    case.fields("null", "visible_null", "horizontal_null")
    joint, visible = case.upper_bounds()
    fibres = [t.fibre(v) for v in range(t.n_visible)]
    bounds = (joint, visible, case.upper_bound("horizontal_null", fibres, t.n_states - t.n_visible))
    found = case.quick.ranks()
    if found != bounds:
        found = case.exact.ranks()
    case.require(found == bounds == stated, "ranks", f"ranks {found} at the point, upper bounds {bounds}, not {stated}")
    return ["lower bounds at the interior point, upper bounds by null vectors and shapes: they agree"]


# Matrix algebra in words (lemma 6): a sum of words is a dict from tuples of letters to integers.

Words: TypeAlias = dict[tuple[str, ...], int]


def _flip(word: tuple[str, ...]) -> tuple[str, ...]:
    """The transposed word; diagonal matrices are symmetric."""
    flipped = (a[:-1] if a.endswith("'") else a if a in ("D", "D_V", "P", "P_V") else a + "'" for a in reversed(word))
    return tuple(flipped)


def _words(text: str) -> Words:
    """The sum of words that one side of a formula denotes, definitions inserted."""
    total: Words = {}
    for sign, body in re.findall(r"(^|[+-] )((?:(?![+-] ).)+)", text):
        terms: Words = {(): -1 if sign == "- " else 1}
        for token in body.split():
            name, transposed = (token[:-1], True) if token.endswith("'") else (token, False)
            meaning: Words = {() if name in ("I", "I_V") else (name,): 1}
            if name in DEFINITIONS:
                meaning = _words(DEFINITIONS[name])
            factor = {_flip(w) if transposed else w: c for w, c in meaning.items()}
            terms = {a + b: c * e for a, c in terms.items() for b, e in factor.items()}
        for word, c in terms.items():
            total[word] = total.get(word, 0) + c
    return total


def _rules() -> list[tuple[tuple[str, ...], tuple[str, ...]]]:
    rules = []
    for text in RULES:
        left, right = (tuple(side.split()) for side in text.split("->"))
        rules.append((left, right))
        if text != RULES[-1]:
            rules.append((_flip(left), _flip(right)))
    return rules


def _normal_word(word: tuple[str, ...]) -> tuple[str, ...]:
    rules = _rules()
    for _ in range(200):
        for left, right in rules:
            k = next((i for i in range(len(word) - len(left) + 1) if word[i : i + len(left)] == left), None)
            if k is not None:
                word = word[:k] + right + word[k + len(left) :]
                break
        else:
            return word
    raise Malformed("limit", "a formula does not come to an end")


def _holds(formula: str) -> bool:
    left, right = formula.split(" = ")
    total: Words = {}
    for sign, side in ((1, left), (-1, right)):
        for word, c in _words(side).items():
            normal = _normal_word(word)
            total[normal] = total.get(normal, 0) + sign * c
    return not any(total.values())


def _judge_matrix_algebra(case: Case) -> list[str]:
    needs_rank = case.slug == "gradient-alignment" and case.scope == POINT
    case.fields(*(("null", "visible_null") if needs_rank else ()))
    checked = []
    if needs_rank:
        ranks = case.admissible()
        checked.append(f"the point is admissible (ranks {ranks[0]}, {ranks[1]})")
    for formula in STATEMENTS[case.slug][3]:
        case.require(_holds(formula), "identity", f"{formula} is not an identity")
        checked.append(f"{formula}, by matrix algebra for every positive table (lemma 6)")
    return checked


def _judge_logarithms(case: Case) -> list[str]:
    """S7 on one fibre of any size: coefficients of the formal logarithms log q, log p, log q_V, log p_V."""
    case.fields()
    m = case.table.n_hidden
    left: dict[tuple[str, int], dict[int, int]] = {}
    right: dict[tuple[str, int], dict[int, int]] = {}

    def term(side: dict[tuple[str, int], dict[int, int]], log: tuple[str, int], h: int, c: int) -> None:
        """Add c q(v,h) log."""
        form = side.setdefault(log, {})
        form[h] = form.get(h, 0) + c

    for h in range(m):
        term(left, ("q", h), h, 1)  # D(q||p) = sum q (log q - log p)
        term(left, ("p", h), h, -1)
        term(right, ("q_V", 0), h, 1)  # D(q_V||p_V) = sum q (log q_V - log p_V)
        term(right, ("p_V", 0), h, -1)
        for log, c in ((("q", h), 1), (("q_V", 0), -1), (("p", h), -1), (("p_V", 0), 1)):
            term(right, log, h, c)  # GAP = sum q (log q(h|v) - log p(h|v))
    reduced = [{k: {h: c for h, c in f.items() if c} for k, f in s.items()} for s in (left, right)]
    both = set(left) | set(right)
    equal = all(reduced[0].get(k, {}) == reduced[1].get(k, {}) for k in both)
    case.require(equal, "identity", "the coefficients of the logarithms differ")
    # With q_V = 1 on this fibre the same comparison is the second identity: log p_V - ELBO = D(q(.|v) || p(.|v)).
    return ["coefficients of every formal logarithm agree, fibre by fibre, for all positive p and q"]


# Graphs (lemmas 7 and 8).


def _network(case: Case, families: Any) -> tuple[dict[str, tuple[list[str], Rows]], list[tuple[str, str]]]:
    """Verify that the table is the Bayesian network with free conditional tables; its families and its arrows."""
    t = case.table
    nodes: dict[str, tuple[list[str], Rows]] = {}
    used: list[int] = []
    symbols: list[int] = []
    for entry in _list(families, "families", len(t.labels)):
        family = _record(entry, {"node", "parents", "rows"}, "families")
        node, parents = _name(family["node"], "families"), _names(family["parents"], "families")
        if node in nodes or not {node, *parents} <= set(t.labels) or node in parents:
            raise Malformed("schema", "families: unknown or repeated node")
        n_rows = prod(len(t.labels[p]) for p in parents)
        width = len(t.labels[node]) if len(t.labels[node]) > 1 else 0
        rows = [
            [_index(f, len(t.factors), "families") for f in _list(r, "families", width)]
            for r in _list(family["rows"], "families", n_rows)
        ]
        nodes[node] = (parents, rows)
        for row in rows:
            used += row
            symbols += _free_row(case, row)
    case.require(len(set(used)) == len(used), "not-a-network", "an entry of the conditional tables is used twice")
    case.require(
        sorted(symbols) == list(range(t.n)) and t.n == t.d and not any(t.exponential),
        "not-a-network",
        "the parameters are not the free entries of the conditional tables, each once",
    )
    names = list(t.labels)
    # The weights are products of the entries: in the whole table, or table by table where it is given as a product.
    split = len(t.tables) > 1
    given = {frozenset(own): (own, rows) for own, rows in t.tables} if split else {frozenset(names): (names, t.full)}
    groups: dict[frozenset[str], list[str]] = {}
    for node, (parents, rows) in nodes.items():
        about = frozenset(n for n in (node, *parents) if len(t.labels[n]) > 1) if split else frozenset(names)
        groups.setdefault(about, []).extend([node] if rows[0] else [])
    case.require(
        len(given) == len(t.tables) and {g for g, own in groups.items() if own or not split} == set(given),
        "not-a-network",
        "the table is no product of conditional tables",
    )
    for about, (own, entries) in given.items():
        for x, state in enumerate(product(*(range(len(t.labels[n])) for n in own))):
            digit = {**dict.fromkeys(names, 0), **dict(zip(own, state, strict=True))}
            chosen = [nodes[n][1][_row_number(t, nodes[n][0], digit)][digit[n]] for n in groups[about]]
            good = entries[x] == (1, tuple((f, 1) for f in sorted(chosen)))
            case.require(good, "not-a-network", f"the weight of state number {x} is not the product of its entries")
        case.work.spend(len(entries) * len(names) * 4)
    arrows = [(p, node) for node, (parents, _) in nodes.items() for p in parents]
    waiting = set(names)
    while sources := {n for n in waiting if not any(b == n and a in waiting for a, b in arrows)}:
        waiting -= sources
    case.require(not waiting, "not-a-network", "the arrows have a cycle")
    return nodes, arrows


def _free_row(case: Case, row: list[int]) -> list[int]:
    """A row of a conditional table: all entries but one are parameters, and the sum is 1."""
    total: Polynomial = {}
    symbols: list[int] = []
    for f in row:
        p = case.table.factors[f]
        total = _add(total, p)
        if len(p) == 1 and len(symbols) < len(row) - 1:
            ((key, c),) = p.items()
            if c == 1 and sum(key) == 1:
                symbols.append(key.index(1))
    good = not row or (total == {(0,) * case.table.n: 1} and len(symbols) == len(row) - 1)
    case.require(good, "not-a-network", "a row of a conditional table is not free, or does not sum to 1")
    return symbols


def _judge_local_tables(case: Case) -> list[str]:
    return _network_checked(case, case.fields("families")["families"])


def _network_checked(case: Case, families: Any) -> list[str]:
    arrows = _network(case, families)[1]
    shown = ", ".join(f"{a} -> {b}" for a, b in arrows) or "no arrows"
    return [f"the table is the Bayesian network with free conditional tables and {shown} (lemma 7)"]


def _v_structures(arrows: set[tuple[str, str]]) -> set[tuple[frozenset[str], str]]:
    parents: dict[str, set[str]] = {}
    for a, b in arrows:
        parents.setdefault(b, set()).add(a)
    return {
        (frozenset(pair), b)
        for b, tails in parents.items()
        for pair in combinations(sorted(tails), 2)
        if pair not in arrows and pair[::-1] not in arrows
    }


def _judge_graph_cut(case: Case) -> list[str]:
    witness = case.fields("families", "equivalent_edges", "order")
    checked = _network_checked(case, witness["families"])
    arrows = {(p, f["node"]) for f in witness["families"] for p in f["parents"]}
    order = _names(witness["order"], "order")
    pairs = [_list(e, "equivalent_edges", 2) for e in _list(witness["equivalent_edges"], "equivalent_edges")]
    edges = {(_name(a, "equivalent_edges"), _name(b, "equivalent_edges")) for a, b in pairs}
    case.require(len(edges) == len(pairs), "not-equivalent", "an equivalent arrow is listed twice")
    case.require(sorted(order) == sorted(case.table.labels), "order", "the order does not list every node once")
    place = {node: i for i, node in enumerate(order)}
    forward = all(a in place and b in place and place[a] < place[b] for a, b in edges)
    case.require(forward, "order", "an arrow of the equivalent network does not go forward in the order")
    same = {frozenset(e) for e in edges} == {frozenset(e) for e in arrows}
    case.require(same, "not-equivalent", "the skeletons differ")
    case.require(_v_structures(edges) == _v_structures(arrows), "not-equivalent", "the v-structures differ")
    hidden = set(case.table.hidden)
    case.require(
        not any(a in hidden and b not in hidden for a, b in edges), "hidden-arrow", "an arrow from hidden to visible"
    )
    shown = ", ".join(f"{a} -> {b}" for a, b in sorted(edges)) or "no arrows"
    return [*checked, f"Markov equivalent, without an arrow from hidden to visible: {shown}", "a cut (lemma 8)"]


def _judge_log_linear_cut(case: Case) -> list[str]:
    t = case.table
    generators = [_names(g, "generators") for g in _list(case.fields("generators")["generators"], "generators")]
    known = all(n in t.labels for g in generators for n in g)
    case.require(known, "not-log-linear", "unknown variables")
    case.require(t.real and all(t.exponential) and not t.domain, "not-log-linear", "the parameters are restricted")
    case.require(len({c for c, _ in t.full}) == 1, "not-log-linear", "the base measure is not uniform")
    numbers = case.exact
    for f in t.used:
        monomial = list(t.factors[f].values()) == [1]
        case.require(monomial, "not-log-linear", "a factor is not a monomial with coefficient 1")
    states = list(product(*(range(len(v)) for v in t.labels.values())))
    names = list(t.labels)
    case.work.spend(t.n_states * t.d * (1 + len(generators)))
    for i in range(t.d):
        inside = any(
            len(
                {
                    (tuple(s[k] for k, n in enumerate(names) if n in g), numbers.scores[x][i])
                    for x, s in enumerate(states)
                }
            )
            == prod(len(t.labels[n]) for n in g)
            for g in generators
        )
        case.require(inside, "not-log-linear", f"the statistic of parameter {i + 1} depends on more than one generator")
    faces = {frozenset(c) for g in generators for k in range(1, len(g) + 1) for c in combinations(g, k)}
    dimension = sum(prod(len(t.labels[n]) - 1 for n in face) for face in faces)
    full = case.quick.ranks()[0] == dimension
    case.require(full, "not-log-linear", f"the statistics span fewer than {dimension} dimensions")
    hidden = set(t.hidden)
    near = {h: {n for g in generators if h in g for n in g} for h in hidden}
    waiting = set(hidden)
    while waiting:
        component = {min(waiting)}
        while more := {n for h in component for n in near[h] & hidden} - component:
            component |= more
        waiting -= component
        boundary = {n for h in component for n in near[h]} - hidden
        case.require(any(boundary <= set(g) for g in generators), "not-collapsible", "a boundary lies in no generator")
    return [
        "the table is the hierarchical log-linear model of the generators, and the boundary of every hidden component "
        "lies in a generator: collapsible, a cut (lemma 8)"
    ]


# Identities of rational functions, written as trees: a number "p/q", ["g", k], ["+", ...], ["*", ...], ["^", a, n].


def _fraction(tree: Any, g: Generators, values: list[Fraction] | None, depth: int = 0) -> Any:
    """The value of an expression: (numerator, denominator), or a rational number at a point."""
    if depth > MAX_DEPTH:
        raise Malformed("depth", "an expression is nested too deeply")
    if isinstance(tree, str):
        number = _number(tree, "expression")
        constant = (0,) * g.n
        return Fraction(number) if values is not None else ({constant: number} if number else {}, {constant: 1})
    items = _list(tree, "expression")
    if len(items) < 2:
        raise Malformed("schema", "expression: too few entries")
    if items[0] == "g" and len(items) == 2:
        k = _index(items[1], g.n, "expression")
        if values is not None:
            return values[k]
        return {tuple(int(i == k) for i in range(g.n)): 1}, {(0,) * g.n: 1}
    if items[0] == "^" and len(items) == 3:
        return _integer_power(_fraction(items[1], g, values, depth + 1), items[2], g, values)
    if items[0] not in ("+", "*"):
        raise Malformed("schema", "expression: expected a number, g, +, * or ^")
    parts = [_fraction(item, g, values, depth + 1) for item in items[1:]]
    if values is not None:
        return sum(parts) if items[0] == "+" else prod(parts)
    num, den = parts[0]
    for above, below in parts[1:]:
        if items[0] == "*":
            num, den = _mul(num, above, g.work), _mul(den, below, g.work)
        elif den == below:
            num = _add(num, above)
        else:
            num = _add(_mul(num, below, g.work), _mul(above, den, g.work))
            den = _mul(den, below, g.work)
    return num, den


def _integer_power(base: Any, n: Any, g: Generators, values: list[Fraction] | None) -> Any:
    if type(n) is not int or abs(n) > MAX_DEGREE:
        raise Malformed("schema", "expression: an exponent is no integer, or too large")
    if values is not None:
        return _power(base, n, g.work)
    num, den = base if n >= 0 else base[::-1]
    if not den:
        raise Rejected("zero-denominator", "an expression divides by 0")
    result: tuple[Polynomial, Polynomial] = ({(0,) * g.n: 1}, {(0,) * g.n: 1})
    for _ in range(abs(n)):
        result = _mul(result[0], num, g.work), _mul(result[1], den, g.work)
    return result


def _judge_identity(data: dict[str, Any], g: Generators, work: Work) -> list[str]:
    claim = data["claim"]
    values = g.point(data["interior_point"], "interior point")
    left = _list(claim["left"], "left")
    right = _list(claim["right"], "right", len(left))
    _record(data["witness"], {"kind"}, "witness")
    if not left:
        raise Rejected("empty-witness", "no expressions")
    at_point = [(_fraction(a, g, values), _fraction(b, g, values)) for a, b in zip(left, right, strict=True)]
    if claim["verdict"] == "refuted":
        if claim["point"] != data["interior_point"]:
            raise Rejected("point", "the interior point is not the point of the claim")
        if claim["scope"] == POINT and not g.real:
            raise Rejected("unreal-point", "the values of the generators need not come from real parameters")
        if all(a == b for a, b in at_point):
            raise Rejected("identity", "the two sides are equal at the point")
        return ["the two sides have different values at the point"]
    if claim["point"] is not None:
        raise Rejected("point", "a point is stated where none belongs")
    for k, (a, b) in enumerate(zip(left, right, strict=True)):
        (n, d), (m, e) = _fraction(a, g, None), _fraction(b, g, None)
        if _mul(n, e, work) != _mul(m, d, work):
            raise Rejected("identity", f"entry {k + 1}: the two sides differ")
    return ["both sides multiplied out, entry by entry: equal wherever both are defined, as at the interior point"]


# Signs (lemma 10): polynomials that are positive on the domain, because they are sums of products of such.


class Signs:
    """The polynomials of which it is known that they are positive on the domain.

    ``["d", k]`` is numerator times denominator of inequality k; ``["g", k]`` generator k if it is an exponential, else
    its square, which is only nonnegative; ``["w", x]`` the weight of state x, its negative exponents raised by even
    numbers; ``["s", k]`` the polynomial of step k.
    """

    def __init__(self, g: Generators, steps: Any) -> None:
        self.g, self.steps = g, list[Polynomial]()
        for step in _list(steps, "steps"):
            part = _record(step, {"polynomial", "multiplier", "terms"}, "steps")
            polynomial = _polynomial(part["polynomial"], g.n, "steps")
            self.prove(polynomial, part, f"step {len(self.steps)}")
            self.steps.append(polynomial)

    def form(self, kind: Any, k: Any) -> tuple[Polynomial, bool]:
        """A known polynomial, and whether it is positive, not only nonnegative."""
        g, one = self.g, (0,) * self.g.n
        if kind == "d":
            num, den = g.domain[_index(k, len(g.domain), "form")]
            return _mul(num, den, g.work), True
        if kind == "g":
            e = 1 if g.exponential[_index(k, g.n, "form")] else 2
            return {tuple(e * (i == k) for i in range(g.n)): 1}, e == 1
        if kind == "s":
            return self.steps[_index(k, len(self.steps), "form")], True
        if kind != "w" or not isinstance(g, Table):
            raise Malformed("schema", "form: expected d, g, s or, for a table, w")
        c, powers = g.row(_index(k, g.n_states, "form"))
        return _mul(
            {one: c}, g.expand(tuple((f, e if e > 0 else 1) for f, e in powers if e > 0 or e % 2)), g.work
        ), True

    def product(self, data: Any) -> tuple[Polynomial, bool]:
        """A product of powers ``[kind, number, exponent]`` of known polynomials, and whether it is positive."""
        result: Polynomial = {(0,) * self.g.n: 1}
        strict, previous = True, None
        for entry in _list(data, "product"):
            kind, k, e = _list(entry, "product", 3)
            own, positive = self.form(kind, k)
            if previous is not None and (kind, k) <= previous:
                raise Malformed("schema", "product: the factors are not in increasing order")
            previous, strict = (kind, k), strict and positive
            for _ in range(1 + _index(e - 1 if type(e) is int else e, MAX_DEGREE, "product")):
                result = _mul(result, own, self.g.work)
        return result, strict

    def prove(self, p: Polynomial, proof: dict[str, Any], where: str) -> None:
        """Verify that p times the multiplier is the sum of the terms, one of them positive, the others nonnegative."""
        total: Polynomial = {}
        positive = False
        for term in _list(proof["terms"], "terms"):
            text, powers = _list(term, "terms", 2)
            c, (part, strict) = _number(text, "terms"), self.product(powers)
            if c <= 0:
                raise Rejected("sign", f"{where}: the coefficient {c} is not positive")
            total, positive = _add(total, part, c), positive or strict
        if not positive:
            raise Rejected("sign", f"{where}: no term is positive")
        if _mul(p, self.product(proof["multiplier"])[0], self.g.work) != total:
            raise Rejected("sign", f"{where}: the polynomial is not the sum of products")


def _judge_positivity(data: dict[str, Any], g: Generators) -> list[str]:
    witness = _record(data["witness"], {"kind", "steps", "proofs"}, "witness")
    expressions = _list(data["claim"]["expressions"], "expressions")
    if not expressions:
        raise Rejected("empty-witness", "no expressions")
    if data["claim"]["point"] is not None:
        raise Rejected("point", "a point is stated where none belongs")
    signs = Signs(g, witness["steps"])
    values = g.point(data["interior_point"], "interior point")
    for k, (tree, proofs) in enumerate(
        zip(expressions, _list(witness["proofs"], "proofs", len(expressions)), strict=True)
    ):
        _fraction(tree, g, values)
        for p, proof in zip(_fraction(tree, g, None), _list(proofs, "proofs", 2), strict=True):
            signs.prove(p, _record(proof, {"multiplier", "terms"}, "proofs"), f"expression {k + 1}")
    return ["numerators and denominators are sums of products of polynomials that are positive on the domain"]


def _judge_nowhere(case: Case) -> list[str]:
    t, witness = case.table, case.fields("null", "visible", "steps", "minors", "multiplier", "terms")
    bound = case.upper_bound("null", [range(t.n_states)], t.n_states - 1)
    rows = [_index(v, t.n_visible, "visible") for v in _list(witness["visible"], "visible", most=t.d + 1)]
    visible, sizes, total = _ranks_of_rows(case, [], rows, [])[1], set(), dict[tuple[int, ...], Number]()
    for data in _list(witness["minors"], "minors"):
        part = _record(data, {"pairs", "columns", "multiplier"}, "minors")
        columns = [_index(i, t.d, "columns") for i in _list(part["columns"], "columns", most=MAX_MINOR)]
        pairs = [
            [_index(x, t.n_states, "pairs") for x in _list(pair, "pairs", 2)]
            for pair in _list(part["pairs"], "pairs", len(columns))
        ]
        over = all(x // t.n_hidden == y // t.n_hidden for x, y in pairs)
        case.require(over, "different-fibres", "the states of a pair lie over different visible states")
        sizes.add(len(columns))
        minor = _determinant(_differences(t, pairs, columns), case.work)
        total = _add(total, _mul(_polynomial(part["multiplier"], t.n, "minors"), minor, case.work))
    k = min(sizes, default=0)
    case.require(
        sizes == {k} and bound < visible + k, "ranks", f"{bound} >= {visible} + {k}, or minors of several sizes"
    )
    Signs(t, witness["steps"]).prove(total, witness, "the sum of the minors")
    return [
        f"generically rank J <= {bound} and rank J_V >= {visible}",
        f"at every point rank (I - C dpi) J >= {k}: a combination of minors of differences of scores is positive",
        "so T splits at no admissible point (lemma 10)",
    ]


def _differences(t: Table, pairs: list[list[int]], columns: list[int]) -> list[list[Polynomial]]:
    """The rows s(x) - s(y), made polynomial: rows, or columns if that takes fewer factors, multiplied by factors."""
    rows = []
    for x, y in pairs:
        a, b = dict(t.row(x)[1]), dict(t.row(y)[1])
        rows.append({f: e for f in sorted({*a, *b}) if (e := a.get(f, 0) - b.get(f, 0))})
    logs: dict[tuple[int, int], tuple[Polynomial, bool]] = {}
    for f in {f for row in rows for f in row}:
        for i in columns:
            if i in t.derivatives[f]:
                quotient = _quotient(t.derivatives[f][i], t.factors[f], t.work)
                logs[f, i] = (t.derivatives[f][i], True) if quotient is None else (quotient, False)
    by_row = [{f for f in row if any((f, i) in logs and logs[f, i][1] for i in columns)} for row in rows]
    by_column = [{f for row in rows for f in row if (f, i) in logs and logs[f, i][1]} for i in columns]
    across = sum(map(len, by_column)) <= sum(map(len, by_row))
    matrix = []
    for row, own in zip(rows, by_row, strict=True):
        entries = []
        for i, other in zip(columns, by_column, strict=True):
            scale, entry = other if across else own, dict[tuple[int, ...], Number]()
            for f, e in row.items():
                if (f, i) in logs:
                    log, below = logs[f, i]
                    rest = tuple((k, 1) for k in sorted(scale) if not below or k != f)
                    entry = _add(entry, _mul(log, t.expand(rest), t.work), e)
            entries.append(entry)
        matrix.append(entries)
    return matrix


def _determinant(matrix: list[list[Polynomial]], work: Work) -> Polynomial:
    """Expansion by rows; minors of the first rows are kept by their sets of columns."""
    minors: dict[int, Polynomial] = {}
    for row in matrix:
        larger: dict[int, Polynomial] = {}
        for used, p in (minors or {0: {}}).items():
            for j, e in enumerate(row):
                if e and not used >> j & 1:
                    sign = -1 if bin(used >> j).count("1") % 2 else 1
                    part = _mul(p, e, work) if used else e
                    larger[used | 1 << j] = _add(larger.get(used | 1 << j, {}), part, sign)
        minors = {used: p for used, p in larger.items() if p}
        if not minors:
            return {}
    return minors.get((1 << len(matrix)) - 1, {})


JUDGES = {
    "null-vectors": _judge_null_vectors,
    "not-cylindrical": _judge_not_cylindrical,
    "minors": _judge_minors,
    "conditions": _judge_conditions,
    "matrix-algebra": _judge_matrix_algebra,
    "logarithms": _judge_logarithms,
    "local-tables": _judge_local_tables,
    "graph-cut": _judge_graph_cut,
    "log-linear-cut": _judge_log_linear_cut,
    "ranks": _judge_ranks,
    "sign": _judge_nowhere,
}
# What each kind of witness can prove: (statement, verdict, scope).
_THEOREMS = ("gradient-alignment", "submersion", "unconstrained-gradients", "data-manifold", "missing-information")
PROVES: dict[str, set[tuple[str, str, str]]] = {
    "null-vectors": {
        (slug, "proved", EVERYWHERE)
        for slug in ("cylindrical", "cylindrical-characterisation", "elbo-equivalence", "cut")
    },
    "not-cylindrical": {
        (slug, verdict, scope)
        for slug, verdict in (("cylindrical", "refuted"), ("converse", "proved"))
        for scope in (POINT, GENERIC)
    },
    "minors": {
        (slug, verdict, scope)
        for slug, verdict in (
            ("cylindrical", "refuted"),
            ("converse", "proved"),
            ("cylindrical-characterisation", "proved"),
        )
        for scope in (POINT, GENERIC)
    },
    "conditions": {
        (slug, "proved", POINT) for slug in ("cylindrical", "cylindrical-characterisation", "elbo-equivalence")
    }
    | {("cylindrical-characterisation", "proved", GENERIC)},
    "matrix-algebra": {(slug, "proved", scope) for slug in _THEOREMS for scope in (EVERYWHERE, POINT)},
    "logarithms": {("elbo-decomposition", "proved", SPACE)},
    "local-tables": {("locality", "proved", scope) for scope in (EVERYWHERE, POINT)},
    # A cut is cylindrical (lemma 8), and S4 and S8 follow (lemma 3).
    **{
        kind: {
            (slug, "proved", EVERYWHERE)
            for slug in ("cut", "cylindrical", "cylindrical-characterisation", "elbo-equivalence")
        }
        for kind in ("graph-cut", "log-linear-cut")
    },
    "ranks": {("ranks", "proved", POINT), ("ranks", "proved", GENERIC)},
    "identity": {
        *(("identity", "proved", scope) for scope in (GENERIC, EVERYWHERE)),
        *(("identity", "refuted", scope) for scope in (GENERIC, POINT)),
    },
    "sign": {("cylindrical", "refuted", NOWHERE), ("positivity", "proved", DOMAIN)},
}


def _bound(data: dict[str, Any], statement: str | None) -> str:
    """Verify that claim, hash, words and kind of witness belong together; the hash of the claim."""
    if data["format"] != "symelbo-certificate" or type(data["version"]) is not int or data["version"] != 1:
        raise Malformed("version", "not a symelbo certificate of version 1")
    claim, witness = data["claim"], data["witness"]
    slug = claim.get("statement") if isinstance(claim, dict) else None
    if not isinstance(slug, str) or slug not in STATEMENTS:
        raise Malformed("schema", "claim: unknown statement")
    extra = {"identity": {"left", "right"}, "ranks": {"ranks"}, "positivity": {"expressions"}}.get(slug, set())
    _record(claim, {"assumptions", "model", "point", "quantifier", "scope", "statement", "verdict"} | extra, "claim")
    digest = hashlib.sha256(_canonical(claim).encode()).hexdigest()
    if data["sha256"] != digest:
        raise Rejected("hash", "the SHA-256 is not that of the claim")
    if statement is not None and statement != digest:
        raise Rejected("statement", f"a certificate for another statement: {digest}")
    if claim["assumptions"] != STATEMENTS[slug][0] or claim["quantifier"] != STATEMENTS[slug][2]:
        raise Rejected("words", "the assumptions or the quantifier are not those of the statement")
    kind = witness.get("kind") if isinstance(witness, dict) else None
    if not isinstance(kind, str) or kind not in PROVES:
        raise Malformed("schema", "witness: unknown kind")
    if not all(isinstance(claim[k], str) for k in ("verdict", "scope")):
        raise Malformed("schema", "claim: verdict and scope are texts")
    if (slug, claim["verdict"], claim["scope"]) not in PROVES[kind]:
        raise Rejected("kind", f"{kind} does not prove: {slug} {claim['verdict']}, scope {claim['scope']}")
    return digest


def _obligations(data: dict[str, Any]) -> tuple[Generators, list[str], list[str]]:
    """Verify everything else; the model, what it is in words, and what was checked."""
    claim, kind, work = data["claim"], data["witness"]["kind"], Work()
    if kind == "identity":
        g = Generators(_record(claim["model"], {"domain", "generators", "parameters"}, "model"), work)
        checked = _judge_identity(data, g, work)
        about = f"{claim['left']} = {claim['right']} in g 0, g 1, ... = {', '.join(g.shown_names)}"
        return g, [about], [*checked, "the domain is not empty: the interior point lies in it"]
    if claim["statement"] == "positivity":
        model = claim["model"]
        table = isinstance(model, dict) and "variables" in model
        keys = {"domain", "generators", "parameters"}
        g = Table(model, work) if table else Generators(_record(model, keys, "model"), work)
        checked = _judge_positivity(data, g)
        about = f"{claim['expressions']} in g 0, g 1, ... = {', '.join(g.shown_names)}"
        return g, [about], [*checked, "the domain is not empty: the interior point lies in it"]
    needs_point = claim["scope"] == POINT or kind in ("not-cylindrical", "conditions", "minors")
    if (claim["point"] is not None) != needs_point:
        raise Rejected("point", "a point is stated where none belongs, or none where one does")
    case = Case(data, work)
    case.require_positive()
    checked, t = JUDGES[kind](case), case.table
    checked.append(
        "the domain is not empty: the interior point lies in it, and all weights are positive there"
        if t.real
        else "(assumed: that the domain is not empty; the interior point is formal)"
    )
    variables = ", ".join(f"{n} ({'hidden, ' if n in t.hidden else ''}{len(v)} states)" for n, v in t.labels.items())
    about = f"{variables}; parameters {', '.join(t.parameters)}"
    return t, [about, *(t.shown() if t.n_states <= 32 else [])], checked


def _judge(text: str, statement: str | None) -> Result:
    keys = {"claim", "format", "interior_point", "provenance", "sha256", "version", "witness"}
    data = _record(_parse(text), keys, "certificate")
    digest = _bound(data, statement)
    model, about, checked = _obligations(data)
    claim = data["claim"]
    where = f" ({SCOPES[claim['scope']]})" if SCOPES[claim["scope"]] else ""
    if claim["point"] is not None:
        where += ": " + ", ".join(f"{n} = {v}" for n, v in zip(model.shown_names, claim["point"], strict=True))
    slug, (assumptions, conclusion, quantifier, _) = claim["statement"], STATEMENTS[claim["statement"]]
    report = (
        f"statement: {slug}: {conclusion}; {quantifier}",
        f"verdict: {claim['verdict']}, scope: {claim['scope']}{where}",
        f"model: {about[0]}",
        *about[1:],
        *(f"checked: {c}" for c in checked),
        *(f"hypothesis: {a}" for a in assumptions),
        "trusted: this checker, Python, its lemmas; not the witness, not the provenance",
    )
    return Result(0, "valid", f"{slug} {claim['verdict']}, scope {claim['scope']}", digest, report)


def check(text: str, statement: str | None = None) -> Result:
    """Judge the text of a certificate; ``statement`` is the SHA-256 that its claim has to have."""
    try:
        return _judge(text, statement)
    except Rejected as error:
        reason, message = error.args
        return Result(1, reason, message)
    except Malformed as error:
        reason, message = error.args
        return Result(2, reason, message)
    except (RecursionError, MemoryError, OverflowError) as error:
        return Result(2, "limit", f"beyond the limits of this machine: {type(error).__name__}")
    except Exception as error:  # a judge that fails has accepted nothing
        return Result(2, "fault", f"the checker failed: {type(error).__name__}: {error}")


def main(argv: list[str] | None = None) -> int:
    """Check files; return 0 if all are valid, 1 if one is invalid, 2 if one is malformed or over the limits."""
    arguments = list(sys.argv[1:] if argv is None else argv)
    statement = None
    if "--statement" in arguments:
        k = arguments.index("--statement")
        statement = arguments[k + 1].lower() if k + 1 < len(arguments) else ""
        del arguments[k : k + 2]
    if not arguments or statement == "" or any(a.startswith("-") for a in arguments):
        print("usage: checker.py [--statement SHA256] FILE...", file=sys.stderr)
        return 2
    worst = 0
    for path in arguments:
        try:
            with open(path, "rb") as file:
                text = file.read(MAX_BYTES + 1).decode("ascii")
            result = check(text, statement)
        except UnicodeDecodeError:
            result = Result(2, "canonical", "not canonical JSON: ASCII only")
        except (OSError, ValueError) as error:
            result = Result(2, "file", str(error))
        word = ("valid", "INVALID", "MALFORMED")[result.exit]
        lines = [f"{path}: {word}: {result.reason}: {result.message}" if result.exit else f"{path}: {word}"]
        lines += [f"sha256: {result.sha256}", *result.report] if result.accepted else []
        for line in lines:
            print(ascii(line)[1:-1])
        worst = max(worst, result.exit)
    return worst


if __name__ == "__main__":
    sys.exit(main())
