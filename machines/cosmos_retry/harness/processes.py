"""Processes: a function called in several of them at once, none of which is left behind."""

from __future__ import annotations

import signal
import sys
from collections.abc import Callable, Sequence
from multiprocessing import Pipe, Process
from multiprocessing.connection import Connection
from typing import Any, NoReturn, TypeVar

T = TypeVar("T")


def in_processes(
    function: Callable[..., T], calls: Sequence[tuple[Any, ...]], known: type[Exception]
) -> list[T]:
    """Return what the calls come to, each made in a process of its own.

    Raises the first `known` exception that one of them raises; the others are ended then, as they are when
    this process is interrupted.  Raises `known`, too, where a process dies.
    """
    started: list[tuple[Process, Connection]] = []
    try:
        for arguments in calls:
            mine, theirs = Pipe(duplex=False)
            process = Process(target=_call, args=(theirs, function, arguments, known))
            process.start()
            theirs.close()
            started.append((process, mine))
        return [_result(mine, known) for _, mine in started]
    finally:
        for process, mine in started:
            mine.close()
            process.terminate()
        for process, _ in started:
            process.join()


def _result(mine: Connection, known: type[Exception]) -> Any:
    try:
        good, found = mine.recv()
    except EOFError:
        raise known("a process of this command has died") from None
    if not good:
        raise known(found)
    return found


def _call(
    theirs: Connection, function: Callable[..., T], arguments: tuple[Any, ...], known: type[Exception]
) -> None:
    # Ctrl-C is for the first process to take; an end from there is taken once, and stops what was started.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, _end)
    try:
        theirs.send((True, function(*arguments)))
    except known as error:
        theirs.send((False, str(error)))
    except BrokenPipeError:  # nobody wants to know any more
        sys.exit(1)


def _end(*_: object) -> NoReturn:
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    sys.exit(1)
