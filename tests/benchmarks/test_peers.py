"""The tools of the benchmark do the same work: they agree on small models."""

import pytest

from tests.benchmarks.peers import TOOLS, available, model_of

SMALL = [("naive-bayes", "2"), ("rbm", "2x1"), ("dag", "3")]


@pytest.mark.parametrize(("family", "size"), SMALL)
def test_the_tools_agree(family, size):
    tools = [t for t in TOOLS if available(t) and t != "sympy"]
    assert len({TOOLS[t](model_of(family, size))["cylindrical"] for t in tools}) == 1
