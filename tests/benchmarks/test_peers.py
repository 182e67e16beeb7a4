"""The tools of the benchmark do the same work: they agree on small models, and nothing of them stays behind."""

import os
import sys
from pathlib import Path

import pytest

from tests.benchmarks.__main__ import START, answer
from tests.benchmarks.peers import TOOLS, available, model_of

SMALL = [("naive-bayes", "2"), ("rbm", "2x1"), ("dag", "3")]


@pytest.mark.parametrize(("family", "size"), SMALL)
def test_the_tools_agree(family, size):
    tools = [t for t in TOOLS if available(t) and t != "sympy"]
    assert len({TOOLS[t](model_of(family, size))["cylindrical"] for t in tools}) == 1


@pytest.mark.skipif(sys.platform != "linux", reason="sessions are read from /proc")
def test_no_process_survives_its_measurement():
    mark = f"marked by {os.getpid()}"
    code = f"import os; {mark!r}; os.fork() or os.setpgid(0, 0)\nwhile True: pass"
    assert answer(["timeit", "-n1", "-r1", code], 0.5 - START).startswith("> ")
    left = [p.parent for p in Path("/proc").glob("[0-9]*/cmdline") if p.exists() and mark.encode() in p.read_bytes()]
    assert not left
