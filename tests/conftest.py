"""Property tests are derandomised: the same examples in every run, on every machine."""

from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

settings.register_profile(
    "symelbo", derandomize=True, deadline=None, max_examples=40, suppress_health_check=[HealthCheck.too_slow]
)
settings.load_profile("symelbo")


@pytest.fixture(scope="session")
def compiled_theory(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of the theory in Coq, compiled."""
    from symelbo.certificates.coq import compile_theory

    folder = tmp_path_factory.mktemp("theory")
    compile_theory(folder)
    return folder
