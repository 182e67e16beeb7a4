"""The net under a rebuilding: what the engine says of a fixed set of models, frozen as data that must not change.

For every model file in ``proofs/models`` and ``tests/published`` one file ``frozen/NAME.json`` holds

* ``verify``, ``explain``: the JSON of these commands with their exit codes.  Left out are seconds and what a
  certificate says as its witness, for there may be a better one: of the certificates in ``explain`` the claims are
  kept, by hash.
* ``claims``: for every statement the verdict and its scope, and of the certificates it rests on verdict and scope as
  claimed, ``sha256`` as the certificate states it, and ``content``, a hash of the claim which is computed here.

Besides there are ``atlas.json``, the counts of small atlases, and ``wrong_inputs.json``, exit codes and messages.

``python -m tests.net.freeze [NAME ...]`` writes these files anew, on an idle machine: all of them, or those of the
models named.  It may be run where an output is meant to change, by a commit that does nothing else and says which part
of which file changes and why: a key is added, an explanation gets better, a search finishes that was given up.  What
never changes are verdicts, the claims with their hashes (a claim in a new format is added as another version), ranks,
counts and exit codes, except where one of them was false.  It is not run to make a failing test pass.

Searches ended by the clock when this was first frozen, so that a part of an explanation depended on the machine and
its load; now they end at counted work.  CLOCK names those models with the part.  The clock goes slower here, both
where this is frozen and where it is compared: what is frozen depends on no clock.
"""

from __future__ import annotations

import hashlib
import json
import multiprocessing
import re
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from unittest.mock import patch

from click.testing import CliRunner, Result

import symelbo as se
from symelbo.cli import main as command

HERE = Path(__file__).parent
TESTS = HERE.parent
FROZEN = HERE / "frozen"
PUBLISHED = TESTS / "published"
MODELS = TESTS.parent / "proofs" / "models"

HIDDEN_IN_ASIA = ("either", "lung")
FAMILIES = ("bayesian-network", "graphical", "hierarchical")
NODES = (2, 3)

# More than some 5 seconds each, with the slower clock.
SLOW = {"hidden_markov_model", "mixture", "dbm_222", "harmonium_ternary", "noisy_or", "asia-either", "asia-lung"}
INADMISSIBLE = "explain: locus.inadmissible, locus.inadmissible_open"
CLOCK = {
    "hidden_markov_model": "explain: locus, cylindrical.scope, repairs",
    "mixture": INADMISSIBLE,
    "naive_bayes": INADMISSIBLE,
    "restricted_boltzmann_machine": INADMISSIBLE,
    "dbm_222": "explain: repairs",
    "dino": INADMISSIBLE,
    "harmonium_ternary": "explain: locus, objectives, recognition, repairs",
    "instrumental_variable": INADMISSIBLE,
    "asia-lung": INADMISSIBLE,
}
SLOWER = 20


@dataclass(frozen=True, slots=True)
class Example:
    """A model file, and hidden variables where the file names none."""

    name: str
    path: Path
    hidden: tuple[str, ...] = ()

    @property
    def arguments(self) -> list[str]:
        """The example as arguments of a command."""
        return [str(self.path), *(word for name in self.hidden for word in ("--hidden", name))]


def _examples() -> Iterator[Example]:
    for path in sorted((*MODELS.glob("*.toml"), *PUBLISHED.glob("*.toml"))):
        yield Example(path.stem, path)
    for name in HIDDEN_IN_ASIA:
        yield Example(f"asia-{name}", MODELS / "asia.bif", (name,))


EXAMPLES = {e.name: e for e in _examples()}

# Arguments of ``verify``; files are those of the folder ``inputs``.
WRONG_INPUTS = {
    "a state twice": ("dup_states.bif",),
    "another number of states": ("count_wrong.bif",),
    "a row is missing": ("missing_row.bif", "--hidden", "x", "--at", "file"),
    "a row of zeros": ("zero_sum_row.bif", "--hidden", "x", "--at", "file"),
    "a row to be learned": ("minus1.bif", "--hidden", "x", "--at", "file"),
    "a row of counts": ("counts.bif", "--hidden", "x", "--at", "file"),
    "a network without variables": ("xmlbif.bif",),
    "an unknown hidden variable": ("complete.bif", "--hidden", "w"),
    "nothing is hidden": ("complete.bif",),
    "no such file": ("absent.toml",),
    "a sum that is not 1": ("sum.toml",),
    "a point outside the domain": ("sum_to_one.toml", "--at", "a=2,b=1/2"),
    "a point without a parameter": ("sum_to_one.toml", "--at", "a=1/2"),
    "a float in a point": ("sum_to_one.toml", "--at", "a=0.5,b=1/2"),
}


def observed(example: Example) -> dict[str, Any]:
    """Return what is frozen of a model, as it is now; in a process in which nothing was computed before."""
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(["symelbo.cli", "symelbo.explanation", "symelbo.verification", "sympy"])
    with ProcessPoolExecutor(1, context, max_tasks_per_child=1) as processes:
        return processes.submit(_observed, example).result()


def _observed(example: Example) -> dict[str, Any]:
    with slower_clock():
        return {
            "verify": _printed(_run("verify", *example.arguments, "--json")),
            "explain": _printed(_run("explain", *example.arguments, "--json")),
            "claims": _claims(example),
        }


@contextmanager
def slower_clock() -> Iterator[None]:
    """Give every search SLOWER times its seconds, also in a process that is forked from this one."""
    now = time.monotonic
    start = now()
    with patch("time.monotonic", lambda: start + (now() - start) / SLOWER):
        yield


def observed_atlases() -> dict[str, Any]:
    """Return the counts of the small atlases, as they are now."""
    return {
        f"{family} {nodes}": _printed(_run("atlas", family, "--nodes", str(nodes), "--jobs", "1", "--json"))
        for family in FAMILIES
        for nodes in NODES
    }


def observed_refusal(name: str) -> dict[str, Any]:
    """Return how a wrong input is refused now: the exit code and the first line of the message."""
    file, *options = WRONG_INPUTS[name]
    result = _run("verify", str(HERE / "inputs" / file), *options)
    lines = _without_folders(result.stderr).splitlines()
    return {"exit_code": result.exit_code, "message": lines[0] if lines else ""}


def frozen(name: str) -> Any:
    """Return the data of a file in the folder ``frozen``."""
    return json.loads((FROZEN / f"{name}.json").read_text(encoding="utf-8"))


def differences(old: Any, new: Any, where: str = "") -> Iterator[str]:
    """Yield a line for every place at which two JSON values differ.

    >>> list(differences({"a": [1, 2], "b": 0}, {"a": [1, 3], "c": 0}))
    ['.a[1]: 2 became 3', '.b: 0 is missing', '.c: 0 is new']
    """
    if isinstance(old, dict) and isinstance(new, dict):
        for key in (*old, *(k for k in new if k not in old)):
            if key not in new:
                yield f"{where}.{key}: {_short(old[key])} is missing"
            elif key not in old:
                yield f"{where}.{key}: {_short(new[key])} is new"
            else:
                yield from differences(old[key], new[key], f"{where}.{key}")
    elif isinstance(old, list) and isinstance(new, list) and len(old) == len(new):
        for k, (a, b) in enumerate(zip(old, new, strict=True)):
            yield from differences(a, b, f"{where}[{k}]")
    elif type(old) is not type(new) or old != new:
        yield f"{where}: {_short(old)} became {_short(new)}"


def _short(value: Any) -> str:
    text = json.dumps(value, ensure_ascii=False)
    return text if len(text) <= 200 else f"{text[:200]}... ({len(text)} characters)"


def _run(*arguments: str) -> Result:
    return CliRunner().invoke(command, arguments, catch_exceptions=False)


def _printed(result: Result) -> dict[str, Any]:
    """The exit code, the JSON object on stdout without what may change, and what stands on stderr."""
    data = _normal(json.loads(result.stdout)) if result.stdout else None
    return {"exit_code": result.exit_code, "json": data, "stderr": _without_folders(result.stderr)}


def _normal(value: Any) -> Any:
    """Leave out seconds, folders and witnesses."""
    if isinstance(value, dict):
        if value.keys() == {"sha256", "json"}:
            claim = json.loads(value["json"])["claim"]
            return {"sha256": value["sha256"], "content": _content(claim)}
        if "polynomial" in value and "kind" in value:  # what shows the sign of this polynomial
            return {key: _normal(value[key]) for key in ("kind", "polynomial")}
        return {key: _normal(v) for key, v in value.items() if key != "seconds"}
    if isinstance(value, list):
        return [_normal(v) for v in value]
    return _without_folders(value) if isinstance(value, str) else value


def _without_folders(text: str) -> str:
    for folder in (HERE / "inputs", PUBLISHED, MODELS):
        text = text.replace(f"{folder}/", "")
    return re.sub(r"\b\d+(\.\d+)? s\b", "... s", text)


def _claims(example: Example) -> dict[str, Any]:
    report = se.verify(se.load_model(example.path, hidden=example.hidden or None))
    return {
        v.statement.id: {"verdict": v.kind, "scope": str(v.scope), "certificates": _certificates(v)}
        for v in report.verdicts
    }


def _certificates(verdict: Any) -> dict[str, Any]:
    """What the certificate of a verdict claims, and that of its extent."""
    found = {name: getattr(verdict, f"{name}certificate", None) for name in ("", "extent_")}
    return {
        f"{name}certificate": {
            "verdict": c.claim()["verdict"],
            "scope": c.claim()["scope"],
            "sha256": c.sha256,
            "content": _content(c.claim()),
        }
        for name, c in found.items()
        if c is not None
    }


def _content(claim: Any) -> str:
    """A short hash of a claim, which depends on nothing but its data."""
    return hashlib.sha256(json.dumps(claim, sort_keys=True).encode()).hexdigest()[:16]


def _write(name: str, data: Any) -> None:
    FROZEN.mkdir(exist_ok=True)
    text = json.dumps(data, indent=1, ensure_ascii=False) + "\n"
    (FROZEN / f"{name}.json").write_text(text, encoding="utf-8")


def main(names: list[str]) -> None:
    """Write the frozen files: all of them, or those of the models named."""
    unknown = [name for name in names if name not in EXAMPLES]
    if unknown:
        sys.exit(f"unknown: {', '.join(unknown)}; the models are {', '.join(EXAMPLES)}")
    for name in names or EXAMPLES:
        _write(name, observed(EXAMPLES[name]))
    if not names:
        _write("atlas", observed_atlases())
        _write("wrong_inputs", {name: observed_refusal(name) for name in WRONG_INPUTS})


if __name__ == "__main__":
    main(sys.argv[1:])
