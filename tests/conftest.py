"""What every test file shares: the Hypothesis profiles.

``ci`` is the default: the same examples at every run, so that a red run is red again. ``deep`` looks for new
ones, and takes minutes: ``make test PYTEST_ARGS=--hypothesis-profile=deep``.
"""

import signal

from hypothesis import HealthCheck, settings

# Tests that are started in the background of a shell ignore Ctrl-C, and so would every program that they
# start and interrupt.
if signal.getsignal(signal.SIGINT) == signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)

# A slow machine is no fault of the contract: no profile judges how long an example takes.
_UNTIMED = settings(deadline=None, print_blob=True, suppress_health_check=[HealthCheck.too_slow])

settings.register_profile("ci", _UNTIMED, derandomize=True, max_examples=100)
settings.register_profile("deep", _UNTIMED, max_examples=5_000)
settings.load_profile("ci")
