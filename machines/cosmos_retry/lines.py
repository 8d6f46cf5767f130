"""Numbered lines of a file or of standard input, plain or compressed, one at a time and bounded in length."""

from __future__ import annotations

import gzip
import io
import os
import sys
import zlib
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import BinaryIO, cast

import attrs

from cosmos_retry.excerpt import one_line

STDIN = "-"
LONGEST_LINE = 16 * 1024 * 1024  # bytes, the line's end included; a line of just this length is read
_SKIP = 64 * 1024  # bytes
_GZIP = b"\x1f\x8b"
_BOM = b"\xef\xbb\xbf"
_FOREIGN = {  # how the files begin that are taken for JSON Lines by mistake
    b"\xff\xfe": "UTF-16 text",
    b"\xfe\xff": "UTF-16 text",
    b"PK\x03\x04": "a zip archive",
    b"PAR1": "a Parquet file",
    b"BZh": "bzip2 data",
    b"\xfd7zXZ\x00": "xz data",
    b"\x28\xb5\x2f\xfd": "zstd data",
}


@attrs.frozen
class Lost:
    """Why a line could not be had."""

    reason: str


def numbered_lines(path: str, longest: int = LONGEST_LINE) -> Iterator[tuple[int, bytes | Lost]]:
    """Yield the lines of a file with their numbers, from 1; `-` is standard input, which stays open.

    Gzip is told by its first bytes, not by the file's name, and a byte order mark is taken away.  A line
    longer than `longest` bytes, its end included, comes as `Lost` and is never held in memory.  So does, as
    the last one, the line at which a file ends too early or cannot be read on; a file that cannot be opened
    is a `Lost` with number 0.  Raises nothing.
    """
    number = 0
    with ExitStack() as files:
        try:
            stream = _open(path, files)
            if isinstance(stream, Lost):
                yield 1, stream
                return
            number = 1
            while line := stream.readline(longest + 1):
                if len(line) > longest:
                    yield number, Lost(f"is longer than the {longest} bytes that a line may have")
                    while not line.endswith(b"\n") and (line := stream.readline(_SKIP)):
                        pass
                else:
                    yield number, line.removeprefix(_BOM) if number == 1 else line
                number += 1
        except EOFError:
            yield number, Lost("the gzip data ends too early")
        except (OSError, ValueError, zlib.error) as error:
            yield number, Lost(_why(error, number))


def _open(path: str, files: ExitStack) -> BinaryIO | Lost:
    """Open a path for reading; what must be closed later is put in `files`."""
    raw: BinaryIO | None
    if path == STDIN:
        if (raw := getattr(sys.stdin, "buffer", None)) is None:
            raise OSError(None, "there is no standard input to read bytes from")
        if not hasattr(raw, "peek"):  # a test's stand-in
            buffered = io.BufferedReader(cast(io.RawIOBase, raw))
            files.callback(buffered.detach)
            raw = buffered
    else:
        raw = files.enter_context(Path(path).open("rb"))  # noqa: SIM115 - `files` closes it
    head = cast(io.BufferedReader, raw).peek(8)
    # A pipe may show one byte only; no JSON begins with the first byte of gzip.
    if head and head[:2] == _GZIP[: len(head)]:
        return cast(BinaryIO, files.enter_context(gzip.GzipFile(fileobj=raw)))
    for magic, name in _FOREIGN.items():
        if head.startswith(magic):
            return Lost(f"the file is {name}; permitted: JSON Lines in UTF-8, plain or compressed with gzip")
    return raw


def _why(error: Exception, number: int) -> str:
    if isinstance(error, (gzip.BadGzipFile, zlib.error)):
        return f"the gzip data is damaged: {one_line(str(error))}"
    if isinstance(error, OSError):
        reason = error.strerror or (os.strerror(error.errno) if error.errno else str(error))
        return f"cannot be {'read on' if number else 'opened'}: {one_line(reason)}"
    return f"cannot be {'read on' if number else 'opened'}: {one_line(str(error))}"
