"""What a model file can change of the model that it describes, whatever its kind: keys of ``[model]``.

* ``tie = {v2 = "v1"}``: equal parameters, or nodes of a network that share a table (all other tables free).
* ``rename = {v11 = "alpha"}``: other names of parameters; the keys below use them.
* ``given = ["x"]``, or ``given = {x = ["1/3", "2/3"]}``: the conditional model, given visible variables with known
  weights, by default equal ones; the ``probabilities`` of a table are then those given the covariates.
* ``on = ["p**2 + e**2 = 1"]``: equations between parameters.
* ``domain = ["v11 < v12 < 1/2"]``: inequalities between parameters, in addition to those that the model has.
* ``copies = 4``: that many independent copies with the same parameters.

They hold in this order.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from symelbo.errors import ModelFileError
from symelbo.exact import is_whole

__all__ = ["CHANGES", "changed", "checked_value"]


def changed(model: Any, section: Mapping[str, Any], *, own: frozenset[str] = frozenset()) -> Any:
    """Return the model with the changes of a section; keys in ``own`` are those of its kind.

    Raises
    ------
    ModelFileError
        A value of another form, or a change that this kind of model does not know.
    """
    for key, (change, _, _) in CHANGES.items():
        if key in section and key not in own:
            operation = getattr(model, change, None)
            if operation is None:
                raise ModelFileError(f"[model] {key}: {model!r} cannot be changed so")
            model = operation(checked_value(key, section))
    return model


def checked_value(key: str, section: Mapping[str, Any]) -> Any:
    """The value of a key, of the form that it has to have."""
    _, form, read = CHANGES[key]
    if not read(section[key]):
        raise ModelFileError(f"[model] {key} = {section[key]!r}: expected {form}")
    return section[key]


def _texts(value: object) -> bool:
    return isinstance(value, list) and all(isinstance(v, str) for v in value)


def _names(value: object) -> bool:
    return isinstance(value, dict) and all(isinstance(v, str) for v in value.values())


def _covariates(value: object) -> bool:
    return _texts(value) or (isinstance(value, dict) and all(map(_texts, value.values())))


# key -> (the operation on a model, the form of its value, whether a value has it)
CHANGES: dict[str, tuple[str, str, Callable[[object], bool]]] = {
    "tie": ("tie", 'parameters or nodes, such as tie = {v2 = "v1"}', _names),
    "rename": ("rename", 'names of parameters, such as rename = {v11 = "alpha"}', _names),
    "given": ("given", 'visible variables, such as given = ["x"] or given = {x = ["1/3", "2/3"]}', _covariates),
    "on": ("on", 'equations, such as on = ["v21 = v11"]', _texts),
    "domain": ("within", 'inequalities, such as domain = ["v11 < v12"]', _texts),
    "copies": ("iid", "a number of copies, such as copies = 4", is_whole),
}
