"""Section 6: the kinds of witness. Run `python -m tests.second_checker.judge FILE ...`."""

import sys
from math import prod
from pathlib import Path

from flint import fmpq

from tests.second_checker.conormals import forms
from tests.second_checker.models import Generators, Table, power, rank, reduced, times
from tests.second_checker.networks import cut, network, obstruction
from tests.second_checker.reading import (
    NotJudgedError,
    RefusalError,
    demand,
    indices,
    integer,
    items,
    keys,
    number,
    numbers,
    read,
)


def judge(raw):
    """Answer and reason: valid, invalid, malformed, or not judged."""
    try:
        claim, point, witness = read(raw)
        if claim["statement"] == "identity":
            judge_identity(claim, point, witness)
        elif "arrows" in claim["model"]:
            demand(witness["kind"] in ("graph-cut", "graph-obstruction"), "kind")
            demand(point == [], "schema")
            demand(claim["point"] is None, "point")
            {"graph-cut": cut, "graph-obstruction": obstruction}[witness["kind"]](*network(claim["model"]), witness)
        else:
            judge_table(claim, point, witness)
    except RefusalError as refusal:
        return refusal.answer, refusal.reason
    except NotJudgedError as kind:
        return "not judged", str(kind)
    return "valid", "valid"


# 6.1


def value(tree, g, depth=0):
    """An expression at the interior point; every division by 0 there is refused, also one that is multiplied by 0."""
    demand(depth <= 100, "depth")
    if isinstance(tree, str):
        return number(tree)
    demand(items(tree) and isinstance(tree[0], str) and tree[0] in ("g", "+", "*", "^"), "schema")
    if tree[0] == "g":
        return g.point[integer(items(tree, 2)[1], 0, g.n - 1)]
    if tree[0] == "^":
        _, below, m = items(tree, 3)
        base = value(below, g, depth + 1)
        demand(integer(m, -2000, 2000) >= 0 or base != 0, "zero-denominator")
        demand(max(base.numerator.bit_length(), base.denominator.bit_length()) * abs(m) <= 200_000, "limit")
        return base**m
    demand(len(tree) > 1, "schema")
    parts = [value(part, g, depth + 1) for part in tree[1:]]
    return sum(parts, fmpq(0)) if tree[0] == "+" else prod(parts, start=fmpq(1))


def fraction(tree, g, cancel):
    """An expression as a fraction of polynomials; cancel is applied after each operation."""
    one = g.constant(1)
    if isinstance(tree, str):
        return g.constant(number(tree)), one
    if tree[0] == "g":
        return g.variables[tree[1]], one
    if tree[0] == "^":
        num, den = fraction(tree[1], g, cancel)
        m = abs(tree[2])
        num, den = power(num, m), power(den, m)
        return (den, num) if tree[2] < 0 else (num, den)
    num, den = fraction(tree[1], g, cancel)
    for operand in tree[2:]:
        n, e = fraction(operand, g, cancel)
        if tree[0] == "*":
            num, den = times(num, n), times(den, e)
        elif den == e:
            num = num + n
        else:
            num, den = times(num, e) + times(n, den), times(den, e)
        num, den = cancel(num, den)
    return num, den


def judge_identity(claim, point, witness):
    keys(claim["model"], "domain", "generators", "parameters", optional=["constants"])
    keys(witness, "kind", optional=["steps"])
    g = Generators(claim["model"], point)
    left, right = items(claim["left"]), items(claim["right"])
    demand(len(left) == len(right), "schema")
    demand(left, "empty-witness")
    pairs = list(zip(left, right, strict=True))
    values = [(value(a, g), value(b, g)) for a, b in pairs]
    steps = []
    for step in items(witness.get("steps", [])):
        steps.append(step and [g.polynomial(f) for f in items(step, 3)])
        demand(step is None or step, "schema")
    if claim["verdict"] == "refuted":
        demand(not steps, "steps")
        demand(claim["point"] is not None and numbers(claim["point"]) == point, "point")
        demand(claim["scope"] != "point" or g.real, "unreal-point")
        demand(any(a != b for a, b in values), "identity")
        return
    demand(claim["point"] is None, "point")
    rest = iter(steps)

    def cancel(num, den):
        step = next(rest, None) if den != 1 else None
        if step is None:
            return num, den
        c, n, d = step
        demand(times(c, n) == num and times(c, d) == den, "cancelled")
        return n, d

    for a, b in pairs:
        (n, d), (m, e) = (fraction(side, g, cancel if "steps" in witness else reduced) for side in (a, b))
        demand(times(n, e) == times(m, d), "identity")
    demand(next(rest, rest) is rest, "steps")


# 6.2 to 6.4


def judge_table(claim, point, witness):
    table, kind, scope = Table(claim["model"], point), witness["kind"], claim["scope"]
    if scope == "point" or kind in ("not-cylindrical", "minors"):
        demand(claim["point"] is not None and numbers(claim["point"]) == point, "point")
    else:
        demand(claim["point"] is None, "point")
    demand(scope != "point" or table.g.real, "unreal-point")
    if kind == "null-vectors":
        null_vectors(table, claim["statement"], witness)
    elif kind == "bounds":
        exponents(table, claim["statement"], witness)
    elif kind == "ranks":
        ranks(table, [integer(r, 0, 10**9) for r in items(claim["ranks"], 3)], scope, witness)
    elif kind == "not-cylindrical":
        not_cylindrical(table, witness)
    elif kind == "minors":
        minors(table, scope, witness)
    else:
        families = witness.get("families")
        demand(families is not None, "schema")
        rest = {key: data for key, data in witness.items() if key != "families"}
        {"graph-cut": cut, "graph-obstruction": obstruction}[kind](*network(table, families), rest)


def independent(table, columns):
    return rank([[table.g.at(f) for f in column] for column in columns], table.d) == len(columns)


def null_columns(table, data, obligation):
    columns = table.g.columns(data)
    demand(all(map(obligation, columns)), "not-null-vector")
    return columns


def null_vectors(table, statement, witness):
    _, *lists = keys(witness, "kind", "horizontal", "vertical", "null")
    obligations = (table.horizontal, table.visible_null, table.joint_null)
    columns = [c for data, o in zip(lists, obligations, strict=True) for c in null_columns(table, data, o)]
    demand(columns or not table.d, "empty-witness")
    demand(len(columns) == table.d, "ranks")
    demand(independent(table, columns), "singular")
    if statement == "cut":
        constant = all(f.is_constant() for column in columns for f in column)
        demand(constant or table.ranks()[0] == table.N - 1, "not-constant")


def bounds(table, witness, *more):
    """Upper bounds of the generic ranks r, r_V (and r_vert), from null vectors."""
    witness = dict(witness)
    fewer = forms(table, witness.pop("conormal")) if "conormal" in witness else 0
    null, visible, *rest = keys(witness, "null", "visible_null", *more, "kind")[: 2 + ("horizontal_null" in more)]
    obligations = (table.joint_null, table.visible_null, table.horizontal)
    tops = (table.N - 1, table.V - 1 - fewer, table.N - table.V)
    answer = []
    for data, obligation, top in zip((null, visible, *rest), obligations, tops, strict=False):
        columns = null_columns(table, data, obligation)
        demand(independent(table, columns), "dependent-vectors")
        answer.append(min(table.d - len(columns), top))
    return answer


def exponents(table, statement, witness):
    """6.7: upper bounds of r_V by null vectors, of r_vert by the exponents of the factors that move."""
    witness = dict(witness)
    fewer = forms(table, witness.pop("conormal")) if "conormal" in witness else 0
    _, data = keys(witness, "kind", "visible_null")
    columns = null_columns(table, data, table.visible_null)
    demand(independent(table, columns), "dependent-vectors")
    one, zero = table.g.constant(1), table.g.constant(0)
    along = [table.g.along([one if i == k else zero for i in range(table.d)]) for k in range(table.d)]
    moving = [f for f, factor in enumerate(table.factors) if any(D(factor) != 0 for D in along)]
    rows = []
    for first, *rest in table.fibres:
        base = table.weights[first][1]
        for x in rest:
            own = table.weights[x][1]
            rows.append([fmpq(own.get(f, 0) - base.get(f, 0)) for f in moving])
    vertical = min(table.d, table.N - table.V, rank(rows, len(moving)))
    r = table.ranks()[0]
    demand(r == min(table.d - len(columns), table.V - 1 - fewer) + vertical, "ranks")
    demand(statement != "cut" or r == table.N - 1, "not-constant")


def ranks(table, stated, scope, witness):
    if scope == "generic":
        demand(bounds(table, witness, "horizontal_null") == stated, "ranks")
    else:
        keys(witness, "kind")
    demand(table.ranks() == stated, "ranks")


def gradient(p, scores, coefficients, q):
    """u = p sum_j c_j s_j, if it is the gradient for the measure q."""
    c = numbers(coefficients, len(scores[0]))
    u = [a * sum((b * s for b, s in zip(c, row, strict=True)), fmpq(0)) for a, row in zip(p, scores, strict=True)]
    for i in range(len(c)):
        demand(sum((row[i] * (a - b) for row, a, b in zip(scores, u, q, strict=True)), fmpq(0)) == 0, "gradient")
    return u


def distribution(q):
    demand(all(x > 0 for x in q) and sum(q, fmpq(0)) == 1, "not-distribution")
    return q


def both(table, part, q):
    """dpi u and u' for the measure q; they differ."""
    projected = table.marginal(gradient(table.p, table.scores, part["coefficients"], q))
    visible = gradient(table.p_visible, table.visible_scores, part["visible_coefficients"], table.marginal(q))
    demand(projected != visible, "equal-gradients")
    return projected, visible


def at_optimum(table, coefficients, q):
    """dpi u for a q with q_V = p_V; it is not 0."""
    demand(table.marginal(distribution(q)) == table.p_visible, "not-optimal")
    projected = table.marginal(gradient(table.p, table.scores, coefficients, q))
    demand(any(projected), "equal-gradients")
    return projected


def not_cylindrical(table, witness):
    limits = bounds(table, witness, "elbo", "objective", "optimal")
    r, r_v, r_vert = table.ranks()
    demand([r, r_v] == limits, "not-admissible")
    demand(r < r_v + r_vert, "ranks")
    elbo, objective, optimal = (witness[key] for key in ("elbo", "objective", "optimal"))
    keys(elbo, "coefficients", "projected", "q", "visible", "visible_coefficients")
    stated = numbers(elbo["projected"], table.V), numbers(elbo["visible"], table.V)
    demand(both(table, elbo, distribution(numbers(elbo["q"], table.N))) == stated, "gradient")
    coefficients, q = keys(optimal, "coefficients", "q")
    at_optimum(table, coefficients, numbers(q, table.N))
    if objective is not None:
        differential = numbers(keys(objective, "differential", "coefficients", "visible_coefficients")[0], table.V)
        both(table, objective, [p * differential[v] for p, v in zip(table.p, table.pi, strict=True)])


def minors(table, scope, witness):
    limits = bounds(table, witness, "gradient", "rows")
    rows = keys(witness["rows"], "joint", "visible", "vertical")
    demand(all(len(items(some)) <= table.d + 1 for some in rows), "limit")
    some = [indices(part, count) for part, count in zip(rows, (table.N, table.V, table.N), strict=True)]
    r, r_v, r_vert = table.ranks(*some)
    if [r, r_v] == limits:
        demand(r < r_v + r_vert, "ranks")
    else:
        demand(scope == "generic", "not-admissible")
        demand(limits[0] < r_v + r_vert, "ranks")
    if witness["gradient"] is None:
        return
    coefficients, epsilon, families, projected, states = keys(
        witness["gradient"], "coefficients", "epsilon", "families", "projected", "states"
    )
    network(table, families)
    x, y = indices(items(states, 2), table.N)
    q = list(table.p)
    q[x] += number(epsilon)
    q[y] -= number(epsilon)
    u = at_optimum(table, coefficients, q)
    stated = [(integer(v, 0, table.V - 1), number(a)) for v, a in (items(pair, 2) for pair in items(projected))]
    demand(all(u[v] == a for v, a in stated), "gradient")
    demand(any(a for _, a in stated), "equal-gradients")


EXIT = {"valid": 0, "invalid": 1, "malformed": 2, "not judged": 3}

if __name__ == "__main__":
    codes = []
    for path in sys.argv[1:]:
        answer, reason = judge(Path(path).read_bytes())
        print(f"{path}: {answer} ({reason})")
        codes.append(EXIT[answer])
    sys.exit(max(codes, default=0))
