"""What is wrong with a line is said with its JSON path, in plain words, and costs no other line."""

import gzip
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from cosmos_retry.reading import Unreadable, read_trace, read_traces
from cosmos_retry.trace import Trace
from cosmos_retry.wellformed import Fault

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
    "two objects": (LINE + LINE, "", "is not JSON: something follows the first value"),
    "trailing comma": (LINE + b",", "", "is not JSON: something follows the first value"),
    "single quotes": (LINE.replace(b'"', b"'"), "", "is not JSON: object keys must be strings at byte 2"),
    "not a number": (LINE.replace(b"0.0", b"NaN"), "", "is not JSON: invalid character"),
    "zero byte": (LINE + b"\0", "", "is not JSON: something follows the first value"),
    "raw control": (LINE.replace(b"good", b"go\x01d"), "", "is not JSON: invalid character"),
    "lone surrogate": (
        LINE.replace(b"good", b"\\ud800"),
        "",
        "is not JSON: unexpected end of escaped",
    ),
    "latin-1": (LINE.replace(b"good", b"caf\xe9"), "", "is not UTF-8 text"),
    "latin-1 key": (LINE.replace(b'"id"', b'"id\xe9"'), "", "is not UTF-8 text"),
    "late latin-1": (changed("id", to=5).replace(b"West US", b"Qu\xe9bec"), "", "is not UTF-8 text"),
    "late cut": (changed("id", to=5)[:-9], "", "is not JSON: it ends too early"),
    "late nesting": (changed("id", to=5).replace(b"0.0", b"[" * 99_999), "", "is nested too deeply"),
    "nesting": (LINE.replace(b'{"t"', b"[" * 99_999 + b'{"t"'), "", "is nested too deeply to be a trace"),
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
        "is missing; needed: attempt",
    ),
    "no status": (
        changed("events", 3, "status", to=...),
        "events[3].status",
        "is missing; needed: a whole",
    ),
    "no time": (
        changed("events", 2, "t", to=...),
        "events[2].t",
        "is missing; needed: a number",
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
        changed("operation", to="scan"),
        "operation",
        "'scan' is not permitted; permitted: ",
    ),
    "unknown mode": (
        changed("mode", to="Direct"),
        "mode",
        "'Direct' is not permitted; permitted: direct",
    ),
    "unknown level": (
        changed("consistency", to=None),
        "consistency",
        "null is not permitted; ",
    ),
    "later version": (changed("version", to=2), "version", "2 is not permitted; permitted: 1"),
    "unknown kind": (
        changed("events", 0, "kind", to="send"),
        "events[0].kind",
        "'send' is not permitted",
    ),
    "kind of wrong type": (
        changed("events", 0, "kind", to=5),
        "events[0].kind",
        "5 is not permitted",
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
        "an object is not permitted",
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
        "'0' is not permitted",
    ),
    "time as truth": (
        changed("events", 0, "t", to=True),
        "events[0].t",
        "true is not permitted",
    ),
    "time below 0": (
        changed("events", 0, "t", to=-1),
        "events[0].t",
        "-1 is not permitted",
    ),
    "time out of range": (
        LINE.replace(b"0.0", b"1e999"),
        "events[0].t",
        "the number is too large",
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
        "0.05 goes backwards",
    ),
    "answer to nothing": (
        changed("events", 0, to=...),
        "events[0]",
        "answers nothing: no attempt is open here",
    ),
    "timeout out of range": (
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
        path = tmp_path / "traces"
        path.write_bytes(LAYOUTS[layout](lines))
        found = list(read_traces([str(path)]))
        assert [isinstance(one, Trace) for one in found] == [number != place for number in range(3)]
        refusal = found[place]
        assert isinstance(refusal, Unreadable)
        assert (refusal.file, refusal.line, refusal.field) == (str(path), place + 1, field)
        assert str(refusal).isprintable()
        assert len(str(refusal)) < 500
