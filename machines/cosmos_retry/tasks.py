"""The tasks: independent work done by as many processes as there are cores."""

from __future__ import annotations

import multiprocessing
import os
from collections.abc import Callable, Iterator, Sequence
from itertools import starmap
from typing import Any

Task = tuple[Callable[..., Any], tuple[Any, ...]]
_WORK: list[Task] = []


def run_tasks(tasks: Sequence[Task], jobs: int | None = None) -> Iterator[Any]:
    """Yield the results of tasks, in their order, worked out by several processes where that is possible.

    The tasks are handed over by forking, because a contract is slow to pack; where there is no fork, they are
    worked out here, one after the other.
    """
    count = jobs or os.cpu_count() or 1
    if count == 1 or "fork" not in multiprocessing.get_all_start_methods():
        yield from starmap(_work, tasks)
        return
    _WORK[:] = tasks
    try:
        with multiprocessing.get_context("fork").Pool(count) as pool:
            yield from pool.imap(_numbered, range(len(tasks)))
    finally:
        _WORK.clear()


def _numbered(number: int) -> Any:
    return _work(*_WORK[number])


def _work(function: Callable[..., Any], arguments: tuple[Any, ...]) -> Any:
    return function(*arguments)
