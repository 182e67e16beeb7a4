"""Property tests are derandomised: the same examples in every run, on every machine."""

from hypothesis import HealthCheck, settings

settings.register_profile(
    "symelbo", derandomize=True, deadline=None, max_examples=40, suppress_health_check=[HealthCheck.too_slow]
)
settings.load_profile("symelbo")
