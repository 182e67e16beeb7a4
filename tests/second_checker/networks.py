"""Sections 6.5 and 6.6: Bayesian networks, read off a graph or off the families of a table."""

from itertools import combinations, pairwise

from tests.second_checker.models import Variables
from tests.second_checker.reading import demand, indices, items, keys, name, names


def acyclic(nodes, arrows):
    nodes = set(nodes)
    while nodes:
        sources = nodes - {b for a, b in arrows if a in nodes}
        if not sources:
            return False
        nodes -= sources
    return True


def pairs(data):
    return [tuple(name(u) for u in items(pair, 2)) for pair in items(data)]


def network(model, families=None):
    """The variables and the arrows."""
    if families is not None:
        return from_families(model, families)
    keys(model, "arrows", "hidden", "variables")
    variables, arrows = Variables(model), pairs(model["arrows"])
    demand(all(a in variables.labels and b in variables.labels for a, b in arrows), "not-a-network")
    demand(len(set(arrows)) == len(arrows) and acyclic(variables.order, arrows), "not-a-network")
    return variables, arrows


def from_families(table, families):
    demand(table.variables is not None, "no-product")
    variables, g = table.variables, table.g
    parents, entries = {}, {}  # entries[node]: (states of the parents) -> factors, one for each label
    for family in items(families):
        node, above, rows = keys(family, "node", "parents", "rows")
        demand(name(node) in variables.labels and node not in parents, "schema")
        demand(all(u in variables.labels for u in names(above)), "schema")
        parents[node] = above
        joint, size = variables.joint(above), variables.labels[node] if variables.proper(node) else 0
        rows = [indices(items(row, size), len(table.factors)) for row in items(rows, len(joint))]
        entries[node] = dict(zip(joint, rows, strict=True))
    demand(set(parents) == set(variables.order), "schema")
    arrows = [(u, node) for node, above in parents.items() for u in above]
    demand(acyclic(variables.order, arrows), "not-a-network")
    rows = [row for node in entries for row in entries[node].values() if row]
    used = [f for row in rows for f in row]
    demand(len(set(used)) == len(used), "not-a-network")
    singles = []
    for row in rows:
        found = [g.variables.index(table.factors[f]) for f in row if table.factors[f] in g.variables]
        demand(len(found) == len(row) - 1, "not-a-network")
        demand(sum((table.factors[f] for f in row), g.constant(0)) == 1, "not-a-network")
        singles += found
    # Each parameter is one of them: with a constant among the generators, n = d would not make the tables free.
    demand(sorted(singles) == list(range(g.n)) and set(g.names) == set(g.parameters), "not-a-network")
    demand(not any(g.exponential) and g.n == g.d, "not-a-network")

    def product(nodes, value):
        chosen = [entries[u][tuple(value[a] for a in parents[u])][value[u]] for u in nodes]
        return 1, dict.fromkeys(chosen, 1)

    proper = [u for u in variables.order if variables.proper(u)]
    if table.tables is None or [some for some, _ in table.tables] == [variables.order]:
        tables = [(variables.order, dict(zip(variables.joint(variables.order), table.weights, strict=True)))]
        sets = {frozenset(variables.order): proper}
    else:
        tables, sets = table.tables, {}
        for u in proper:
            sets.setdefault(frozenset(a for a in (u, *parents[u]) if variables.proper(a)), []).append(u)
    demand(len(tables) == len(sets) and {frozenset(some) for some, _ in tables} == set(sets), "not-a-network")
    for some, weights in tables:
        fixed = dict.fromkeys(variables.order, 0)
        for state, (coefficient, exponents) in weights.items():
            right = product(sets[frozenset(some)], fixed | dict(zip(some, state, strict=True)))
            demand((coefficient, exponents) == right, "not-a-network")
    return variables, arrows


def skeleton(arrows):
    return {frozenset(arrow) for arrow in arrows}


def v_structures(arrows):
    edges, into = skeleton(arrows), {}
    for a, b in arrows:
        into.setdefault(b, []).append(a)
    found = ((frozenset(two), n) for n, above in into.items() for two in combinations(above, 2))
    return {(two, n) for two, n in found if two not in edges}


def equivalent(one, other):
    return skeleton(one) == skeleton(other) and v_structures(one) == v_structures(other)


def cut(variables, arrows, witness):
    edges, order, _ = keys(witness, "equivalent_edges", "order", "kind")
    order, edges = names(order), pairs(edges)
    demand(all(u in variables.labels for u in order), "order")
    demand(all(u in order for u in variables.order if variables.proper(u)), "order")
    place = {u: k for k, u in enumerate(order)}
    demand(all(a in place and b in place and place[a] < place[b] for a, b in edges), "order")
    demand(len(set(edges)) == len(edges), "not-equivalent")
    demand(equivalent([(a, b) for a, b in arrows if a in place and b in place], edges), "not-equivalent")
    demand(not any(a in variables.hidden and b not in variables.hidden for a, b in edges), "hidden-arrow")


def obstruction(variables, arrows, witness):
    nodes, shape, turned, _ = keys(witness, "nodes", "shape", "turned", "kind")
    nodes, turned = names(nodes), pairs(turned)
    demand(len(nodes) >= 3 and shape in ("chain", "collider"), "schema")
    arrows = [(a, b) for a, b in arrows if variables.proper(a) and variables.proper(b)]
    demand(len(set(turned)) == len(turned), "not-equivalent")
    demand(all((b, a) in arrows for a, b in turned), "not-equivalent")
    edges = [(b, a) if (b, a) in turned else (a, b) for a, b in arrows]
    demand(acyclic(variables.order, edges), "not-a-network")
    demand(equivalent(arrows, edges), "not-equivalent")
    hidden = [u in variables.hidden for u in nodes]
    first, second, *rest = nodes
    if shape == "chain":
        needed, apart = list(pairwise(nodes)), {first, nodes[-1]}
        right = [False, *[True] * (len(nodes) - 2), False]
    else:
        needed, apart = [(first, rest[0]), *zip([second, *rest], rest, strict=False)], {first, second}
        right = [True, hidden[1], *[True] * (len(rest) - 1), False]
    demand(set(needed) <= set(edges) and frozenset(apart) not in skeleton(edges), "no-obstruction")
    demand(hidden == right and all(u in variables.labels for u in nodes), "no-obstruction")
