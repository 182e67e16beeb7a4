"""Every proof script holds, run as a person would run it."""

import subprocess
import sys
from pathlib import Path

import pytest

PROOFS = Path(__file__).parent.parent / "proofs"
SCRIPTS = sorted(PROOFS.glob("*.py"))


@pytest.mark.parametrize("script", SCRIPTS, ids=lambda p: p.stem)
def test_the_proof_holds(script: Path) -> None:
    done = subprocess.run([sys.executable, script], capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    assert done.stdout
    assert not done.stderr


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
    assert done.returncode == 0, done.stderr
    assert r"\documentclass" in target.read_text(encoding="utf-8")


def test_every_proof_can_emit_its_derivation() -> None:
    assert all("se.run_proof(main, " in script.read_text(encoding="utf-8") for script in SCRIPTS)
