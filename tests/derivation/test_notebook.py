"""The worked notebook: its text is that of the script, and running it gives the outputs that are stored.

Run with SYMELBO_GOLDEN=write to execute and store it anew.
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


@pytest.fixture(scope="module")
def executed():
    notebook = jupytext.read(FOLDER / "first_session.py")
    nbclient.NotebookClient(notebook, timeout=120, kernel_name="python3").execute()
    if os.environ.get("SYMELBO_GOLDEN") == "write":
        write(notebook)
    return notebook


def write(notebook):
    """Store the notebook without what changes from run to run."""
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
            for output in cell.outputs:
                if output.output_type == "execute_result":
                    output.execution_count = count
                    output.data.pop("image/png", None)
    nbformat.validate(notebook)
    nbformat.write(notebook, FOLDER / "first_session.ipynb")


@pytest.fixture(scope="module")
def stored(executed):
    return nbformat.read(FOLDER / "first_session.ipynb", as_version=4)


def test_the_notebook_has_the_cells_of_the_script(stored):
    script = jupytext.read(FOLDER / "first_session.py")
    assert [(c.cell_type, c.source) for c in stored.cells] == [(c.cell_type, c.source) for c in script.cells]


def test_running_it_gives_the_stored_outputs(stored, executed):
    for old, new in zip(stored.cells, executed.cells, strict=True):
        if old.cell_type == "code":
            assert [shown(o) for o in old.outputs] == [shown(o) for o in new.outputs]


def shown(output):
    if output.output_type == "stream":
        return output.text
    return output.data["text/plain"]
