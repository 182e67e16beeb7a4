"""Model files: TOML in, a model out.

    name = "M(b)"
    [variables]                 # order = order of the states everywhere, first label first
    x = ["1", "0"]              # labels, or a number of states n for labels "0" .. "n-1"
    y = ["1", "0"]
    z = ["1", "0"]
    hidden = ["x"]
    [model]
    kind = "bayesian-network"
    edges = [["x", "y"], ["x", "z"]]
    # tables = {y = [["1", "0"], ["e", "1 - e"]], z = "y"}, parameters = ["e"]: tables that are given ("free": a free
    # entry), or shared; the others are free.  constants = ["q"]: names in tables that are no parameters

Kinds, with the keys of ``[model]``:

* ``bayesian-network``: edges; ``independence`` and ``full-simplex``: nothing more.
* ``parametrization``: parameters, probabilities = { "1,1,1" = "x*y1*z1", ... } or weights (unnormalised, positive),
  domain = ["0 < x < 1"] (optional), constants = ["q"], known ones, which are no parameters (optional).
* ``exponential``: statistics, a list of expressions in the variables (whose labels are numbers) or of tables; optional
  parameters (names) and base.
* ``log-linear``: generators = [["x", "y"], ["x", "z"]].
* ``boltzmann-machine`` and ``sigmoid-belief-network``: edges; every variable has the same two numbers as labels.
* ``mixture``: component = "full-simplex" or "independence" (distributions of the visible variables; the hidden variable
  numbers the components).
* ``restricted-boltzmann-machine``: n_visible, n_hidden; ``naive-bayes``: n_leaves, n_classes, n_states;
  ``hidden-markov-model``: length, n_states, n_symbols, homogeneous = true.  These name their variables themselves: no
  ``[variables]``.
* ``linear-gaussian``, ``factor-analysis``, ``probabilistic-pca``, ``linear-dynamical-system``, ``gaussian`` and
  ``exponential-mixture``: see :mod:`symelbo.models.continuous_files`.  These name their variables themselves too.

Every kind accepts rename, tie, on, domain and copies besides: :mod:`symelbo.models.changes`.

What is seen is declared in one of three ways:

* ``hidden`` under ``[variables]``: the other variables are.
* ``[states]`` instead of ``[variables]``, for a parametrization: ``AO = "A"`` says that A is seen of the state AO.
* ``[observed]`` beside ``[variables]``: ``total = "x + y"``, expressions in the variables' labels, which are numbers.

Expressions are read by :mod:`symelbo.models.expressions`; nothing is ever evaluated as code.  Bayesian networks in
other formats are read by :mod:`symelbo.models.formats`, which recognises them by their content.
"""

from __future__ import annotations

import tomllib
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, TypeVar

import sympy

from symelbo.budget import Budget, limited
from symelbo.errors import ModelError, ModelFileError, SymelboError
from symelbo.exact import is_whole
from symelbo.models.changes import CHANGES, changed, checked_value
from symelbo.models.continuous_files import CONTINUOUS_KINDS
from symelbo.models.covariates import given as conditioned
from symelbo.models.exponential import ExponentialFamily
from symelbo.models.expressions import (
    checked_names,
    declared_symbols,
    parse_expression,
    parse_rational,
    parse_relation,
)
from symelbo.models.formats import file_text, network_in, unknown_format
from symelbo.models.graphs import Network, bayesian_network
from symelbo.models.latent import hidden_markov_model, mixture, naive_bayes, sigmoid_belief_network
from symelbo.models.loglinear import boltzmann_machine, log_linear, restricted_boltzmann_machine
from symelbo.models.parametrization import Parametrization, as_model
from symelbo.models.standard import full_simplex, independence
from symelbo.spaces import Label, SampleSpace, Space, State, StateSpace

__all__ = ["load_model", "model_from_text"]

M = TypeVar("M", bound=Parametrization | Network)


def load_model(
    path: str | Path,
    *,
    hidden: Iterable[str] | None = None,
    normalise: bool = False,
    budget: float | Budget | None = None,
) -> Parametrization | Network:
    """Read a model file.

    Parameters
    ----------
    path : str or Path
        A TOML file (the format is in the docstring of :mod:`symelbo.models.files`), or a network in one of the formats
        of :mod:`symelbo.models.formats`.
    hidden : names of variables, optional
        The hidden ones, instead of those the file names; a network names none.
    normalise : bool
        For networks: divide every row of their tables by its sum; else only those within 1/1000 of 1 are.
    budget : seconds, or Budget(seconds=..., memory=...), optional

    Raises
    ------
    BudgetError
        The budget ended first.
    ModelFileError
        The file cannot be read, is no TOML, or does not describe a model: the message says where and what is expected.
    """
    try:
        file = Path(path)
    except TypeError:
        raise ModelFileError(f"load_model: {path!r} is not a path") from None
    concealed = None if hidden is None else [hidden] if isinstance(hidden, str) else list(hidden)
    return limited(budget, f"the reading of {file}", lambda: _loaded(file, concealed, normalise))


def _loaded(file: Path, concealed: list[str] | None, normalise: bool) -> Parametrization | Network:
    text, remarks = file_text(file)
    read = network_in(text, source=str(file), normalise=normalise)
    if read is not None:
        network = replace(read, remarks=(*remarks, *read.remarks))
        if not concealed:
            some = ", ".join(list(network.states)[:12]) + (", ..." if len(network.states) > 12 else "")
            raise ModelFileError(
                f"{file}: a network file does not say which variables are hidden; give hidden=[...], some of {some}"
            )
        return _located(str(file), lambda: bayesian_network(network, hidden=concealed))
    if remarks:
        raise ModelFileError(f"{file}: not UTF-8 text ({remarks[0].split(':')[0]})")
    try:
        model = model_from_text(text, source=str(file))
    except ModelFileError as error:
        if file.suffix.lower() == ".toml" or not isinstance(error.__cause__, tomllib.TOMLDecodeError):
            raise
        raise ModelFileError(f"{file}: {unknown_format(text)}") from None
    return model if concealed is None else _located(str(file), lambda: model.hide(*concealed))


def model_from_text(text: str, *, source: str = "model") -> Parametrization | Network:
    """Return the model that a TOML text describes.

    >>> M = model_from_text('''
    ... [variables]
    ... h = 2
    ... v = 2
    ... hidden = ["h"]
    ... [model]
    ... kind = "bayesian-network"
    ... edges = [["h", "v"]]
    ... ''')
    >>> M
    Model with 4 states (2 visible), parameters h, v1, v2
    """
    try:
        data = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise ModelFileError(f"{source}: not a TOML file: {error}") from error
    except ValueError as error:
        raise ModelFileError(f"{source}: a number has too many digits: {str(error).split(';')[0]}") from None
    except RecursionError:
        raise ModelFileError(f"{source}: lists or tables are nested too deeply") from None
    model: Parametrization | Network = _located(source, lambda: _model(data))
    return model


def _located(source: str, build: Callable[[], M]) -> M:
    """Build a model; errors get the name of the file in front."""
    try:
        return build()
    except ModelFileError as error:
        raise ModelFileError(f"{source}: {error}") from None
    except SymelboError as error:
        raise type(error)(f"{source}: {error}") from None


def _model(data: dict[str, Any]) -> Any:
    _only(data, {"name", "variables", "states", "observed", "model"}, "the file")
    name = data.get("name")
    if name is not None and not (isinstance(name, str) and name.isprintable()):
        raise ModelFileError(f"name: {name!r} is not a text of printable characters")
    section = _table(data, "model")
    kind = section.get("kind")
    if not isinstance(kind, str) or kind not in _KINDS:
        raise ModelFileError(f"[model] kind = {kind!r} is unknown; expected one of {', '.join(_KINDS)}")
    accepted, build = _KINDS[kind]
    _only(section, {"kind", *accepted, *CHANGES}, f"[model] of kind {kind}")
    done = accepted | {"given"} if kind == "parametrization" and "probabilities" in section else accepted
    return changed(_built(kind, build, data, section, name), section, own=done)


def _built(
    kind: str, build: Builder | None, data: Mapping[str, Any], section: Mapping[str, Any], name: str | None
) -> Any:
    """The model of a section, before it is changed."""
    if kind in _SELF_NAMING:
        if "variables" in data:
            raise ModelFileError(f"[variables]: models of kind {kind} name their variables themselves; remove it")
        return _SELF_NAMING[kind](section, name)
    assert build is not None  # exactly the kinds above have none
    if "states" in data:
        if kind != "parametrization" or "variables" in data or "observed" in data:
            raise ModelFileError(
                "[states] lists the states of a parametrization and what is seen of each; it stands without "
                "[variables] and [observed]"
            )
        return _parametrization(section, _state_space(_table(data, "states")), {}, [], name)
    observed = "observed" in data
    space, states, hidden = _variables(_table(data, "variables"), observed=observed)
    model = build(section, space, states, hidden, name)
    return as_model(model).observe(_observed(_table(data, "observed"), list(states))) if observed else model


def _state_space(section: dict[str, Any]) -> StateSpace:
    for state, seen in section.items():
        if not isinstance(seen, str | int) or isinstance(seen, bool) or not str(seen) or not str(seen).isprintable():
            raise ModelFileError(f'[states] {state} = {seen!r}: expected what is seen of it, such as {state} = "A"')
        if not state.isprintable():
            raise ModelFileError(f"[states]: {state!r} contains a character that is not printable")
    if not section:
        raise ModelFileError('[states]: expected states and what is seen of each, such as AO = "A"')
    return StateSpace({state: str(seen) for state, seen in section.items()})


def _observed(section: dict[str, Any], variables: list[str]) -> dict[str, sympy.Expr]:
    symbols = {n: sympy.Symbol(n) for n in variables}
    if not section:
        raise ModelFileError('[observed]: expected what is seen, such as total = "x + y"')
    return {
        n: parse_expression(_text(e, f"[observed] {n}"), symbols, where=f"[observed] {n}") for n, e in section.items()
    }


def _table(data: Mapping[str, Any], key: str) -> dict[str, Any]:
    value = data.get(key)
    if not isinstance(value, dict):
        raise ModelFileError(f"the section [{key}] is missing")
    return value


def _only(data: Mapping[str, Any], accepted: set[str], where: str) -> None:
    unknown = sorted(set(data) - accepted)
    if unknown:
        raise ModelFileError(f"{where}: unknown key {', '.join(unknown)}; accepted are {', '.join(sorted(accepted))}")


States = dict[str, list[Label]]


def _variables(section: dict[str, Any], *, observed: bool) -> tuple[SampleSpace, States, list[str]]:
    hidden = section.get("hidden", [] if observed else None)
    if not isinstance(hidden, list) or not all(isinstance(h, str) for h in hidden):
        raise ModelFileError('[variables] hidden: expected a list of names, such as hidden = ["x"]')
    states: States = {}
    for name, value in section.items():
        if name == "hidden":
            continue
        if isinstance(value, bool) or not isinstance(value, int | list):
            raise ModelFileError(f"[variables] {name} = {value!r}: expected a number of states or a list of labels")
        if isinstance(value, int) and value > 10_000:
            raise ModelFileError(f"[variables] {name} = {value}: at most 10000 states are read")
        labels = [str(k) for k in range(value)] if isinstance(value, int) else value
        if not all(isinstance(label, str) for label in labels):
            raise ModelFileError(f'[variables] {name}: labels are texts in quotes, such as ["1", "0"]')
        states[name] = labels
    for text in (*states, *(label for labels in states.values() for label in labels)):
        if not str(text).isprintable():
            raise ModelFileError(f"[variables]: {text!r} contains a character that is not printable")
    if twice := next((h for h in hidden if hidden.count(h) > 1), None):
        raise ModelFileError(f"[variables] hidden: {twice} is listed twice")
    unknown = [h for h in hidden if h not in states]
    if unknown:
        raise ModelFileError(f"[variables] hidden: unknown variable {', '.join(unknown)}; known: {', '.join(states)}")
    if observed:
        if hidden:
            raise ModelFileError("[variables] hidden: [observed] says what is seen; leave one of the two out")
        if len(states) < 2:
            raise ModelFileError("[observed]: a function of two variables or more is seen; [states] lists those of one")
        hidden = [next(reversed(states))]  # until what is observed is declared
    space = SampleSpace(
        {n: s for n, s in states.items() if n not in hidden},
        {n: s for n, s in states.items() if n in hidden},
        order=list(states),
    )
    return space, states, hidden


def _edges(section: Mapping[str, Any]) -> list[tuple[str, str]]:
    edges = section.get("edges")
    if not isinstance(edges, list):
        raise ModelFileError('[model] edges: expected a list of pairs, such as edges = [["x", "y"]]')
    pairs = []
    for edge in edges:
        if not isinstance(edge, list) or len(edge) != 2 or not all(isinstance(n, str) for n in edge):
            raise ModelFileError(f"[model] edges: {edge!r} is not a pair of names")
        pairs.append((edge[0], edge[1]))
    return pairs


def _bayesian_network(
    section: Mapping[str, Any], _space: SampleSpace, states: States, hidden: list[str], name: str | None
) -> Parametrization | Network:
    tables = _tables(section) if "tables" in section else None
    return bayesian_network(_edges(section), states=states, hidden=hidden, tables=tables, name=name)


def _tables(section: Mapping[str, Any]) -> dict[str, str | list[list[Any]]]:
    """Tables that are given: rows of expressions in the parameters, "free" for a free entry; or another node's name."""
    symbols = declared_symbols({"parameters": [], **section})
    found: dict[str, str | list[list[Any]]] = {}
    for node, rows in _table(section, "tables").items():
        if isinstance(rows, str):
            found[node] = rows
            continue
        if not isinstance(rows, list) or not all(isinstance(row, list) for row in rows):
            raise ModelFileError(f"[model] tables: {node} is neither a list of rows nor the name of another node")
        where = f"[model] tables, {node}"
        found[node] = [
            [None if e == "free" else parse_expression(_text(e, where), symbols, where=where) for e in row]
            for row in rows
        ]
    return found


def _independence(
    _section: Mapping[str, Any], _space: SampleSpace, states: States, hidden: list[str], name: str | None
) -> Parametrization:
    return independence(states, hidden=hidden, name=name)


def _full_simplex(
    _section: Mapping[str, Any], space: SampleSpace, _states: States, _hidden: list[str], name: str | None
) -> Parametrization:
    return full_simplex(space, name=name)


def _parametrization(
    section: Mapping[str, Any], space: Space, _states: States, _hidden: list[str], name: str | None
) -> Parametrization:
    symbols = declared_symbols(section)
    given = [key for key in ("probabilities", "weights") if key in section]
    if len(given) != 1 or not isinstance(section[given[0]], dict):
        raise ModelFileError('[model]: expected either probabilities = { "1,1" = "x*y", ... } or weights = { ... }')
    table: dict[State, sympy.Expr] = {}
    for key, text in section[given[0]].items():
        where = f"[model] {given[0]}, state {key!r}"
        state = space.state_of_key(key)
        if state in table:
            raise ModelFileError(f"{where}: the state is given twice")
        table[state] = parse_expression(_text(text, where), symbols, where=where)
    domain = None
    if "domain" in section:
        if not isinstance(section["domain"], list):
            raise ModelFileError('[model] domain: expected inequalities, such as domain = ["0 < x", "x < 1"]')
        domain = [
            parse_relation(_text(r, "[model] domain"), symbols, where="[model] domain") for r in section["domain"]
        ]
    parameters = [symbols[n] for n in section["parameters"]]
    conditional = given[0] == "probabilities" and "given" in section
    weights = given[0] == "weights" or conditional
    model = Parametrization(space, table, parameters, domain, weights=weights, name=name)
    return conditioned(model, checked_value("given", section), conditional=True) if conditional else model


def _exponential(
    section: Mapping[str, Any], space: Space, _states: States, _hidden: list[str], name: str | None
) -> Parametrization:
    statistics = section.get("statistics")
    if not isinstance(statistics, list):
        raise ModelFileError('[model] statistics: expected a list of expressions, such as statistics = ["x", "x*y"]')
    names = section.get("parameters")
    if names is not None and (not isinstance(names, list) or not all(isinstance(n, str) for n in names)):
        raise ModelFileError('[model] parameters: expected a list of names, such as parameters = ["a", "b"]')
    checked_names(names or [])
    variables = {n: sympy.Symbol(n) for n in space.names}

    def statistic(value: Any, where: str) -> Any:
        if isinstance(value, dict):
            return {
                space.state_of_key(k, where=where): parse_rational(_text(v, where), where=where)
                for k, v in value.items()
            }
        return parse_expression(_text(value, where), variables, where=where)

    parsed = [statistic(t, f"[model] statistic {i + 1}") for i, t in enumerate(statistics)]
    base = statistic(section["base"], "[model] base") if "base" in section else None
    return ExponentialFamily(space, parsed, base, parameters=names, name=name)


def _log_linear(
    section: Mapping[str, Any], _space: SampleSpace, states: States, hidden: list[str], name: str | None
) -> Parametrization:
    generators = section.get("generators")
    if not isinstance(generators, list) or not all(
        isinstance(g, list) and all(isinstance(n, str) for n in g) for g in generators
    ):
        raise ModelFileError('[model] generators: expected lists of names, such as generators = [["x", "y"], ["z"]]')
    return log_linear(generators, states=states, hidden=hidden, name=name)


def _binary(states: States, kind: str) -> tuple[int, int]:
    """The two numbers that all variables have as labels."""
    pairs = {tuple(labels) for labels in states.values()}
    try:
        ((first, second),) = pairs
        return int(first), int(second)
    except ValueError:
        raise ModelFileError(
            f'[variables]: in a {kind} all variables have the same two numbers as labels, such as x = ["0", "1"]'
        ) from None


def _boltzmann_machine(
    section: Mapping[str, Any], _space: SampleSpace, states: States, hidden: list[str], name: str | None
) -> Parametrization:
    edges = _known_edges(section, states)
    values = _binary(states, "boltzmann-machine")
    return boltzmann_machine(edges, isolated=states, hidden=hidden, values=values, name=name)


def _sigmoid_belief_network(
    section: Mapping[str, Any], _space: SampleSpace, states: States, hidden: list[str], name: str | None
) -> Parametrization:
    edges = _known_edges(section, states)
    values = _binary(states, "sigmoid-belief-network")
    return sigmoid_belief_network(edges, isolated=states, hidden=hidden, values=values, name=name)


def _known_edges(section: Mapping[str, Any], states: States) -> list[tuple[str, str]]:
    edges = _edges(section)
    for edge in edges:
        for node in edge:
            if node not in states:
                raise ModelFileError(f"[model] edges: unknown variable {node}; declared are {', '.join(states)}")
    return edges


def _mixture(
    section: Mapping[str, Any], _space: SampleSpace, states: States, hidden: list[str], name: str | None
) -> Parametrization:
    if len(hidden) != 1:
        raise ModelFileError("[variables] hidden: a mixture has one hidden variable, the number of the component")
    component = section.get("component")
    label = hidden[0]
    visible = {n: s for n, s in states.items() if n != label}
    parts = {
        "full-simplex": lambda: full_simplex(SampleSpace(visible, {label: 1})),
        "independence": lambda: independence({**visible, label: 1}, hidden=[label]),
    }
    if not isinstance(component, str) or component not in parts:
        raise ModelFileError(f"[model] component = {component!r}; expected one of {', '.join(parts)}")
    model = mixture(parts[component](), len(states[label]), label=label, name=name)
    return model.relabel(states={label: states[label]})


def _integers(section: Mapping[str, Any], needed: Sequence[str], optional: Sequence[str] = ()) -> list[int]:
    """The values of integer keys, optional ones 2 by default."""
    values = []
    for key in (*needed, *optional):
        value = section.get(key, 2 if key in optional else None)
        if not is_whole(value, 1, 1000):
            raise ModelFileError(f"[model] {key} = {value!r}: expected an integer from 1 to 1000")
        values.append(value)
    return values


def _restricted(section: Mapping[str, Any], name: str | None) -> Parametrization:
    return restricted_boltzmann_machine(*_integers(section, ["n_visible", "n_hidden"]), name=name)


def _naive_bayes(section: Mapping[str, Any], name: str | None) -> Parametrization | Network:
    leaves, classes, states = _integers(section, ["n_leaves"], ["n_classes", "n_states"])
    return naive_bayes(leaves, classes, n_states=states, name=name)


def _hidden_markov_model(section: Mapping[str, Any], name: str | None) -> Parametrization | Network:
    length, states, symbols = _integers(section, ["length"], ["n_states", "n_symbols"])
    homogeneous = section.get("homogeneous", False)
    if not isinstance(homogeneous, bool):
        raise ModelFileError(f"[model] homogeneous = {homogeneous!r}: expected true or false")
    return hidden_markov_model(length, states, symbols, homogeneous=homogeneous, name=name)


def _text(value: Any, where: str) -> str:
    if isinstance(value, bool) or not isinstance(value, str | int):
        raise ModelError(f'{where}: {value!r} is not exact; write the expression in quotes, such as "1/2"')
    return str(value)


Builder = Callable[[Mapping[str, Any], SampleSpace, States, list[str], str | None], Parametrization | Network]

# Kinds without [variables].
_SELF_NAMING: dict[str, Callable[[Mapping[str, Any], str | None], Any]] = {
    "restricted-boltzmann-machine": _restricted,
    "naive-bayes": _naive_bayes,
    "hidden-markov-model": _hidden_markov_model,
    **{kind: build for kind, (_, build) in CONTINUOUS_KINDS.items()},
}


# kind -> (keys accepted in [model] besides kind, builder)
_KINDS: dict[str, tuple[frozenset[str], Builder | None]] = {
    "bayesian-network": (frozenset({"constants", "edges", "tables", "parameters"}), _bayesian_network),
    "parametrization": (frozenset({"constants", "parameters", "domain", "probabilities", "weights"}), _parametrization),
    "exponential": (frozenset({"parameters", "statistics", "base"}), _exponential),
    "log-linear": (frozenset({"generators"}), _log_linear),
    "boltzmann-machine": (frozenset({"edges"}), _boltzmann_machine),
    "sigmoid-belief-network": (frozenset({"edges"}), _sigmoid_belief_network),
    "mixture": (frozenset({"component"}), _mixture),
    "restricted-boltzmann-machine": (frozenset({"n_visible", "n_hidden"}), None),
    "naive-bayes": (frozenset({"n_leaves", "n_classes", "n_states"}), None),
    "hidden-markov-model": (frozenset({"length", "n_states", "n_symbols", "homogeneous"}), None),
    "full-simplex": (frozenset(), _full_simplex),
    "independence": (frozenset(), _independence),
    **{kind: (keys, None) for kind, (keys, _) in CONTINUOUS_KINDS.items()},
}
