"""Running: a client through the scenarios, several at a time, whatever happens to it on the way."""

from __future__ import annotations

import queue
from collections.abc import Callable, Iterable

from cosmos_retry.stand.lane import Lane, Run
from cosmos_retry.stand.process import Adapter
from cosmos_retry.stand.record import Made, Played, Record

_END_S = 10.0  # for what runs in the background to end


def run(
    how: Run,
    made: Made,
    scenarios: Iterable[Played],
    each: Callable[[Record], None],
    started: Adapter | None = None,
) -> None:
    """Run the scenarios and hand each record to `each`, one at a time, as they come.

    started: a process of the client that is there already; it is ended like the others.
    Whatever an adapter or a gateway does is in the record.  Raises what `each` raises, and KeyboardInterrupt;
    the processes are ended before that.
    """
    waiting: queue.SimpleQueue[Played] = queue.SimpleQueue()
    for scenario in scenarios:
        waiting.put(scenario)
    done: queue.Queue[Record | BaseException | None] = queue.Queue()
    lanes = [Lane(how, made, waiting, done, None if number else started) for number in range(how.jobs)]
    for lane in lanes:
        lane.start()
    try:
        left = len(lanes)
        while left:
            match done.get():
                case None:
                    left -= 1
                case BaseException() as error:
                    raise error
                case record:
                    each(record)
    finally:
        for lane in lanes:
            lane.stop()
        for lane in lanes:
            lane.join(_END_S)
