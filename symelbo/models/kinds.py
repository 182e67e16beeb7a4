"""What ``[model]`` of a model file says: the kind of the model, and what is changed of it.

Kinds, with their keys.  The variables of these are declared under ``[variables]``:

* ``bayesian-network``: edges; optional tables, parameters, constants.  ``independence`` and ``full-simplex``: nothing.
* ``parametrization``: parameters, probabilities = { "1,1,1" = "x*y1*z1", ... } or weights (unnormalised, positive),
  domain = ["0 < x < 1"] (optional), constants = ["q"], known ones, which are no parameters (optional).
* ``exponential``: statistics, a list of expressions in the variables (whose labels are numbers) or of tables; optional
  parameters (names) and base.
* ``log-linear``: generators = [["x", "y"], ["x", "z"]].
* ``boltzmann-machine`` and ``sigmoid-belief-network``: edges; every variable has the same two numbers as labels.
* ``mixture``: component = "full-simplex" or "independence" (distributions of the visible variables; the hidden variable
  numbers the components).

These name their variables themselves, without ``[variables]``:

* ``restricted-boltzmann-machine``: n_visible, n_hidden; ``naive-bayes``: n_leaves, n_classes, n_states;
  ``hidden-markov-model``: length, n_states, n_symbols, homogeneous = true.
* ``linear-gaussian``: edges = [["h", "v"]], hidden = ["h"]; optional isolated, and means = false for intercepts 0.
* ``factor-analysis`` and ``probabilistic-pca``: n items, k factors (1 by default); ``linear-dynamical-system``: n.
* ``gaussian``: variables, hidden, parameters, covariance or precision as a list of rows of expressions, optional mean,
  domain, and constants, known ones.
* ``exponential-mixture``: family = "poisson", optional classes, leaves, variance; or parameters, weights, optional
  constants, domain, and classes = [{v = ["poisson", "r1"]}, {v = ["zero"]}] with the family and values of every
  visible variable: those of :func:`symelbo.models.exponential_mixture`.

Changes, of every kind that has them, in this order:

* ``tie = {v2 = "v1"}``: equal parameters, or nodes of a network that share a table (all other tables free).
* ``rename = {v11 = "alpha"}``: other names of parameters; the keys below use them.
* ``given = ["x"]``, or ``given = {x = ["1/3", "2/3"]}``: the conditional model, given visible variables with known
  weights, by default equal ones; the ``probabilities`` of a table are then those given the covariates.
* ``on = ["p**2 + e**2 = 1"]``: equations between parameters.
* ``domain = ["v11 < v12 < 1/2"]``: inequalities between parameters, in addition to those that the model has.
* ``copies = 4``: that many independent copies with the same parameters.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cached_property, partial
from typing import Any

import sympy

from symelbo.errors import ModelError, ModelFileError
from symelbo.exact import Known, is_whole
from symelbo.models.covariates import given as conditioned
from symelbo.models.exponential import ExponentialFamily
from symelbo.models.exponential_mixtures import ExponentialMixture, exponential_mixture
from symelbo.models.expressions import FUNCTIONS, parse_expression, parse_rational, parse_relation
from symelbo.models.gaussian import Gaussian
from symelbo.models.graphs import Network, bayesian_network
from symelbo.models.latent import hidden_markov_model, mixture, naive_bayes, sigmoid_belief_network
from symelbo.models.linear_gaussian import factor_analysis, linear_dynamical_system, linear_gaussian, probabilistic_pca
from symelbo.models.loglinear import boltzmann_machine, log_linear, restricted_boltzmann_machine
from symelbo.models.parametrization import Parametrization
from symelbo.models.standard import full_simplex, independence
from symelbo.spaces import Label, SampleSpace, State


def _is_text(value: object) -> bool:
    return isinstance(value, str)


def _are_texts(value: object) -> bool:
    return isinstance(value, list) and all(map(_is_text, value))


def _are_texts_by_name(value: object) -> bool:
    return isinstance(value, dict) and all(map(_is_text, value.values()))


def table_in(data: Mapping[str, Any], key: str) -> dict[str, Any]:
    """Return a section of a file."""
    value = data.get(key)
    if not isinstance(value, dict):
        raise ModelFileError(f"the section [{key}] is missing")
    return value


def refuse_others(data: Mapping[str, Any], accepted: set[str], where: str) -> None:
    """Refuse keys that are not accepted."""
    if unknown := sorted(set(data) - accepted):
        raise ModelFileError(f"{where}: unknown key {', '.join(unknown)}; accepted are {', '.join(sorted(accepted))}")


def expression_text(value: Any, where: str) -> str:
    """Return the text of an expression: a text, or an integer."""
    if isinstance(value, bool) or not isinstance(value, str | int):
        raise ModelError(f'{where}: {value!r} is not exact; write the expression in quotes, such as "1/2"')
    return str(value)


@dataclass(frozen=True)
class Section:
    """``[model]`` of a file: the values of its keys, the name of the model, and the variables that are declared."""

    values: Mapping[str, Any]
    name: str | None
    space: Any = None
    states: Mapping[str, list[Label]] = field(default_factory=dict)
    hidden: list[str] = field(default_factory=list)

    def __contains__(self, key: str) -> bool:
        return key in self.values

    def listed(
        self, key: str, what: str, example: str, fits: Callable[[Any], bool] = _is_text, default: Any = None
    ) -> list[Any]:
        """The entries of a list, all of which have to fit."""
        value = self.values.get(key, default)
        if not isinstance(value, list) or not all(map(fits, value)):
            odd = f", not {next(e for e in value if not fits(e))!r}" if isinstance(value, list) else ""
            raise ModelFileError(f"[model] {key}: expected {what}, such as {key} = {example}{odd}")
        return value

    def edges(self, *, known: bool = False) -> list[tuple[str, str]]:
        """The pairs of nodes that edges join, of declared ones only where they have to be known."""
        pairs = self.listed("edges", "a list of pairs", '[["x", "y"]]', lambda e: _are_texts(e) and len(e) == 2)
        for node in (n for pair in pairs for n in pair if known and n not in self.states):
            raise ModelFileError(f"[model] edges: unknown variable {node}; declared are {', '.join(self.states)}")
        return [(a, b) for a, b in pairs]

    def integer(self, key: str, default: int | None = None) -> int:
        """A positive number, not too large."""
        value: int | None = self.values.get(key, default)
        if value is None or not is_whole(value, 1, 1000):
            raise ModelFileError(f"[model] {key} = {value!r}: expected an integer from 1 to 1000")
        return value

    def flag(self, key: str, *, default: bool) -> bool:
        """Whether something holds."""
        value = self.values.get(key, default)
        if not isinstance(value, bool):
            raise ModelFileError(f"[model] {key} = {value!r}: expected true or false")
        return value

    def binary(self) -> tuple[int, int]:
        """The two numbers that all variables have as labels."""
        try:
            ((first, second),) = set(map(tuple, self.states.values()))
            return int(first), int(second)
        except ValueError:
            raise ModelFileError(
                f"[variables]: in a {self.values['kind']} all variables have the same two numbers as labels, such as "
                'x = ["0", "1"]'
            ) from None

    @cached_property
    def symbols(self) -> dict[str, sympy.Symbol]:
        """The names that expressions can contain, parameters and known constants, with their symbols."""
        found: dict[str, sympy.Symbol] = {}
        optional = {"constants"} if self.values["kind"] != "bayesian-network" else {"constants", "parameters"}
        for key, symbol in (("parameters", sympy.Symbol), ("constants", Known)):
            default: list[str] | None = [] if key in optional else None
            names = _distinct(self.listed(key, "a list of names", '["x", "y1"]', default=default))
            if twice := next((n for n in names if n in found), None):
                raise ModelFileError(f"[model] constants: {twice} is a parameter already")
            found |= {n: symbol(n) for n in names}
        return found

    @property
    def parameters(self) -> list[sympy.Symbol]:
        """The parameters that are declared."""
        return [p for p in self.symbols.values() if not isinstance(p, Known)]

    def read(self, value: Any, where: str) -> sympy.Expr:
        """An expression in the parameters and known constants."""
        return parse_expression(expression_text(value, where), self.symbols, where=where)

    def domain(self) -> list[sympy.Basic] | None:
        """The inequalities, where there are any."""
        if "domain" not in self:
            return None
        texts = self.listed("domain", "inequalities", '["0 < x", "x < 1"]')
        return [parse_relation(r, self.symbols, where="[model] domain") for r in texts]

    def changed(self, model: Any, own: set[str]) -> Any:
        """The model with the changes of the section; keys in ``own`` are those of its kind."""
        for key, (change, _, _) in CHANGES.items():
            if key in self and key not in own:
                operation = getattr(model, change, None)
                if operation is None:
                    raise ModelFileError(f"[model] {key}: {model!r} knows no such change; leave it out")
                model = operation(self.change(key))
        return model

    def change(self, key: str) -> Any:
        """The value of the key of a change, of the form that it has to have."""
        _, form, fits = CHANGES[key]
        if not fits(self.values[key]):
            raise ModelFileError(f"[model] {key} = {self.values[key]!r}: expected {form}")
        return self.values[key]


def _distinct(names: list[str]) -> list[str]:
    """Names that an expression can contain, each listed once."""
    for n in names:
        if not n.isidentifier() or n in FUNCTIONS:
            raise ModelFileError(f"[model] parameters: {n!r} is not a name that an expression can contain")
        if names.count(n) > 1:
            raise ModelFileError(f"[model] parameters: {n} is listed twice")
    return names


def _bayesian_network(s: Section) -> Parametrization | Network:
    given = table_in(s.values, "tables").items() if "tables" in s else ()
    tables = {node: rows if isinstance(rows, str) else _rows(s, node, rows) for node, rows in given}
    return bayesian_network(s.edges(), states=s.states, hidden=s.hidden, tables=tables, name=s.name)


def _rows(s: Section, node: str, rows: Any) -> list[list[Any]]:
    where = f"[model] tables, {node}"
    if not isinstance(rows, list) or not all(isinstance(row, list) for row in rows):
        raise ModelFileError(f"[model] tables: {node} is neither a list of rows nor the name of another node")
    return [[None if e == "free" else s.read(e, where) for e in row] for row in rows]


def _parametrization(s: Section) -> Parametrization:
    parameters = s.parameters
    given = [key for key in ("probabilities", "weights") if key in s]
    if len(given) != 1 or not isinstance(s.values[given[0]], dict):
        raise ModelFileError('[model]: expected either probabilities = { "1,1" = "x*y", ... } or weights = { ... }')
    table: dict[State, sympy.Expr] = {}
    for key, text in s.values[given[0]].items():
        where = f"[model] {given[0]}, state {key!r}"
        state = s.space.state_of_key(key)
        if state in table:
            raise ModelFileError(f"{where}: the state is given twice")
        table[state] = s.read(text, where)
    conditional = given[0] == "probabilities" and "given" in s
    weights = given[0] == "weights" or conditional
    model = Parametrization(s.space, table, parameters, s.domain(), weights=weights, name=s.name)
    return conditioned(model, s.change("given"), conditional=True) if conditional else model


def _exponential(s: Section) -> Parametrization:
    statistics = s.listed("statistics", "a list of expressions", '["x", "x*y"]', lambda _: True)
    names = _distinct(s.listed("parameters", "a list of names", '["a", "b"]')) if "parameters" in s else None
    variables = {n: sympy.Symbol(n) for n in s.space.names}

    def statistic(value: Any, where: str) -> Any:
        if not isinstance(value, dict):
            return parse_expression(expression_text(value, where), variables, where=where)
        return {
            s.space.state_of_key(k, where=where): parse_rational(expression_text(v, where), where=where)
            for k, v in value.items()
        }

    parsed = [statistic(t, f"[model] statistic {i + 1}") for i, t in enumerate(statistics)]
    base = statistic(s.values["base"], "[model] base") if "base" in s else None
    return ExponentialFamily(s.space, parsed, base, parameters=names, name=s.name)


def _log_linear(s: Section) -> Parametrization:
    generators = s.listed("generators", "lists of names", '[["x", "y"], ["z"]]', _are_texts)
    return log_linear(generators, states=s.states, hidden=s.hidden, name=s.name)


def _machine(build: Callable[..., Parametrization]) -> Callable[[Section], Parametrization]:
    """Units with the same two values on a graph."""

    def built(s: Section) -> Parametrization:
        return build(s.edges(known=True), isolated=s.states, hidden=s.hidden, values=s.binary(), name=s.name)

    return built


def _mixture(s: Section) -> Parametrization:
    if len(s.hidden) != 1:
        raise ModelFileError("[variables] hidden: a mixture has one hidden variable, the number of the component")
    component, label = s.values.get("component"), s.hidden[0]
    visible = {n: labels for n, labels in s.states.items() if n != label}
    parts = {
        "full-simplex": lambda: full_simplex(SampleSpace(visible, {label: 1})),
        "independence": lambda: independence({**visible, label: 1}, hidden=[label]),
    }
    if not isinstance(component, str) or component not in parts:
        raise ModelFileError(f"[model] component = {component!r}; expected one of {', '.join(parts)}")
    model = mixture(parts[component](), len(s.states[label]), label=label, name=s.name)
    return model.relabel(states={label: s.states[label]})


def _restricted(s: Section) -> Parametrization:
    return restricted_boltzmann_machine(s.integer("n_visible"), s.integer("n_hidden"), name=s.name)


def _naive_bayes(s: Section) -> Parametrization | Network:
    leaves, classes, states = s.integer("n_leaves"), s.integer("n_classes", 2), s.integer("n_states", 2)
    return naive_bayes(leaves, classes, n_states=states, name=s.name)


def _hidden_markov_model(s: Section) -> Parametrization | Network:
    length, states, symbols = s.integer("length"), s.integer("n_states", 2), s.integer("n_symbols", 2)
    return hidden_markov_model(length, states, symbols, homogeneous=s.flag("homogeneous", default=False), name=s.name)


def _linear_gaussian(s: Section) -> Gaussian:
    edges, means = s.edges(), s.flag("means", default=True)
    hidden = s.listed("hidden", "a list of texts", '["h"]')
    isolated = s.listed("isolated", "a list of texts", '["v"]', default=[])
    return linear_gaussian(edges, hidden=hidden, means=means, isolated=isolated, name=s.name)


def _gaussian(s: Section) -> Gaussian:
    parameters = s.parameters

    def rows(key: str) -> list[list[sympy.Expr]] | None:
        if key not in s:
            return None
        found = s.listed(key, "a list of rows", '[["s + w", "s"], ["s", "s"]]', lambda r: isinstance(r, list))
        return [[s.read(e, f"[model] {key}, row {i}") for e in row] for i, row in enumerate(found, 1)]

    mean = s.listed("mean", "a list of expressions", '["m", "0"]', lambda _: True) if "mean" in s else None
    return Gaussian(
        s.listed("variables", "a list of texts", '["v", "h"]'),
        None if mean is None else [s.read(e, "[model] mean") for e in mean],
        rows("covariance"),
        parameters,
        precision=rows("precision"),
        hidden=s.listed("hidden", "a list of texts", '["h"]'),
        domain=s.domain(),
        name=s.name,
    )


def _exponential_mixture(s: Section) -> ExponentialMixture:
    if "family" in s:
        family, variance = s.values["family"], s.values.get("variance", "known")
        given = sorted({"parameters", "constants", "weights"} & set(s.values))
        if given or not isinstance(family, str):
            raise ModelFileError(f"[model] family = {family!r}: a text, and then no {given or 'list of classes'}")
        count, leaves = s.integer("classes", 2), s.integer("leaves", 1)
        return exponential_mixture(family, count, leaves=leaves, variance=variance, name=s.name)
    parameters = s.parameters
    weights, classes = s.values.get("weights"), s.values.get("classes")
    if not isinstance(weights, list) or not isinstance(classes, list) or not all(isinstance(c, dict) for c in classes):
        raise ModelFileError(
            '[model] expected family = "poisson", or weights = ["p", "1 - p"] and a table for every class, such as '
            'classes = [{v = ["poisson", "r1"]}, {v = ["poisson", "r2"]}]'
        )
    found = []
    for h, own in enumerate(classes, 1):
        where = f"[model] classes, class {h}"
        if not all(isinstance(leaf, list) and leaf and isinstance(leaf[0], str) for leaf in own.values()):
            raise ModelFileError(f'{where}: expected a family with its values for each variable, v = ["poisson", "r1"]')
        found.append({v: (leaf[0], *(s.read(x, f"{where}, {v}") for x in leaf[1:])) for v, leaf in own.items()})
    probabilities = [s.read(w, "[model] weights") for w in weights]
    return exponential_mixture(found, weights=probabilities, parameters=parameters, domain=s.domain(), name=s.name)


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of model: its keys in ``[model]``, how it is built, and whether its variables are declared."""

    keys: str
    build: Callable[[Section], Any]
    declares: bool = True


_Own = partial(Kind, declares=False)

KINDS = {
    "bayesian-network": Kind("constants edges tables parameters", _bayesian_network),
    "parametrization": Kind("constants parameters domain probabilities weights", _parametrization),
    "exponential": Kind("parameters statistics base", _exponential),
    "log-linear": Kind("generators", _log_linear),
    "boltzmann-machine": Kind("edges", _machine(boltzmann_machine)),
    "sigmoid-belief-network": Kind("edges", _machine(sigmoid_belief_network)),
    "mixture": Kind("component", _mixture),
    "restricted-boltzmann-machine": _Own("n_visible n_hidden", _restricted),
    "naive-bayes": _Own("n_leaves n_classes n_states", _naive_bayes),
    "hidden-markov-model": _Own("length n_states n_symbols homogeneous", _hidden_markov_model),
    "full-simplex": Kind("", lambda s: full_simplex(s.space, name=s.name)),
    "independence": Kind("", lambda s: independence(s.states, hidden=s.hidden, name=s.name)),
    "linear-gaussian": _Own("edges hidden isolated means", _linear_gaussian),
    "factor-analysis": _Own("n k", lambda s: factor_analysis(s.integer("n"), s.integer("k", 1), name=s.name)),
    "probabilistic-pca": _Own("n k", lambda s: probabilistic_pca(s.integer("n"), s.integer("k", 1), name=s.name)),
    "linear-dynamical-system": _Own("n", lambda s: linear_dynamical_system(s.integer("n"), name=s.name)),
    "gaussian": _Own("variables hidden parameters constants mean covariance precision domain", _gaussian),
    "exponential-mixture": _Own(
        "family classes leaves variance parameters constants weights domain", _exponential_mixture
    ),
}

# key -> (the operation on a model, the form of its value, whether a value has it)
CHANGES: dict[str, tuple[str, str, Callable[[object], bool]]] = {
    "tie": ("tie", 'parameters or nodes, such as tie = {v2 = "v1"}', _are_texts_by_name),
    "rename": ("rename", 'names of parameters, such as rename = {v11 = "alpha"}', _are_texts_by_name),
    "given": (
        "given",
        'visible variables, such as given = ["x"] or given = {x = ["1/3", "2/3"]}',
        lambda v: _are_texts(v) or (isinstance(v, dict) and all(map(_are_texts, v.values()))),
    ),
    "on": ("on", 'equations, such as on = ["v21 = v11"]', _are_texts),
    "domain": ("within", 'inequalities, such as domain = ["v11 < v12"]', _are_texts),
    "copies": ("iid", "a number of copies, such as copies = 4", is_whole),
}
