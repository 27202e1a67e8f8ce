"""`pytest --hypothesis-profile=long tests/unit/sampling/test_machine.py` looks further than every run can."""

from hypothesis import settings

settings.register_profile("long", max_examples=3000, stateful_step_count=80, deadline=None)
