"""`pytest --hypothesis-profile=long tests/unit/pools/test_machine.py` looks further than every run can."""

import os
import signal

from hypothesis import HealthCheck, settings

# How fast the machine is says nothing about the code.
settings.register_profile("unhurried", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.register_profile(
    "long", settings.get_profile("unhurried"), max_examples=3000, stateful_step_count=80
)
settings.register_profile("quick", settings.get_profile("unhurried"), max_examples=10)
settings.load_profile("unhurried")

# Each of several processes computes with its share of the processors. Numerical libraries read this when
# they are first imported, here and in the processes that tests start. What the caller has set stays.
PROCESSES = int(os.environ.get("PYTEST_XDIST_WORKER_COUNT", "1"))
if PROCESSES > 1:
    SHARE = str(max(1, (os.cpu_count() or 1) // PROCESSES))
    for name in (
        "OMP_NUM_THREADS",
        "OPENBLAS_NUM_THREADS",
        "TF_NUM_INTRAOP_THREADS",
        "TF_NUM_INTEROP_THREADS",
    ):
        os.environ.setdefault(name, SHARE)

# What a shell starts in the background ignores interrupts. Processes that tests start and interrupt must not.
if signal.getsignal(signal.SIGINT) == signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)
