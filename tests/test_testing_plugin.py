"""The pytest plugin, and the page about the kit, run as the tests of somebody else."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

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


def test_a_pattern_that_fits_nothing_is_an_error(tmp_path: Path) -> None:
    """A pattern that no vector fits ends in one line and exit status 2, instead of a run of no tests."""
    folder = write(tmp_path, my_client=CLIENT, test_vectors=FILES["test_vectors.py"])
    ended = run(folder, "--cosmos-retry-vectors", "nothing-*")
    assert ended.returncode == 2
    assert "--cosmos-retry-vectors nothing-*: no vector has an id like this" in ended.stdout
    assert "Traceback" not in ended.stdout


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
