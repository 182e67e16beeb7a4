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

The kinds, with their keys and what can be changed of each: :mod:`symelbo.models.kinds`.

What is seen is declared in one of three ways:

* ``hidden`` under ``[variables]``: the other variables are.
* ``[states]`` instead of ``[variables]``, for a parametrization: ``AO = "A"`` says that A is seen of the state AO.
* ``[observed]`` beside ``[variables]``: ``total = "x + y"``, expressions in the variables' labels, which are numbers.

Expressions are read by :mod:`symelbo.models.expressions`; nothing is ever evaluated as code.  Bayesian networks in
other formats are read by :mod:`symelbo.models.formats`, which recognises them by their content.
"""

from __future__ import annotations

import tomllib
from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any, TypeVar

import sympy

from symelbo.budget import Budget, limited
from symelbo.errors import ModelFileError, SymelboError
from symelbo.models.expressions import parse_expression
from symelbo.models.formats import file_text, network_in, unknown_format
from symelbo.models.graphs import Network, bayesian_network
from symelbo.models.kinds import CHANGES, KINDS, Kind, Section, expression_text, refuse_others, table_in
from symelbo.models.parametrization import Parametrization, as_model
from symelbo.spaces import Label, SampleSpace, StateSpace

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
    for key in sorted(set(data) & {*CHANGES, "edges", "kind", "parameters"}):
        raise ModelFileError(f"the file: {key} is a key of [model]; write it below [model]; a table as [model.{key}]")
    refuse_others(data, {"name", "variables", "states", "observed", "model"}, "the file")
    name = data.get("name")
    if name is not None and not (isinstance(name, str) and name.isprintable()):
        raise ModelFileError(f"name: {name!r} is not a text of printable characters")
    values = table_in(data, "model")
    chosen = values.get("kind")
    if not isinstance(chosen, str) or chosen not in KINDS:
        raise ModelFileError(f"[model] kind = {chosen!r} is unknown; expected one of {', '.join(KINDS)}")
    kind = KINDS[chosen]
    own = set(kind.keys.split())
    refuse_others(values, {"kind", *own, *CHANGES}, f"[model] of kind {chosen}")
    section = _declared(kind, data, Section(values, name))
    model = kind.build(section)
    if "observed" in data and kind.declares:
        model = as_model(model).observe(_observed(table_in(data, "observed"), list(section.states)))
    return section.changed(
        model, own | {"given"} if chosen == "parametrization" and "probabilities" in section else own
    )


def _declared(kind: Kind, data: Mapping[str, Any], section: Section) -> Section:
    """The section with the variables, or the states, that the file declares."""
    if not kind.declares:
        if "variables" in data:
            chosen = section.values["kind"]
            raise ModelFileError(f"[variables]: models of kind {chosen} name their variables themselves; remove it")
        return section
    if "states" in data:
        if kind is not KINDS["parametrization"] or "variables" in data or "observed" in data:
            raise ModelFileError(
                "[states] lists the states of a parametrization and what is seen of each; it stands without "
                "[variables] and [observed]"
            )
        return replace(section, space=_state_space(table_in(data, "states")))
    space, states, hidden = _variables(table_in(data, "variables"), observed="observed" in data)
    return replace(section, space=space, states=states, hidden=hidden)


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
    found = {}
    for name, e in section.items():
        where = f"[observed] {name}"
        found[name] = parse_expression(expression_text(e, where), symbols, where=where)
    return found


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
