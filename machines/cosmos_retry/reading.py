"""Reading: JSON Lines in, traces out, and for each line that is no trace one line that says where and why."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import attrs
import msgspec

from cosmos_retry.excerpt import one_line
from cosmos_retry.explain import explain
from cosmos_retry.holes.declared import EXACT, Holes
from cosmos_retry.lines import LONGEST_LINE, STDIN, Lost, numbered_lines
from cosmos_retry.repeats import repeated_key
from cosmos_retry.trace import Trace
from cosmos_retry.wellformed import Fault, check

_DECODER = msgspec.json.Decoder(Trace)


@attrs.frozen
class Unreadable:
    """A line that is no trace: where it is, and the reason.

    `line` counts from 1, and 0 is the file itself; `field` is a JSON path, and "" is the whole line.
    """

    file: str
    line: int
    field: str
    reason: str

    def __str__(self) -> str:
        """One printable line: `file:line: field: reason`."""
        field = f"{self.field}: " if self.field else ""
        return one_line(f"{self.file}:{self.line}: {field}{self.reason}")


def read_traces(
    paths: Iterable[str], longest: int = LONGEST_LINE, holes: Holes = EXACT
) -> Iterator[Trace | Unreadable]:
    """Yield one trace, or one Unreadable, for each line of each file in turn that is not blank.

    A file is JSON Lines in UTF-8, plain or compressed with gzip; `-` is standard input, reported as <stdin>.
    The memory needed does not grow with a file; a line of more than `longest` bytes (its end included) is
    not read.  A fault in one line, or in one file, leaves the others untouched, apart from JSON that is
    spread over many lines: that is reported once and the rest of its file is skipped.  `holes` widens what
    the traces declare about themselves.  Raises nothing.
    """
    for path in paths:
        yield from _read_file(path, longest, holes)


def read_trace(line: bytes, holes: Holes = EXACT) -> Trace | Fault:
    """Return the trace that one line holds, checked, or the first thing that is wrong with it.

    An object that names a key twice is refused.  Raises nothing.
    """
    try:
        trace = _DECODER.decode(line)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        return explain(line, error)
    return repeated_key(line, trace) or check(trace, holes) or trace


def _read_file(path: str, longest: int, holes: Holes) -> Iterator[Trace | Unreadable]:
    name = "<stdin>" if path == STDIN else path
    first = True
    for number, line in numbered_lines(path, longest):
        if isinstance(line, Lost):
            yield Unreadable(name, number, "", line.reason)
            continue
        if line.isspace() or not line:
            continue
        if first and (layout := _spread(line)):
            yield Unreadable(name, number, "", layout)
            return
        first = False
        found = read_trace(line, holes)
        yield Unreadable(name, number, found.field, found.reason) if isinstance(found, Fault) else found


def _spread(line: bytes) -> str | None:
    """Say that a file's first line opens JSON which goes on below, or None."""
    text = line.strip()
    if text.startswith(b"[") and not text.endswith(b"]"):
        return "a JSON array begins; permitted: JSON Lines, one object on each line (the rest is not read)"
    if text == b"{":
        return "an object begins and goes on below; permitted: JSON Lines, one whole object on each line"
    return None
