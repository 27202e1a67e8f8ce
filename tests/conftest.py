"""`pytest --hypothesis-profile=long tests/unit/pools/test_machine.py` looks further than every run can."""

from hypothesis import HealthCheck, settings

# How fast the machine is says nothing about the code.
settings.register_profile("unhurried", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.register_profile(
    "long", settings.get_profile("unhurried"), max_examples=3000, stateful_step_count=80
)
settings.register_profile("quick", settings.get_profile("unhurried"), max_examples=10)
settings.load_profile("unhurried")
