"""The table of faults in README.md: a command ends with one line and no half-written file, whatever happens."""

import os
import re
import resource
import signal
import subprocess
import sys
import time
from contextlib import contextmanager
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

import symelbo as se
from symelbo.cli import main
from symelbo.errors import ModelError
from symelbo.writing import unfinished, whole
from tests.model_files import MODEL_B, MODELS

on_linux = pytest.mark.skipif(not sys.platform.startswith("linux"), reason="/proc and /dev/full are those of Linux")
START = "x=1/2,y1=1/2,y2=1/2,z1=1/2,z2=1/3"


def run(*arguments: object) -> Result:
    return CliRunner().invoke(main, [str(a) for a in arguments], catch_exceptions=False)


def shell(arguments: object, around: str = "", before: str = "") -> subprocess.CompletedProcess[str]:
    command = f"{before} {sys.executable} -m symelbo {arguments} {around}"
    return subprocess.run(["bash", "-c", command], capture_output=True, text=True, check=False)


@pytest.fixture
def model_b(tmp_path: Path) -> Path:
    path = tmp_path / "b.toml"
    path.write_text(MODEL_B, encoding="utf-8")
    return path


@contextmanager
def full_disk():
    """No file gets longer: as on a disk that is full, but for the name of the error."""
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, limits[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)


WRITING = {
    "certificate": ("verify", "MODEL", "--certificate", "FILE.json"),
    "coq": ("verify", "MODEL", "--coq", "FILE.v"),
    "derivation": ("derive", "MODEL", "-o", "FILE.tex"),
    "table": ("atlas", "hierarchical", "--nodes", "2", "--table", "FILE.csv"),
    "journal": ("atlas", "hierarchical", "--nodes", "2", "--resume", "FILE.jsonl"),
    "curves": ("flow", "MODEL", "--q", "uniform", "--start", START, "-o", "FOLDER"),
}


@pytest.mark.parametrize("case", WRITING)
def test_a_full_disk_leaves_what_was_there(case: str, tmp_path: Path, model_b: Path) -> None:
    if case == "curves":
        pytest.importorskip("matplotlib")
    folder = tmp_path / "folder"
    folder.mkdir()
    names = {"MODEL": str(model_b), "FOLDER": str(folder)}
    arguments = [names.get(a, a.replace("FILE", f"{folder}/file")) for a in WRITING[case]]
    (old,) = [Path(a) for a in arguments if a.startswith(f"{folder}/")] or [folder / "flow.png"]
    if case != "journal":
        old.write_text("old")
    with full_disk():
        result = run(*arguments)
    assert (result.exit_code, len(result.stderr.splitlines())) == (2, 1)
    assert " cannot be written: File too large" in result.stderr
    left = {p: p.read_text() for p in folder.iterdir()}
    assert left in ({old: "" if case == "journal" else "old"}, {folder / "flow.png": "old"})


def test_what_is_not_written_to_the_end_is_not_there(tmp_path: Path) -> None:
    target, link = tmp_path / "a.txt", tmp_path / "b.txt"
    link.symlink_to(target)

    def interrupted() -> None:
        with whole(link) as place:
            place.write_text("half")
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        interrupted()
    assert list(tmp_path.iterdir()) == [link]
    with whole(link) as place:
        place.write_text("all")
        assert not target.exists()
        assert unfinished == {place}
    assert (link.is_symlink(), target.read_text(), len(list(tmp_path.iterdir()))) == (True, "all", 2)
    assert not unfinished
    target.chmod(0o640)
    with whole(target) as place:
        place.write_text("more")
    assert (target.read_text(), target.stat().st_mode & 0o777) == ("more", 0o640)
    with whole(Path(os.devnull)) as place:
        place.write_text("nothing")
    assert Path(os.devnull).is_char_device()


def test_a_folder_that_is_none_or_read_only_or_gone_is_named(tmp_path: Path, model_b: Path, monkeypatch) -> None:
    closed, gone = tmp_path / "closed", tmp_path / "gone"
    closed.mkdir(mode=0o500)
    (closed / "c.json").touch(mode=0o400)
    gone.mkdir()
    monkeypatch.chdir(gone)
    gone.rmdir()
    places = [(model_b / "c.json", f"{model_b} is no folder"), (Path("c.json"), "No such file or directory")]
    if not os.access(closed, os.W_OK):  # who may do everything is not stopped by it
        places += [(closed / "c.json", "Permission denied"), (closed / "d.json", "Permission denied")]
    for path, reason in places:
        result = run("verify", model_b, "--certificate", path)
        assert (result.exit_code, result.stderr) == (2, f"error: {path} cannot be written: {reason}\n")
    assert run("verify", "b.toml").exit_code == 2
    with pytest.raises(ModelError, match="is no folder"):
        se.derive(se.model_a(), "S4").save(model_b / "a.txt")


def test_a_certificate_is_not_left_beside_the_scope_of_an_older_one(tmp_path: Path, model_b: Path) -> None:
    path, scope = tmp_path / "c.json", tmp_path / "c-scope.json"
    run("verify", model_b, "--certificate", path)
    assert scope.exists()
    run("verify", MODELS / "m_a.toml", "--certificate", path)
    assert path.exists()
    assert not scope.exists()


@pytest.mark.parametrize("closed", ["<&- 2>&-", ">&-"])
def test_closed_streams_and_no_home_are_no_error(tmp_path: Path, model_b: Path, closed: str) -> None:
    path = tmp_path / "c.json"
    done = shell(f"verify {model_b} --budget 1e300 --certificate {path}", closed, "env -u HOME")
    assert (done.returncode, done.stderr) == (0, "")
    assert "S12" in done.stdout or closed == ">&-"
    assert se.checker.check(path.read_text().rstrip()).accepted


@on_linux
def test_an_output_without_space_is_wrong_input_and_one_without_reader_has_a_code(model_b: Path) -> None:
    done = shell(f"explain {model_b}", "> /dev/full")
    assert (done.returncode, done.stderr) == (2, "error: No space left on device\n")
    assert shell("verify absent", "2> /dev/full; echo $?").stdout == "2\n"
    assert shell("prove --help", "| true; echo ${PIPESTATUS[0]}").stdout in ("0\n", "141\n")
    checker = f"{sys.executable} -I {se.checker.__file__} {Path(__file__).parent}/certificates/accept/a-S3.json"
    done = subprocess.run(f"{checker} > /dev/full", shell=True, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (2, "the output cannot be written: No space left on device\n")


def test_what_a_terminal_cannot_show_is_no_error(model_b: Path) -> None:
    done = shell(f"explain {model_b}", "> /dev/null", "PYTHONIOENCODING=latin-1")
    assert (done.returncode, done.stderr) == (0, "")


def test_an_error_of_the_program_is_one_line_with_a_code_of_its_own(model_b: Path, monkeypatch) -> None:
    monkeypatch.setattr("symelbo.verification.report.report_data", lambda *_, **__: {}["missing"])
    result = run("verify", model_b, "--json")
    assert result.exit_code == 70
    assert "internal error, please report it: KeyError: 'missing'" in result.stderr
    assert "Traceback" not in result.output


def _children(pid: int) -> list[int]:
    tasks = Path(f"/proc/{pid}/task").iterdir()
    return [int(child) for task in tasks for child in (task / "children").read_text().split()]


@on_linux
@pytest.mark.parametrize(
    ("command", "fatal"),
    [
        ("prove --budget 600", signal.SIGTERM),
        ("atlas hierarchical --nodes 5 --jobs 1 --budget 600", signal.SIGKILL),
    ],
)
def test_who_is_ended_leaves_no_process(command: str, fatal: int) -> None:
    arguments = [sys.executable, "-m", "symelbo", *command.split()]
    with subprocess.Popen(arguments, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as process:
        while not (children := _children(process.pid)):
            time.sleep(0.02)
        process.send_signal(fatal)
        assert process.wait() == -fatal
    for _ in range(3000):  # a busy machine ends processes late
        if not any(os.path.exists(f"/proc/{child}") for child in children):
            return
        time.sleep(0.02)
    pytest.fail(f"one of the processes {children} is still there")


def test_a_budget_ends_at_start_up_too(model_b: Path) -> None:
    done = shell(f"verify {model_b} --budget 0.01")
    assert done.returncode == 3
    assert done.stderr == "undecided: the budget of 0.01 s ended before anything was computed\n"


def test_the_table_of_faults_names_these_tests() -> None:
    page = (Path(__file__).parent / "README.md").read_text(encoding="utf-8")
    named = set(re.findall(r"`(test_\w+)`", page))
    own = {name for name in globals() if name.startswith("test_")} - {"test_the_table_of_faults_names_these_tests"}
    assert own <= named
