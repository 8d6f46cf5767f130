"""Whatever a file holds, each of its lines comes out as one trace or as one line that says what is wrong."""

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

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cosmos_retry.lines import LONGEST_LINE, Lost, numbered_lines
from cosmos_retry.reading import Unreadable, read_trace, read_traces
from cosmos_retry.trace import Trace, schema
from cosmos_retry.wellformed import Fault

ROOT = Path(__file__).resolve().parents[1]
RECORDED = (ROOT / "tests/data/recorded/real-clients.jsonl").read_bytes().splitlines()

GOOD: dict[str, Any] = {
    "id": "good",
    "operation": "create",
    "mode": "direct",
    "consistency": "Session",
    "account": {"regions": ["West US", "East US"], "write_regions": ["West US"]},
    "client": {"preferred_locations": ["West US"], "throttling": {"max_retries": 9}},
    "events": [
        {"t": 0.0, "kind": "attempt", "region": "West US"},
        {"t": 0.1, "kind": "response", "status": 429, "retry_after_ms": 10},
        {"t": 0.2, "kind": "attempt", "region": "West US"},
        {"t": 0.3, "kind": "response", "status": 201},
        {"t": 0.3, "kind": "result", "status": 201},
    ],
}
LINE = json.dumps(GOOD).encode()


def changed(*path: str | int, to: Any) -> bytes:
    """Return the good line with one value replaced, or left out where `to` is an ellipsis."""
    whole = json.loads(LINE)
    inner = whole
    for step in path[:-1]:
        inner = inner[step]
    if to is ...:
        del inner[path[-1]]
    else:
        inner[path[-1]] = to
    return json.dumps(whole, ensure_ascii=False).encode()


# How a line can be broken, the field that is named for it, and a part of the reason.
BREAKS: dict[str, tuple[bytes, str, str]] = {
    "cut": (LINE[:-20], "", "is not JSON: it ends too early"),
    "cut in text": (LINE[:9], "", "is not JSON: it ends too early"),
    "two objects": (LINE + LINE, "", f"is not JSON: trailing characters at byte {len(LINE) + 1} of the line"),
    "trailing comma": (LINE + b",", "", "is not JSON: trailing characters"),
    "single quotes": (LINE.replace(b'"', b"'"), "", "is not JSON: object keys must be strings at byte 2"),
    "not a number": (LINE.replace(b"0.0", b"NaN"), "", "is not JSON: invalid character"),
    "zero byte": (LINE + b"\0", "", "is not JSON: trailing characters"),
    "raw control": (LINE.replace(b"good", b"go\x01d"), "", "is not JSON: invalid character"),
    "lone surrogate": (
        LINE.replace(b"good", b"\\ud800"),
        "",
        "is not JSON: unexpected end of escaped utf-16",
    ),
    "latin-1": (LINE.replace(b"good", b"caf\xe9"), "", "is not UTF-8 text"),
    "latin-1 key": (LINE.replace(b'"id"', b'"id\xe9"'), "", "is not UTF-8 text"),
    "late latin-1": (changed("id", to=5).replace(b"West US", b"Qu\xe9bec"), "", "is not UTF-8 text"),
    "late cut": (changed("id", to=5)[:-9], "", "is not JSON: it ends too early"),
    "late nesting": (changed("id", to=5).replace(b"0.0", b"[" * 99_999), "", "is nested too deeply"),
    "nesting": (changed("events", to=5).replace(b"5", b"[" * 99_999), "events[0]", "an object"),
    "nested key": (LINE.replace(b'{"t"', b'{"x": ' + b"[" * 99_999 + b',"t"'), "", "is nested too deeply"),
    "null": (b"null", "", "null is not permitted; permitted: JSON Lines, one object on each line"),
    "number": (b"7", "", "7 is not permitted; permitted: JSON Lines"),
    "text": (b'"x"', "", "'x' is not permitted; permitted: JSON Lines"),
    "array": (b"[" + LINE + b"]", "", "an array is not permitted; permitted: JSON Lines"),
    "empty": (b"{}", "id", "is missing; needed: text of one character or more"),
    "no id": (changed("id", to=...), "id", "is missing; needed: text"),
    "no regions": (changed("account", "regions", to=...), "account.regions", "is missing; needed: an array"),
    "no kind": (
        changed("events", 1, "kind", to=...),
        "events[1].kind",
        "is missing; needed: attempt, response",
    ),
    "no status": (
        changed("events", 3, "status", to=...),
        "events[3].status",
        "needed: a whole number from 100",
    ),
    "no time": (
        changed("events", 2, "t", to=...),
        "events[2].t",
        "is missing; needed: a number of 0 or more",
    ),
    "unknown key": (changed("retries", to=1), "retries", "is no key of the format; permitted: id, operation"),
    "unknown inner key": (
        changed("client", "throttling", "max", to=1),
        "client.throttling.max",
        "is no key of the format; permitted: max_retries, max_wait_s",
    ),
    "unknown event key": (
        changed("events", 0, "status", to=1),
        "events[0].status",
        "is no key of the format; permitted: kind, t, region, replica, step",
    ),
    "unknown long key": (changed("x" * 5000, to=1), "x" * 60, "is no key of the format"),
    "unknown many-line key": (changed("a\nb\u2028c", to=1), "a\\nb\\u2028c", "is no key of the format"),
    "id of wrong type": (changed("id", to=5), "id", "5 is not permitted; permitted: text"),
    "empty id": (changed("id", to=""), "id", "'' is not permitted; permitted: text of one character or more"),
    "unknown operation": (
        changed("operation", to="read"),
        "operation",
        "'read' is not permitted; permitted: cr",
    ),
    "unknown mode": (
        changed("mode", to="Direct"),
        "mode",
        "'Direct' is not permitted; permitted: direct or ga",
    ),
    "unknown level": (
        changed("consistency", to=None),
        "consistency",
        "null is not permitted; permitted: Bound",
    ),
    "later version": (changed("version", to=2), "version", "2 is not permitted; permitted: 1"),
    "unknown kind": (
        changed("events", 0, "kind", to="send"),
        "events[0].kind",
        "'send' is not permitted; perm",
    ),
    "kind of wrong type": (
        changed("events", 0, "kind", to=5),
        "events[0].kind",
        "5 is not permitted; permitted",
    ),
    "unknown cause": (
        changed("events", 1, to={"kind": "failure", "cause": "refused"}),
        "events[1].cause",
        "'refused' is not permitted; permitted: connectivity or timeout",
    ),
    "unknown blind spot": (changed("blind", to=["sent", "eyes"]), "blind[1]", "'eyes' is not permitted"),
    "event of wrong type": (changed("events", 0, to=[]), "events[0]", "an empty array is not permitted"),
    "events of wrong type": (
        changed("events", to={"a": 1}),
        "events",
        "an object is not permitted; permitted: an",
    ),
    "status as text": (
        changed("events", 1, "status", to="429"),
        "events[1].status",
        "'429' is not permitted; permitted: a whole number from 100 to 599",
    ),
    "status too low": (changed("events", 1, "status", to=99), "events[1].status", "99 is not permitted"),
    "status too high": (changed("events", 1, "status", to=600), "events[1].status", "600 is not permitted"),
    "status with a point": (changed("events", 1, "status", to=429.0), "events[1].status", "429.0 is not per"),
    "time as text": (
        changed("events", 0, "t", to="0"),
        "events[0].t",
        "'0' is not permitted; permitted: a n",
    ),
    "time as truth": (
        changed("events", 0, "t", to=True),
        "events[0].t",
        "true is not permitted; permitted: a n",
    ),
    "time below 0": (
        changed("events", 0, "t", to=-1),
        "events[0].t",
        "-1 is not permitted; permitted: a number o",
    ),
    "time out of range": (
        LINE.replace(b"0.0", b"1e999"),
        "events[0].t",
        "the number is too large; permitted: a",
    ),
    "many digits": (
        LINE.replace(b"9", b"9" * 5000),
        "client.throttling.max_retries",
        "the number is too large",
    ),
    "many digits elsewhere": (
        changed("id", to=5).replace(b"429", b"9" * 5000),
        "id",
        "5.0 is not permitted; permitted: text of one character or more",
    ),
    "many digits, then a cut": (changed("id", to=5).replace(b"429", b"9" * 5000)[:-9], "", "is not JSON: "),
    "long text": (changed("mode", to="x" * 5000), "mode", f"'{'x' * 59}… is not permitted"),
    "retry after below 0": (
        changed("events", 1, "retry_after_ms", to=-0.5),
        "events[1].retry_after_ms",
        "-0.5 is not permitted; permitted: a number of 0 or more, or null",
    ),
    "no events": (changed("events", to=[]), "events", "is empty; permitted: one event or more"),
    "time backwards": (
        changed("events", 2, "t", to=0.05),
        "events[2].t",
        "0.05 goes backwards; permitted: 0.1 s",
    ),
    "answer to nothing": (
        changed("events", 0, to=...),
        "events[0]",
        "answers nothing: no attempt is open here",
    ),
    "unsure timeout": (
        changed("client", "request_timeout_s", to=4),
        "client.request_timeout_s",
        "4 is outside 5 to 10 s (inclusive)",
    ),
    "repeated key": (
        LINE.replace(b'"id"', b'"id": "bad", "id"'),
        "id",
        "appears twice in one object; permitted: each key once",
    ),
    "repeated inner key": (
        LINE.replace(b'"t": 0.2', b'"t": 0.2, "t": 0.2'),
        "events[2].t",
        "appears twice in one object; permitted: each key once",
    ),
}


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


def read(path: Path, content: bytes, **options: int) -> list[Trace | Unreadable]:
    """Return what comes out of a file with this content."""
    path.write_bytes(content)
    return list(read_traces([str(path)], **options))


def refusals(found: list[Trace | Unreadable]) -> list[Unreadable]:
    """Return those that are no traces."""
    return [one for one in found if isinstance(one, Unreadable)]


@pytest.mark.parametrize("name", BREAKS)
def test_each_kind_of_break_is_named(name: str) -> None:
    """A broken line is refused with the field that is wrong and a reason in plain words."""
    line, field, reason = BREAKS[name]
    found = read_trace(line)
    assert isinstance(found, Fault)
    assert found.field == field
    assert reason in found.reason


@pytest.mark.parametrize("layout", LAYOUTS)
@pytest.mark.parametrize("name", BREAKS)
def test_the_lines_around_a_broken_one_are_read(name: str, layout: str, tmp_path: Path) -> None:
    """In every layout and at every place, a broken line is one refusal and the others are traces."""
    broken, field, _ = BREAKS[name]
    for place in range(3):
        lines = [LINE, LINE, LINE]
        lines[place] = broken
        found = read(tmp_path / "traces", LAYOUTS[layout](lines))
        assert [isinstance(one, Trace) for one in found] == [number != place for number in range(3)]
        (refusal,) = refusals(found)
        assert (refusal.file, refusal.line, refusal.field) == (str(tmp_path / "traces"), place + 1, field)
        assert str(refusal).isprintable()
        assert len(str(refusal)) < 500


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


def test_no_standard_input_is_one_refusal(monkeypatch: pytest.MonkeyPatch) -> None:
    """A program that was started without standard input says so."""
    monkeypatch.setattr(sys, "stdin", None)
    assert list(map(str, read_traces(["-"]))) == ["<stdin>:0: cannot be opened: standard input is closed"]


def test_the_name_of_a_file_says_nothing_of_its_layout(tmp_path: Path) -> None:
    """A plain file may be called .gz, and a compressed one .jsonl."""
    assert isinstance(read(tmp_path / "plain.gz", LINE)[0], Trace)
    assert isinstance(read(tmp_path / "packed.jsonl", gzip.compress(LINE))[0], Trace)


@pytest.mark.parametrize("content", [b"", b"\n", b"\xef\xbb\xbf", b"\r\n \n", gzip.compress(b"")])
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
    lines = [changed("note", to=random.Random(number).randbytes(40).hex()) for number in range(4)]
    packed = gzip.compress(b"\n".join(lines) + b"\n")
    assert cut < len(packed) - 1
    found = read(tmp_path / "cut", packed[:-cut])
    assert all(isinstance(one, Trace) for one in found[:-1])
    assert found[-1] == Unreadable(str(tmp_path / "cut"), len(found), "", "the gzip data ends too early")


@pytest.mark.parametrize("head", [1, 2, 3, 9])
def test_gzip_with_nothing_in_it_is_one_refusal(head: int, tmp_path: Path) -> None:
    """The first bytes of gzip alone are a file that ends too early."""
    (found,) = read(tmp_path / "head", gzip.compress(LINE)[:head])
    assert "gzip data ends too early" in str(found) or "is not JSON" in str(found)


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


@pytest.mark.parametrize("indent", [None, 2])
@pytest.mark.parametrize("before", [b"", b"\n\n", b"\xef\xbb\xbf"])
def test_a_json_array_is_one_refusal(indent: int | None, before: bytes, tmp_path: Path) -> None:
    """A whole file that is one array, on one line or on many, is refused once, with what is expected."""
    (found,) = read(tmp_path / "array", before + json.dumps([GOOD, GOOD], indent=indent).encode())
    assert isinstance(found, Unreadable)
    assert found.line == 1 + before.count(b"\n")
    assert "array" in found.reason
    assert "JSON Lines" in found.reason


def test_an_array_with_one_trace_a_line_is_one_refusal(tmp_path: Path) -> None:
    """No trace is taken from an array, even where each of them has a line of its own."""
    (found,) = read(tmp_path / "array", b"[\n" + LINE + b",\n" + LINE + b"\n]\n")
    assert "a JSON array begins; permitted: JSON Lines" in str(found)


def test_an_object_over_many_lines_is_one_refusal(tmp_path: Path) -> None:
    """A trace that was laid out for reading is refused once, with what is expected."""
    (found,) = read(tmp_path / "object", json.dumps(GOOD, indent=2).encode())
    assert "an object begins and goes on below; permitted: JSON Lines" in str(found)


@pytest.mark.parametrize("layout", LAYOUTS)
@pytest.mark.parametrize("place", range(3))
def test_a_line_beyond_the_limit_is_one_refusal(place: int, layout: str, tmp_path: Path) -> None:
    """A line that is too long is skipped wherever it stands, and the lines after it are read."""
    longest = len(LINE) + 2
    lines = [LINE, LINE, LINE]
    lines[place] = changed("note", to="x" * 200_000)
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


KEYS = [
    ((), "id"),
    ((), "events"),
    ((), "account"),
    (("account",), "regions"),
    (("client",), "preferred_locations"),
    (("client", "throttling"), "max_retries"),
    (("events", 0), "kind"),
    (("events", 1), "retry_after_ms"),
    (("events", 4), "status"),
]


def repeated(path: tuple[str | int, ...], key: str, spelt: str, note: str, defaults: bool) -> bytes:
    """Return the good line with one key named twice, the first time in this spelling."""
    whole = json.loads(LINE)
    whole["note"] = note
    if defaults:
        whole["version"] = 1
        whole["events"][3]["substatus"] = 0
    inner = whole
    for step in path:
        inner = inner[step]
    inner["\0"] = inner[key]
    return json.dumps(whole, ensure_ascii=False).replace('"\\u0000"', spelt).encode()


@pytest.mark.parametrize("defaults", [False, True])
@pytest.mark.parametrize("note", ["plain", "a:b::", '":"', "\\", "é\n:"])
@pytest.mark.parametrize("escaped", [False, True])
@pytest.mark.parametrize(("path", "key"), KEYS)
def test_a_repeated_key_is_found_wherever_it_stands(
    path: tuple[str | int, ...], key: str, escaped: bool, note: str, defaults: bool
) -> None:
    """A key named twice is refused at its place, however it is spelt and whatever else the line holds."""
    spelt = json.dumps(key) if not escaped else '"' + "".join(f"\\u{ord(c):04x}" for c in key) + '"'
    found = read_trace(repeated(path, key, spelt, note, defaults))
    place = "".join(f"[{step}]" if isinstance(step, int) else f".{step}" for step in (*path, key))[1:]
    assert found == Fault(place, "appears twice in one object; permitted: each key once")


@pytest.mark.parametrize("defaults", [False, True])
@pytest.mark.parametrize("note", ["plain", "a:b::", '":"', "\\", "é\n:", '{"id": 1, "id": 2}'])
@pytest.mark.parametrize("ascii_only", [False, True])
def test_a_line_without_repeated_keys_is_taken(note: str, ascii_only: bool, defaults: bool) -> None:
    """Colons, quotation marks and whole objects within a text are no keys."""
    whole = json.loads(repeated((), "id", '"id"', note, defaults))
    found = read_trace(json.dumps(whole, ensure_ascii=ascii_only).encode())
    assert isinstance(found, Trace)
    assert found.note == note


@pytest.mark.parametrize("line", RECORDED[::8])
def test_a_trace_written_again_is_the_same_trace(line: bytes) -> None:
    """What is read and written as JSON is read as the same."""
    found = read_trace(line)
    assert isinstance(found, Trace)
    assert read_trace(msgspec.json.encode(found)) == found


def judged(line: bytes) -> None:
    """Hold one line to what is promised of every line."""
    found = read_trace(line)
    if isinstance(found, Fault):
        shown = str(Unreadable("file", 1, found.field, found.reason))
        assert shown.isprintable()
        assert len(shown) < 1000
    else:
        assert isinstance(found, Trace)


@st.composite
def altered_bytes(draw: st.DrawFn) -> bytes:
    """A real line with some of its bytes deleted, replaced, repeated, or with others put in."""
    line = draw(st.sampled_from([*RECORDED[::9], LINE]))
    for _ in range(draw(st.integers(1, 4))):
        begin = draw(st.integers(0, len(line)))
        end = draw(st.integers(begin, min(len(line), begin + 40)))
        piece = draw(
            st.one_of(
                st.binary(max_size=4),
                st.just(line[begin:end] * 2),
                st.sampled_from(
                    [b"", b'"', b"{", b"}", b"[", b",", b":", b"\\", b"-", b"1e999", b"null", b"\xff"]
                ),
            )
        )
        line = line[:begin] + piece + line[end:]
    return line


@given(altered_bytes())
def test_no_line_raises_whatever_became_of_its_bytes(line: bytes) -> None:
    """A real line that was altered byte by byte is a trace or one refusal."""
    judged(line)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=5,
)


def places(value: Any, path: tuple[str | int, ...] = ()) -> Iterator[tuple[str | int, ...]]:
    """Yield the path of each value within a document, the whole left out."""
    inner = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for step, one in inner:
        yield (*path, step)
        yield from places(one, (*path, step))


@st.composite
def altered_values(draw: st.DrawFn) -> bytes:
    """A real line with some of its values replaced, left out or swapped for another's."""
    whole = json.loads(draw(st.sampled_from([*RECORDED[::9], LINE])))
    for _ in range(draw(st.integers(1, 3))):
        all_places = list(places(whole))
        *path, last = draw(st.sampled_from(all_places))
        inner = whole
        for step in path:
            inner = inner[step]
        what = draw(st.sampled_from(["leave out", "replace", "swap", "add"]))
        if what == "leave out":
            del inner[last]
        elif what == "replace":
            inner[last] = draw(JSON)
        elif what == "add" and isinstance(inner, dict):
            inner[draw(st.text(max_size=5) | st.sampled_from(["t", "of", "step", "sent", "region"]))] = draw(
                JSON
            )
        else:
            *other, other_last = draw(st.sampled_from(all_places))
            source = whole
            for step in other:
                source = source[step]
            inner[last] = json.loads(json.dumps(source[other_last])) if _has(source, other_last) else None
    return json.dumps(whole).encode()


def _has(source: Any, step: str | int) -> bool:
    return step in source if isinstance(source, dict) else isinstance(step, int) and step < len(source)


@given(altered_values())
def test_no_line_raises_whatever_became_of_its_values(line: bytes) -> None:
    """A real line whose values were altered is a trace or one refusal."""
    judged(line)


@given(st.lists(st.one_of(st.just(LINE), altered_bytes(), st.binary(max_size=30)), max_size=6), st.booleans())
def test_no_file_raises_whatever_it_holds(lines: list[bytes], packed: bool) -> None:
    """A file of real, altered and random lines yields traces and refusals, each at a line that it has."""
    content = b"\n".join(lines)
    stand_in = io.TextIOWrapper(io.BytesIO(gzip.compress(content) if packed else content))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(sys, "stdin", stand_in)
        found = list(read_traces(["-"], longest=len(LINE) + 20))
    for one in refusals(found):
        assert str(one).isprintable()
        assert 1 <= one.line <= content.count(b"\n") + 1
    assert len(found) <= content.count(b"\n") + 1


def test_the_published_schema_is_the_one_of_the_types() -> None:
    """The JSON Schema in spec/ is what the types of the format say.

    To write it anew: python -c "import json; from cosmos_retry.trace import schema;
    print(json.dumps(schema(), indent=2))" > spec/trace-v1.schema.json
    """
    published = (ROOT / "spec/trace-v1.schema.json").read_text(encoding="utf-8")
    assert published == json.dumps(schema(), indent=2) + "\n"


def examples_of_the_format() -> list[str]:
    """Return the examples of the format's own page."""
    page = (ROOT / "spec/trace.md").read_text(encoding="utf-8")
    return [part.partition("```")[0] for part in page.split("```json\n")[1:]]


def test_the_examples_of_the_format_are_traces() -> None:
    """Each example on the page of the format is a trace once it stands on one line."""
    examples = examples_of_the_format()
    assert examples
    for example in examples:
        assert isinstance(read_trace(json.dumps(json.loads(example)).encode()), Trace), example


def test_the_page_of_the_format_names_every_key() -> None:
    """Each key of each part of a trace is explained on the page of the format."""
    page = (ROOT / "spec/trace.md").read_text(encoding="utf-8")
    keys = {key for part in schema()["$defs"].values() for key in part["properties"]}
    assert {key for key in keys if f"`{key}`" not in page} == set()
