"""Every proof script holds; one of them is run as a person would run it, the others in this process."""

import runpy
import subprocess
import sys
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

from symelbo.derivation import script as scripts

PROOFS = Path(__file__).parent.parent / "proofs"
SCRIPTS = sorted(PROOFS.glob("*.py"))


@pytest.fixture(scope="module", autouse=True)
def families() -> Iterator[None]:
    """All scripts decide their statement on the same models."""
    with pytest.MonkeyPatch.context() as patch:
        for name in ("exhibits", "continuous_exhibits"):
            patch.setattr(scripts, name, cache(getattr(scripts, name)))
        yield


@pytest.mark.parametrize("script", SCRIPTS, ids=lambda p: p.stem)
def test_the_proof_holds(script: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setattr(sys, "argv", [str(script)])
    with pytest.raises(SystemExit) as ended:
        runpy.run_path(str(script), run_name="__main__")
    printed = capsys.readouterr()
    assert ended.value.code == 0, printed
    assert printed.out
    assert not printed.err


def test_there_is_a_script_for_every_statement_and_both_models() -> None:
    names = {p.stem for p in SCRIPTS}
    assert {n[:3] for n in names if n[0] == "s"} >= {f"s{k:02d}" for k in range(1, 13)}
    assert {"model_a", "model_b"} <= names


@pytest.mark.parametrize("script", SCRIPTS, ids=lambda p: p.stem)
def test_the_proof_is_short(script: Path) -> None:
    assert len(script.read_text(encoding="utf-8").splitlines()) <= 80


def test_a_proof_writes_its_derivation_where_that_is_asked_for(tmp_path: Path) -> None:
    target = tmp_path / "s03.tex"
    command = [sys.executable, PROOFS / "s03_cylindrical.py", "-o", target]
    done = subprocess.run(command, capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    assert done.stdout
    assert not done.stderr
    assert r"\documentclass" in target.read_text(encoding="utf-8")


def test_every_proof_can_emit_its_derivation() -> None:
    assert all("se.run_proof(main, " in script.read_text(encoding="utf-8") for script in SCRIPTS)
