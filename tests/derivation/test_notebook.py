"""The worked notebooks: their text is that of the scripts, and running them gives the outputs that are stored.

Run with SYMELBO_GOLDEN=write to execute and store them anew.
"""

from __future__ import annotations

import os
from pathlib import Path

import pytest

nbformat = pytest.importorskip("nbformat")
jupytext = pytest.importorskip("jupytext")
nbclient = pytest.importorskip("nbclient")
pytest.importorskip("ipykernel")

FOLDER = Path(__file__).parents[2] / "proofs" / "notebooks"
pytestmark = pytest.mark.filterwarnings("ignore")  # those of the Jupyter stack are not ours


NAMES = sorted(p.stem for p in FOLDER.glob("*.py"))
every_notebook = pytest.mark.parametrize("name", NAMES)


@pytest.fixture(scope="module")
def executed():
    """All notebooks, executed one after the other in one kernel, which forgets between them."""
    scripts = {name: jupytext.read(FOLDER / f"{name}.py") for name in NAMES}
    whole = nbformat.v4.new_notebook()
    for script in scripts.values():
        whole.cells += [nbformat.v4.new_code_cell("%reset -f"), *script.cells]
    nbclient.NotebookClient(whole, timeout=120, kernel_name="python3", coalesce_streams=True).execute()
    if os.environ.get("SYMELBO_GOLDEN") == "write":
        for name, script in scripts.items():
            write(name, script)
    return scripts


def write(name, notebook):
    """Store a notebook without what changes from run to run."""
    notebook.metadata = {
        "kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"},
        "language_info": {"name": "python"},
    }
    count = 0
    for k, cell in enumerate(notebook.cells):
        cell.metadata, cell.id = {}, f"cell-{k}"
        if cell.cell_type == "code":
            count += 1
            cell.execution_count = count
            cell.outputs = [o for o in cell.outputs if o.output_type != "display_data"]
            for output in cell.outputs:
                if output.output_type == "execute_result":
                    output.execution_count = count
                    output.data.pop("image/png", None)
    nbformat.validate(notebook)
    nbformat.write(notebook, FOLDER / f"{name}.ipynb")


def stored(name):
    return nbformat.read(FOLDER / f"{name}.ipynb", as_version=4)


@every_notebook
def test_a_notebook_has_the_cells_of_its_script(name, executed):
    script = jupytext.read(FOLDER / f"{name}.py")
    assert [(c.cell_type, c.source) for c in stored(name).cells] == [(c.cell_type, c.source) for c in script.cells]


@every_notebook
def test_running_it_gives_the_stored_outputs(name, executed):
    for old, new in zip(stored(name).cells, executed[name].cells, strict=True):
        if old.cell_type == "code":
            assert list(shown(old)) == list(shown(new))


def shown(cell):
    """What a cell prints and its value, but not what it is doing."""
    for output in cell.outputs:
        if output.output_type == "stream":
            yield output.text
        elif output.output_type == "execute_result":
            yield output.data["text/plain"]
