"""The beginning: what a program is told of a vector before its client's first move."""

from __future__ import annotations

from cosmos_retry.harness.endings import OPERATION, step_of
from cosmos_retry.harness.messages import Begin
from cosmos_retry.trace import Step
from cosmos_retry.vectors.vector import Reply, Vector


def beginning(vector: Vector) -> Begin:
    """Return the configuration of a vector, with the metadata calls that its own run makes first."""
    needs: dict[Step, None] = {}
    for ending in sorted(vector.endings, key=lambda one: one.attempt):
        if step_of(ending) == OPERATION or ending.step is None:
            break
        needs[ending.step] = None
    return Begin(
        id=vector.id,
        operation=vector.operation,
        mode=vector.mode,
        consistency=vector.consistency,
        account=vector.account,
        client=vector.client,
        needs=list(needs),
        pages=_pages(vector) if vector.config.lifecycle == "query" else 1,
    )


def _pages(vector: Vector) -> int:
    """How many pages meet all that the vector tells: each that succeeds, and one after them that does not."""
    own = sorted((one for one in vector.endings if step_of(one) == OPERATION), key=lambda one: one.attempt)
    good = [isinstance(one, Reply) and (200 <= one.status < 300 or one.status == 304) for one in own]
    return sum(good) + (not good or not good[-1])
