"""Sections 3 to 5: generators, polynomials, tables, their scores and their ranks at a point."""

from functools import cached_property
from itertools import product
from math import comb, prod

from flint import Ordering, fmpq, fmpq_mat, fmpq_mpoly_ctx

from tests.second_checker.reading import demand, different, integer, items, keys, name, names, number, numbers


def ring(size):
    """Q[g_1, ..., g_n], with one variable more that never occurs."""
    return fmpq_mpoly_ctx.get([f"g{k}" for k in range(size + 1)], Ordering.lex)


def polynomial(data, size):
    terms, last = {}, None
    for term in items(data):
        coefficient, powers = items(term, 2)
        powers = tuple(integer(e, 0, 1999) for e in items(powers, size))
        coefficient = number(coefficient)
        demand(coefficient != 0 and (last is None or powers < last), "schema")
        terms[(*powers, 0)] = coefficient
        last = powers
    return ring(size).from_dict(terms)


def rank(rows, width):
    return fmpq_mat(len(rows), width, [entry for row in rows for entry in row]).rank() if rows and width else 0


def times(a, b):
    demand(len(a) * len(b) <= 1_000_000, "limit")
    return a * b


def power(a, m):
    if len(a) > 1:
        demand(min(comb(len(a) + m - 1, m), prod(e * m + 1 for e in a.degrees())) <= 100_000, "limit")
    return a**m


def reduced(num, den):
    """A fraction in lowest terms with a monic denominator: the normal form in Q(g)."""
    common = num.gcd(den)
    num, den = num / common, den / common
    unit = den.leading_coefficient()
    return num / unit, den / unit


def add(a, b):
    return reduced(times(a[0], b[1]) + times(b[0], a[1]), times(a[1], b[1]))


class Generators:
    """Generators as variables: derivatives by the parameters, the domain, and whether a point is certainly real."""

    def __init__(self, model, point):
        parameters, constants = names(model["parameters"]), names(model.get("constants", []))
        symbols = different(parameters + constants)
        self.parameters, self.d, self.point = parameters, len(parameters), point
        data = items(model["generators"])
        self.names = different([name(g.get("name")) if isinstance(g, dict) else keys(g, "name") for g in data])
        self.n = len(data)
        demand(len(point) == self.n, "schema")
        self.exponential = ["exponent" in g for g in data]
        place = {g["name"]: k for k, g in enumerate(data) if "exponent" not in g}
        self.variables = ring(self.n).gens()
        self.slopes, exponents = [], []  # slopes[k][i] = dg_k / dtheta_i
        for k, entry in enumerate(data):
            keys(entry, "name", optional=["exponent"])
            if not self.exponential[k]:
                demand(entry["name"] in symbols, "schema")
                self.slopes.append([self.constant(p == entry["name"]) for p in parameters])
                continue
            exponent = self.exponent(entry["exponent"], len(symbols))
            exponents.append(exponent)
            row = []
            for i in range(self.d):
                terms = {}
                for powers, c in exponent.derivative(i).to_dict().items():
                    raised = [0] * (self.n + 1)
                    for symbol, e in zip(symbols, powers, strict=False):
                        demand(not e or symbol in place, "schema")
                        if e:
                            raised[place[symbol]] = e
                    terms[tuple(raised)] = c
                row.append(ring(self.n).from_dict(terms) * self.variables[k])
            self.slopes.append(row)
        monomials = sorted({m for f in exponents for m in f.to_dict()})
        matrix = [[f.to_dict().get(m, fmpq(0)) for m in monomials] for f in exponents]
        demand(rank(matrix, len(monomials)) == len(exponents), "dependent-generators")
        free = [j for j, symbol in enumerate(symbols) if symbol not in place]
        alone = [m for m in monomials if any(m[j] for j in free)]
        linear = [[f.to_dict().get(m, fmpq(0)) for m in alone] for f in exponents]
        self.real = all(sum(m) == 1 for m in alone) and rank(linear, len(alone)) == len(exponents)
        demand(all(v > 0 for v, e in zip(point, self.exponential, strict=True) if e), "outside-domain")
        for pair in items(model["domain"]):
            num, den = (self.polynomial(part) for part in items(pair, 2))
            demand(self.at(den) != 0, "zero-denominator")
            demand(self.at(num) / self.at(den) > 0, "outside-domain")

    def exponent(self, data, size):
        """A linear exponent as the polynomial it is."""
        if items(data) and isinstance(data[0], str):
            values = numbers(data, self.d + 1)
            x = ring(size).gens()
            return sum((c * x[i] for i, c in enumerate(values[:-1])), ring(size).constant(values[-1]))
        return polynomial(data, size)

    def constant(self, value):
        return ring(self.n).constant(fmpq(value))

    def polynomial(self, data):
        return polynomial(data, self.n)

    def columns(self, data):
        demand(len(items(data)) <= self.d, "limit")
        return [[self.polynomial(entry) for entry in items(column, self.d)] for column in data]

    def at(self, f):
        return f(*self.point, fmpq(0))

    def along(self, column):
        """The derivation D = sum_i c_i d/dtheta_i, on polynomials in the generators."""
        speeds = [sum((c * s for c, s in zip(column, row, strict=True)), self.constant(0)) for row in self.slopes]
        return lambda f: sum((times(f.derivative(k), v) for k, v in enumerate(speeds)), self.constant(0))


class Variables:
    """Variables with labels, the visible ones first."""

    def __init__(self, model):
        pairs = [items(pair, 2) for pair in items(model["variables"])]
        self.order = different([name(text) for text, _ in pairs])
        self.labels = {text: len(names(labels)) for text, labels in pairs}
        self.hidden = names(model["hidden"])
        count = len(self.hidden)
        demand(0 < count < len(pairs) and self.order[-count:] == self.hidden, "schema")
        demand(all(self.labels.values()), "schema")

    def count(self, some):
        return prod(self.labels[u] for u in some)

    def joint(self, some):
        return list(product(*(range(self.labels[u]) for u in some)))

    def proper(self, u):
        return self.labels[u] > 1


class Table:
    """Finitely many states with positive weights, in fibres."""

    def __init__(self, model, point):
        common = ["domain", "factors", "generators", "parameters"]
        self.variables = self.tables = None
        if "states" in model:
            keys(model, *common, "states", "weights", optional=["constants"])
            pairs = [items(pair, 2) for pair in items(model["states"])]
            different([name(x) for x, _ in pairs])
            shown = [name(v) for _, v in pairs]
            seen = list(dict.fromkeys(shown))
            self.pi = [seen.index(v) for v in shown]
            demand(self.pi and self.pi == sorted(self.pi), "schema")
        else:
            rows = "tables" if "tables" in model else "weights"
            keys(model, *common, "hidden", "variables", rows, optional=["constants"])
            self.variables = Variables(model)
            width = self.variables.count(self.variables.hidden)
            demand(self.variables.count(self.variables.order) <= 140_000, "limit")
            self.pi = [x // width for x in range(self.variables.count(self.variables.order))]
        self.g = Generators(model, point)
        self.factors = [self.g.polynomial(f) for f in items(model["factors"])]
        demand(all(f != 0 for f in self.factors), "zero-factor")
        self.values = [self.g.at(f) for f in self.factors]
        if "tables" in model:
            self.tables = []
            self.read_tables(model["tables"])
        else:
            self.weights = self.rows(model["weights"], len(self.pi))
        self.N, self.V, self.d = len(self.pi), self.pi[-1] + 1, self.g.d
        self.fibres = [[] for _ in range(self.V)]
        for x, v in enumerate(self.pi):
            self.fibres[v].append(x)

    def rows(self, data, length):
        rows = []
        for row in items(data, length):
            coefficient, powers = items(row, 2)
            pairs = [items(pair, 2) for pair in items(powers)]
            used = [integer(f, 0, len(self.factors) - 1) for f, _ in pairs]
            demand(used == sorted(set(used)), "schema")
            exponents = {f: integer(e, -2000, 2000) for f, e in pairs}
            demand(all(exponents.values()), "schema")
            coefficient = number(coefficient)
            demand(all(self.values[f] != 0 for f in used), "not-positive")
            demand(self.weight(coefficient, exponents) > 0, "not-positive")
            rows.append((coefficient, exponents))
        return rows

    def weight(self, coefficient, exponents):
        return prod((self.values[f] ** e for f, e in exponents.items()), start=coefficient)

    def read_tables(self, data):
        order = self.variables.order
        for table in items(data):
            rows, some = keys(table, "rows", "variables")
            demand(all(u in order for u in names(some)) and some == sorted(some, key=order.index), "schema")
            joint = self.variables.joint(some)
            self.tables.append((some, dict(zip(joint, self.rows(rows, len(joint)), strict=True))))

    @cached_property
    def weights(self):
        """For each state its coefficient and the exponents of the factors."""
        order = self.variables.order
        places = [([order.index(u) for u in some], rows) for some, rows in self.tables]
        weights = []
        for state in self.variables.joint(order):
            coefficient, powers = fmpq(1), {}
            for place, rows in places:
                c, exponents = rows[tuple(state[k] for k in place)]
                coefficient *= c
                for f, e in exponents.items():
                    powers[f] = powers.get(f, 0) + e
            weights.append((coefficient, {f: e for f, e in powers.items() if e}))
        return weights

    # At the interior point

    @cached_property
    def p(self):
        w = [self.weight(*row) for row in self.weights]
        total = sum(w, fmpq(0))
        return [value / total for value in w]

    @cached_property
    def scores(self):
        """s_i(x), the mean taken away: ranks, conditional parts and gradients are those of s."""
        g = self.g
        inner = fmpq_mat(g.n, g.d, [g.at(s) for row in g.slopes for s in row])
        outer = fmpq_mat(len(self.factors), g.n, [g.at(f.derivative(k)) for f in self.factors for k in range(g.n)])
        slopes = (outer * inner).tolist()
        logs = [[s / v for s in row] if v else row for row, v in zip(slopes, self.values, strict=True)]
        raw = [
            [sum((e * logs[f][i] for f, e in row.items()), fmpq(0)) for i in range(self.d)] for _, row in self.weights
        ]
        mean = [sum((p * s[i] for p, s in zip(self.p, raw, strict=True)), fmpq(0)) for i in range(self.d)]
        return [[a - m for a, m in zip(row, mean, strict=True)] for row in raw]

    def marginal(self, u):
        return [sum((u[x] for x in fibre), fmpq(0)) for fibre in self.fibres]

    @cached_property
    def p_visible(self):
        return self.marginal(self.p)

    @cached_property
    def visible_scores(self):
        weighted = [self.marginal([p * s[i] for p, s in zip(self.p, self.scores, strict=True)]) for i in range(self.d)]
        return [[column[v] / self.p_visible[v] for column in weighted] for v in range(self.V)]

    def ranks(self, joint=None, visible=None, vertical=None):
        """r, r_V and r_vert, from all rows or from some."""
        joint = range(self.N) if joint is None else joint
        visible = range(self.V) if visible is None else visible
        vertical = range(self.N) if vertical is None else vertical
        s, e = self.scores, self.visible_scores
        inner = [[a - b for a, b in zip(s[x], e[self.pi[x]], strict=True)] for x in vertical]
        with_one = [[[fmpq(1), *rows[k]] for k in some] for rows, some in ((s, joint), (e, visible))]
        return [rank(rows, self.d + 1) - 1 for rows in with_one] + [rank(inner, self.d)]

    # As identities in Q(g)

    def same_slope(self, column, classes):
        """Whether D log w is the same for all states of each class."""
        D = self.g.along(column)
        logs, zero = {}, (self.g.constant(0), self.g.constant(1))
        for cls in classes:
            first = self.weights[cls[0]][1]
            for x in cls[1:]:
                row = self.weights[x][1]
                total = zero
                for f in first.keys() | row.keys():
                    e = row.get(f, 0) - first.get(f, 0)
                    if e:
                        if f not in logs:
                            logs[f] = reduced(D(self.factors[f]), self.factors[f])
                        total = add(total, (e * logs[f][0], logs[f][1]))
                if total[0] != 0:
                    return False
        return True

    @cached_property
    def visible_weights(self):
        """w_V(v) as polynomials, up to a common factor, which no difference of D log w_V(v) sees."""
        lowest = {f: min(row.get(f, 0) for _, row in self.weights) for f in range(len(self.factors))}
        total = [self.g.constant(0)] * self.V
        for (c, row), v in zip(self.weights, self.pi, strict=True):
            w = self.g.constant(c)
            for f, low in lowest.items():
                w = times(w, power(self.factors[f], row.get(f, 0) - low))
            total[v] += w
        return total

    def joint_null(self, column):
        return self.same_slope(column, [list(range(self.N))])

    def horizontal(self, column):
        return self.same_slope(column, self.fibres)

    def visible_null(self, column):
        D = self.g.along(column)
        slopes = [(D(w), w) for w in self.visible_weights]
        top, bottom = reduced(*slopes[0])
        return all(times(dw, bottom) == times(top, w) for dw, w in slopes[1:])
