"""Property tests are derandomised: the same examples in every run, on every machine."""

import os
from collections.abc import Callable, Iterator
from dataclasses import fields
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

from symelbo.budget import LIMITS

settings.register_profile(
    "symelbo", derandomize=True, deadline=None, max_examples=40, suppress_health_check=[HealthCheck.too_slow]
)
settings.load_profile("symelbo")


@pytest.fixture(scope="session")
def compiled_theory(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of the theory in Coq, compiled once for all processes of a run."""
    import fcntl

    from symelbo.certificates.coq import compile_theory

    run = os.environ.get("PYTEST_XDIST_TESTRUNUID")
    folder = tmp_path_factory.getbasetemp().parent / f"theory-{run}" if run else tmp_path_factory.mktemp("theory")
    folder.mkdir(exist_ok=True)
    with (folder / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not (folder / "compiled").exists():
            compile_theory(folder)
            (folder / "compiled").touch()
    return folder


@pytest.fixture
def limits() -> Iterator[Callable[..., None]]:
    """Other limits for one test: ``limits(locus_work=0)``."""
    kept = {f.name: getattr(LIMITS, f.name) for f in fields(LIMITS)}

    def change(**values: int) -> None:
        for name, value in values.items():
            object.__setattr__(LIMITS, name, value)

    yield change
    change(**kept)
