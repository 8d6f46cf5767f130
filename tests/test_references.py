"""What the tables name of one another is checked at load: a name that nothing bears is one clear line."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from cosmos_retry.contract import read_contract
from cosmos_retry.errors import ContractError
from cosmos_retry.paths import spec_dir

WORDS, NUMBERS, HOLES, ROWS = (
    "vocabulary.toml",
    "profiles/documented.toml",
    "assumptions.toml",
    "lifecycles/write.toml",
)
# file, what stands there, what is put in its place, the entry and the field that the error names
BREAKS = [
    (WORDS, 'by = "client"', 'by = "clerk"', "event.attempt", "by"),
    (WORDS, 'group = "in flight"', 'group = "flying"', "state.in_flight", "group"),
    (WORDS, 'scope = "region"', 'scope = "world"', "policy.gone", "scope"),
    (WORDS, 'rests_on = "mixed-faults"', 'rests_on = "mixed"', "mixed", "rests_on"),
    (WORDS, 'limit = "throttle_retries"', 'limit = "retries"', "feature.throttle_retries", "limit"),
    (WORDS, '{ prefix = "prefix" }', '{ prefix = "prefixes" }', "feature.level", "rests_on"),
    (WORDS, "[feature.mode]", "[feature.moods]", "guard.direct", "feature"),
    (WORDS, 'feature = "mode"', 'feature = "moods"', "guard.direct", "feature"),
    (WORDS, 'is = ["direct"]', 'is = ["straight"]', "guard.direct", "is"),
    (WORDS, 'is = ["direct"]', 'is = ["direct", "gateway"]', "guard.direct", "is"),
    (WORDS, 'is = ["direct"]', "is = []", "guard.direct", "is"),
    (WORDS, 'is = ["direct"]', 'was = ["direct"]', "guard.direct", "was"),
    (WORDS, 'is = ["direct"]', "", "guard.direct", "is"),
    (WORDS, 'kind = "backoff_end"', 'kind = "back_off"', "instant.gone_backoff_end", "kind"),
    (
        WORDS,
        'kind = "backoff_end"\npolicy = "gone"',
        'kind = "backoff_end"',
        "instant.gone_backoff_end",
        "policy",
    ),
    (
        WORDS,
        'kind = "backoff_end"\npolicy = "gone"',
        'kind = "backoff_end"\npolicy = "lost"',
        "instant.gone_backoff_end",
        "policy",
    ),
    (
        WORDS,
        'parameters = ["retry_with_first"]',
        'parameters = ["first"]',
        "instant.retry_with_first",
        "parameters",
    ),
    (WORDS, 'rests_on = "window-scope"', 'rests_on = "windows"', "instant.gone_window_end", "rests_on"),
    (WORDS, 'verb = "send"', 'verb = "post"', "effect.send_first", "verb"),
    (WORDS, 'how = "first"', 'how = "last"', "effect.send_first", "how"),
    (WORDS, 'how = "first"', "", "effect.send_first", "how"),
    (WORDS, 'length = "gone_window_short"', 'length = "short"', "effect.open_gone_window_short", "length"),
    (WORDS, 'flag = "addresses_stale"', 'flag = "addresses"', "effect.addresses_stale", "flag"),
    (
        WORDS,
        "[feature.mode]",
        '[feature.mood]\nsays = "?"\nvalues = ["a", "b"]\n[feature.mode]',
        "feature.mood",
        "-",
    ),
    (WORDS, "[event.attempt]", "[incident.attempt]", "-", "incident"),
    (NUMBERS, "value = 30.0", 'value = "30"', "parameter.gone_window_short", "value"),
    (NUMBERS, "value = 30.0", "value = -30.0", "parameter.gone_window_short", "value"),
    (NUMBERS, "value = 30.0", "value = nan", "parameter.gone_window_short", "value"),
    (NUMBERS, 'bound = "inclusive"', 'bound = "open"', "parameter.gone_window_short", "bound"),
    (NUMBERS, 'bound = "inclusive"', 'bound = "exclusive"', "parameter.gone_window_short", "bound"),
    (
        NUMBERS,
        '"002/410/read/eventual/window"]',
        '"002/410/read/window"]',
        "parameter.gone_window_short",
        "cites",
    ),
    (
        NUMBERS,
        'assumption = "first-449"',
        'assumption = "449"',
        "parameter.retry_with_first_slack",
        "assumption",
    ),
    (
        NUMBERS,
        'option = "throttle_max_retries"',
        'option = "retries"',
        "parameter.throttle_retries",
        "option",
    ),
    (HOLES, 'id = "session-write"', 'id = "redirect-403-3"', "redirect-403-3", "id"),
    (HOLES, 'kind = "conflict"', 'kind = "quarrel"', "redirect-403-3", "kind"),
    (HOLES, '"002/403/no-retry"', '"002/403/retry"', "redirect-403-3", "clauses"),
    (ROWS, 'when = ["sent", "timeout"]', 'when = ["send", "timeout"]', "write.sent.timeout", "when"),
    (ROWS, 'when = ["sent", "timeout"]', 'when = ["sent", "not_sent"]', "write.sent.timeout", "when"),
    (ROWS, 'when = ["sent", "timeout"]', 'when = ["same_region"]', "write.sent.timeout", "when"),
    (ROWS, 'to = "sent_timeout"', 'to = "sent_time_out"', "write.sent.timeout", "to"),
    (ROWS, 'from = ["sent_timeout"]', 'from = ["sent"]', "write.sent.timeout.surface", "from"),
    (ROWS, 'from = ["sent_timeout"]', 'from = "sent_timeout"', "write.sent.timeout.surface", "from"),
    (ROWS, 'from = ["sent_timeout"]', "", "write.sent.timeout.surface", "from"),
    (ROWS, 'id = "write.sent.lost"', 'id = "write.sent.timeout"', "write.sent.timeout", "id"),
    (ROWS, 'do = ["send_here", "count_gone"]', 'do = ["count_gone"]', "write.unsent.retry", "do"),
    (ROWS, 'basis = "unsent-408"', 'basis = "unsent"', "write.unsent.timeout", "basis"),
]


@pytest.fixture
def spec(tmp_path: Path) -> Path:
    """A copy of the tables that may be broken."""
    return Path(shutil.copytree(spec_dir(), tmp_path / "spec"))


def test_whole_copy_loads(spec: Path) -> None:
    """The tables load from wherever they lie."""
    assert read_contract(spec).rows


@pytest.mark.parametrize(("file", "old", "new", "entry", "field"), BREAKS)
def test_broken_reference_is_named(spec: Path, file: str, old: str, new: str, entry: str, field: str) -> None:
    """A name that nothing bears, or a value of a wrong kind, is refused with file, entry and field."""
    path = spec / file
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new, 1), encoding="utf-8")
    with pytest.raises(ContractError) as refused:
        read_contract(spec)
    error = refused.value
    assert (Path(error.file), error.entry, error.field) == (path, entry, field)
    assert "\n" not in str(error)


@pytest.mark.parametrize("file", [WORDS, NUMBERS, HOLES, ROWS])
@pytest.mark.parametrize("content", [b"= nothing", b"\xff\xfe", b"row = 5\n", b"[row]\nid = 1\n"])
def test_file_that_is_no_table_is_named(spec: Path, file: str, content: bytes) -> None:
    """A file that is not TOML, not UTF-8, or holds something else, is refused by its name."""
    (spec / file).write_bytes(content)
    with pytest.raises(ContractError) as refused:
        read_contract(spec)
    assert Path(refused.value.file) == spec / file


@pytest.mark.parametrize("file", [WORDS, NUMBERS, HOLES])
def test_missing_file_is_named(spec: Path, file: str) -> None:
    """A table that is not there is refused by its name."""
    (spec / file).unlink()
    with pytest.raises(ContractError) as refused:
        read_contract(spec)
    assert Path(refused.value.file) == spec / file
