"""Whether there is a Coq, and a mathcomp for it."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest


def has_mathcomp() -> bool:
    """Whether coqc finds the libraries that the theory is built on."""
    if shutil.which("coqc") is None:
        return False
    where = subprocess.run(["coqc", "-where"], capture_output=True, text=True, check=True).stdout.strip()
    parts = ("mathcomp/algebra/mxalgebra.vo", "mathcomp/algebra_tactics/ring.vo")
    return all((Path(where, "user-contrib") / part).exists() for part in parts)


needs_mathcomp = pytest.mark.skipif(
    not has_mathcomp(),
    reason="coq or mathcomp is missing (Debian: apt install libcoq-mathcomp-algebra libcoq-mathcomp-algebra-tactics)",
)
needs_coqc = pytest.mark.skipif(shutil.which("coqc") is None, reason="coqc is not installed (Debian: apt install coq)")
