"""The rule: one permitted row as a search looks at it, without its times."""

from __future__ import annotations

import attrs

from cosmos_retry.config import Config
from cosmos_retry.contract import Row
from cosmos_retry.features import Measure
from cosmos_retry.memory import Memory, Seen
from cosmos_retry.vocabulary import Instant

PERMITTED = "permitted"
ANY_STATUS = 400  # stands for any other status that was received
HEARD_FOR_ITSELF = (503, 408, None)  # what an error may say beside the status that was received
Test = tuple[str, Measure, frozenset[str]]  # a feature, how it is measured, and the values that hold


@attrs.frozen
class Rule:
    """A permitted row, with the guards that the configuration leaves open.

    `features` are all that its guards look at, settled or not; `counts` is the policy whose retries it
    counts.
    """

    row: Row
    tests: tuple[Test, ...]
    features: frozenset[str]
    bounds: tuple[tuple[str, Instant], ...]
    counts: str | None

    def holds(self, config: Config, memory: Memory, seen: Seen) -> bool:
        """Whether all guards hold for an event; the time bounds are not looked at."""
        return all(measure(config, memory, seen) in allowed for _, measure, allowed in self.tests)


def as_heard(received: int | None) -> int | None:
    """Return the status that stands for one that was received, where rows tell them apart no further."""
    return received if received in HEARD_FOR_ITSELF else ANY_STATUS
