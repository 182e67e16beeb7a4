"""The layers of the package, read from the imports: a module imports only from modules above it, none in a circle."""

import ast
import re
import sys
from functools import cache
from pathlib import Path

import networkx as nx
import pytest

PACKAGE = Path(__file__).parent.parent / "symelbo"
LAYERS = (
    "errors", "writing", "progress", "processes", "budget", "typesetting", "exact", "graphs", "variables", "spaces",
    "models", "geometry", "loci", "objectives", "vectors", "statements", "certificates", "checker", "verification",
    "explanation", "derivation", "flows", "figures", "atlas", "cli",
)  # fmt: skip
MODULES = sorted(PACKAGE.rglob("*.py"))


def layer_of(path):
    return path.relative_to(PACKAGE).parts[0].removesuffix(".py")


every_layer = pytest.mark.parametrize("layer", sorted(set(map(layer_of, MODULES))))


def modules_of(layer):
    """The paths of the modules of a layer, and what is parsed of them."""
    return [(path, parsed(path)) for path in MODULES if layer_of(path) == layer]


def is_type_checking(node):
    return isinstance(node, ast.If) and ast.unparse(node.test) in ("TYPE_CHECKING", "typing.TYPE_CHECKING")


def imported_modules(tree, *, for_types=False):
    """Dotted names of all modules imported anywhere in the tree, under TYPE_CHECKING only where that is asked for."""
    pending = [tree]
    while pending:
        node = pending.pop()
        if is_type_checking(node) and not for_types:
            pending.extend(node.orelse)
            continue
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, "relative import"
            yield from (f"{node.module}.{alias.name}" for alias in node.names)
        pending.extend(ast.iter_child_nodes(node))


@cache
def parsed(path):
    return ast.parse(path.read_text(encoding="utf-8"))


@every_layer
def test_a_module_imports_only_from_layers_above_it(layer):
    if layer in ("__init__", "__main__"):
        return
    assert layer in LAYERS, f"{layer} is in no layer: add it to LAYERS at its place"
    for path, tree in modules_of(layer):
        for name in imported_modules(tree, for_types=True):
            parts = name.split(".")
            if parts[0] != "symelbo" or parts[1] == "__version__":
                continue
            assert parts[1] in LAYERS, f"{path}, {name}: import from the module, not from the package"
            assert LAYERS.index(parts[1]) <= LAYERS.index(layer), f"{path} imports {name} from below"


def dotted(path):
    return ".".join(("symelbo", *path.relative_to(PACKAGE).with_suffix("").parts)).removesuffix(".__init__")


def imports_inside(package):
    """The graph of the modules of a package, an edge from each to those that it imports, in functions and as types too.

    The root is left out: it imports nothing until it is asked for a name.
    """
    graph = nx.DiGraph()
    names = {dotted(p): p for p in MODULES if layer_of(p) == package}
    graph.add_nodes_from(names)
    for name, path in names.items():
        for imported in imported_modules(parsed(path), for_types=True):
            found = imported if imported in names else imported.rpartition(".")[0]
            if found in names:
                graph.add_edge(name, found)
    return graph


@pytest.mark.parametrize("package", LAYERS)
def test_no_module_imports_itself_in_a_circle(package):
    circles = [c for c in nx.strongly_connected_components(imports_inside(package)) if len(c) > 1]
    assert not circles


def test_only_the_exact_layer_imports_flint():
    importing = {layer_of(p) for p in MODULES for n in imported_modules(parsed(p)) if n.split(".")[0] == "flint"}
    assert importing == {"exact"}


CHECKER = [p for p in MODULES if layer_of(p) == "checker"]


@pytest.mark.parametrize("path", CHECKER, ids=lambda p: p.name)
def test_the_checker_imports_the_standard_library_alone(path):
    for name in imported_modules(parsed(path)):
        top = name.split(".")[0]
        assert top in sys.stdlib_module_names or name.startswith("symelbo.checker"), name


def test_the_checker_is_there():
    assert CHECKER


SIMPLIFIERS = {"simplify", "nsimplify", "equals", "trigsimp", "radsimp"}
CODE = {"eval", "exec", "compile", "__import__", "parse_expr"}


@every_layer
def test_nothing_is_decided_by_a_heuristic_simplifier_or_evaluated_as_code(layer):
    for path, tree in modules_of(layer):
        for node in ast.walk(tree):
            if isinstance(node, ast.Call):
                called = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
                forbidden = SIMPLIFIERS | (CODE if isinstance(node.func, ast.Name) else set())
                assert called not in forbidden, f"{path}, line {node.lineno}: {called}"


@every_layer
def test_every_module_says_what_it_owns(layer):
    assert not [path for path, tree in modules_of(layer) if not ast.get_docstring(tree)]


@every_layer
def test_a_limit_has_one_name(layer):
    for path, tree in modules_of(layer):
        named = [ast.unparse(n.value) for n in tree.body if isinstance(n, ast.Assign | ast.AnnAssign) and n.value]
        assert not [value for value in named if re.fullmatch(r"LIMITS\.\w+", value)], path


FAMILIES = {
    "BayesianNetwork", "Copies", "ExponentialMixture", "ExponentialStructure", "Gaussian", "GaussianScores", "Geometry",
    "MixtureScores", "Network", "Parametrization", "Plate", "SigmoidNetwork", "Told",
}  # fmt: skip
ASKED = {
    "geometry/gaussian.py": "the family's own: moments of what is seen are asked of a Gaussian model only",
    "models/latent.py": "what a user gives as a component: a model, or a space",
    "models/parametrization.py": "the boundary: has_table",
    "objectives/natural.py": "on states an objective is a function, elsewhere q is given by moments",
}


@every_layer
def test_the_engine_never_asks_what_kind_of_model_it_has(layer):
    asking = {
        str(path.relative_to(PACKAGE))
        for path, tree in modules_of(layer)
        for node in ast.walk(tree)
        if isinstance(node, ast.Call) and getattr(node.func, "id", "") == "isinstance"
        for name in ast.walk(node.args[1])
        if isinstance(name, ast.Name) and name.id in FAMILIES
    }
    assert asking == {name for name in ASKED if name.partition("/")[0] == layer}
