"""Two example clients, in two languages, keep the contract; with a bug each fails, by the right clause."""

import functools
import re
import shutil
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import attrs
import pytest

from cosmos_retry.harness.files import Found, read_vectors, vectors_dir
from cosmos_retry.harness.outcome import FAILED, PASSED, Outcome
from cosmos_retry.harness.running import Plan, run_here
from cosmos_retry.scenario import FAILURES
from lasting import lasting

ROOT = Path(__file__).resolve().parents[1]
EXAMPLES = ROOT / "examples"
README = (EXAMPLES / "README.md").read_text(encoding="utf-8")
OLDEST_NODE = 18
MOST_PLAYED = 15  # published vectors for each bug, and as many of lasting faults


@attrs.frozen
class Bug:
    """What a bug breaks: clauses and rows of which one must be named, and faults that show it."""

    clauses: set[str]
    rows: set[str]
    faults: tuple[str, ...] = ()


BUGS = {
    "resends-a-delivered-write": Bug(
        {"002/410/write/client/sent/no-retry"},
        {"write.sent.timeout.resend", "write.sent.lost.resend"},
        ("timeout-sent", "connection-sent"),
    ),
    "retries-past-the-window": Bug(
        {"002/410/write/server/refresh-retry", "002/410/read/eventual/window", "002/410/read/strong/window"},
        {"write.410.retry", "read.410.retry.weak", "read.410.retry.again"},
        ("410",),
    ),
    "ignores-retry-after": Bug({"002/429/limits", "000/429", "001/429"}, {"all.429.retry"}, ("429",)),
    "fails-over-a-single-write-account": Bug(
        {"002/410/write/client/unsent/single"},
        {"write.unsent.elsewhere", "write.410.elsewhere"},
        ("410", "connection-unsent"),
    ),
    "wrong-region-order": Bug(
        {"002/410/read/eventual/next-region", "002/410/write/client/unsent/multi"},
        {"read.410.region-order", "write.unsent.region-order", "write.410.region-order"},
        ("410", "connection-unsent"),
    ),
    "surfaces-410": Bug(
        {"002/410/read/eventual/end", "002/410/write/client/unsent/single"},
        {"read.410.surface", "write.410.surface.single"},
        ("410",),
    ),
    "retries-409": Bug({"002/409/write/no-retry"}, {"all.refused.retry"}, ("409",)),
    "ten-throttling-retries": Bug({"002/429/limits"}, {"all.429.retry.spent"}, ("429",)),
    "constant-backoff": Bug(
        {"002/410/write/server/refresh-retry", "002/408/read/local"},
        {"write.410.retry", "read.408.retry"},
        ("410", "408"),
    ),
    "retries-a-449-at-once": Bug({"002/449/write/retry"}, {"write.449.retry.first"}, ("449",)),
    "no-address-refresh": Bug(
        {"002/410/write/server/refresh-retry", "002/410/read/eventual/refresh"},
        {"write.410.retry.stale", "read.410.retry.stale"},
        ("410",),
    ),
    "leaves-the-region-after-a-strong-404": Bug(
        {"002/404/read/strong/no-remote"}, {"point.404.strong.elsewhere"}, ("404",)
    ),
    "reports-success-it-did-not-get": Bug(
        {"001/200", "001/201", "001/204"}, {"all.success.invented"}, ("400",)
    ),
}
FAULTS = (*FAILURES, "400", "404", "404/1002", "403/3", "408", "409", "410", "429", "449", "500", "503")


@functools.cache
def node() -> str | None:
    """Return the Node that runs the JavaScript client, or None where there is none, or none new enough."""
    found = shutil.which("node")
    if found is None:
        return None
    said = subprocess.run([found, "--version"], check=False, capture_output=True, encoding="utf-8").stdout
    version = re.match(r"v(\d+)", said)
    return found if version and int(version[1]) >= OLDEST_NODE else None


@pytest.fixture(params=["python", "javascript"])
def command(request: pytest.FixtureRequest) -> tuple[str, ...]:
    """Return how the runner of a language is started."""
    if request.param == "python":
        return sys.executable, str(EXAMPLES / "python" / "runner.py")
    if (program := node()) is None:
        pytest.skip(f"the JavaScript example needs Node {OLDEST_NODE} or later on the PATH")
    return program, str(EXAMPLES / "javascript" / "runner.mjs")


@functools.cache
def published() -> tuple[Found, ...]:
    """Return the published vectors."""
    return tuple(read_vectors(vectors_dir()))


def played(command: tuple[str, ...], found: Sequence[Found]) -> tuple[Outcome, ...]:
    """Play vectors to a runner that must not break."""
    ran = run_here(found, Plan(command, timeout_s=60, start_s=60, restarts=0))
    assert not [one.reason for one in ran.outcomes if one.broken]
    return ran.outcomes


@pytest.mark.thorough
def test_an_example_passes_every_vector(command: tuple[str, ...]) -> None:
    """A client that was written from the documents passes them all, and leaves nothing to the reader."""
    wrong = [
        (one.id, one.outcome, one.reason) for one in played(command, published()) if one.outcome != PASSED
    ]
    assert wrong == []


def fitting(bug: Bug) -> list[Found]:
    """Return vectors in which a bug can show itself: some of the published ones, and lasting faults."""
    found = [
        one
        for one in published()
        if any(choice.row in bug.rows for turn in one.vector.turns for choice in turn.choices)
    ]
    return some(found) + some([one for fault in bug.faults for one in lasting(fault)])


def some(found: list[Found]) -> list[Found]:
    """Return a few vectors, spread over all of them."""
    return found[:: max(1, -(-len(found) // MOST_PLAYED))]


def test_an_example_comes_to_an_end_of_faults_that_do_not(command: tuple[str, ...]) -> None:
    """Where every attempt meets the same fault the client gives up in time, and by the clause."""
    outcomes = played(command, [one for fault in FAULTS for one in some(list(lasting(fault)))])
    assert [(one.id, one.outcome, one.reason) for one in outcomes if one.outcome != PASSED] == []


@pytest.mark.parametrize("name", BUGS)
def test_each_bug_is_caught(name: str, command: tuple[str, ...], monkeypatch: pytest.MonkeyPatch) -> None:
    """A client with a bug fails; the row that it broke is named, with a clause that says so."""
    monkeypatch.setenv("BUG", name)
    bug = BUGS[name]
    failed = [one for one in played(command, fitting(bug)) if one.outcome == FAILED]
    moves = [judged for one in failed for judged in one.judged if judged.violates]
    caught = [judged for judged in moves if bug.rows & {*judged.rows}]
    assert caught, [judged.reason for judged in moves]
    assert all(bug.clauses & {*judged.cites} for judged in caught)
    assert all(judged.reason and judged.permitted for judged in caught)


def test_the_examples_know_nothing_of_the_project() -> None:
    """Neither client imports anything but what comes with its language and the files beside it."""
    beside = {"client", "bugs"}
    for file in (EXAMPLES / "python").glob("*.py"):
        imported = set(
            re.findall(r"^(?:from|import) (\w+)", file.read_text(encoding="utf-8"), flags=re.MULTILINE)
        )
        assert imported - beside <= {*sys.stdlib_module_names}, file
    for file in (EXAMPLES / "javascript").glob("*.mjs"):
        imported = set(re.findall(r'from "([^"]+)"', file.read_text(encoding="utf-8")))
        assert all(name.startswith(("./", "node:")) for name in imported), file


def test_the_page_names_every_bug() -> None:
    """The README lists every bug with the clause that is named, and both languages have it."""
    for name, bug in BUGS.items():
        (line,) = [line for line in README.splitlines() if line.startswith(f"| `{name}`")]
        assert any(f"`{clause}`" in line for clause in bug.clauses)
        for file in ("python/bugs.py", "javascript/bugs.mjs"):
            assert f'"{name}": ' in (EXAMPLES / file).read_text(encoding="utf-8")
