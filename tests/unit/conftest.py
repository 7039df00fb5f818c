"""How thoroughly Hypothesis tests."""

from hypothesis import HealthCheck, settings

settings.register_profile(
    "baton",
    deadline=None,  # a slow machine is no failure
    # Examples may share a database, because each has its own workspace in it.
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
    print_blob=True,
)
settings.load_profile("baton")
