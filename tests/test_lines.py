"""A file is read line by line in every layout, within a bound of memory, and never fails but in words."""

import gzip
import io
import json
import os
import random
import sys
import threading
import tracemalloc
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from cosmos_retry.lines import LONGEST_LINE, Lost, numbered_lines
from cosmos_retry.reading import Unreadable, read_traces
from cosmos_retry.trace import Trace

LINE = json.dumps(
    {
        "id": "good",
        "operation": "point_read",
        "mode": "gateway",
        "consistency": "Session",
        "account": {"regions": ["West US"], "write_regions": ["West US"]},
        "events": [{"t": 0.0, "kind": "attempt"}, {"t": 0.1, "kind": "response", "status": 200}],
    }
).encode()


def with_note(note: str) -> bytes:
    """Return the good line with a note in it."""
    return json.dumps(json.loads(LINE) | {"note": note}).encode()


def with_mark(lines: list[bytes]) -> bytes:
    """Return the lines behind a byte order mark."""
    return b"\xef\xbb\xbf" + b"\n".join(lines) + b"\n"


LAYOUTS: dict[str, Callable[[list[bytes]], bytes]] = {
    "plain": lambda lines: b"\n".join(lines) + b"\n",
    "no last line end": b"\n".join,
    "crlf": lambda lines: b"\r\n".join(lines) + b"\r\n",
    "blank lines": lambda lines: b"\n".join(lines) + b"\n\n  \n\t\r\n",
    "byte order mark": with_mark,
    "gzip": lambda lines: gzip.compress(b"\n".join(lines) + b"\n"),
    "gzip of a mark": lambda lines: gzip.compress(with_mark(lines)),
    "gzip in members": lambda lines: b"".join(gzip.compress(line + b"\n") for line in lines),
}


@pytest.fixture
def on_stdin(monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[bytes], None]]:
    """Give what is put on standard input, by way of a real pipe."""
    opened: list[io.TextIOWrapper] = []

    def put(content: bytes) -> None:
        reader, writer = os.pipe()

        def write() -> None:
            with os.fdopen(writer, "wb") as pipe:
                pipe.write(content)

        threading.Thread(target=write).start()
        opened.append(os.fdopen(reader, "r"))
        monkeypatch.setattr(sys, "stdin", opened[-1])

    yield put
    for stream in opened:
        stream.close()


def read(path: Path, content: bytes, **options: Any) -> list[Trace | Unreadable]:
    """Return what comes out of a file with this content."""
    path.write_bytes(content)
    return list(read_traces([str(path)], **options))


def refusals(found: list[Trace | Unreadable]) -> list[Unreadable]:
    """Return those that are no traces."""
    return [one for one in found if isinstance(one, Unreadable)]


@pytest.mark.parametrize("layout", LAYOUTS)
def test_standard_input_is_read_like_a_file(layout: str, on_stdin: Callable[[bytes], None]) -> None:
    """A pipe on standard input is read in every layout, and stays open afterwards."""
    on_stdin(LAYOUTS[layout]([LINE, b"{}", LINE]))
    first, second, third = read_traces(["-"])
    assert isinstance(first, Trace)
    assert str(second) == "<stdin>:2: id: is missing; needed: text of one character or more"
    assert isinstance(third, Trace)
    assert not sys.stdin.closed


def test_a_stand_in_for_standard_input_is_read(monkeypatch: pytest.MonkeyPatch) -> None:
    """Standard input that is only bytes in memory is read, and stays open afterwards."""
    stand_in = io.TextIOWrapper(io.BytesIO(gzip.compress(LINE)))
    monkeypatch.setattr(sys, "stdin", stand_in)
    (found,) = read_traces(["-"])
    assert isinstance(found, Trace)
    assert not stand_in.buffer.closed


@pytest.mark.parametrize("stdin", [None, io.StringIO("{}")])
def test_no_standard_input_is_one_refusal(stdin: io.StringIO | None, monkeypatch: pytest.MonkeyPatch) -> None:
    """A program that was started without standard input, or with one that has no bytes, says so."""
    monkeypatch.setattr(sys, "stdin", stdin)
    (found,) = read_traces(["-"])
    assert str(found) == "<stdin>:0: cannot be opened: there is no standard input to read bytes from"


def test_the_name_of_a_file_says_nothing_of_its_layout(tmp_path: Path) -> None:
    """A plain file may be called .gz, and a compressed one .jsonl."""
    assert isinstance(read(tmp_path / "plain.gz", LINE)[0], Trace)
    assert isinstance(read(tmp_path / "packed.jsonl", gzip.compress(LINE))[0], Trace)


@pytest.mark.parametrize("content", [b"", b"\n", b"\xef\xbb\xbf", b"\r\n \n", gzip.compress(b"", mtime=0)])
def test_a_file_without_lines_holds_nothing(content: bytes, tmp_path: Path) -> None:
    """An empty file is no fault."""
    assert read(tmp_path / "empty", content) == []


def test_files_that_cannot_be_opened_are_one_refusal_each(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Between files that are missing, directories, forbidden or misnamed, the good ones are read."""
    good, forbidden = tmp_path / "good", tmp_path / "forbidden"
    good.write_bytes(LINE)
    openly = Path.open

    def guarded(path: Path, *args: Any, **options: Any) -> Any:
        if path == forbidden:
            raise PermissionError(13, "Permission denied", str(path))
        return openly(path, *args, **options)

    monkeypatch.setattr(Path, "open", guarded)
    missing, folder = str(tmp_path / "mis\nsing"), str(tmp_path)
    found = list(read_traces([missing, str(good), folder, str(forbidden), "a\0b", "", str(good)]))
    assert [isinstance(one, Trace) for one in found] == [False, True, False, False, False, False, True]
    assert [(one.line, one.field) for one in refusals(found)] == [(0, "")] * 5
    assert list(map(str, refusals(found)))[:4] == [
        f"{tmp_path}/mis\\nsing:0: cannot be opened: No such file or directory",
        f"{tmp_path}:0: cannot be opened: Is a directory",
        f"{forbidden}:0: cannot be opened: Permission denied",
        "a\\x00b:0: cannot be opened: embedded null byte",
    ]


def test_a_file_that_fails_midway_is_refused_at_the_line_reached(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What was read before a disk fails is kept, and the failure is one refusal."""

    class Failing(io.BytesIO):
        def peek(self, size: int = 0) -> bytes:
            return self.getvalue()[:size]

        def readline(self, size: int | None = -1) -> bytes:
            line = super().readline(size)
            if not line:
                raise OSError(5, "Input/output error")
            return line

    monkeypatch.setattr(Path, "open", lambda *_: Failing(LINE + b"\n"))
    first, second = read_traces(["x"])
    assert isinstance(first, Trace)
    assert str(second) == "x:2: cannot be read on: Input/output error"


@pytest.mark.parametrize("cut", [*range(3, 64), *range(64, 400, 7)])
def test_gzip_that_ends_too_early_is_one_refusal(cut: int, tmp_path: Path) -> None:
    """However much of a compressed file is missing, the whole lines are read and the rest is one refusal."""
    lines = [with_note(random.Random(number).randbytes(40).hex()) for number in range(4)]
    packed = gzip.compress(b"\n".join(lines) + b"\n")
    assert cut < len(packed) - 1
    found = read(tmp_path / "cut", packed[:-cut])
    assert all(isinstance(one, Trace) for one in found[:-1])
    assert found[-1] == Unreadable(str(tmp_path / "cut"), len(found), "", "the gzip data ends too early")


@pytest.mark.parametrize("head", range(1, 12))
def test_the_beginning_of_gzip_alone_is_one_refusal(head: int, tmp_path: Path) -> None:
    """A compressed file that was cut off within its header is refused once."""
    (found,) = read(tmp_path / "head", gzip.compress(LINE)[:head])
    assert isinstance(found, Unreadable)
    assert found.line == 1
    assert found.reason.startswith("the gzip data ends" if head > 1 else "the gzip data is damaged")


@pytest.mark.parametrize("offset", range(2, 120, 3))
def test_gzip_with_a_wrong_byte_never_raises(offset: int, tmp_path: Path) -> None:
    """A byte that was altered in a compressed file is refused, or has no bearing on what it holds."""
    packed = bytearray(gzip.compress(LINE + b"\n" + LINE))
    packed[offset] ^= 0x55
    found = read(tmp_path / "damaged", bytes(packed))
    for one in refusals(found):
        assert str(one).isprintable()
    assert found


def test_gzip_followed_by_something_else_is_one_refusal(tmp_path: Path) -> None:
    """What stands behind the compressed data is no line, but what stands in it is."""
    first, second = read(tmp_path / "tail", gzip.compress(LINE + b"\n") + b"tail")
    assert isinstance(first, Trace)
    assert str(second).startswith(f"{tmp_path / 'tail'}:2: the gzip data is damaged: ")


@pytest.mark.parametrize(
    ("content", "name"),
    [
        (LINE.decode().encode("utf-16"), "UTF-16 text"),
        (b"\xfe\xff" + LINE.decode().encode("utf-16-be"), "UTF-16 text"),
        (b"PK\x03\x04" + b"\n" * 99, "a zip archive"),
        (b"PAR1" + b"\n" * 99, "a Parquet file"),
        (b"\x28\xb5\x2f\xfd" + b"\n" * 99, "zstd data"),
        (b"\xfd7zXZ\x00" + b"\n" * 99, "xz data"),
        (b"BZh91" + b"\n" * 99, "bzip2 data"),
    ],
)
def test_a_file_of_another_kind_is_one_refusal(content: bytes, name: str, tmp_path: Path) -> None:
    """A file that is known to be something else is refused once, not once a line."""
    (found,) = read(tmp_path / "other", content)
    assert isinstance(found, Unreadable)
    assert (found.line, found.reason.split(";")[0]) == (1, f"the file is {name}")


@pytest.mark.parametrize("layout", LAYOUTS)
@pytest.mark.parametrize("place", range(3))
def test_a_line_beyond_the_limit_is_one_refusal(place: int, layout: str, tmp_path: Path) -> None:
    """A line that is too long is skipped wherever it stands, and the lines after it are read."""
    longest = len(LINE) + 2
    lines = [LINE, LINE, LINE]
    lines[place] = with_note("x" * 200_000)
    found = read(tmp_path / "long", LAYOUTS[layout](lines), longest=longest + 3)
    assert [isinstance(one, Trace) for one in found] == [number != place for number in range(3)]
    (refusal,) = refusals(found)
    assert (refusal.line, refusal.field) == (place + 1, "")
    assert refusal.reason == f"is longer than the {longest + 3} bytes that a line may have"


def test_the_limit_of_a_line_counts_its_end(tmp_path: Path) -> None:
    """A line of exactly the limit, its end included, is read; one byte more is not."""
    path = tmp_path / "limit"
    path.write_bytes(b"1234567\n12345678\n12345678")
    read_with_8 = list(numbered_lines(str(path), 8))
    assert read_with_8[0] == (1, b"1234567\n")
    assert isinstance(read_with_8[1][1], Lost)
    assert read_with_8[2] == (3, b"12345678")


@pytest.mark.parametrize("packed", [False, True])
def test_memory_does_not_grow_with_a_line(packed: bool, tmp_path: Path) -> None:
    """A line of 64 MiB, packed or not, is refused in a fraction of its size, and the next one is read."""
    path, size = tmp_path / "huge", 64 * 1024 * 1024
    with gzip.open(path, "wb", compresslevel=1) if packed else path.open("wb") as file:
        for _ in range(64):
            file.write(b" " * (size // 64))
        file.write(b"\n" + LINE + b"\n")
    tracemalloc.start()
    try:
        first, second = read_traces([str(path)], longest=64 * 1024)
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert str(first) == f"{path}:1: is longer than the 65536 bytes that a line may have"
    assert isinstance(second, Trace)
    assert peak < 2 * 1024 * 1024


@pytest.mark.parametrize("packed", [False, True])
def test_memory_does_not_grow_with_a_file(packed: bool, tmp_path: Path) -> None:
    """Ten times the lines need no more memory."""
    peaks = []
    for lines in (500, 5_000):
        content = (LINE + b"\n{}\n") * lines
        path = tmp_path / str(lines)
        path.write_bytes(gzip.compress(content, 1) if packed else content)
        tracemalloc.start()
        try:
            assert sum(isinstance(one, Trace) for one in read_traces([str(path)])) == lines
            peaks.append(tracemalloc.get_traced_memory()[1])
        finally:
            tracemalloc.stop()
    assert peaks[1] < peaks[0] + 100_000


def test_the_usual_limit_of_a_line_is_16_mib() -> None:
    """A line may have 16 MiB unless the caller says otherwise."""
    assert LONGEST_LINE == 16 * 1024 * 1024


def test_a_file_is_read_no_further_than_it_is_asked_for(tmp_path: Path) -> None:
    """A reader that stops early leaves no file open."""
    path = tmp_path / "many"
    path.write_bytes((LINE + b"\n") * 10)
    traces = read_traces([str(path), "missing"])
    assert isinstance(next(traces), Trace)
    traces.close()  # type: ignore[attr-defined]
    assert list(traces) == []
