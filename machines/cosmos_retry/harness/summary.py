"""The summary: how many vectors passed, failed, were left open or skipped, for each lifecycle and fault."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Any

from cosmos_retry.harness.outcome import OUTCOMES, Outcome
from cosmos_retry.harness.running import Run

TOTAL = "all"


def table(outcomes: Sequence[Outcome]) -> list[str]:
    """Return the counts as the lines of a table, the sum of all as the last one."""
    counts: dict[tuple[str, str], Counter[str]] = {}
    for one in outcomes:
        counts.setdefault((one.lifecycle, one.family), Counter())[one.outcome] += 1
    rows: list[tuple[str, ...]] = [("lifecycle", "fault", *OUTCOMES)]
    rows += [(*key, *(str(found[name] or "") for name in OUTCOMES)) for key, found in sorted(counts.items())]
    total = Counter(one.outcome for one in outcomes)
    rows.append((TOTAL, "", *(str(total[name]) for name in OUTCOMES)))
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
    return [_line(row, widths) for row in rows]


def _line(row: Sequence[str], widths: Sequence[int]) -> str:
    words = [f"{text:<{width}}" for text, width in zip(row[:2], widths[:2], strict=True)]
    numbers = [f"{text:>{width}}" for text, width in zip(row[2:], widths[2:], strict=True)]
    return "  ".join([*words, *numbers]).rstrip()


def as_json(run: Run) -> dict[str, Any]:
    """Return a run as plain data for JSON."""
    counts = Counter(dict.fromkeys(OUTCOMES, 0)) + Counter()
    counts.update(one.outcome for one in run.outcomes)
    who = run.introduction
    return {
        "version": 1,
        "program": {"name": who.name, "version": who.version},
        "vectors": len(run.outcomes),
        **{name: counts[name] for name in OUTCOMES},
        "restarts": run.restarts,
        "stopped": run.stopped,
        "outcomes": [one.to_json() for one in run.outcomes],
    }
