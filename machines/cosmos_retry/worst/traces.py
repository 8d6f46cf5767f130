"""The traces: a witness written down as an operation that the oracle can judge."""

from __future__ import annotations

from cosmos_retry.config import Config
from cosmos_retry.trace import Account, Client, Throttling, Trace
from cosmos_retry.units import US_PER_SECOND
from cosmos_retry.worst.results import Reached


def trace_of(name: str, config: Config, reached: Reached) -> Trace:
    """Return the trace of a witness under a name; `config` is the one that the worst cases were asked for."""
    wait, timeout = config.throttle_max_wait_us, config.request_timeout_us
    return Trace(
        id=name,
        operation=config.operation,  # type: ignore[arg-type]
        mode=config.mode,  # type: ignore[arg-type]
        consistency=config.requested,  # type: ignore[arg-type]
        account=Account(
            regions=list(config.regions),
            write_regions=list(config.write_regions),
            consistency=config.consistency,  # type: ignore[arg-type]
        ),
        client=Client(
            preferred_locations=list(config.preferred),
            use_multiple_write_locations=config.use_multiple_write_locations,
            request_timeout_s=None if timeout is None else timeout / US_PER_SECOND,
            throttling=Throttling(
                max_retries=config.throttle_max_retries,
                max_wait_s=None if wait is None else wait / US_PER_SECOND,
            ),
        ),
        events=list(reached.events),
    )
