"""Whatever a file holds, each of its lines comes out as one trace or as one line that says what is wrong."""

import gzip
import io
import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cosmos_retry.reading import Unreadable, read_trace, read_traces
from cosmos_retry.trace import Trace
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


def read(path: Path, content: bytes) -> list[Trace | Unreadable]:
    """Return what comes out of a file with this content."""
    path.write_bytes(content)
    return list(read_traces([str(path)]))


def refusals(found: list[Trace | Unreadable]) -> list[Unreadable]:
    """Return those that are no traces."""
    return [one for one in found if isinstance(one, Unreadable)]


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
