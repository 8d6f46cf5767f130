"""The pytest plugin, and the page about the kit, run as the tests of somebody else."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Callable
from fnmatch import fnmatchcase
from pathlib import Path

import pytest

from cosmos_retry.harness.files import Found
from cosmos_retry.testing.picking import BadChoice, Choice, every_vector, of_marker, pick

pytestmark = pytest.mark.thorough
ROOT = Path(__file__).resolve().parents[1]
PAGE = (ROOT / "spec" / "testing.md").read_text(encoding="utf-8")
FILES = dict(re.findall(r"```python\n# (\w+\.py)\n(.*?)```", PAGE, re.DOTALL))
CLIENT = FILES["my_client.py"].replace("answer.status != 429", "answer.status not in (409, 429)")


def run(folder: Path, *options: str) -> subprocess.CompletedProcess[str]:
    """Run the tests of a folder, with warnings as errors, as their own pytest."""
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "-W", "error", *options]
    environment = {name: value for name, value in os.environ.items() if not name.startswith("PYTEST_")}
    return subprocess.run(
        command, cwd=folder, env=environment, check=False, capture_output=True, encoding="utf-8", timeout=120
    )


def write(folder: Path, **files: str) -> Path:
    """Write Python files into a folder."""
    for name, text in files.items():
        (folder / f"{name}.py").write_text(text, encoding="utf-8")
    return folder


def test_the_page_runs(tmp_path: Path) -> None:
    """Every example of the page runs as it stands, and what it says of its client comes out."""
    assert [*FILES] == [
        "my_client.py",
        "test_one.py",
        "test_metadata.py",
        "test_scripts.py",
        "test_machine.py",
        "test_vectors.py",
    ]
    ended = run(write(tmp_path, **{name.removesuffix(".py"): text for name, text in FILES.items()}))
    failed = re.findall(r"^FAILED (\S+)", ended.stdout, re.MULTILINE)
    assert sorted(failed) == ["test_machine.py::TestCreates::runTest", "test_scripts.py::test_any_script"]
    assert re.search(r"2 failed, \d{2} passed", ended.stdout)
    shown = PAGE.split("Both tests fail")[1].split("```text\n")[1].split("```")[0].splitlines()
    assert len(shown) == 8
    # On a CI server pytest repeats each failure whole in its summary.
    failures = ended.stdout.split("= short test summary info =")[0]
    assert [failures.count(f"{line}\n") for line in shown] == [2] * len(shown)


def test_a_failure_is_told_in_short(tmp_path: Path) -> None:
    """A failed vector is told with its clause and no traceback, in processes of xdist, too."""
    folder = write(tmp_path, my_client=CLIENT, test_vectors=FILES["test_vectors.py"])
    ended = run(folder, "-n", "1", "--cosmos-retry-vectors", "write-409.2*")
    assert ended.returncode == 1, ended.stdout + ended.stderr
    (told,) = re.findall(
        r"_ test_my_client\[(write-409\.2\w+)\] _+\n(?:\[gw0[^\n]*\n)?(.*?)\n=", ended.stdout, re.DOTALL
    )
    lines = told[1].splitlines()
    assert lines[0].startswith("event 3: attempt in ")
    assert lines[2].startswith("002/409/write/no-retry: ")
    assert any(line.startswith("permitted instead: error 409") for line in lines)
    assert "Traceback" not in ended.stdout
    assert "driving.py" not in ended.stdout
    assert f"FAILED test_vectors.py::test_my_client[{told[0]}] - event 3" in ended.stdout


PICKS = """
import pytest

def test_any(cosmos_retry_vector): ...

@pytest.mark.cosmos_retry_vectors(lifecycle="metadata")
def test_marked(cosmos_retry_vector): ...
"""


BAD_PICK = """
import pytest

@pytest.mark.cosmos_retry_vectors("nothing-*")
def test_none(cosmos_retry_vector): ...
"""


def test_settings_pick(tmp_path: Path) -> None:
    """An ini file picks, the command line takes the place of a setting, a marker picks among those.

    A pattern that no vector fits ends in one line and exit status 2, instead of a run of no tests.
    """
    ini = "[pytest]\ncosmos_retry_vectors = *-404* metadata-*\ncosmos_retry_operations = read\n"
    (tmp_path / "pytest.ini").write_text(ini, encoding="utf-8")
    ended = run(
        write(tmp_path, test_picks=PICKS, test_bad=BAD_PICK),
        "--collect-only",
        "--cosmos-retry-vectors",
        "*-429* metadata-503*",
    )
    assert ended.returncode == 2, ended.stdout
    assert "the marker cosmos_retry_vectors nothing-*: no vector has an id like this\n" in ended.stdout
    assert "Traceback" not in ended.stdout
    found = re.findall(r"^test_picks.py::(\w+)\[(.+)\]$", ended.stdout, re.MULTILINE)
    ids = {test: [vector for name, vector in found if name == test] for test in ("test_any", "test_marked")}
    reads = [one.vector for one in every_vector() if one.vector.operation == "point_read"]
    globs = ("*-429*", "metadata-503*")
    assert ids["test_any"] == [one.id for one in reads if any(fnmatchcase(one.id, glob) for glob in globs)]
    assert ids["test_marked"] == [one for one in ids["test_any"] if one.startswith("metadata-")]
    assert 0 < len(ids["test_marked"]) < len(ids["test_any"])


@pytest.mark.parametrize(
    ("names", "fits"),
    [
        (
            {"vectors": ("write-409*", "query-*")},
            lambda one: one.vector.id.startswith(("write-409", "query-")),
        ),
        ({"lifecycles": ("metadata",)}, lambda one: one.lifecycle == "metadata"),
        ({"operations": ("point read",)}, lambda one: one.vector.operation == "point_read"),
        (
            {"lifecycles": ("write", "query"), "operations": ("delete", "query")},
            lambda one: one.vector.operation in ("delete", "query"),
        ),
        (
            {"vectors": ("*-410*",), "operations": ("create",)},
            lambda one: "-410" in one.vector.id and one.vector.operation == "create",
        ),
        ({}, lambda one: True),
    ],
)
def test_choices_pick(names: dict[str, tuple[str, ...]], fits: Callable[[Found], bool]) -> None:
    """What is picked is what fits one of the names of every choice, whether settings or markers name them."""
    choices = [Choice("here", what, named) for what, named in names.items()]
    expected = [one for one in every_vector() if fits(one)]
    assert expected
    assert pick(every_vector(), choices) == expected
    assert pick(every_vector(), [], choices) == expected


BAD_MARKERS: dict[str, tuple[tuple[object, ...], dict[str, object]]] = {
    "the marker m nothing-*: no vector has an id like this": (("write-*", "nothing-*"), {}),
    "the marker m, lifecycle reads: no vector has this lifecycle; known: metadata, point_read": (
        (),
        {"lifecycle": "reads"},
    ),
    "the marker m, operation update: no vector has this operation; known: point_read, ": (
        (),
        {"operation": ["create", "update"]},
    ),
    "the marker m: 'mode' is not known; known: lifecycle, operation": ((), {"mode": "direct"}),
    "the marker m: 7 is no text": ((7,), {}),
    "the marker m, operation: None is no text": ((), {"operation": None}),
}


@pytest.mark.parametrize("reason", BAD_MARKERS)
def test_a_marker_that_picks_nothing_is_an_error(reason: str) -> None:
    """A name that no vector has, and an argument that a marker does not have, are told in one line."""
    globs, named = BAD_MARKERS[reason]
    with pytest.raises(BadChoice, match=f"^{re.escape(reason)}"):
        pick(every_vector(), [], of_marker("m", globs, named))


def test_settings_that_exclude_each_other_are_an_error() -> None:
    """Settings of which each picks some vector, and all together none, are told; a marker just picks none."""
    reads, writes = Choice("ini: a", "lifecycles", ("query",)), Choice("--b", "operations", ("create",))
    with pytest.raises(BadChoice, match=r"^ini: a query, --b create: no vector fits all of them$"):
        pick(every_vector(), [reads, writes])
    assert pick(every_vector(), [reads], [writes]) == []


def test_the_plugin_costs_others_nothing(tmp_path: Path) -> None:
    """In a project that does not use it, the plugin imports nothing of the package but itself."""
    test = """
import sys

def test_nothing():
    loaded = [name for name in sys.modules if name.startswith("cosmos_retry")]
    assert loaded == ["cosmos_retry", "cosmos_retry.testing", "cosmos_retry.testing.plugin"]
    assert "msgspec" not in sys.modules
"""
    ended = run(write(tmp_path, test_other=test), "-p", "no:hypothesispytest")
    assert ended.returncode == 0, ended.stdout


@pytest.mark.cosmos_retry_vectors("metadata-200-200-200.*")
def test_the_plugin_is_loaded_here(cosmos_retry_vector: object) -> None:
    """In the project's own tests the marker and the fixture are known, too."""
    assert type(cosmos_retry_vector).__name__ == "VectorCase"
