"""What the tests of the stand share: running the command, and looking at what it recorded."""

import shlex
import sys
from pathlib import Path

from cosmos_retry import Trace, read_traces
from cosmos_retry.cli import main
from cosmos_retry.stand.record import Record
from cosmos_retry.stand.store import read_records
from cosmos_retry.trace import Attempt

ADAPTER = Path(__file__).with_name("stand_adapter.py")
PAGE = Path(__file__).parent.parent / "spec" / "stand.md"
RECORDED = Path(__file__).parent / "data" / "recorded" / "real-clients.jsonl"


def stand(out: Path, *arguments: str) -> tuple[int, dict[str, Record]]:
    """Run the command; return its exit status and all records below `out`."""
    status = main(["stand", "--out", str(out), "--jobs", "1", *arguments])
    found: dict[str, Record] = {}
    for path in out.glob("*/records.jsonl"):
        found |= read_records(path)
    return status, found


def tiny(out: Path, way: str, *ids: str) -> tuple[int, dict[str, Record]]:
    """Run the wrong client in one of its ways through scenarios."""
    command = shlex.join([sys.executable, str(ADAPTER), *way.split(" ")])
    return stand(out, "--adapter", command, "--name", "tiny", "--limit", "1", *only(*ids))


def only(*ids: str) -> list[str]:
    """Return the arguments that ask for these scenarios."""
    return [part for name in ids for part in ("--only", name)]


def regions(trace: Trace | None) -> list[str | None]:
    """Return the regions of a trace's attempts, in order."""
    assert trace is not None
    return [event.region for event in trace.events if isinstance(event, Attempt)]


def recorded(prefix: str) -> dict[str, list[str | None]]:
    """Return the regions of the attempts that were recorded of a client, by scenario."""
    return {
        trace.id.removeprefix(prefix): regions(trace)
        for trace in read_traces([str(RECORDED)])
        if isinstance(trace, Trace) and trace.id.startswith(prefix)
    }
