"""How hard Hypothesis looks."""

from hypothesis import HealthCheck, settings

settings.register_profile(
    "baton",
    deadline=None,  # a loaded machine is no failure
    # A shared database is wanted: each example takes a workspace of its own in it.
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
    print_blob=True,
)
settings.load_profile("baton")
