"""The store: `records.jsonl`, one record a line, appended as trials end, usable whatever ends the run."""

from __future__ import annotations

import errno
import os
from collections.abc import Callable
from pathlib import Path
from types import TracebackType
from typing import Self

import msgspec

from cosmos_retry.excerpt import one_line
from cosmos_retry.stand.record import Record

try:
    import fcntl
except ModuleNotFoundError:  # Windows: there two stands may do the same work twice
    fcntl = None  # type: ignore[assignment]

NAME = "records.jsonl"
_DECODER = msgspec.json.Decoder(Record)


def read_records(path: Path, note: Callable[[str], None] | None = None) -> dict[str, Record]:
    """Return the records of a file by the ids of their scenarios, in the order of their first appearance.

    Of several records of one scenario the last one holds: a trial that was worth nothing was held again.
    A line that is no record, such as one that was torn, is left out, and `note` is told so in one line.
    A file that is not there holds none.  Raises OSError.
    """
    found: dict[str, Record] = {}
    try:
        lines = path.read_bytes().split(b"\n")
    except FileNotFoundError:
        return found
    for number, line in enumerate(lines, start=1):
        if not line.strip():
            continue
        try:
            record = _DECODER.decode(line)
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
            if note is not None:
                torn = number == len(lines)
                what = "the last line was torn off" if torn else one_line(str(error))
                note(f"{path}:{number}: left out: {what}")
            continue
        found[record.scenario.id] = record
    return found


class Store:
    """A file of records to append to.  A last line without its end is cut off first."""

    def __init__(self, path: Path) -> None:
        """Open the file, for this process alone.  Raises OSError, too where another one writes to it."""
        path.parent.mkdir(parents=True, exist_ok=True)
        self._path, self._file = path, path.open("ab")
        if fcntl is not None:
            try:
                fcntl.flock(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                self._file.close()
                raise OSError(errno.EBUSY, "another stand is writing to it", str(path)) from None
        _cut_off_torn_line(path)

    def add(self, record: Record) -> None:
        """Append a record; it is on its way to the disk when this returns.  Raises OSError."""
        try:
            self._file.write(msgspec.json.encode(record) + b"\n")
            self._file.flush()
        except OSError as error:
            error.filename = str(self._path)
            raise

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._file.close()


def _cut_off_torn_line(path: Path) -> None:
    with path.open("rb+") as file:
        content = file.read()
        if content and not content.endswith(b"\n"):
            file.truncate(content.rfind(b"\n") + 1)
            os.fsync(file.fileno())
