"""The atlas: families complete, verdicts those of the engine, runs that survive interruptions."""

import csv
import json
import os
import signal
import subprocess
import sys
import textwrap
import time
from concurrent.futures import ThreadPoolExecutor
from itertools import product

import networkx as nx
import pytest

from symelbo import atlas
from symelbo.atlas.decisions import decide
from symelbo.atlas.families import FAMILIES, hidden_sets, model_file
from symelbo.errors import ModelError
from symelbo.models.files import model_from_text
from symelbo.verification import Proved, is_cylindrical


@pytest.mark.parametrize("family", FAMILIES)
@pytest.mark.parametrize("nodes", [2, 3, 4])
def test_every_model_of_a_family_is_listed_once(family, nodes):
    models = list(FAMILIES[family].models(nodes))
    assert len(models) == len(set(models)) == FAMILIES[family].counts[nodes]


def test_the_classes_of_networks_are_those_of_all_directed_acyclic_graphs():
    def signature(arrows):
        adjacent = {frozenset(a) for a in arrows}
        colliders = {
            (frozenset((a, b)), c)
            for a, c in arrows
            for b, e in arrows
            if c == e and a != b and frozenset((a, b)) not in adjacent
        }
        return frozenset(adjacent), frozenset(colliders)

    pairs = [("a", "b"), ("a", "c"), ("a", "d"), ("b", "c"), ("b", "d"), ("c", "d")]
    classes = {}
    for choice in product((0, 1, 2), repeat=6):
        arrows = [p if c == 1 else p[::-1] for p, c in zip(pairs, choice, strict=True) if c]
        if nx.is_directed_acyclic_graph(nx.DiGraph(arrows)):
            classes[signature(arrows)] = classes.get(signature(arrows), 0) + 1
    assert sum(classes.values()) == 543
    keys = {
        signature([tuple(p.split(">")) for p in ([] if key == "." else key.split())]): key
        for key in FAMILIES["bayesian-network"].models(4)
    }
    assert set(keys) == set(classes)
    # Over graphs instead of classes: 7602 pairs, 5104 of them with a cut.
    found = atlas.run("bayesian-network", 4, jobs=1)
    cylindrical = {}
    for row in found.rows():
        cylindrical[row[0]] = cylindrical.get(row[0], 0) + row[5]
    assert sum(14 * n for n in classes.values()) == 7602
    assert sum(n * cylindrical[keys[s]] for s, n in classes.items()) == 5104


@pytest.mark.parametrize(
    ("family", "nodes", "pairs", "cylindrical"),
    [
        ("bayesian-network", 3, 66, 54),
        ("bayesian-network", 4, 2590, 1448),
        ("graphical", 3, 48, 45),
        ("graphical", 4, 896, 724),
        ("hierarchical", 3, 54, 51),
        ("hierarchical", 4, 1596, 1302),
    ],
)
def test_algebra_and_criterion_agree_on_every_pair(family, nodes, pairs, cylindrical):
    found = atlas.run(family, nodes, jobs=1)
    assert (found.pairs, found.cylindrical, found.mismatches) == (pairs, cylindrical, ())
    proofs = {(row[5], row[7]) for row in found.rows()}
    assert proofs == {(True, "cut"), (False, "minors")}
    assert set(found.data()) == {"family", "nodes", "pairs", "cylindrical", "criterion_mismatches", "seconds"}


@pytest.mark.parametrize(("family", "key"), [("bayesian-network", "a>b a>c"), ("graphical", "a-b a-c b-c")])
def test_verdicts_are_those_of_the_engine(family, key):
    text = model_file(family, key, 3, "a")
    for row in decide([(key, text, hidden_sets(3))]):
        verdict = is_cylindrical(model_from_text(text).hide(*row[1]))
        assert isinstance(verdict, Proved) == row[5] == row[6]


def test_a_pair_on_which_algebra_and_criterion_differ_is_reported_with_its_model_file(monkeypatch):
    from symelbo.atlas import decisions

    monkeypatch.setattr(decisions, "_has_cut", lambda _, hidden: hidden == "a")
    found = atlas.run("graphical", 3, jobs=1)
    assert found.data()["criterion_mismatches"] == 45 - 7 + 1
    kinds = {(m.cylindrical, m.criterion, m.proof) for m in found.mismatches}
    assert kinds == {(True, False, "null-vectors"), (False, True, "minors")}
    wrong = next(m for m in found.mismatches if m.criterion)
    assert str(wrong).startswith("# algebra: not cylindrical (minors); criterion: a cut\n")
    assert not isinstance(is_cylindrical(model_from_text(wrong.model_file)), Proved)


def test_an_interrupted_run_is_continued_and_nothing_is_lost(tmp_path):
    path = tmp_path / "atlas.jsonl"
    whole = atlas.run("graphical", 4, jobs=1)

    def stop(progress):
        if progress.done > 300:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        atlas.run("graphical", 4, jobs=1, path=path, progress=stop)
    before = path.read_bytes()
    with path.open("ab") as file:  # torn in the middle of a line
        file.write(before.splitlines()[-2][:20])
    seen = []
    continued = atlas.run("graphical", 4, jobs=1, path=path, progress=seen.append)
    assert path.read_bytes().startswith(before)
    assert seen[0].done > 300
    assert seen[-1].done == seen[-1].total == 896
    assert seen[-1].seconds_left == 0
    assert continued.data() | {"seconds": 0} == whole.data() | {"seconds": 0}
    assert sorted(continued.rows()) == sorted(whole.rows())
    assert atlas.run("graphical", 4, path=path, progress=seen.append).pairs == 896


def test_a_file_of_another_atlas_is_refused(tmp_path):
    path = tmp_path / "atlas.jsonl"
    atlas.run("graphical", 2, path=path)
    with pytest.raises(ModelError, match="not the file of an atlas of hierarchical on 2 nodes"):
        atlas.run("hierarchical", 2, path=path)
    path.write_text("something else\n")
    with pytest.raises(ModelError, match="not the file of an atlas"):
        atlas.run("graphical", 2, path=path)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("tree", 3), "the family 'tree' is unknown"),
        (("graphical", 1), "from 2 to 6"),
        (("graphical", "3"), "from 2 to 6"),
        (("graphical", 99), "from 2 to 6"),
    ],
)
def test_wrong_families_and_numbers_are_refused(arguments, message):
    with pytest.raises(ModelError, match=message):
        atlas.run(*arguments)


def test_the_table_is_written_as_csv(tmp_path):
    found = atlas.run("hierarchical", 3)
    with found.save(tmp_path / "table.csv").open(newline="") as file:
        header, *rows = csv.reader(file)
    assert header == list(atlas.COLUMNS)
    assert len(rows) == 54
    assert sum(row[5] == "True" for row in rows) == 51


def test_the_table_is_written_as_parquet_with_the_types_of_its_columns(tmp_path):
    pytest.importorskip("pyarrow")
    from pyarrow import parquet

    found = atlas.run("hierarchical", 3)
    table = parquet.read_table(found.save(tmp_path / "table.parquet"))
    assert table.column_names == list(atlas.COLUMNS)
    assert [str(t) for t in table.schema.types] == ["string", "string", *["int64"] * 3, "bool", "bool", "string"]
    rows = list(zip(*(table.column(c).to_pylist() for c in atlas.COLUMNS), strict=True))
    assert sorted(rows) == sorted(map(tuple, found.rows()))


def test_a_table_without_rows_is_written_too(tmp_path):
    found = atlas.run("bayesian-network", 4, jobs=1, budget=0.001)
    assert not found.is_complete
    assert found.pairs == 0
    assert found.save(tmp_path / "table.csv").read_text() == ",".join(atlas.COLUMNS) + "\n"
    pytest.importorskip("pyarrow")
    assert found.save(tmp_path / "table.parquet").exists()


def test_six_nodes_end_with_the_budget_and_are_continued(tmp_path):
    path = tmp_path / "atlas.jsonl"
    counts = [atlas.run("graphical", 6, jobs=1, path=path, budget=2).pairs for _ in range(2)]
    assert counts[0] <= counts[1] < 32768 * 62


def test_any_executor_gives_the_same_result():
    with ThreadPoolExecutor(2) as executor:
        spread = atlas.run("graphical", 4, executor=executor)
    assert sorted(spread.rows()) == sorted(atlas.run("graphical", 4, jobs=1).rows())


def test_what_travels_is_text():
    (task,) = [("a>b", model_file("bayesian-network", "a>b", 2, "a"), ["a", "b"])]
    assert json.loads(json.dumps(task)) == [task[0], task[1], task[2]]
    assert all(isinstance(v, str | int) for row in decide([task]) for v in row)


SCRIPT = """
    import sys
    from symelbo import atlas

    if __name__ == "__main__":
        found = atlas.run("graphical", 4, jobs=2, path=sys.argv[1], progress=lambda p: print(p.done, flush=True))
        print("end", found.pairs, found.cylindrical)
"""


def _children(pid):
    found = []
    for entry in os.listdir("/proc"):
        if entry.isdigit():
            try:
                with open(f"/proc/{entry}/stat") as file:
                    fields = file.read().rpartition(")")[2].split()
                with open(f"/proc/{entry}/cmdline") as file:
                    command = file.read()
            except OSError:
                continue
            if int(fields[1]) == pid:
                found.append((int(entry), command))
    return found


needs_proc = pytest.mark.skipif(not os.path.isdir("/proc/self"), reason="reads /proc")


@needs_proc
def test_a_killed_process_of_the_pool_is_replaced(tmp_path):
    script = tmp_path / "script.py"
    script.write_text(textwrap.dedent(SCRIPT))
    with subprocess.Popen(
        [sys.executable, script, tmp_path / "atlas.jsonl"], stdout=subprocess.PIPE, text=True
    ) as process:
        process.stdout.readline()
        workers = [pid for pid, command in _children(process.pid) if "spawn_main" in command]
        os.kill(workers[0], signal.SIGKILL)
        output = process.stdout.read()
    assert process.returncode == 0
    assert output.splitlines()[-1] == "end 896 724"


@needs_proc
def test_an_interrupt_leaves_no_process_behind_and_keeps_what_is_done(tmp_path):
    script, path = tmp_path / "script.py", tmp_path / "atlas.jsonl"
    script.write_text(textwrap.dedent(SCRIPT))
    with subprocess.Popen(
        [sys.executable, script, path], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
    ) as process:
        process.stdout.readline()
        children = _children(process.pid)
        os.kill(process.pid, signal.SIGINT)
        process.stdout.read()
    assert process.returncode != 0
    assert children
    deadline = time.monotonic() + 30  # a busy machine ends processes late
    while time.monotonic() < deadline and any(os.path.exists(f"/proc/{pid}") for pid, _ in children):
        time.sleep(0.05)
    assert not [c for c in children if os.path.exists(f"/proc/{c[0]}")]
    assert atlas.run("graphical", 4, jobs=1, path=path).cylindrical == 724


def test_a_cluster_that_loses_a_worker_gives_the_same_result(tmp_path):
    distributed = pytest.importorskip("distributed")
    import dask

    quiet = {"distributed.worker.memory.terminate": False, "distributed.admin.log-length": 10}
    with (
        dask.config.set(quiet),
        distributed.LocalCluster(
            n_workers=2,
            threads_per_worker=1,
            processes=True,
            dashboard_address=None,
            silence_logs=50,
            local_directory=str(tmp_path),
        ) as cluster,
        distributed.Client(cluster) as client,
    ):
        pids = list(client.run(os.getpid).values())
        assert len(pids) == 2
        killed = []

        def kill_one(progress):
            if progress.done >= 200 and not killed:
                killed.append(pids[0])
                os.kill(pids[0], signal.SIGKILL)

        found = atlas.run("graphical", 4, executor=client.get_executor(), jobs=1, progress=kill_one)
    assert killed
    assert found.data() | {"seconds": 0} == atlas.run("graphical", 4, jobs=1).data() | {"seconds": 0}
