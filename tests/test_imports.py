"""``import symelbo`` costs nothing, and every public name is where it belongs when it is used."""

import ast
import importlib
import subprocess
import sys
from pathlib import Path

import pytest

import symelbo as se

SOURCE = Path(se.__file__).read_text(encoding="utf-8")


def homes():
    """The imports for type checkers: name -> module."""
    block = next(n for n in ast.parse(SOURCE).body if isinstance(n, ast.If))
    return {a.name: n.module for n in block.body for a in n.names}


def test_all_public_names_are_declared_to_type_checkers():
    assert set(homes()) == set(se.__all__)


@pytest.mark.parametrize("name", se.__all__)
def test_a_public_name_is_the_one_of_its_module(name):
    assert getattr(se, name) is getattr(importlib.import_module(homes()[name]), name)


def test_the_function_verify_is_not_hidden_by_the_module_of_the_same_name():
    importlib.import_module("symelbo.verification.evaluation")
    assert callable(se.verify)
    assert isinstance(se.verify(se.model_a(), "S3"), se.Proved)


def test_names_that_do_not_exist_are_refused():
    with pytest.raises(AttributeError, match="no attribute 'nothing'"):
        se.nothing  # noqa: B018


def run(code):
    return subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.split()


def test_importing_the_package_imports_no_library():
    loaded = run("import sys, symelbo; print(*sys.modules)")
    assert not {"sympy", "numpy", "networkx", "flint", "mpmath", "rich", "matplotlib"} & set(loaded)


def test_a_verdict_needs_neither_figures_nor_clusters():
    loaded = run("import sys, symelbo as se; se.is_cylindrical(se.model_b()); print(*sys.modules)")
    assert not {"matplotlib", "scipy", "distributed", "pyarrow", "rich"} & set(loaded)
