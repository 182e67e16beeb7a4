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

Kinds: ``bayesian-network`` (edges), ``parametrization`` (parameters, domain, probabilities or weights),
``full-simplex``, ``independence``.  Expressions are read by :mod:`symelbo.models.expressions`; nothing is ever
evaluated as code.
"""

from __future__ import annotations

import tomllib
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import sympy

from symelbo.errors import ModelError, ModelFileError, SymelboError
from symelbo.models.expressions import parse_expression, parse_relation
from symelbo.models.graphs import bayesian_network
from symelbo.models.parametrization import Parametrization
from symelbo.models.standard import full_simplex, independence
from symelbo.spaces import Label, SampleSpace, State

__all__ = ["load_model", "model_from_text"]

MAX_BYTES = 20_000_000


def load_model(path: str | Path) -> Parametrization:
    """Read a model file.

    Parameters
    ----------
    path : str or Path
        A TOML file (the format is in the docstring of :mod:`symelbo.models.files`).

    Raises
    ------
    ModelFileError
        The file cannot be read, is no TOML, or does not describe a model: the message says where and what is expected.
    """
    file = Path(path)
    try:
        if file.stat().st_size > MAX_BYTES:
            raise ModelFileError(f"{file}: larger than {MAX_BYTES} bytes")
        text = file.read_text(encoding="utf-8")
    except OSError as error:
        raise ModelFileError(f"{file}: cannot be read: {error.strerror or error}") from None
    except UnicodeDecodeError as error:
        raise ModelFileError(f"{file}: not UTF-8 text (byte {error.start})") from None
    return model_from_text(text, source=str(file))


def model_from_text(text: str, *, source: str = "model") -> Parametrization:
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
        raise ModelFileError(f"{source}: not a TOML file: {error}") from None
    try:
        return _model(data)
    except ModelFileError as error:
        raise ModelFileError(f"{source}: {error}") from None
    except SymelboError as error:
        raise type(error)(f"{source}: {error}") from None


def _model(data: dict[str, Any]) -> Parametrization:
    _only(data, {"name", "variables", "model"}, "the file")
    name = data.get("name")
    if name is not None and not isinstance(name, str):
        raise ModelFileError(f"name: {name!r} is not a text")
    section = _table(data, "model")
    kind = section.get("kind")
    if kind not in _KINDS:
        raise ModelFileError(f"[model] kind = {kind!r} is unknown; expected one of {', '.join(_KINDS)}")
    space, states, hidden = _variables(_table(data, "variables"))
    accepted, build = _KINDS[kind]
    _only(section, {"kind", *accepted}, f"[model] of kind {kind}")
    return build(section, space, states, hidden, name)


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


def _variables(section: dict[str, Any]) -> tuple[SampleSpace, States, list[str]]:
    hidden = section.get("hidden")
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
    unknown = [h for h in hidden if h not in states]
    if unknown:
        raise ModelFileError(f"[variables] hidden: unknown variable {', '.join(unknown)}; known: {', '.join(states)}")
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
) -> Parametrization:
    return bayesian_network(_edges(section), states=states, hidden=hidden, name=name)


def _independence(
    _section: Mapping[str, Any], _space: SampleSpace, states: States, hidden: list[str], name: str | None
) -> Parametrization:
    return independence(states, hidden=hidden, name=name)


def _full_simplex(
    _section: Mapping[str, Any], space: SampleSpace, _states: States, _hidden: list[str], name: str | None
) -> Parametrization:
    return full_simplex(space, name=name)


def _parametrization(
    section: Mapping[str, Any], space: SampleSpace, _states: States, _hidden: list[str], name: str | None
) -> Parametrization:
    names = section.get("parameters")
    if not isinstance(names, list) or not all(isinstance(n, str) for n in names):
        raise ModelFileError('[model] parameters: expected a list of names, such as parameters = ["x", "y1"]')
    for n in names:
        if not n.isidentifier() or n == "exp":
            raise ModelFileError(f"[model] parameters: {n!r} is not a name that an expression can contain")
    symbols = {n: sympy.Symbol(n) for n in names}
    given = [key for key in ("probabilities", "weights") if key in section]
    if len(given) != 1 or not isinstance(section[given[0]], dict):
        raise ModelFileError('[model]: expected either probabilities = { "1,1" = "x*y", ... } or weights = { ... }')
    table: dict[State, sympy.Expr] = {}
    for key, text in section[given[0]].items():
        where = f"[model] {given[0]}, state {key!r}"
        state = space.state_of_key(key, where="state")
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
    return Parametrization(space, table, list(symbols.values()), domain, weights=given[0] == "weights", name=name)


def _text(value: Any, where: str) -> str:
    if isinstance(value, bool) or not isinstance(value, str | int):
        raise ModelError(f'{where}: {value!r} is not exact; write the expression in quotes, such as "1/2"')
    return str(value)


Builder = Callable[[Mapping[str, Any], SampleSpace, States, list[str], str | None], Parametrization]

# kind -> (keys accepted in [model] besides kind, builder)
_KINDS: dict[str, tuple[frozenset[str], Builder]] = {
    "bayesian-network": (frozenset({"edges"}), _bayesian_network),
    "parametrization": (frozenset({"parameters", "domain", "probabilities", "weights"}), _parametrization),
    "full-simplex": (frozenset(), _full_simplex),
    "independence": (frozenset(), _independence),
}
